import Formats
import Foundation
import Testing

private func file(_ text: String) throws(DataFileError) -> LEAFFile {
  try LEAFFile(bytes: Array(text.utf8), path: "a.json", limit: 1 << 24)
}

private func message(_ text: String) -> String { MadeFiles.message { () throws(DataFileError) in try file(text) } }

/// A file of one user with these examples.
private func one(x: String, y: String, count: Int) -> String {
  "{\"users\": [\"u\"], \"num_samples\": [\(count)], \"user_data\": {\"u\": {\"x\": \(x), \"y\": \(y)}}}"
}

@Suite("LEAF")
struct LEAFTests {
  @Test("users in the order of the file, members in any")
  func values() throws {
    let leaf = try file(
      """
      {"user_data": {"b": {"y": [1, 0], "x": [[0.5, -1], [2e0, 3]]}, "zo\\u00eb": {"x": [], "y": [], "other": {"a": [null]}}},
       "hierarchies": ["g1", "g2"], "num_samples": [0, 2], "users": ["zo\\u00eb", "b"], "more": [1, {"x": true}]}
      """)
    #expect(leaf.users.map(\.name) == ["zoë", "b"] && leaf.users.map(\.count) == [0, 2])
    #expect(leaf.users.map(\.group) == ["g1", "g2"])
    #expect(leaf.users[0].x == .numbers([], shape: []))
    #expect(
      leaf.users[1].x == .numbers([0.5, -1, 2, 3], shape: [2]) && leaf.users[1].y == .numbers([1, 0], shape: []))
  }

  @Test("an empty list of hierarchies is none")
  func noHierarchies() throws {
    let leaf = try file(
      "{\"users\": [\"u\"], \"hierarchies\": [], \"num_samples\": [1], \"user_data\": {\"u\": {\"x\": [[1]], \"y\": [0]}}}"
    )
    #expect(leaf.users.map(\.name) == ["u"] && leaf.users[0].group == nil)
  }

  @Test("texts, lists of texts and numbers among them, images")
  func kinds() throws {
    func x(_ x: String, count: Int = 2) throws -> LEAFFile.Values {
      try file(one(x: x, y: count == 2 ? "[0, 1]" : "[0]", count: count)).users[0].x
    }
    #expect(try x("[\"To be\", \"or \\\"not\\\"\"]") == .texts(["To be", "or \"not\""], shape: []))
    #expect(try x("[[\"1\", \"a\"], [\"2\", \"b\"]]") == .texts(["1", "a", "2", "b"], shape: [2]))
    #expect(try x("[[1, \"a\"], [-2.50, \"b\"]]") == .texts(["1", "a", "-2.50", "b"], shape: [2]))
    #expect(try x("[1, \"a\"]") == .texts(["1", "a"], shape: []))
    #expect(try x("[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]") == .numbers([1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 2]))
    #expect(try x("[[\"\\u00e9\\ud83d\\ude00\\n\\/\"]]", count: 1) == .texts(["é😀\n/"], shape: [1]))
    #expect(try file(one(x: "[\"a\"]", y: "[\"b\"]", count: 1)).users[0].y == .texts(["b"], shape: []))
  }

  @Test("each wrong file has its message")
  func wrong() {
    #expect(
      message(
        "{\"users\": [\"u\", \"v\"], \"num_samples\": [1, 3], \"user_data\": {\"u\": {\"x\": [0], \"y\": [0]}, \"v\": {\"x\": [1, 2], \"y\": [1, 0]}}}"
      )
        == "a.json: user 'v': num_samples says 3, user_data has 2 examples")
    #expect(
      message(one(x: "[[0, 1], [1, 0], [1]]", y: "[0, 1, 0]", count: 3))
        == "a.json: line 1, byte 80: user 'u': x: example 2 has 1 value, those before 2 values")
    #expect(
      message(one(x: "[[0, [1]]]", y: "[0]", count: 1))
        == "a.json: line 1, byte 68: user 'u': x: example 0 has a single value and 1 value in one list")
    #expect(message(one(x: "[0, 1]", y: "[0]", count: 2)) == "a.json: user 'u' has 2 x and 1 y")
    #expect(
      message(one(x: "[0]", y: "[0]", count: 1).dropLast(5) + "")
        == "a.json: line 1, byte 74: the text ends where a value is expected")
    #expect(
      message("{\"users\": [\"u\", \"u\"], \"num_samples\": [0, 0], \"user_data\": {\"u\": {\"x\": [], \"y\": []}}}")
        == "a.json: user 'u' stands twice in users")
    #expect(
      message("{\"users\": [], \"num_samples\": [], \"user_data\": {\"u\": {\"x\": [], \"y\": []}}}")
        == "a.json: user 'u' of user_data is not in users")
    #expect(
      message("{\"users\": [\"u\"], \"num_samples\": [0], \"user_data\": {}}") == "a.json: user 'u' is not in user_data"
    )
    #expect(
      message("{\"users\": [\"u\"], \"num_samples\": [0, 1], \"user_data\": {}}")
        == "a.json: has 1 users and 2 num_samples")
    #expect(
      message("{\"users\": [\"u\"], \"hierarchies\": [\"g\", \"h\"], \"num_samples\": [0], \"user_data\": {}}")
        == "a.json: has 1 users and 2 hierarchies")
    #expect(
      message("{\"users\": [], \"num_samples\": []}")
        == "a.json: has no 'user_data' (expected: users, num_samples, user_data)")
    #expect(
      message("{\"users\": [],\n \"users\": []}") == "a.json: line 2, byte 2: the key 'users' stands there twice")
    #expect(
      message("{\"user_data\": {\"u\": {\"x\": []}}}") == "a.json: line 1, byte 21: user 'u' has no y")
    #expect(
      message("{\"user_data\": {\"u\": {\"x\": [], \"y\": []}, \"u\": {}}}")
        == "a.json: line 1, byte 41: the key 'u' stands there twice")
    #expect(
      message(one(x: "[NaN]", y: "[0]", count: 1))
        == "a.json: line 1, byte 64: user 'u': x: example 0 has 'NaN' (allowed: finite numbers, texts, lists of them)")
    #expect(
      message(one(x: "[1e39]", y: "[0]", count: 1))
        == "a.json: line 1, byte 64: user 'u': x: example 0 has a number beyond 32 bits (allowed: up to ±3.4e+38)")
    #expect(message(one(x: "[-Infinity]", y: "[0]", count: 1)) == "a.json: line 1, byte 64: '-Infinity' is no number")
    #expect(
      message(one(x: "[{}]", y: "[0]", count: 1))
        == "a.json: line 1, byte 64: user 'u': x: example 0 has an object (allowed: finite numbers, texts, lists of them)"
    )
    #expect(
      message(one(x: "[[[\"a\"]]]", y: "[0]", count: 1))
        == "a.json: line 1, byte 63: user 'u': x has texts in lists of lists (allowed: texts, or lists of texts)")
    let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    #expect(
      message(one(x: deep, y: "[0]", count: 1)) == "a.json: line 1, byte 72: user 'u': x: example 0 is nested too deep")
    #expect(
      message("[1, 2]") == "a.json: line 1, byte 1: expected '{'")
    #expect(
      message("a,b\n1,2\n")
        == "a.json: is not a JSON text of LEAF: it is a CSV text (allowed: JSON with users, num_samples and user_data)")
  }

  @Test("examples take no more memory than they may")
  func memory() {
    let texts = "[" + String(repeating: "\"\",", count: 999) + "\"\"]"
    let bytes = Array(one(x: texts, y: "[0]", count: 1000).utf8)
    #expect(
      MadeFiles.message { () throws(DataFileError) in try LEAFFile(bytes: bytes, path: "a.json", limit: 10_000) }
        == "a.json: line 1, byte 1846: more examples than there is memory for")
  }

  @Test("damaged files give a value or an error", .timeLimit(.minutes(1)))
  func damaged() {
    let samples = [
      one(x: "[[0.5, 1], [2, 3e-1]]", y: "[0, 1]", count: 2), one(x: "[\"a\\u00e9\"]", y: "[\"b\"]", count: 1),
    ].map { Array($0.utf8) }
    let counts = DamagedFiles.give(samples, seed: 6) { bytes in
      (try? LEAFFile(bytes: bytes, path: "a", limit: 1 << 20)) != nil
    }
    #expect(counts.1 > 0 && counts.1 < counts.0)
  }
}

