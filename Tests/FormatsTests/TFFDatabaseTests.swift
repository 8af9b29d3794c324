import Formats
import Foundation
import GRDBSQLite
import Testing

/// A database made by SQL, with each `?` bound to the next blob.
private func database(_ folder: TemporaryFolder, _ name: String, _ sql: [(String, [UInt8]?)]) throws -> String {
  let path = folder.path + "/" + name
  var connection: OpaquePointer?
  try #require(sqlite3_open(path, &connection) == SQLITE_OK)
  defer { sqlite3_close(connection) }
  for (text, blob) in sql {
    var statement: OpaquePointer?
    try #require(sqlite3_prepare_v2(connection, text, -1, &statement, nil) == SQLITE_OK, "\(text)")
    defer { sqlite3_finalize(statement) }
    let status = (blob ?? []).withUnsafeBytes { raw in
      if blob != nil { sqlite3_bind_blob(statement, 1, raw.baseAddress, Int32(raw.count), nil) }
      return sqlite3_step(statement)
    }
    try #require(status == SQLITE_DONE || status == SQLITE_ROW, "\(text)")
  }
  return path
}

private let table = (
  "CREATE TABLE examples (split_name TEXT NOT NULL, client_id TEXT NOT NULL, serialized_example_proto BLOB NOT NULL)",
  [UInt8]?.none
)
private let metadata = (
  "CREATE TABLE client_metadata (client_id TEXT, split_name TEXT, num_examples INTEGER)", [UInt8]?.none
)

private func row(_ split: String, _ client: String, _ features: [(String, [UInt8])]) -> (String, [UInt8]?) {
  ("INSERT INTO examples VALUES ('\(split)', '\(client)', ?)", example(features))
}

@Suite("TensorFlow Federated's databases")
struct TFFDatabaseTests {
  private func message(_ path: String, _ folder: TemporaryFolder, limit: Int = 1 << 24) -> String {
    refusal(folder.path) { () throws(DataFileError) in _ = try TFFDatabase.open(path: path, limit: limit) }
  }

