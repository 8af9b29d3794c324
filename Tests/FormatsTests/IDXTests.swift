import Formats
import Foundation
import Randomness
import Testing

/// An IDX file with the given type code, dimensions and content.
private func idx(_ type: UInt8, _ dimensions: [UInt32], _ content: [UInt8]) -> [UInt8] {
  [0, 0, type, UInt8(dimensions.count)] + dimensions.flatMap { withUnsafeBytes(of: $0.bigEndian, Array.init) } + content
}

/// A gzip file of one stored block.
private func stored(_ content: [UInt8]) -> [UInt8] {
  var checksum: UInt32 = 0xFFFF_FFFF
  for byte in content {
    checksum ^= UInt32(byte)
    for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1 }
  }
  let count = UInt16(content.count)
  func little(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }
  return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + little(count) + little(~count) + content
    + little(~checksum) + little(UInt32(count))
}

/// The message that reading such a file ends with.
private func message(_ bytes: [UInt8]) -> String {
  do throws(DataFileError) {
    _ = try IDXFile(bytes: bytes, path: "f")
    return "no error"
  } catch { return "\(error)" }
}

@Suite("IDX")
struct IDXTests {
  private let small = idx(8, [2, 3], [1, 2, 3, 4, 5, 255])

  @Test("reads bytes and floats, plain and gzip")
  func values() throws {
    let file = try IDXFile(bytes: small, path: "f")
    #expect(file.dimensions == [2, 3])
    #expect(file.values == .bytes([1, 2, 3, 4, 5, 255]))
    #expect(try IDXFile(bytes: stored(small), path: "f") == file)
    let floats = idx(0x0D, [2], [0x3F, 0x80, 0, 0, 0xC0, 0x20, 0, 0])
    #expect(try IDXFile(bytes: floats, path: "f").values == .floats([1, -2.5]))
    #expect(try IDXFile(bytes: idx(8, [0, 0xFFFF_FFFF, 0xFFFF_FFFF], []), path: "f").values == .bytes([]))
  }

