import Randomness
import Testing
import Zlib

/// Files made by Python's gzip and zlib modules.
private enum Sample {
  // gzip.compress(b"Covey, Covey, Covey!", mtime=0)
  static let text: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x73, 0xCE, 0x2F, 0x4B, 0xAD, 0xD4, 0x51, 0x70, 0x46,
    0xA2, 0x14, 0x01, 0x2E, 0x65, 0x4F, 0x99, 0x14, 0x00, 0x00, 0x00,
  ]
  static let expanded = Array("Covey, Covey, Covey!".utf8)
  // gzip.compress(b"", mtime=0)
  static let empty: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00,
  ]
  // b"federated" behind a header with extra field, name, comment and checksum; gzip.decompress reads it.
  static let everyField: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x1E, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x03, 0x00, 0x61, 0x62, 0x63, 0x6E, 0x61, 0x6D, 0x65,
    0x00, 0x6E, 0x6F, 0x74, 0x65, 0x00, 0x00, 0x8A, 0x4B, 0x4B, 0x4D, 0x49, 0x2D, 0x4A, 0x2C, 0x49, 0x4D, 0x01, 0x00,
    0xA6, 0x6D, 0x9E, 0x77, 0x09, 0x00, 0x00, 0x00,
  ]
  // gzip.compress(bytes(100_000), mtime=0)
  static let zeros: [UInt8] =
    [0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xED, 0xC1, 0x31, 0x01, 0x00, 0x00, 0x00, 0xC2]
    + [0xA0, 0xF5, 0x4F, 0x6D, 0x0D, 0x0F, 0xA0] + [UInt8](repeating: 0, count: 96)
    + [0x80, 0x57, 0x03, 0x7D, 0x95, 0x11, 0xD4, 0xA0, 0x86, 0x01, 0x00]
}

@Suite("gzip")
struct GzipTests {
  @Test("expands one member, an empty one, and one with every header field")
  func members() throws {
    #expect(try gunzipped(Sample.text, limit: 100) == Sample.expanded)
    #expect(try gunzipped(Sample.empty, limit: 0) == [])
    #expect(try gunzipped(Sample.everyField, limit: 9) == Array("federated".utf8))
  }

  @Test("joins several members")
  func multipleMembers() throws {
    let file = Sample.text + Sample.empty + Sample.everyField + Sample.text
    #expect(try gunzipped(file, limit: 49) == Sample.expanded + Array("federated".utf8) + Sample.expanded)
  }

  @Test("allows the limit and not one byte more")
  func limit() throws {
    #expect(try gunzipped(Sample.zeros, limit: 100_000) == [UInt8](repeating: 0, count: 100_000))
    for limit in [0, 1, 99_999] {
      #expect(throws: GzipError.tooLarge(limit: limit)) { try gunzipped(Sample.zeros, limit: limit) }
    }
    #expect(throws: GzipError.tooLarge(limit: 39)) { try gunzipped(Sample.text + Sample.text, limit: 39) }
  }

  @Test("a file cut anywhere is truncated")
  func truncated() {
    for count in 2..<Sample.everyField.count {
      #expect(throws: GzipError.truncated) { try gunzipped(Array(Sample.everyField.prefix(count)), limit: 100) }
    }
    for count in 1..<Sample.text.count {
      #expect(throws: GzipError.truncated) { try gunzipped(Sample.text + Sample.text.prefix(count), limit: 100) }
    }
  }

  @Test("a checksum, a length or a header that is wrong is corrupt")
  func corrupt() {
    for (position, reason) in [
      (Sample.text.count - 5, "incorrect data check"), (Sample.text.count - 1, "incorrect length check"),
      (2, "unknown compression method"), (3, "unknown header flags set"),
    ] {
      var file = Sample.text
      file[position] ^= 0xE0
      #expect(throws: GzipError.corrupt(reason)) { try gunzipped(file, limit: 100) }
    }
  }

  @Test("what is not gzip, and what follows it, is refused")
  func foreignBytes() {
    #expect(throws: GzipError.notGzip) { try gunzipped([], limit: 100) }
    #expect(throws: GzipError.notGzip) { try gunzipped(Array("text".utf8), limit: 100) }
    #expect(throws: GzipError.trailingBytes(count: 3)) { try gunzipped(Sample.text + [0, 0, 0], limit: 100) }
    #expect(throws: GzipError.trailingBytes(count: 2)) { try gunzipped(Sample.text + [0x1F, 0x8C], limit: 100) }
  }

  @Test("a prefix needs nothing of what follows it")
  func prefix() throws {
    #expect(try gunzippedPrefix(Array(Sample.text.prefix(20)), count: 5) == Array("Covey".utf8))
    #expect(try gunzippedPrefix(Sample.text, count: 100) == Sample.expanded)
    #expect(try gunzippedPrefix(Sample.zeros, count: 3) == [0, 0, 0])
    #expect(throws: GzipError.truncated) { try gunzippedPrefix(Array(Sample.text.prefix(12)), count: 20) }
  }

  @Test("messages say what is wrong")
  func messages() {
    #expect("\(GzipError.trailingBytes(count: 3))" == "has 3 bytes after the end of its gzip data")
    #expect("\(GzipError.tooLarge(limit: 9))" == "expands to more than the 9 bytes expected")
    #expect("\(GzipError.corrupt("invalid block type"))" == "is corrupt gzip: invalid block type")
  }

  @Test("2,000 mutated files give a value or an error")
  func mutations() {
    var stream = RandomStream(seed: 1, .examples, 1)
    var expandedCount = 0
    for _ in 0..<2000 {
      var file = Sample.everyField + Sample.zeros + Sample.text
      for _ in 0...stream.index(below: 3) { file[stream.index(below: file.count)] = UInt8(stream.index(below: 256)) }
      if stream.index(below: 4) == 0 { file.removeLast(stream.index(below: file.count)) }
      if let content = try? gunzipped(file, limit: 200_000) {
        #expect(content.count <= 200_000)
        expandedCount += 1
      }
    }
    #expect(expandedCount < 1000)
  }
}
