import Formats
import Foundation
import Testing

private func file(
  _ bytes: [UInt8], _ encoding: TextEncoding = .utf8
) throws(DataFileError) -> TextFile { try TextFile(bytes: bytes, path: "f", encoding: encoding) }

private func file(_ text: String) throws(DataFileError) -> TextFile { try file(Array(text.utf8)) }

private func message(_ bytes: [UInt8], _ encoding: TextEncoding = .utf8) -> String {
  refusal { () throws(DataFileError) in _ = try file(bytes, encoding) }
}

@Suite("Text files")
struct TextFileTests {
  @Test("lines end with a line feed, with or without a carriage return, and with nothing else")
  func lines() throws {
    #expect(try file("").lines == [])
    #expect(try file("\n").lines == [""])
    #expect(try file("a\nb").lines == ["a", "b"])
    #expect(try file("a\r\nb\r\n").lines == ["a", "b"])
    #expect(try file("a\rb\u{85}c\u{2028}d\u{B}e\n\nf\n").lines == ["a\rb\u{85}c\u{2028}d\u{B}e", "", "f"])
    #expect(try file("a\r").lines == ["a\r"])
    #expect(try file("a\nb\n").text == "a\nb")
    #expect(try file("a\r\n").text == "a")
    #expect(try file("a\n\n").text == "a\n")
    #expect(try file("\n").text == "")
    #expect(try file("").text == "")
  }

  @Test("encodings and byte order marks")
  func encodings() throws {
    #expect(try file([0xEF, 0xBB, 0xBF, 0x61]).text == "a")
    #expect(try file([0x61, 0xE9, 0xFF], .latin1).text == "aéÿ")
    #expect(try file([0xFF, 0xFE, 0x61, 0, 0x3D, 0xD8, 0, 0xDE], .utf16).text == "a😀")
    #expect(try file([0xFE, 0xFF, 0, 0x61, 0xD8, 0x3D, 0xDE, 0], .utf16).text == "a😀")
    #expect(try file([0x61, 0], .utf16).text == "a")
    #expect(try file([], .utf16).text == "")
    #expect(TextEncoding(rawValue: "latin-1") == .latin1)
  }

  @Test("bytes that are not so encoded are refused with line and place")
  func refusals() {
    func wrong(_ line: Int, _ byte: String, _ place: Int) -> String {
      "f: line \(line): byte \(byte) at place \(place) of the line is not UTF-8 (other encodings: latin-1, utf-16)"
    }
    #expect(message([0x61, 0xE9]) == wrong(1, "E9", 2))
    #expect(message([0x61, 0x0A, 0x62, 0x0A, 0x80, 0x0A]) == wrong(3, "80", 1))
    for bytes: [UInt8] in [
      [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x80, 0x80, 0x80, 0x80],
      [0xF0, 0x9F, 0x98], [0xE2, 0x82, 0x28], [0xFF],
    ] {
      #expect(message(bytes).hasPrefix("f: line 1: byte "))
      #expect(String(validating: bytes, as: UTF8.self) == nil)
    }
    #expect(
      message([0x61, 0, 0x0A, 0, 0x62], .utf16) == "f: line 2: a single byte at byte 5 of the file is not UTF-16")
    #expect(message([0x00, 0xDC], .utf16) == "f: line 1: half a surrogate pair at byte 1 of the file is not UTF-16")
    #expect(
      message([0x00, 0xD8, 0x61, 0], .utf16) == "f: line 1: half a surrogate pair at byte 1 of the file is not UTF-16")
  }

  @Test("damaged texts give lines or an error")
  func fuzz() throws {
    let whole = Array("é€😀 text\nof lines\r\n{\"a\": [1, \"b\\u00e9\"]}\n".utf8)
    for copy in damagedCopies(of: whole, count: 1000, seed: 5) {
      for encoding in TextEncoding.allCases {
        guard let text = try? file(copy, encoding) else {
          #expect(encoding != .latin1)
          #expect(encoding != .utf8 || String(validating: copy, as: UTF8.self) == nil)
          continue
        }
        #expect(text.lines.count <= copy.count)
        _ = try? TextTable.jsonLines(text, columns: ["a"])
        _ = try? TextTable.tabs(text, header: nil)
        _ = try? Vocabulary(text)
        for tokenizer in Tokenizer.allCases where tokenizer.usesVocabulary { _ = tokenizer.tokens(.text(text.text)) }
      }
    }
  }
}
