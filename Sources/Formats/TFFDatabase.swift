internal import Catalogs
internal import Foundation
internal import GRDBSQLite
internal import Tensors

/// A database of federated examples as TensorFlow Federated writes it, plain or packed with LZMA.
///
/// The table `examples(split_name, client_id, serialized_example_proto)` has a `tf.train.Example` a row. A client's
/// examples come in the order of `rowid`, which need not be grouped by client. Where there is a table
/// `client_metadata(client_id, split_name, num_examples)`, its counts must be those of the rows.
///
/// Not safe to use from two threads.
package final class TFFDatabase {
  /// How the values of a feature are taken.
  package enum Reading: Sendable {
    /// As numbers: in each example of the database as many, and of the same kind; of `bytes_list` one byte string an
    /// example, whose bytes are the numbers.
    case numbers
    /// As byte strings, any number in each example.
    case strings
  }

  /// A feature of all examples of one client and split, in order.
  package struct Column: Sendable, Equatable {
    /// The values of the examples, one example after another.
    package enum Values: Sendable, Equatable {
      /// `bytes_list`, read as numbers.
      case bytes([UInt8])
      /// `float_list`, all finite.
      case floats([Float])
      /// `int64_list`.
      case integers([Int64])
      /// `bytes_list`, read as strings: a list an example.
      case strings([[[UInt8]]])
    }

    /// The name of the feature.
    package let name: String
    /// How many numbers an example has; 0 for strings.
    package let countPerExample: Int
    /// The values.
    package let values: Values
  }

  /// The file.
  package let path: String
  /// The names of the splits, sorted by code points.
  package let splits: [String]

  private let tables: SQLiteTables
  /// For each split its clients in order, with the row numbers of their examples.
  private let rows: [[(client: String, rows: [Int64])]]
  private let statement: OpaquePointer?
  /// The kind and count of the features that were read as numbers, and where that was first seen.
  private var seen: [String: (kind: String, count: Int, place: String)] = [:]

  private static let exampleColumns = ["split_name", "client_id", "serialized_example_proto"]
  private static let metadataColumns = ["client_id", "split_name", "num_examples"]

  /// Opens the database at `path` and lists its clients; examples are read when they are asked for.
  ///
  /// - Parameter limit: The most bytes that a packed file, and that it unpacked, may have.
  /// - Throws: `DataFileError`, `.malformed` when the file is no database, is damaged or holds anything but tables and
  ///   indexes, lacks the table `examples` or one of its columns, has no examples, or when counts disagree.
  package static func open(path: String, limit: Int) throws(DataFileError) -> TFFDatabase {
    try TFFDatabase(SQLiteTables(path: path, limit: limit))
  }

  private init(_ tables: SQLiteTables) throws(DataFileError) {
    self.tables = tables
    path = tables.path
    try Self.checkTable("examples", has: Self.exampleColumns, in: tables)
    var index = ClientIndex(path: tables.path)
    // Without an index, which may say something else than the table.
    try tables.query("SELECT _rowid_, split_name, client_id FROM examples NOT INDEXED") { (row) throws(DataFileError) in
      try index.add(row)
      return true
    }
    guard !index.splits.isEmpty else { throw .malformed(path: path, reason: "has no examples") }
    (splits, rows) = index.sorted()
    statement = try tables.prepared("SELECT serialized_example_proto FROM examples WHERE _rowid_ = ?1")
    if tables.tables.contains("client_metadata") { try checkMetadata() }
  }

  deinit { sqlite3_finalize(statement) }

  /// The clients of a split that have examples, sorted by number where all are whole numbers, else by code points.
  ///
  /// - Throws: `DataFileError.malformed` for a split that there is not, with the nearest.
  package func clients(split: String) throws(DataFileError) -> [String] { try rows[place(of: split)].map(\.client) }

  /// How many examples a client has in a split; 0 for a client that it has not.
  ///
  /// - Throws: `DataFileError.malformed` for a split that there is not, with the nearest.
  package func exampleCount(split: String, client: String) throws(DataFileError) -> Int {
    try rowNumbers(split, client).count
  }

  /// Calls `body` with each example of a client in a split, in order.
  ///
  /// - Parameter features: The features whose values are read; nil for all.
  /// - Throws: What `body` does, and `DataFileError.malformed` for a split that there is not and for a damaged example.
  package func forEachExample(
    split: String, client: String, only features: Set<String>? = nil, _ body: (TFExample) throws(DataFileError) -> Void
  ) throws(DataFileError) {
    for (number, row) in try rowNumbers(split, client).enumerated() {
      let place = placeText(number, client, split)
      var isFound = false
      try tables.run(statement, [row]) { (row) throws(DataFileError) in
        guard let bytes = row.blob(0) else {
          throw .malformed(path: path, reason: "\(place) is no blob (allowed: a serialized tf.train.Example)")
        }
        isFound = true
        let example: TFExample
        do { example = try TFExample(bytes, only: features) } catch {
          throw .malformed(path: path, reason: "\(place) is no tf.train.Example: it \(error)")
        }
        try body(example)
        return false
      }
      guard isFound else {
        throw .malformed(path: path, reason: "is a damaged SQLite database: \(place) is listed but not there")
      }
    }
  }

  /// Some features of all examples of a client in a split.
  ///
  /// - Returns: The columns in the order of `features`.
  /// - Throws: `DataFileError.malformed` for a split that there is not; with client and example, for one that is damaged,
  ///   lacks a feature, has values of another kind than can be read so, of another kind or number than examples read
  ///   before from this database, or a number that is infinite or none.
  package func columns(
    _ features: [(name: String, reading: Reading)], split: String, client: String
  ) throws(DataFileError) -> [Column] {
    var builders = features.map { ColumnBuilder(name: $0.name, reading: $0.reading) }
    let only = Set(features.map(\.name))
    var number = 0
    try forEachExample(split: split, client: client, only: only) { (example) throws(DataFileError) in
      let place = placeText(number, client, split)
      number += 1
      for index in builders.indices {
        let name = builders[index].name
        guard let values = example[name] else {
          let names = example.names
          let hint = nearestName(to: name, in: names).map { "; did you mean '\(printable($0))'?" } ?? ""
          throw .malformed(
            path: path,
            reason: "\(place) has no feature '\(printable(name))'\(hint) (there: \(listText(names)))")
        }
        if builders[index].reading == .numbers { try checkCount(values, name, place) }
        try builders[index].add(values, path: path, place: place)
      }
    }
    return builders.map(\.column)
  }

  /// Compares kind and count with those seen first.
  private func checkCount(_ values: TFExample.Values, _ name: String, _ place: String) throws(DataFileError) {
    var count = values.count
    if case .bytes(let strings) = values {
      guard strings.count == 1 else {
        throw .malformed(
          path: path,
          reason: "\(place) has \(strings.count) byte strings in feature '\(printable(name))', expected one")
      }
      count = strings[0].count
    }
    guard let first = seen[name] else {
      seen[name] = (values.kind, count, place)
      return
    }
    guard first.kind == values.kind else {
      throw .malformed(
        path: path,
        reason:
          "\(place) has \(values.kind) in feature '\(printable(name))', expected \(first.kind) as in \(first.place)")
    }
    guard first.count == count else {
      throw .malformed(
        path: path,
        reason:
          "\(place) has \(count) values in feature '\(printable(name))', expected \(first.count) as in \(first.place)")
    }
  }

  private func placeText(_ number: Int, _ client: String, _ split: String) -> String {
    "example \(number + 1) of client '\(printable(client))' in split '\(printable(split))'"
  }

  private func place(of split: String) throws(DataFileError) -> Int {
    if let place = splits.firstIndex(where: { $0.utf8.elementsEqual(split.utf8) }) { return place }
    let hint = nearestName(to: split, in: splits).map { "; did you mean '\(printable($0))'?" } ?? ""
    throw .malformed(path: path, reason: "has no split '\(printable(split))'\(hint) (there: \(listText(splits)))")
  }

  private func rowNumbers(_ split: String, _ client: String) throws(DataFileError) -> [Int64] {
    let place = try place(of: split)
    return clientPlaces[place][Array(client.utf8)].map { rows[place][$0].rows } ?? []
  }

  /// The place of each client in the list of its split.
  private lazy var clientPlaces: [[[UInt8]: Int]] = rows.map { clients in
    Dictionary(uniqueKeysWithValues: clients.enumerated().map { (Array($1.client.utf8), $0) })
  }

  private func checkMetadata() throws(DataFileError) {
    try Self.checkTable("client_metadata", has: Self.metadataColumns, in: tables)
    try tables.query("SELECT client_id, split_name, num_examples FROM client_metadata NOT INDEXED") {
      (row) throws(DataFileError) in
      let (client, split) = (try row.text(0) ?? "", try row.text(1) ?? "")
      let count = splits.contains(split) ? try rowNumbers(split, client).count : 0
      guard row.integer(2) == Int64(count) else {
        throw .malformed(
          path: path,
          reason:
            "client '\(printable(client))' has \(count) examples in split '\(printable(split))', but client_metadata says \(row.integer(2))"
        )
      }
      return true
    }
  }

  private static func checkTable(
    _ table: String, has columns: [String], in tables: SQLiteTables
  ) throws(DataFileError) {
    guard tables.tables.contains(table) else {
      let layout = tables.tables.contains("federated_data") ? "; this is FedJAX's layout" : ""
      throw .malformed(
        path: tables.path,
        reason:
          "has no table '\(table)', as TensorFlow Federated writes it (there: \(listText(tables.tables))\(layout))")
    }
    let found = try tables.columns(of: table)
    guard let missing = columns.first(where: { !found.contains($0) }) else { return }
    throw .malformed(
      path: tables.path, reason: "has no column '\(missing)' in its table '\(table)' (there: \(listText(found)))")
  }
}

