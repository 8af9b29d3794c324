/// How the characters of a text file are encoded.
package enum TextEncoding: String, Sendable, CaseIterable {
  /// UTF-8, with or without a byte order mark.
  case utf8 = "utf-8"
  /// ISO 8859-1: a byte is a character.
  case latin1 = "latin-1"
  /// UTF-16 in the order that its byte order mark says; little-endian without one.
  case utf16 = "utf-16"
}

/// A text file, decoded.
///
/// Lines end with a line feed, and what comes right before it is a part of the line end if it is a carriage return; no
/// other character ends a line. The last line end is no part of the text and begins no other line.
package struct TextFile: Sendable {
  /// What messages call the file.
  package let path: String
  /// The text in UTF-8, valid, without byte order mark.
  let utf8: [UInt8]

  /// Reads the file at `path`.
  ///
  /// - Parameter limit: The most bytes that the file may have.
  /// - Throws: `DataFileError`, `.malformed` with line and byte where the bytes are not so encoded.
  package static func read(
    path: String, encoding: TextEncoding = .utf8, limit: Int
  ) throws(DataFileError) -> TextFile {
    try TextFile(bytes: fileBytes(path, limit: limit), path: path, encoding: encoding)
  }

  /// Decodes a file that is in memory.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `DataFileError.malformed` with line and byte where the bytes are not so encoded.
  package init(bytes: [UInt8], path: String, encoding: TextEncoding = .utf8) throws(DataFileError) {
    self.path = path
    switch encoding {
    case .utf8:
      if let wrong = firstInvalidUTF8(bytes) { throw Self.invalid(bytes, wrong, path) }
      utf8 = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    case .latin1:
      var decoded: [UInt8] = []
      decoded.reserveCapacity(bytes.count)
      for byte in bytes {
        if byte < 0x80 { decoded.append(byte) } else { decoded += [0xC0 | byte >> 6, 0x80 | byte & 0x3F] }
      }
      utf8 = decoded
    case .utf16: utf8 = try Self.decodedUTF16(bytes, path: path)
    }
  }

  /// The whole text without its last line end.
  package var text: String {
    var end = utf8.count
    if utf8.last == lineFeed { end -= 1 }
    if end < utf8.count, end > 0, utf8[end - 1] == carriageReturn { end -= 1 }
    return String(decoding: utf8[..<end], as: UTF8.self)
  }

  /// The lines without their ends, in order; none of an empty file.
  package var lines: [String] { lineRanges.map { String(decoding: utf8[$0], as: UTF8.self) } }

  /// Where each line stands, without its end.
  var lineRanges: [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    utf8.withUnsafeBufferPointer { buffer in
      while start < buffer.count {
        let end = buffer[start...].firstIndex(of: lineFeed) ?? buffer.count
        let hasReturn = end < buffer.count && end > start && buffer[end - 1] == carriageReturn
        ranges.append(start..<(hasReturn ? end - 1 : end))
        start = end + 1
      }
    }
    return ranges
  }

  private static func decodedUTF16(_ bytes: [UInt8], path: String) throws(DataFileError) -> [UInt8] {
    let isBig = bytes.starts(with: [0xFE, 0xFF])
    let start = isBig || bytes.starts(with: [0xFF, 0xFE]) ? 2 : 0
    var line = 1
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    func unit(_ offset: Int) -> UInt32 {
      let (first, second) = (UInt32(bytes[offset]), UInt32(bytes[offset + 1]))
      return isBig ? first << 8 | second : second << 8 | first
    }
    var offset = start
    while offset < bytes.count {
      func problem(_ what: String) -> DataFileError {
        .malformed(path: path, reason: "line \(line): \(what) at byte \(offset + 1) of the file is not UTF-16")
      }
      guard offset + 2 <= bytes.count else { throw problem("a single byte") }
      var value = unit(offset)
      var width = 2
      if (0xD800...0xDFFF).contains(value) {
        guard value < 0xDC00, offset + 4 <= bytes.count, (0xDC00...0xDFFF).contains(unit(offset + 2)) else {
          throw problem("half a surrogate pair")
        }
        value = 0x10000 + (value - 0xD800) << 10 + (unit(offset + 2) - 0xDC00)
        width = 4
      }
      guard let scalar = Unicode.Scalar(value) else { throw problem("what stands") }
      decoded.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      if value == 0x0A { line += 1 }
      offset += width
    }
    return decoded
  }

  private static func invalid(_ bytes: [UInt8], _ place: Int, _ path: String) -> DataFileError {
    let before = bytes[..<place]
    let line = before.count { $0 == lineFeed } + 1
    let start = before.lastIndex(of: lineFeed).map { $0 + 1 } ?? 0
    let byte = String(bytes[place], radix: 16, uppercase: true)
    return .malformed(
      path: path,
      reason:
        "line \(line): byte \(byte.count < 2 ? "0" : "")\(byte) at place \(place - start + 1) of the line is not UTF-8 (other encodings: latin-1, utf-16)"
    )
  }
}

/// Ends a line.
let lineFeed = UInt8(ascii: "\n")
/// Part of a line end before a line feed.
let carriageReturn = UInt8(ascii: "\r")

/// The offset of the first byte that begins no character, or breaks one off; nil for valid UTF-8.
private func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
  bytes.withUnsafeBufferPointer { bytes in
    var place = 0
    while place < bytes.count {
      let first = bytes[place]
      if first < 0x80 {
        place += 1
        continue
      }
      let width: Int
      var second: ClosedRange<UInt8> = 0x80...0xBF
      switch first {
      case 0xC2...0xDF: width = 2
      case 0xE0: (width, second) = (3, 0xA0...0xBF)
      case 0xED: (width, second) = (3, 0x80...0x9F)
      case 0xE1...0xEF: width = 3
      case 0xF0: (width, second) = (4, 0x90...0xBF)
      case 0xF1...0xF3: width = 4
      case 0xF4: (width, second) = (4, 0x80...0x8F)
      default: return place
      }
      guard place + width <= bytes.count, second.contains(bytes[place + 1]) else { return place }
      for offset in 2..<max(2, width) where bytes[place + offset] & 0xC0 != 0x80 { return place }
      place += width
    }
    return nil
  }
}
