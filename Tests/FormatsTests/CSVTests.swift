import Formats
import Foundation
import Testing

private func table(
  _ text: String, _ layout: CSVTable.Layout = .init(), limit: Int = 1 << 24
) throws(DataFileError) -> CSVTable {
  try CSVTable(bytes: Array(text.utf8), path: "t.csv", layout: layout, limit: limit)
}

private func message(_ text: String, _ layout: CSVTable.Layout = .init(), limit: Int = 1 << 24) -> String {
  MadeFiles.message { () throws(DataFileError) in try table(text, layout, limit: limit) }
}

private func message(_ bytes: [UInt8]) -> String {
  MadeFiles.message { () throws(DataFileError) in try CSVTable(bytes: bytes, path: "t.csv", limit: 1 << 20) }
}

@Suite("CSV")
struct CSVTests {
  @Test("cells, quotes, line ends and their lines")
  func cells() throws {
    let text = "a,b,\"c \"\"d\"\"\"\r\n1,,x\n\"2\n\",\"é,\"\"\r\n\",\"\"\n,,\"\"\"\"\n"
    let file = try table(text)
    #expect(file.columns == ["a", "b", "c \"d\""] && file.rowCount == 3 && file.path == "t.csv")
    #expect(try file.texts("a") == ["1", "2\n", ""])
    #expect(try file.texts("b") == ["", "é,\"\r\n", ""])
    #expect(try file.texts("c \"d\"") == ["x", "", "\""])
    #expect((0..<3).map { file.line(ofRow: $0) } == [2, 3, 6])
    #expect(file.text(row: 1, column: 1) == "é,\"\r\n")
    let levels = try table("c\nb\na\nb\n").levels("c")
    #expect(levels.texts == ["b", "a"] && levels.numbers == [0, 1, 0])
  }

  @Test("the last line may end or not, with an empty cell or not")
  func ends() throws {
    for end in ["", "\n", "\r\n"] {
      #expect(try table("a,b\n1,2" + end).texts("b") == ["2"])
      #expect(try table("a,b\n1," + end).texts("b") == [""])
      #expect(try table("a,b\n1,\"\"" + end).texts("b") == [""])
      #expect(try table("a,b" + end).rowCount == 0)
    }
    #expect(try table("a\n\n1\n").texts("a") == ["", "1"])
    #expect(try table(",\n,\n", .init(header: .none)).columns == ["1", "2"])
  }