/// Names in a message; only the first twenty of many.
private func listText(_ names: [String]) -> String {
  names.isEmpty ? "none" : names.prefix(20).map(printable).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
}

/// Which rows belong to whom.
private struct ClientIndex {
  private struct Split {
    let name: String
    var clients: [(client: String, rows: [Int64])] = []
    // Strings are equal when they look alike; clients are not.
    var places: [[UInt8]: Int] = [:]
  }

  let path: String
  private var all: [Split] = []
  private var lastRow = Int64.min

  init(path: String) { self.path = path }

  var splits: [String] { all.map(\.name) }

  mutating func add(_ row: SQLiteRow) throws(DataFileError) {
    let number = row.integer(0)
    // A damaged tree can give a row twice, without end.
    guard all.isEmpty || number > lastRow else {
      throw .malformed(path: path, reason: "is a damaged SQLite database: its rows are out of order")
    }
    lastRow = number
    guard let split = try row.text(1), let client = try row.text(2) else {
      throw .malformed(path: path, reason: "row \(number) of 'examples' has no text as split_name or client_id")
    }
    let place: Int
    if let found = all.firstIndex(where: { $0.name.utf8.elementsEqual(split.utf8) }) {
      place = found
    } else {
      guard all.count < 100 else { throw .malformed(path: path, reason: "has more than 100 splits") }
      place = all.count
      all.append(Split(name: split))
    }
    let key = Array(client.utf8)
    if let found = all[place].places[key] {
      all[place].clients[found].rows.append(number)
    } else {
      all[place].places[key] = all[place].clients.count
      all[place].clients.append((client, [number]))
    }
  }