@Suite("JSON values and lines")
struct JSONTests {
  private func parse(_ text: String) throws(DataFileError) -> JSONValue {
    try JSONValue.parse(Array(text.utf8), path: "v.json")
  }

  private func message(_ text: String) -> String { MadeFiles.message { () throws(DataFileError) in try parse(text) } }

  @Test("values, keys in order, dotted keys")
  func values() throws {
    let value = try parse(" {\"b\": [1, -2.5e1, \"x\", true, null, {}], \"a\": {\"c.d\": 1, \"e\": {\"f\": \"g\"}}} \n")
    #expect(value["b"] == .list([.number(1), .number(-25), .text("x"), .bool(true), .null, .object(JSONObject())]))
    guard case .object(let object) = value else { throw DataFileError.missing(path: "object") }
    #expect(object.keys == ["b", "a"])
    #expect(value["a.e.f"] == .text("g") && value["a.c.d"] == .number(1) && value["a.x"] == nil && value["z"] == nil)
    for (text, number) in [("0", 0), ("-0.5", -0.5), ("1E+2", 100), ("12", 12)] as [(String, Double)] {
      #expect(try parse(text) == .number(number))
    }
  }

  @Test("each wrong text has its message")
  func wrong() {
    #expect(message("") == "v.json: line 1, byte 1: the text ends where a value is expected")
    #expect(message("{\"a\": 1,}") == "v.json: line 1, byte 9: expected '\"'")
    #expect(message("[1 2]") == "v.json: line 1, byte 4: expected ']'")
    #expect(message("{\n\"a\": tru}") == "v.json: line 2, byte 6: 'tru' is no value")
    #expect(message("[1] x") == "v.json: line 1, byte 5: text after the end of the JSON")
    for number in ["01", "1.", "-", "1e", "0x1", "-.5", "1.e5"] {
      #expect(message(number) == "v.json: line 1, byte 1: '\(number)' is no number")
    }
    #expect(message("1e999") == "v.json: line 1, byte 1: a number is beyond 64 bits")
    #expect(message("\"a") == "v.json: line 1, byte 1: a text does not end")
    #expect(message("\"a\nb\"") == "v.json: line 1, byte 3: a control character in a text")
    #expect(message("\"\\x\"") == "v.json: line 1, byte 2: an unknown escape in a text")
    #expect(message("\"\\ud83d\"") == "v.json: line 1, byte 2: half a surrogate pair in a text")
    #expect(message("\"\\ude00\"") == "v.json: line 1, byte 2: half a surrogate pair in a text")
    #expect(message("\"\\u12\"") == "v.json: line 1, byte 6: expected four hexadecimal digits")
    #expect(message("{\"a\": 1, \"a\": 2}") == "v.json: line 1, byte 10: the key 'a' stands there twice")
    let deep = String(repeating: "[", count: 100_000)
    #expect(message(deep) == "v.json: line 1, byte 65: nested deeper than 64 levels")
    let marks = "{\"a\(String(repeating: "\u{301}", count: 40))\": 1}"
    #expect(
      message(marks) == "v.json: line 1, byte 2: a key is longer than 10000 bytes, or no text that can be compared")
  }

  @Test("values take no more memory than they may")
  func memory() {
    let many = Array(("[" + String(repeating: "[],", count: 1000) + "0]").utf8)
    #expect(
      MadeFiles.message { () throws(DataFileError) in try JSONValue.parse(many, path: "v.json", limit: 50_000) }
        == "v.json: line 1, byte 1559: more values than there is memory for")
    #expect((try? JSONValue.parse(many, path: "v.json", limit: 100_000)) != nil)
    let lines = Array(String(repeating: "[]\n", count: 1000).utf8)
    #expect(
      MadeFiles.message { () throws(DataFileError) in try JSONLines.parse(lines, path: "l.jsonl", limit: 50_000) }
        == "l.jsonl: line 521, byte 1: more values than there is memory for")
  }

  @Test("lines with their numbers")
  func lines() throws {
    let lines = try JSONLines.parse(Array("{\"a\": 1}\r\n[2]\n\n \n".utf8), path: "l.jsonl")
    #expect(lines.map(\.line) == [1, 2] && lines[0].value["a"] == .number(1) && lines[1].value == .list([.number(2)]))
    #expect(try JSONLines.parse([], path: "l").isEmpty)
    func message(_ text: String) -> String {
      MadeFiles.message { () throws(DataFileError) in try JSONLines.parse(Array(text.utf8), path: "l.jsonl") }
    }
    #expect(message("1\n{\"text\": \"not closed, \"label\": 0}\n") == "l.jsonl: line 2, byte 24: expected '}'")
    #expect(message("1\n\n2\n") == "l.jsonl: line 2, byte 1: the text ends where a value is expected")
  }

  @Test("damaged texts give a value or an error", .timeLimit(.minutes(1)))
  func damaged() {
    let samples = ["{\"a\": [1, -2.5e1, \"x\\u00e9\", true, null, {}]}\n[1]\n", "[[], {\"b\": {}}]"].map {
      Array($0.utf8)
    }
    let counts = DamagedFiles.give(samples, seed: 7) { bytes in
      let lines = try? JSONLines.parse(bytes, path: "l")
      return (try? JSONValue.parse(bytes, path: "v")) != nil || lines != nil
    }
    #expect(counts.1 > 0 && counts.1 < counts.0)
  }
}
