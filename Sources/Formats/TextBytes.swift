internal import Tensors
internal import Zlib

/// The bytes of a text file in UTF-8, without a byte-order mark; gzip is known by its first bytes and expanded.
///
/// - Parameters:
///   - wanted: What the file should be, for messages: "a CSV text".
///   - limit: The most bytes that the text may have.
/// - Throws: `DataFileError.malformed` when the file is something else, is no UTF-8, has NUL bytes or is too long.
func textBytes(
  _ bytes: consuming [UInt8], path: String, wanted: String, limit: Int
) throws(DataFileError) -> [UInt8] {
  var content = bytes
  if content.starts(with: [0x1F, 0x8B]) {
    do { content = try gunzipped(content, limit: limit) } catch { throw .malformed(path: path, reason: "\(error)") }
  }
  if content.starts(with: [0xEF, 0xBB, 0xBF]) { content.removeFirst(3) }
  guard let problem = textProblem(content) else { return content }
  if let foreign = DataFileError.foreign(
    path: path, start: Array(content.prefix(ForeignFormat.byteCount)), wanted: wanted, allowed: "text in UTF-8",
    except: ["empty"])
  {
    throw foreign
  }
  let line = 1 + content[..<problem.place].count { $0 == 0x0A }
  throw .malformed(path: path, reason: "line \(line) \(problem.reason) (allowed: text in UTF-8)")
}

/// The first place where bytes are no text in UTF-8, or are NUL.
private func textProblem(_ bytes: [UInt8]) -> (place: Int, reason: String)? {
  bytes.withUnsafeBytes { raw -> (place: Int, reason: String)? in
    var place = 0
    let end = raw.count
    while place < end {
      // Eight bytes of ASCII, none of which is 0.
      while end - place >= 8 {
        let word = raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        let highs: UInt64 = 0x8080_8080_8080_8080
        if word & highs != 0 || (word &- 0x0101_0101_0101_0101) & highs != 0 { break }
        place += 8
      }
      guard place < end else { break }
      let byte = raw[place]
      if byte == 0 { return (place, "has a NUL byte") }
      if byte < 0x80 {
        place += 1
        continue
      }
      guard let length = sequenceLength(raw, place) else {
        return (place, "is not UTF-8: it has the byte \(hexadecimal([byte]))")
      }
      place += length
    }
    return nil
  }
}

/// The length of a character of two to four bytes; nil where it is none.
///
/// Source: Unicode 15, table 3-7, "Well-Formed UTF-8 Byte Sequences".
private func sequenceLength(_ raw: UnsafeRawBufferPointer, _ place: Int) -> Int? {
  let first = raw[place]
  let (length, second): (Int, ClosedRange<UInt8>)
  switch first {
  case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
  case 0xE0: (length, second) = (3, 0xA0...0xBF)
  case 0xE1...0xEC, 0xEE...0xEF: (length, second) = (3, 0x80...0xBF)
  case 0xED: (length, second) = (3, 0x80...0x9F)
  case 0xF0: (length, second) = (4, 0x90...0xBF)
  case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
  case 0xF4: (length, second) = (4, 0x80...0x8F)
  default: return nil
  }
  guard raw.count - place >= length, second.contains(raw[place + 1]) else { return nil }
  for later in place + 2..<max(place + 2, place + length) where raw[later] & 0xC0 != 0x80 { return nil }
  return length
}