  func sorted() -> (splits: [String], rows: [[(client: String, rows: [Int64])]]) {
    let ordered = all.sorted { NameOrder.precedes($0.name, $1.name) }
    return (
      ordered.map(\.name),
      ordered.map { split in
        NameOrder.sortedAsClients(split.clients.map(\.client)).compactMap { name in
          split.places[Array(name.utf8)].map { split.clients[$0] }
        }
      }
    )
  }
}

/// Collects the values of a feature.
private struct ColumnBuilder {
  let name: String
  let reading: TFFDatabase.Reading
  private var countPerExample = 0
  private var bytes: [UInt8] = []
  private var floats: [Float] = []
  private var integers: [Int64] = []
  private var strings: [[[UInt8]]] = []
  private var kind = TFExample.Values.none

  init(name: String, reading: TFFDatabase.Reading) { (self.name, self.reading) = (name, reading) }

  var column: TFFDatabase.Column {
    let values: TFFDatabase.Column.Values =
      switch (reading, kind) {
      case (.strings, _): .strings(strings)
      case (_, .bytes): .bytes(bytes)
      case (_, .integers): .integers(integers)
      default: .floats(floats)
      }
    return TFFDatabase.Column(name: name, countPerExample: countPerExample, values: values)
  }

  mutating func add(_ values: TFExample.Values, path: String, place: String) throws(DataFileError) {
    switch (reading, values) {
    case (.strings, .bytes(let found)): strings.append(found)
    case (.numbers, .bytes(let found)):
      kind = .bytes([])
      countPerExample = found.first?.count ?? 0
      bytes += found.first ?? []
    case (.numbers, .floats(let found)):
      kind = .floats([])
      countPerExample = found.count
      let wrong = found.withUnsafeBufferPointer { buffer in
        buffer.baseAddress.flatMap { Kernels.firstNonFinite($0, count: buffer.count) }
      }
      if let wrong {
        throw .malformed(
          path: path,
          reason:
            "\(place) has \(found[wrong]) as value \(wrong + 1) of feature '\(printable(name))' (allowed: finite numbers)"
        )
      }
      floats += found
    case (.numbers, .integers(let found)):
      kind = .integers([])
      countPerExample = found.count
      integers += found
    default:
      let allowed = reading == .strings ? "bytes_list" : "float_list, int64_list, bytes_list"
      throw .malformed(
        path: path, reason: "\(place) has \(values.kind) in feature '\(printable(name))' (allowed: \(allowed))")
    }
  }
}