  @Test("byte-order mark, gzip, separators, headers")
  func layouts() throws {
    #expect(try table("\u{FEFF}a,b\n1,2\n").columns == ["a", "b"])
    #expect(try table("a;b,c\n1;2\n", .init(separator: ";")).columns == ["a", "b,c"])
    let bare = try table("5,x\n6,y\n", .init(header: .none))
    #expect(bare.columns == ["1", "2"] && bare.rowCount == 2 && bare.line(ofRow: 1) == 2)
    #expect(try bare.texts("2") == ["x", "y"])
    #expect(try table("5,x\n", .init(header: .named(["n", "t"]))).texts("t") == ["x"])
    #expect(
      message("5,x\n", .init(header: .named(["n"]))) == "t.csv: has 2 columns, expected 1: 'n'")
    // printf 'a,b\n1,2\n' | gzip -n
    let gzip = MadeFiles.bytes("1f8b08000000000000034bd449e232d431e202007b07970a08000000")
    #expect(try CSVTable(bytes: gzip, path: "t.csv.gz").texts("b") == ["2"])
  }

  @Test("texts of columns without quotes: lines end in LF alone")
  func tabs() throws {
    let file = try table("it's \"good\"\t1\r\nso so\t0", .tabs(.named(["text", "label"])))
    #expect(try file.texts("text") == ["it's \"good\"", "so so"])
    #expect(try file.texts("label") == ["1\r", "0"])
    #expect(
      message("a\tb\nc\n", .tabs(.none)) == "t.csv: line 2 has 1 cell, the first row has 2")
    #expect(try table("text\tlabel\n\"a\t1\n", .tabs(.firstRow)).texts("text") == ["\"a"])
  }

  @Test("numbers, decimal commas, marks of missing values")
  func numbers() throws {
    let file = try table("x,y,z\n1,-2.5e-3, 7\n+.5,1e400,\n,NA,?\n")
    #expect(try file.numbers("x") == [1, 0.5, nil])
    #expect(try file.numbers("z", marks: ["", "?"]) == [7, nil, nil])
    #expect(try table("a\n-9\n3\n").numbers("a", marks: ["-9"]) == [nil, 3])
    let european = try table("a;b\n1,5;2.5\n-3;4\n", .init(separator: ";"))
    #expect(try european.numbers("a", decimal: ",") == [1.5, -3])
    func message(_ column: String, _ file: CSVTable, decimal: Unicode.Scalar = ".", marks: [String] = [""]) -> String {
      MadeFiles.message { () throws(DataFileError) in try file.numbers(column, decimal: decimal, marks: marks) }
    }
    #expect(
      message("y", file)
        == "t.csv: line 3: column 'y' has '1e400' (allowed: finite numbers, or for a missing value: '')")
    #expect(
      message("x", file, marks: ["NA", "?"])
        == "t.csv: line 4: column 'x' has no value (allowed: finite numbers, or for a missing value: 'NA', '?')")
    #expect(message("x", file, marks: []) == "t.csv: line 4: column 'x' has no value (allowed: finite numbers)")
    #expect(
      message("b", european, decimal: ",")
        == "t.csv: line 2: column 'b' has '2.5' (allowed: finite numbers with the decimal point ',', or for a missing value: '')"
    )
    #expect(message("X", file) == "t.csv: has no column 'X'; did you mean 'x'? (columns there: 'x', 'y', 'z')")
    for text in ["nan", "inf", "0x10", "1 000", "1e", "1e+", "--1", "1.2.3", ".", "-", "1,5", "e5", "١"] {
      #expect(
        message("a", try table("a\n\"\(text)\"\n"))
          == "t.csv: line 2: column 'a' has '\(text)' (allowed: finite numbers, or for a missing value: '')")
    }
  }

  @Test("numbers are the nearest of 64 bits")
  func rounding() throws {
    let texts = [
      "0.1", "123456789012345678", "1234567890123456789", "0.30000000000000004", "2.2250738585072011e-308", "5e-324",
      "1.7976931348623157e308", "9007199254740993", "9007199254740993.0000000000000000000001", "1e22", "1e23",
      "8.41e21",
      "0.000000000000000000000000000000000000000000001", "100000000000000000000000000000000", "-0", "00012", "5.",
      "179769313486231570815e288", "4503599627370497.5", "6929495644600919.5",
    ]
    let numbers = try table("a\n" + texts.joined(separator: "\n")).numbers("a")
    for (text, number) in zip(texts, numbers) {
      #expect(number == Double(text.hasSuffix(".") ? text + "0" : text), "\(text)")
    }
  }

  @Test("each wrong table has its message")
  func wrong() {
    #expect(message("") == "t.csv: is empty: it has no header")
    #expect(message("\u{FEFF}") == "t.csv: is empty: it has no header")
    #expect(message("", .tabs(.none)) == "t.csv: is empty")
    #expect(message("a,b\n1,2\n3\n") == "t.csv: line 3 has 1 cell, the first row has 2")
    #expect(message("a,b\n\"1\n\",2\n3,4,5\n") == "t.csv: line 4 has 3 cells, the first row has 2")
    #expect(message("a,b\n1,2\n\n") == "t.csv: line 3 is empty, the first row has 2")
    #expect(message("age,b,age\n") == "t.csv: has two columns called 'age'")
    #expect(message("a\n\"b\nc\n") == "t.csv: line 2: a quote is not closed")
    #expect(
      message("a\nb \"c\"\n")
        == "t.csv: line 2: a quote within a cell that does not begin with one (allowed: \"a \"\"b\"\" c\")")
    #expect(
      message("a\n\"b\nc\" d\n")
        == "t.csv: line 3: text after a closing quote (allowed: a quote within a cell is doubled)")
    #expect(
      message("a,b\r1,2\r")
        == "t.csv: line 1: a carriage return without a line feed (allowed: lines that end in LF or CR LF)"
    )
    #expect(message("a,b\n1,\0\n") == "t.csv: line 2 has a NUL byte (allowed: text in UTF-8)")
    #expect(
      message(Array("a\nb\nna".utf8) + [0xEF, 0x76])
        == "t.csv: line 3 is not UTF-8: it has the byte EF (allowed: text in UTF-8)")
    #expect(
      message([0xFF, 0xFE, 0x61, 0]) == "t.csv: is not a CSV text: it is a text in UTF-16 (allowed: text in UTF-8)")
    #expect(
      message(Array("PAR1".utf8) + [0x15, 4, 0, 0])
        == "t.csv: is not a CSV text: it is a Parquet file (allowed: text in UTF-8; the converter covey-data parquet turns it into arrays)"
    )
    #expect(message([0x1F, 0x8B, 8, 0]) == "t.csv: is truncated: the gzip data end within a member")
    #expect(
      message("a", .init(separator: "\""))
        == "t.csv: can't be read with the separator '\"' (allowed: one ASCII character)")
    #expect(
      message("a", .init(separator: "é"))
        == "t.csv: can't be read with the separator 'é' (allowed: one ASCII character)")
  }

  @Test("invalid UTF-8 of every kind is refused, valid text is not")
  func utf8() throws {
    let wrong: [[UInt8]] = [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
      [0xE2, 0x82],
      [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE],
      [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x28, 0x80], [0xF0, 0x9F, 0x98, 0x28],
    ]
    for bytes in wrong {
      for padding in 0..<9 {
        let text = Array("a,b\n1,".utf8) + [UInt8](repeating: 0x61, count: padding) + bytes
        #expect(message(text).contains("line 2 is not UTF-8"), "\(bytes)")
        #expect(message(text + Array("\n3,4\n".utf8)).contains("line 2 is not UTF-8"), "\(bytes)")
      }
    }
    let right = "\u{7F}é\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}😀\u{10FFFF}"
    for padding in 0..<9 {
      let text = String(repeating: "a", count: padding) + right
      #expect(try table("a\n\(text)\n").texts("a") == [text])
    }
  }

  @Test("cells take no more memory than they may")
  func memory() {
    let many = String(repeating: ",\n", count: 1000)
    #expect(
      message(many, .init(header: .none), limit: 4000)
        == "t.csv: line 500: more than 1000 cells, which is what there is memory for")
    #expect(message(many, .init(header: .none), limit: 8004) == "no error")
  }

  @Test("a bomb of gzip is bounded")
  func bomb() {
    // 200,000 members of 8 bytes.
    let gzip = MadeFiles.bytes("1f8b08000000000000034bd449e232d431e202007b07970a08000000")
    let many = [[UInt8]](repeating: gzip, count: 200_000).flatMap { $0 }
    #expect(message(many) == "t.csv: expands to more than the 1048576 bytes expected")
  }

  @Test("damaged tables give a value or an error", .timeLimit(.minutes(1)))
  func damaged() {
    let samples = ["a,b,\"c\"\"\"\r\n1,,x\n\"2\n\",\"é\",0.5\n", "n;t\n1,5;\"a\nb\"\n"].map { Array($0.utf8) }
    let layouts: [CSVTable.Layout] = [.init(), .init(separator: ";"), .tabs(.none)]
    let (counts, growth) = DamagedFiles.growth {
      DamagedFiles.give(samples, seed: 3) { bytes in
        var isRead = false
        for layout in layouts {
          guard let table = try? CSVTable(bytes: bytes, path: "t", layout: layout, limit: 1 << 20) else { continue }
          isRead = true
          for column in table.columns {
            _ = try? table.numbers(column)
            guard let texts = try? table.texts(column) else { return false }
            if texts.count != table.rowCount { return false }
          }
          if table.rowCount > 0 { _ = table.line(ofRow: table.rowCount - 1) }
        }
        return isRead
      }
    }
    #expect(counts.1 > 0 && counts.1 < counts.0)
    #expect(growth < 1 << 30)
  }
}
