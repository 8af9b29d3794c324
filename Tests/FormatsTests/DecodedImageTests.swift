import Formats
import Foundation
import Testing

/// The image in a file's bytes.
private func decoded(_ bytes: [UInt8], limit: Int = 1 << 20) throws(DataFileError) -> DecodedImage {
  try ImageFile(bytes: bytes, path: "f").decoded(limit: limit)
}

private func message(_ bytes: [UInt8], limit: Int = 1 << 20) -> String {
  refusal { () throws(DataFileError) in _ = try decoded(bytes, limit: limit) }
}

/// A JPEG's segment with EXIF data.
private func exif(_ tiff: [UInt8]) -> [UInt8] {
  [0xFF, 0xE1] + big(UInt16(2 + 6 + tiff.count)) + Array("Exif".utf8) + [0, 0] + tiff
}

/// A TIFF header with an orientation as its second entry.
private func tiff(_ orientation: UInt16, isLittle: Bool = true, type: UInt16 = 3, offset: UInt32 = 8) -> [UInt8] {
  func number(_ value: some FixedWidthInteger) -> [UInt8] { isLittle ? little(value) : big(value) }
  let first = number(UInt16(0x0100)) + number(UInt16(3)) + number(UInt32(1)) + number(UInt16(7)) + [0, 0]
  let second = number(UInt16(0x0112)) + number(type) + number(UInt32(1)) + number(orientation) + [0, 0]
  return (isLittle ? [0x49, 0x49] : [0x4D, 0x4D]) + number(UInt16(42)) + number(offset) + number(UInt16(2)) + first
    + second
}

@Suite("Decoded images")
struct DecodedImageTests {
  @Test("PNG of each depth of grey is spread over a byte, 16 bits stay")
  func grey() throws {
    let one = try decoded(png(width: 3, height: 2, depth: 1, colour: 0, rows: [[0b1010_0000], [0b0110_0000]]))
    #expect(one == DecodedImage(width: 3, height: 2, channels: 1, values: .bytes([255, 0, 255, 0, 255, 255])))
    #expect(one.isGrey)
    let two = try decoded(png(width: 4, height: 1, depth: 2, colour: 0, rows: [[0b0001_1011]]))
    #expect(two.values == .bytes([0, 85, 170, 255]))
    let four = try decoded(png(width: 3, height: 1, depth: 4, colour: 0, rows: [[0x0F, 0x80]]))
    #expect(four.values == .bytes([0, 255, 136]))
    let eight = try decoded(greyPNG([[0, 7, 255]]))
    #expect(eight.values == .bytes([0, 7, 255]))
    let sixteen = try decoded(png(width: 2, height: 1, depth: 16, colour: 0, rows: [[0x12, 0x34, 0xFF, 0xFF]]))
    #expect(sixteen.values == .words([0x1234, 0xFFFF]))
  }