  @Test("examples come by client in the order of rowid, clients by number or code points")
  func order() throws {
    let folder = try TemporaryFolder()
    let path = try database(
      folder, "a #1%.sqlite",
      [
        table, row("train", "10", [("y", integers([0]))]), row("train", "9", [("y", integers([1]))]),
        row("train", "10", [("y", integers([2]))]), row("test", "b", [("y", integers([3]))]),
        row("test", "10", [("y", integers([4]))]),
        ("CREATE INDEX i ON examples (split_name, client_id)", nil), metadata,
        ("INSERT INTO client_metadata VALUES ('10', 'train', 2), ('9', 'train', 1), ('b', 'test', 1)", nil),
      ])
    let opened = try TFFDatabase.open(path: path, limit: 1000)
    #expect(opened.splits == ["test", "train"])
    #expect(try opened.clients(split: "train") == ["9", "10"])
    #expect(try opened.clients(split: "test") == ["10", "b"])
    #expect(try opened.exampleCount(split: "train", client: "10") == 2)
    #expect(try opened.exampleCount(split: "train", client: "b") == 0)
    let column = try opened.columns([("y", .numbers)], split: "train", client: "10")[0]
    #expect((column.countPerExample, column.values) == (1, .integers([0, 2])))
    #expect(
      refusal(folder.path) { () throws(DataFileError) in _ = try opened.clients(split: "trian") }
        == "a #1%.sqlite: has no split 'trian'; did you mean 'train'? (there: test, train)")
  }

  @Test("features are read as numbers or strings, and only those that are wanted")
  func columns() throws {
    let folder = try TemporaryFolder()
    let path = try database(
      folder, "a.sqlite",
      [
        table, row("s", "a", [("x", floats([1, 2])), ("b", strings(["hi"])), ("t", strings(["u", "v"]))]),
        row("s", "a", [("x", floats([3, 4])), ("b", strings(["yo"])), ("t", strings([]))]),
      ])
    let opened = try TFFDatabase.open(path: path, limit: 1000)
    let columns = try opened.columns(
      [("x", .numbers), ("b", .numbers), ("b", .strings), ("t", .strings)], split: "s", client: "a")
    #expect(columns.map(\.countPerExample) == [2, 2, 0, 0])
    #expect(columns[0].values == .floats([1, 2, 3, 4]))
    #expect(columns[1].values == .bytes(Array("hiyo".utf8)))
    #expect(columns[2].values == .strings([[Array("hi".utf8)], [Array("yo".utf8)]]))
    #expect(columns[3].values == .strings([[[117], [118]], []]))
    var names: [[String]] = []
    try opened.forEachExample(split: "s", client: "a") { names.append($0.names) }
    #expect(names == [["b", "t", "x"], ["b", "t", "x"]])
  }

  @Test("examples that differ in kind, number or finiteness are refused")
  func disagreements() throws {
    let folder = try TemporaryFolder()
    let path = try database(
      folder, "a.sqlite",
      [
        table, row("s", "a", [("x", floats([1]))]), row("s", "b", [("x", integers([1]))]),
        row("s", "c", [("x", floats([1, 2]))]), row("s", "d", [("x", floats([.nan]))]),
        row("s", "e", [("x", strings(["a", "b"]))]), row("s", "f", [("x", [])]),
        ("INSERT INTO examples VALUES ('s', 'g', 'text')", nil),
      ])
    let opened = try TFFDatabase.open(path: path, limit: 1000)
    func message(_ client: String, _ reading: TFFDatabase.Reading = .numbers) -> String {
      refusal(folder.path) { () throws(DataFileError) in
        _ = try opened.columns([("x", reading)], split: "s", client: client)
      }
    }
    #expect(message("a") == "no error")
    #expect(
      message("b")
        == "a.sqlite: example 1 of client 'b' in split 's' has int64_list in feature 'x', expected float_list as in example 1 of client 'a' in split 's'"
    )
    #expect(
      message("c")
        == "a.sqlite: example 1 of client 'c' in split 's' has 2 values in feature 'x', expected 1 as in example 1 of client 'a' in split 's'"
    )
    #expect(
      message("d")
        == "a.sqlite: example 1 of client 'd' in split 's' has nan as value 1 of feature 'x' (allowed: finite numbers)")
    #expect(
      message("e") == "a.sqlite: example 1 of client 'e' in split 's' has 2 byte strings in feature 'x', expected one")
    #expect(
      message("f", .strings)
        == "a.sqlite: example 1 of client 'f' in split 's' has no list in feature 'x' (allowed: bytes_list)")
    #expect(
      message("g")
        == "a.sqlite: example 1 of client 'g' in split 's' is no blob (allowed: a serialized tf.train.Example)")
  }

  @Test("each wrong database has its message")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let one = row("s", "a", [("x", integers([1]))])
    #expect(message("/none.sqlite", folder) == "/none.sqlite: no such file or folder")
    #expect(message(folder.path, folder).hasSuffix(": can't be read: it is not a regular file"))
    #expect(message(try folder.write("empty"), folder) == "empty: is no SQLite database: it is empty")
    #expect(
      message(try folder.write("a.png", greyPNG([[1]])), folder) == "a.png: is no SQLite database: it is a PNG image")
    let views = try database(folder, "views", [table, one, ("CREATE VIEW v AS SELECT * FROM examples", nil)])
    #expect(message(views, folder) == "views: has the view 'v' (allowed: tables)")
    let triggers = try database(
      folder, "triggers", [table, ("CREATE TRIGGER t AFTER INSERT ON examples BEGIN SELECT 1; END", nil)])
    #expect(message(triggers, folder) == "triggers: has the trigger 't' (allowed: tables)")
    let asView = try database(
      folder, "as-view",
      [
        ("CREATE TABLE e (a)", nil),
        ("CREATE VIEW examples AS SELECT a split_name, a client_id, a serialized_example_proto FROM e", nil),
      ])
    #expect(message(asView, folder) == "as-view: has the view 'examples' (allowed: tables)")
    let generated = try database(
      folder, "generated",
      [("CREATE TABLE examples (split_name, client_id, serialized_example_proto AS (zeroblob(9)))", nil)])
    #expect(
      message(generated, folder)
        == "generated: table 'examples' generates its column 'serialized_example_proto' by an expression")
    let virtual = try database(folder, "virtual", [table, one, ("CREATE VIRTUAL TABLE f USING fts5(a)", nil)])
    #expect(message(virtual, folder) == "virtual: has the virtual table 'f' (allowed: tables)")
    let column = try database(folder, "column", [("CREATE TABLE examples (split_name, client_id, proto)", nil)])
    #expect(
      message(column, folder)
        == "column: has no column 'serialized_example_proto' in its table 'examples' (there: split_name, client_id, proto)"
    )
    #expect(message(try database(folder, "none", [table]), folder) == "none: has no examples")
    let blank = try database(
      folder, "null",
      [
        ("CREATE TABLE examples (split_name, client_id, serialized_example_proto)", nil),
        ("INSERT INTO examples VALUES ('s', NULL, x'00')", nil),
      ])
    #expect(message(blank, folder) == "null: row 1 of 'examples' has no text as split_name or client_id")
    let counts = try database(
      folder, "counts", [table, one, metadata, ("INSERT INTO client_metadata VALUES ('a', 's', 2)", nil)])
    #expect(
      message(counts, folder) == "counts: client 'a' has 1 examples in split 's', but client_metadata says 2")
    let log = try database(folder, "log", [table, one])
    try folder.write("log-wal", [1])
    #expect(
      message(log, folder) == "log: has changes in the file beside it that ends with '-wal'; close what writes to it")
    let cut = try database(folder, "cut", [table, one])
    let whole = try Array(Data(contentsOf: URL(fileURLWithPath: cut)))
    #expect(
      message(try folder.write("cut2", Array(whole.prefix(4096))), folder)
        == "cut2: is a damaged SQLite database: database disk image is malformed")
  }

  @Test("the file and what lies beside it are left as they are, in any journal mode")
  func untouched() throws {
    let folder = try TemporaryFolder()
    let path = try database(
      folder, "wal.sqlite", [("PRAGMA journal_mode=WAL", nil), table, row("s", "a", [("x", integers([1]))])])
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(before[18] == 2)
    #expect(try TFFDatabase.open(path: path, limit: 1000).clients(split: "s") == ["a"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["wal.sqlite"])
  }

  @Test("damaged databases give values or an error")
  func fuzz() throws {
    let folder = try TemporaryFolder()
    let path = try database(
      folder, "whole",
      [table]
        + (0..<40).map {
          row("s", "c\($0 % 3)", [("x", floats([Float]([Float($0)] + Array(repeating: 0, count: 100))))])
        }
        + [metadata, ("INSERT INTO client_metadata VALUES ('c0', 's', 14)", nil)])
    let whole = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
    var refused = 0
    for copy in damagedCopies(of: whole, count: 60, seed: 3) {
      let damaged = try folder.write("damaged", copy)
      do throws(DataFileError) {
        let opened = try TFFDatabase.open(path: damaged, limit: 1 << 20)
        for split in opened.splits {
          for client in try opened.clients(split: split) {
            _ = try opened.columns([("x", .numbers)], split: split, client: client)
          }
        }
      } catch { refused += 1 }
    }
    #expect(refused > 40)
  }
}
