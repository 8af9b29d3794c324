import Formats
import Testing

private func file(_ text: String) throws(DataFileError) -> TextFile {
  try TextFile(bytes: Array(text.utf8), path: "f")
}

@Suite("Text tables")
struct TextTableTests {
  private func json(_ text: String, _ columns: [String] = ["a"]) throws(DataFileError) -> TextTable {
    try TextTable.jsonLines(file(text), columns: columns)
  }

  private func jsonMessage(_ text: String, _ columns: [String] = ["a"]) -> String {
    refusal { () throws(DataFileError) in _ = try json(text, columns) }
  }

  @Test("JSON lines have texts, numbers as they are written, lists and dotted keys")
  func jsonLines() throws {
    let table = try json(
      """
      {"a": "x\\u00e9\\ud83d\\ude00\\n\\"\\\\\\/", "m": {"client": 7}, "m.x": 1}
        \t
      { "a" : [ "t", 1.50, -2e+3, true ] , "m" : { "client" : null } }
      {"a": null}
      {"a": false, "m": {}}\r
      """, ["a", "m.client", "m.x"])
    #expect(
      table.rows == [
        [.text("xé😀\n\"\\/"), .text("7"), .text("1")],
        [.list(["t", "1.50", "-2e+3", "true"]), .missing, .missing], [.missing, .missing, .missing],
        [.text("false"), .missing, .missing],
      ])
    #expect(table.lines == [1, 3, 4, 5])
    #expect(table.columns == ["a", "m.client", "m.x"])
    #expect(try json("{\"a.b\": {\"c\": 1}, \"a\": {\"b\": {\"c\": 2}}}", ["a.b.c"]).rows == [[.text("1")]])
    #expect(try json("").rows.isEmpty)
  }

  @Test("each wrong JSON line has its message")
  func jsonRefusals() {
    let expected = [
      "[1]": "is a list (allowed: a JSON object)", "1": "is a text or number (allowed: a JSON object)",
      "{": "is not JSON: it ends too soon at byte 2", "{\"a\": 1} 2": "is not JSON: something follows at byte 10",
      "{\"a\" 1}": "is not JSON: expected ':' at byte 6", "{\"a\": 1,}": "is not JSON: a key is expected at byte 9",
      "{a: 1}": "is not JSON: a key is expected at byte 2",
      "{\"a\": 01}": "is not JSON: a number begins with 0 at byte 7",
      "{\"a\": .5}": "is not JSON: a value is expected at byte 7",
      "{\"a\": NaN}": "is not JSON: a value is expected at byte 7",
      "{\"a\": nul}": "is not JSON: a value is expected at byte 7",
      "{\"a\": \"\\x\"}": "is not JSON: '\\' begins nothing known at byte 9",
      "{\"a\": \"\\ud800\"}": "is not JSON: half a surrogate pair stands at byte 13",
      "{\"a\": \"\\u12g4\"}": "is not JSON: four hexadecimal digits are expected at byte 12",
      "{\"a\": \"\t\"}": "is not JSON: a text has a control character at byte 8",
      "{\"a\": 1, \"a\": 2}": "is not JSON: the key 'a' comes twice at byte 10",
      "{\"a\": {\"b\": 1}}": "'a' is an object (allowed: a text, a number, a list)",
      "{\"a\": [[1]]}": "'a' has a list in a list (allowed: texts, numbers)",
      "{\"a\": [1 2]}": "is not JSON: expected ',' at byte 10",
    ]
    for (line, reason) in expected { #expect(jsonMessage("{\"a\": 1}\n" + line) == "f: line 2: \(reason)", "\(line)") }
    #expect(
      jsonMessage(String(repeating: "{\"a\":", count: 100_000)).hasSuffix("values are nested too deep at byte 321"))
    #expect(
      jsonMessage("{\"tokens\": 1, \"label\": 2}", ["tokenz"])
        == "f: has no key 'tokenz'; did you mean 'tokens'? (there: tokens, label)")
  }

  @Test("columns between tabs, with and without header; a quote is a character")
  func tabs() throws {
    let table = try TextTable.tabs(file("a \"b\t0\nc\u{85}\t1\r\n"), header: ["text", "label"])
    #expect(table.rows == [[.text("a \"b"), .text("0")], [.text("c\u{85}"), .text("1")]])
    #expect(table.lines == [1, 2])
    let named = try TextTable.tabs(file("label\ttext\n0\ta\n"), header: nil, columns: ["text"])
    #expect(named == TextTable(columns: ["text"], rows: [[.text("a")]], lines: [2]))
    #expect(try TextTable.tabs(file(""), header: ["a"]).rows.isEmpty)
    func message(_ text: String, _ header: [String]?, _ columns: [String]? = nil) -> String {
      refusal { () throws(DataFileError) in _ = try TextTable.tabs(file(text), header: header, columns: columns) }
    }
    #expect(
      message("a\t1\nb\n", ["text", "label"]) == "f: line 2: has 1 columns between tabs, expected 2 (text, label)")
    #expect(
      message("a\t1\t2\n", ["text", "label"]) == "f: line 1: has 3 columns between tabs, expected 2 (text, label)")
    #expect(message("a\ta\n", nil) == "f: has the column 'a' twice")
    #expect(
      message("text\tlabel\n", nil, ["lable"]) == "f: has no column 'lable'; did you mean 'label'? (there: text, label)"
    )
  }
}