  @Test("PNG in colour, by palette and with alpha, which is dropped")
  func colour() throws {
    let colour = try decoded(png(width: 2, height: 1, depth: 8, colour: 2, rows: [[1, 2, 3, 4, 5, 6]]))
    #expect(colour == DecodedImage(width: 2, height: 1, channels: 3, values: .bytes([1, 2, 3, 4, 5, 6])))
    let palette = chunk("PLTE", [9, 8, 7, 255, 254, 253]) + chunk("tRNS", [0])
    let indexed = try decoded(png(width: 3, height: 1, depth: 1, colour: 3, before: palette, rows: [[0b0100_0000]]))
    #expect(
      indexed == DecodedImage(width: 3, height: 1, channels: 3, values: .bytes([9, 8, 7, 255, 254, 253, 9, 8, 7])))
    // An index beyond the palette is black.
    let beyond = try decoded(
      png(width: 1, height: 1, depth: 1, colour: 3, before: chunk("PLTE", [1, 2, 3]), rows: [[0x80]]))
    #expect(beyond.values == .bytes([0, 0, 0]))
    let greyAlpha = try decoded(png(width: 2, height: 1, depth: 8, colour: 4, rows: [[5, 0, 6, 255]]))
    #expect(greyAlpha == DecodedImage(width: 2, height: 1, channels: 1, values: .bytes([5, 6])))
    let alpha = try decoded(png(width: 1, height: 1, depth: 16, colour: 6, rows: [[1, 2, 3, 4, 5, 6, 0, 0]]))
    #expect(alpha == DecodedImage(width: 1, height: 1, channels: 3, values: .words([0x0102, 0x0304, 0x0506])))
    let keyed = try decoded(greyPNG([[5, 6]], before: chunk("tRNS", [0, 5])))
    #expect(keyed == DecodedImage(width: 2, height: 1, channels: 1, values: .bytes([5, 6])))
  }

  @Test("interlaced PNG")
  func interlaced() throws {
    // Adam7 of 2×2: pass 1 has (0,0), pass 6 (0,1), pass 7 the second row.
    let image = try decoded(
      png(width: 2, height: 2, depth: 8, colour: 0, isInterlaced: true, rows: [[1], [2], [3, 4]]))
    #expect(image.values == .bytes([1, 2, 3, 4]))
  }

  @Test("JPEG in grey, colour, scans and ink")
  func jpeg() throws {
    let grey = try decoded(MadeJPEG.grey)
    #expect((grey.width, grey.height, grey.channels) == (16, 8, 1))
    #expect(grey.values == .bytes((0..<8).flatMap { _ in (0..<16).map { $0 < 8 ? 40 : 200 } }))
    let colour = try decoded(MadeJPEG.colour)
    #expect((colour.width, colour.height, colour.channels) == (16, 16, 3))
    #expect(colour == (try decoded(MadeJPEG.progressive)))
    guard case .bytes(let bytes) = colour.values else { return }
    for (place, expected) in [(0, [200, 30, 60]), (15, [200, 150, 60]), (240, [20, 30, 60])] {
      for channel in 0..<3 { #expect(abs(Int(bytes[place * 3 + channel]) - expected[channel]) <= 6) }
    }
    // (55, 255, 155) of 204 / 255; as much ink without Adobe's marker: (200, 0, 100) of 51 / 255.
    for (file, expected) in [(MadeJPEG.adobe, [44, 204, 124]), (MadeJPEG.plainInk, [40, 0, 20])] {
      guard case .bytes(let bytes) = try decoded(file).values else { continue }
      for channel in 0..<3 { #expect(abs(Int(bytes[channel]) - expected[channel]) <= 3) }
    }
  }

  @Test("each wrong image has its message")
  func refusals() throws {
    let grey = greyPNG([[0, 1, 2, 3], [4, 5, 6, 7]])
    #expect(message([]) == "f: is no PNG or JPEG image: it is empty")
    #expect(message(Array("GIF89a".utf8)) == "f: is no PNG or JPEG image: it is a GIF image")
    #expect(message([1, 2, 3]) == "f: is no PNG or JPEG image")
    #expect(message(Array(grey.prefix(8))) == "f: is truncated: the PNG image ends too soon")
    #expect(message(Array(grey.dropLast(12))) == "f: is truncated: the PNG image ends too soon")
    #expect(message(Array(grey.dropLast(20))) == "f: is truncated: the PNG image ends too soon")
    var damaged = grey
    damaged[45] ^= 1
    #expect(message(damaged).hasPrefix("f: is a damaged PNG image: "))
    var checksum = grey
    checksum[30] ^= 1
    #expect(message(checksum) == "f: is a damaged PNG image: IHDR: CRC error")
    #expect(
      message(png(width: 4, height: 2, depth: 8, colour: 0, rows: [[0, 1, 2, 3]]))
        == "f: is a damaged PNG image: Not enough image data")
    #expect(message(grey, limit: 7) == "f: is an image of 4×2 pixels, more than the 7 bytes of memory allowed")
    #expect(message(grey, limit: 8) == "no error")
    let huge = png(width: 100_000, height: 100_000, depth: 8, colour: 2, rows: [])
    #expect(
      message(huge, limit: 1 << 40)
        == "f: is truncated: \(huge.count) bytes can't hold an image of 100000×100000 pixels")
    #expect(
      message(png(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF, depth: 16, colour: 6, rows: []), limit: .max)
        .hasPrefix("f: "))
    #expect(
      message(png(width: 0x7FFF_FFFF, height: 0x2AAA_AAAA, depth: 16, colour: 6, rows: []), limit: .max)
        .hasPrefix("f: is truncated: "))
    #expect(message(Array(MadeJPEG.colour.dropLast(2))) == "f: is truncated: the JPEG image ends too soon")
    #expect(message(Array(MadeJPEG.colour.dropLast(20))) == "f: is truncated: the JPEG image ends too soon")
    #expect(message(Array(MadeJPEG.progressive.dropLast(30))) == "f: is truncated: the JPEG image ends too soon")
    #expect(message(Array(MadeJPEG.grey.prefix(60))) == "f: is truncated: the JPEG image ends too soon")
    #expect(message([0xFF, 0xD8, 0xFF, 0xD9]).hasPrefix("f: is a damaged JPEG image: "))
    var large = MadeJPEG.colour
    let frame = try #require(large.indices.first { large[$0] == 0xFF && large[$0 + 1] == 0xC0 })
    large.replaceSubrange((frame + 5)..<(frame + 9), with: [0xFF, 0xDC, 0xFF, 0xDC])
    #expect(message(large, limit: 1 << 40) == "f: is truncated: 301 bytes can't hold an image of 65500×65500 pixels")
    var precise = MadeJPEG.colour
    precise[frame + 4] = 12
    #expect(message(precise).hasPrefix("f: is a damaged JPEG image: "))
  }

  @Test("reads from a path, whatever the name says")
  func paths() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.jpg", greyPNG([[3]]))
    #expect(try DecodedImage.read(path: path, limit: 1000).values == .bytes([3]))
    #expect(
      refusal(folder.path) { () throws(DataFileError) in _ = try DecodedImage.read(path: path, limit: 60) }
        == "a.jpg: has 67 bytes (allowed: 60)")
    #expect(
      refusal { () throws(DataFileError) in _ = try DecodedImage.read(path: "/none/x.png", limit: 60) }
        == "/none/x.png: no such file or folder")
  }

  @Test("orientation is read from JPEG and PNG in both byte orders; what is odd is none")
  func orientations() throws {
    func orientation(_ segments: [UInt8]) throws -> ImageOrientation {
      try ImageFile(
        bytes: Array(MadeJPEG.grey.prefix(2)) + segments + MadeJPEG.grey.dropFirst(2), path: "f"
      ).orientation
    }
    for orientation in ImageOrientation.allCases {
      #expect(try self.orientation(of: orientation) == orientation)
    }
    #expect(try orientation([]) == .up)
    #expect(try orientation(exif(tiff(6, isLittle: false))) == .right)
    #expect(try orientation(exif(tiff(0))) == .up)
    #expect(try orientation(exif(tiff(9))) == .up)
    #expect(try orientation(exif(tiff(6, type: 4))) == .up)
    #expect(try orientation(exif(tiff(6, offset: 0xFFFF_FFFF))) == .up)
    #expect(try orientation(exif(tiff(6, offset: 20))) == .up)
    #expect(try orientation(exif([0x49, 0x49, 42, 0])) == .up)
    #expect(try orientation(exif([])) == .up)
    let file = try ImageFile(bytes: greyPNG([[1]], before: chunk("eXIf", tiff(8))), path: "f")
    #expect(file.orientation == .left)
    #expect(try file.decoded(limit: 1).values == .bytes([1]))
  }

  private func orientation(of orientation: ImageOrientation) throws -> ImageOrientation {
    let segment = exif(tiff(orientation.rawValue))
    return try ImageFile(
      bytes: Array(MadeJPEG.grey.prefix(2)) + segment + MadeJPEG.grey.dropFirst(2), path: "f"
    ).orientation
  }

  @Test("images are turned upright")
  func upright() {
    // a b c
    // d e f
    let image = DecodedImage(width: 3, height: 2, channels: 1, values: .bytes(Array("abcdef".utf8)))
    let expected: [ImageOrientation: String] = [
      .up: "abcdef", .upMirrored: "cbafed", .down: "fedcba", .downMirrored: "defabc", .leftMirrored: "adbecf",
      .right: "daebfc", .rightMirrored: "fcebda", .left: "cfbead",
    ]
    for orientation in ImageOrientation.allCases {
      let turned = image.upright(orientation)
      #expect(turned.values == .bytes(Array((expected[orientation] ?? "").utf8)), "\(orientation)")
      #expect((turned.width, turned.height) == (orientation.exchangesSides ? (2, 3) : (3, 2)))
    }
    let words = DecodedImage(width: 2, height: 1, channels: 3, values: .words([1, 2, 3, 4, 5, 6]))
    #expect(words.upright(.down).values == .words([4, 5, 6, 1, 2, 3]))
  }

  @Test("damaged images give values or an error, in bounded memory")
  func fuzz() {
    let files = [
      greyPNG([[0, 1, 2, 3], [4, 5, 6, 7]]), MadeJPEG.grey, MadeJPEG.colour, MadeJPEG.progressive, MadeJPEG.adobe,
      png(width: 8, height: 8, depth: 16, colour: 6, isInterlaced: true, rows: [[UInt8](repeating: 7, count: 600)]),
      png(width: 3, height: 1, depth: 1, colour: 3, before: chunk("PLTE", [9, 8, 7, 255, 254, 253]), rows: [[0x40]]),
    ]
    var counts = (read: 0, refused: 0)
    for (seed, file) in files.enumerated() {
      for copy in damagedCopies(of: file, count: 150, seed: UInt64(seed)) {
        do throws(DataFileError) {
          let image = try ImageFile(bytes: copy, path: "f")
          _ = image.orientation
          let decodedImage = try image.decoded(limit: 1 << 16)
          #expect(decodedImage.width * decodedImage.height <= 1 << 16)
          counts.read += 1
        } catch { counts.refused += 1 }
      }
    }
    #expect(counts.read > 0 && counts.refused > 1000)
  }
}