  @Test("integers and numbers of 64 bits")
  func otherTypes() throws {
    func file(_ type: UInt8, _ content: [UInt8]) throws -> IDXFile {
      try IDXFile(bytes: idx(type, [2], content), path: "f")
    }
    #expect(try file(9, [1, 0xFE]).values == .integers([1, -2]))
    #expect(try file(0x0B, [1, 2, 0xFF, 0xFE]).values == .integers([0x102, -2]))
    let labels = try file(0x0C, [0, 0, 1, 2, 0x7F, 0xFF, 0xFF, 0xFF])
    #expect(labels.values == .integers([0x102, 0x7FFF_FFFF]))
    #expect(try labels.labels(path: "f") == [0x102, 0x7FFF_FFFF])
    let doubles = try file(0x0E, [0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0])
    #expect(doubles.values == .doubles([1.5, -2]))
    #expect(
      doubles.array(name: "x") == StoredArray(name: "x", shape: [2], typeText: "float64", values: .doubles([1.5, -2])))
    let images = try IDXImages(IDXFile(bytes: idx(0x0B, [1, 1, 2], [0, 7, 0xFF, 0xFF]), path: "f"), path: "f")
    #expect(images.values == .floats([7, -1]))
    let wide = try IDXFile(bytes: idx(0x0E, [1, 1, 1], [0x7F, 0xE0, 0, 0, 0, 0, 0, 0]), path: "f")
    #expect(
      MadeFiles.message { () throws(DataFileError) in try IDXImages(wide, path: "f") }.contains("what 32 bits can hold")
    )
    let negative = try file(9, [1, 0xFE])
    #expect(
      MadeFiles.message { () throws(DataFileError) in try negative.labels(path: "f") }
        == "f: the label at [1] is -2 (allowed: whole numbers ≥ 0)")
  }

  @Test("each wrong file has its message")
  func wrongFiles() {
    #expect(
      message([0x89, 0x50, 0x4E, 0x40, 0])
        == "f: is not an IDX file: it begins with 89 50 4E 40, expected 00 00, a type and a rank")
    #expect(
      message(idx(0x77, [1], [0]))
        == "f: has IDX type 0x77 (allowed: 0x08 uint8, 0x09 int8, 0x0B int16, 0x0C int32, 0x0D float32, 0x0E float64)")
    #expect(message(idx(0x0B, [2], [0, 0])) == "f: is truncated: its header describes 2 int16, 12 bytes, has 10")
    #expect(
      message(idx(0x0E, [1, 1], [0x7F, 0xF0, 0, 0, 0, 0, 0, 0]))
        == "f: the value at [0, 0] is inf (allowed: finite numbers)")
    #expect(
      message([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
        == "f: is not an IDX file: it is an HDF5 file (also Keras .h5) (allowed: an IDX file, plain or gzip; with 'source: safetensors' a safetensors file; the converter covey-data hdf5 turns it into arrays)"
    )
    #expect(message(idx(8, [], [])) == "f: has an IDX rank of 0, expected at least one dimension")
    #expect(
      message([0, 0, 8, 255, 0, 0])
        == "f: is truncated: a header of 255 dimensions has 1024 bytes, the file 6")
    #expect(message(small.dropLast()) == "f: is truncated: its header describes 2×3 uint8, 18 bytes, has 17")
    #expect(message(small + [0]) == "f: is too long: its header describes 2×3 uint8, 18 bytes, has 19")
    #expect(
      message(idx(8, [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], []))
        == "f: its header describes 4294967295×4294967295×4294967295 uint8, more than the 4294967296 bytes allowed")
    #expect(
      message(idx(0x0D, [0x4000_0001], []))
        == "f: its header describes 1073741825 float32, more than the 4294967296 bytes allowed")
    #expect(
      message(idx(0x0D, [2], [0x3F, 0x80, 0, 0, 0x7F, 0xC0, 0, 0]))
        == "f: the value at [1] is nan (allowed: finite numbers)")
    #expect(
      message(idx(0x0D, [2, 1, 2], [UInt8](repeating: 0, count: 8) + [0xFF, 0x80, 0, 0, 0, 0, 0, 0]))
        == "f: the value at [1, 0, 0] is -inf (allowed: finite numbers)")
  }

  @Test("each wrong gzip file has its message")
  func wrongGzip() {
    #expect(message(stored(small).dropLast()) == "f: is truncated: the gzip data end within a member")
    #expect(message(stored(small + [0])) == "f: expands to more than the 18 bytes expected")
    #expect(message(stored(small.dropLast())) == "f: is truncated: its header describes 2×3 uint8, 18 bytes, has 17")
    #expect(message(stored(small) + [7]) == "f: has 1 bytes after the end of its gzip data")
    #expect(
      message(stored(idx(8, [1 << 30], [0])))
        == "f: is truncated: its header describes 1073741824 uint8, 1073741832 bytes, "
        + "which 32 compressed bytes can't hold"
    )
    #expect(
      message(stored(Array("<html>".utf8)))
        == "f: is not an IDX file: it is an HTML page, as of a download that failed (allowed: an IDX file, plain or gzip; with 'source: safetensors' a safetensors file)"
    )
  }

  @Test("labels are a list of bytes")
  func labels() throws {
    #expect(try IDXFile(bytes: idx(8, [3], [7, 0, 255]), path: "f").labels(path: "f") == [7, 0, 255])
    #expect(try IDXFile(bytes: idx(8, [0], []), path: "f").labels(path: "f") == [])
    for (bytes, reason) in [
      (small, "holds no labels: it has 2×3 uint8, expected a list of uint8 or of integers"),
      (idx(0x0D, [1], [0, 0, 0, 0]), "holds no labels: it has 1 float32, expected a list of uint8 or of integers"),
    ] {
      let file = try IDXFile(bytes: bytes, path: "f")
      #expect(throws: DataFileError.malformed(path: "f", reason: reason)) { try file.labels(path: "f") }
    }
  }

  @Test("images are N×H×W, N×H×W×1 or N×H×W×3")
  func images() throws {
    func images(_ dimensions: [UInt32]) throws -> IDXImages {
      let content = [UInt8](repeating: 4, count: Int(dimensions.reduce(1, *)))
      return try IDXImages(IDXFile(bytes: idx(8, dimensions, content), path: "f"), path: "f")
    }
    let grey = try images([2, 3, 5])
    let shape: [Int] = [grey.count, grey.height, grey.width, grey.channels]
    #expect(shape == [2, 3, 5, 1])
    #expect(try images([2, 3, 5, 1]).channels == 1)
    let colour = try images([2, 3, 5, 3])
    #expect(colour.channels == 3)
    #expect(colour.resized(height: 6, width: 2) == [Float](repeating: 4, count: 2 * 6 * 2 * 3))
    #expect(
      throws: DataFileError.malformed(
        path: "f", reason: "holds no images: it has 2×3×5×2 uint8, expected N×H×W, N×H×W×1 or N×H×W×3")
    ) { try images([2, 3, 5, 2]) }
    #expect(throws: DataFileError.self) { try images([2, 3]) }
    #expect(
      throws: DataFileError.malformed(
        path: "f", reason: "holds no images: it has 2×0×5 uint8, expected images of at least one pixel")
    ) { try images([2, 0, 5]) }
    let none = try images([0, 3, 5])
    #expect(none.count == 0 && none.resized(height: 8, width: 8).isEmpty)
  }

  @Test("paths that are missing, folders or devices are refused")
  func paths() {
    #expect(throws: DataFileError.missing(path: "/nowhere/x")) { try IDXFile.read(path: "/nowhere/x") }
    #expect(DataFileError.missing(path: "x").isMissing)
    for path in [NSTemporaryDirectory(), "/dev/zero"] {
      #expect(throws: DataFileError.unreadable(path: path, reason: "it is not a regular file")) {
        try IDXFile.readLabels(path: path)
      }
    }
  }

  @Test("2,000 mutated files give a value or an error")
  func mutations() {
    var stream = RandomStream(seed: 1, .examples, 3)
    let floats = idx(0x0D, [2, 2], (0..<16).map { UInt8($0) })
    let samples = [
      small, floats, stored(small), stored(floats), idx(0x0C, [2, 2], (0..<16).map { UInt8($0) }),
      idx(0x0E, [2], (0..<16).map { UInt8($0) }),
    ]
    var readCount = 0
    for trial in 0..<2000 {
      var bytes = samples[trial % samples.count]
      for _ in 0...stream.index(below: 3) { bytes[stream.index(below: bytes.count)] = UInt8(stream.index(below: 256)) }
      if stream.index(below: 4) == 0 { bytes.removeLast(stream.index(below: bytes.count)) }
      guard let file = try? IDXFile(bytes: bytes, path: "f") else { continue }
      readCount += 1
      _ = try? file.labels(path: "f")
      _ = try? IDXImages(file, path: "f")
    }
    #expect(readCount > 0 && readCount < 1500)
  }
}
