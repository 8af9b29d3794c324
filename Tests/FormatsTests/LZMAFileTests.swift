import Formats
import Foundation
import Testing

@Suite("Files packed with LZMA")
struct LZMAFileTests {
  /// "covey " fifty times, by liblzma: LZMA-alone of unknown size, and xz.
  private static let alone = bytes("XQAABAD//////////wAxm8sy5Ko+z00qAPTth///QyQAAA==")
  private static let xz = bytes(
    "/Td6WFoAAAFpIt42AgAhAQwAAACPmEGc4AErAA5dADGbyzLkqj7PTSn/Y0AAAAAARoSlSQABJqwCAAAA6oh+DT4wDYsCAAAAAAFZWg==")
  private static let content = Array(String(repeating: "covey ", count: 50).utf8)

  private static func bytes(_ text: String) -> [UInt8] { Array(Data(base64Encoded: text) ?? Data()) }

  private func message(_ bytes: [UInt8], limit: Int = 1000) -> String {
    refusal { () throws(DataFileError) in _ = try LZMAFile.unpacked(bytes, path: "f", limit: limit) }
  }

  @Test("both containers are known by their first bytes and unpacked")
  func unpacked() throws {
    for packed in [Self.alone, Self.xz, Self.xz + Self.xz] {
      #expect(LZMAFile.isPacked(packed))
      let content = try LZMAFile.unpacked(packed, path: "f", limit: 600)
      #expect(content == Self.content || content == Self.content + Self.content)
    }
    #expect(!LZMAFile.isPacked([0x5D, 0, 0]))
    #expect(!LZMAFile.isPacked(Array("SQLite format 3".utf8)))
  }

  @Test("each wrong file has its message")
  func refusals() {
    #expect(message(Self.alone, limit: 300) == "no error")
    #expect(message(Self.alone, limit: 299) == "f: unpacks to more than the 299 bytes allowed")
    #expect(message(Self.xz, limit: 0) == "f: unpacks to more than the 0 bytes allowed")
    var claimed = Self.alone
    claimed.replaceSubrange(5..<13, with: little(UInt64(1 << 40)))
    #expect(message(claimed) == "f: unpacks to 1099511627776 bytes (allowed: 1000)")
    #expect(message(Array(Self.alone.dropLast(3))) == "f: is truncated: the LZMA data end too soon")
    #expect(message(Array(Self.xz.dropLast(3))) == "f: is truncated: the LZMA data end too soon")
    #expect(message([]) == "f: is truncated: the LZMA data end too soon")
    #expect(message(Array("no, not at all".utf8)) == "f: is no file packed with LZMA")
    var dictionary = Self.alone
    dictionary.replaceSubrange(1..<5, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(message(dictionary) == "f: needs more than 256 MiB of memory for its dictionary to be unpacked")
    var damaged = Self.xz
    damaged[30] ^= 1
    #expect(message(damaged) == "f: is corrupt: the LZMA data are damaged, or other bytes follow them")
    #expect(message(Self.xz + Array(1...20)) == "f: is corrupt: the LZMA data are damaged, or other bytes follow them")
  }

  @Test("damaged files give bytes or an error, within the limit")
  func fuzz() throws {
    for (seed, packed) in [Self.alone, Self.xz].enumerated() {
      for copy in damagedCopies(of: packed, count: 500, seed: UInt64(seed)) {
        guard let content = try? LZMAFile.unpacked(copy, path: "f", limit: 1000) else { continue }
        #expect(content.count <= 1000)
      }
    }
  }
}
