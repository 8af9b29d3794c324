/// How a stored image is turned for a person to see it, as cameras write it (EXIF tag 0x0112).
package enum ImageOrientation: UInt16, Sendable, CaseIterable {
  /// As stored.
  case up = 1
  /// Left and right exchanged.
  case upMirrored = 2
  /// Turned by half.
  case down = 3
  /// Top and bottom exchanged.
  case downMirrored = 4
  /// Rows and columns exchanged.
  case leftMirrored = 5
  /// Turned by a quarter, with the clock.
  case right = 6
  /// Rows and columns exchanged, then turned by half.
  case rightMirrored = 7
  /// Turned by a quarter, against the clock.
  case left = 8

  /// Whether width and height are exchanged.
  package var exchangesSides: Bool { rawValue >= 5 }

  /// The orientation that an encoded image gives; `.up` where it gives none, or none that is understood.
  ///
  /// Searched are a JPEG's segments APP1 before its first scan and a PNG's chunk eXIf.
  init(of bytes: [UInt8], _ kind: ImageFile.Kind) {
    let found = kind == .png ? Self.inChunks(bytes) : Self.inSegments(bytes)
    self = found.flatMap(ImageOrientation.init) ?? .up
  }

  /// The number in a JPEG's first EXIF segment.
  private static func inSegments(_ bytes: [UInt8]) -> UInt16? {
    var place = 2
    // Each segment: FF, its kind, two bytes of length that count themselves.
    while place + 4 <= bytes.count, bytes[place] == 0xFF {
      let marker = bytes[place + 1]
      if marker == 0xFF {
        place += 1
        continue
      }
      // Start of scan, end of image.
      if marker == 0xDA || marker == 0xD9 { return nil }
      let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
      guard length >= 2, place + 2 + length <= bytes.count else { return nil }
      let content = bytes[(place + 4)..<(place + 2 + length)]
      if marker == 0xE1, content.starts(with: Array("Exif".utf8) + [0, 0]) { return number(in: content.dropFirst(6)) }
      place += 2 + length
    }
    return nil
  }

  /// The number in a PNG's eXIf chunk.
  private static func inChunks(_ bytes: [UInt8]) -> UInt16? {
    var place = 8
    // Each chunk: length, type, content, checksum.
    while place + 12 <= bytes.count {
      let length = bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - place - 12 else { return nil }
      if bytes[(place + 4)..<(place + 8)].elementsEqual("eXIf".utf8) {
        return number(in: bytes[(place + 8)..<(place + 8 + length)])
      }
      place += 12 + length
    }
    return nil
  }

  /// The value of tag 0x0112 in the first directory of a TIFF header.
  private static func number(in tiff: ArraySlice<UInt8>) -> UInt16? {
    let isLittle: Bool
    switch tiff.prefix(4) {
    case [0x49, 0x49, 0x2A, 0]: isLittle = true
    case [0x4D, 0x4D, 0, 0x2A]: isLittle = false
    default: return nil
    }
    func read(_ offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset <= tiff.count - count else { return nil }
      let field = tiff[(tiff.startIndex + offset)..<(tiff.startIndex + offset + count)]
      return isLittle ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = read(4, 4), let count = read(directory, 2) else { return nil }
    for entry in 0..<count {
      let offset = directory + 2 + 12 * entry
      guard let tag = read(offset, 2) else { return nil }
      guard tag == 0x0112 else { continue }
      // Type 3: 16 bits, in the first bytes of the value.
      guard read(offset + 2, 2) == 3, let value = read(offset + 8, 2) else { return nil }
      return UInt16(value)
    }
    return nil
  }
}

extension DecodedImage {
  /// The image turned as `orientation` says; a person sees it upright.
  ///
  /// - Complexity: O(values); nothing is copied for `.up`.
  package func upright(_ orientation: ImageOrientation) -> DecodedImage {
    if orientation == .up { return self }
    let exchanges = orientation.exchangesSides
    let (newWidth, newHeight) = exchanges ? (height, width) : (width, height)
    /// The stored place of a pixel of the result.
    func source(_ row: Int, _ column: Int) -> Int {
      let (storedRow, storedColumn) =
        switch orientation {
        case .up: (row, column)
        case .upMirrored: (row, width - 1 - column)
        case .down: (height - 1 - row, width - 1 - column)
        case .downMirrored: (height - 1 - row, column)
        case .leftMirrored: (column, row)
        case .right: (height - 1 - column, row)
        case .rightMirrored: (height - 1 - column, width - 1 - row)
        case .left: (column, width - 1 - row)
        }
      return storedRow * width + storedColumn
    }
    func turned<Value>(_ values: [Value]) -> [Value] {
      values.withUnsafeBufferPointer { input in
        [Value](unsafeUninitializedCapacity: input.count) { output, filled in
          for row in 0..<newHeight {
            for column in 0..<newWidth {
              let start = source(row, column) * channels
              for channel in 0..<channels {
                output.initializeElement(at: filled, to: input[start + channel])
                filled += 1
              }
            }
          }
        }
      }
    }
    let turnedValues: Values =
      switch values {
      case .bytes(let bytes): .bytes(turned(bytes))
      case .words(let words): .words(turned(words))
      }
    return DecodedImage(width: newWidth, height: newHeight, channels: channels, values: turnedValues)
  }
}
