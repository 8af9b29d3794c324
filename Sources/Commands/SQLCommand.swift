internal import ArgumentParser
internal import Foundation
internal import Locks
internal import RunStore
internal import Tables

/// `covey sql`.
struct SQLCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sql", abstract: "Answers a question to the database in SQL.",
    discussion: """
      One statement that reads: SELECT, WITH, VALUES, EXPLAIN, or a pragma that tells. Nothing can be changed. '-' reads the statement \
      from standard input. A table shows the first 200 rows unless '--limit' says otherwise; JSON and CSV have all. Blobs are shown as \
      their length.

      Three views answer most questions: round_summary (a run and round in a row), arm_summary (an experiment and arm, over seeds) and \
      client_history (a run, round and client). All tables and columns: 'covey sql "SELECT name, sql FROM sqlite_schema"'.

      Examples:
        covey sql "SELECT experiment, arm, mean_accuracy, worst_accuracy FROM arm_summary"
        covey sql "SELECT round, mean_accuracy FROM round_summary WHERE run_id = 3" --format csv
        covey sql "SELECT domain, accuracy FROM client_history WHERE run_id = 3 AND round = 20 ORDER BY accuracy"
        covey sql - < question.sql
      """)

  @Argument(help: ArgumentHelp("The statement, or '-'.", valueName: "statement"))
  var statement: String

  @OptionGroup var database: DatabaseOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many rows at most (default: 200 in a table, else all).", valueName: "n"))
  var limit: Int?

  @Option(help: "The form of the result: table, json or csv.")
  var format: OutputFormat = .table

  /// Statements are not longer.
  private static let longestStatement = 1 << 20
  private static let usualRows = 200

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("'--limit \(limit)' is not allowed (allowed: a whole number ≥ 1)") }
  }

  func run() throws {
    let sql = statement == "-" ? try Self.readStatement() : statement
    let store = try database.read()
    // The signals' queue may hold it longer than the program lasts.
    defer { store.close() }
    let isInterrupted = Locked(false)
    let signals = try InterruptSignals()
    signals.begin { count in
      isInterrupted.withLock { $0 = true }
      // A statement that has ended in the meantime leaves nothing to wait for; the second signal ends all.
      if count == 1 { store.interrupt() } else { Foundation.exit(ExitStatus.interrupted.rawValue) }
    }
    defer { signals.end() }
    func proceeds() throws -> Bool {
      if isInterrupted.withLock({ $0 }) { throw SQLProblem.interrupted }
      return true
    }
    do {
      if format == .table {
        try writeTable(sql, store, proceeds)
      } else {
        try writeRows(sql, store, proceeds)
      }
    } catch SQLProblem.interrupted {
      StandardError.write("interrupted")
      throw ExitStatus.interrupted.code
    }
  }

  private static func readStatement() throws -> String {
    let data = try? FileHandle.standardInput.read(upToCount: longestStatement + 1)
    guard let data, !data.isEmpty else { throw SQLProblem.empty }
    guard data.count <= longestStatement else {
      throw CommandFailure("error: the statement is longer than \(byteText(longestStatement))", .usage)
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw CommandFailure("error: the statement is not UTF-8", .usage)
    }
    return text
  }

  private func writeTable(_ sql: String, _ store: RunStore, _ proceeds: () throws -> Bool) throws {
    let limit = limit ?? Self.usualRows
    var names: [String] = []
    var rows: [[SQLValue]] = []
    var isCut = false
    try store.query(
      sql, columns: { names = $0 },
      row: { row in
        isCut = rows.count == limit
        if !isCut { rows.append(row) }
        return try proceeds() && !isCut
      })
    guard !names.isEmpty else { return }
    let columns = Self.columns(names).enumerated().map { index, column in
      let isOfNumbers = rows.allSatisfy { $0[index].isNumberOrNull } && rows.contains { $0[index] != .null }
      return isOfNumbers
        ? Table.Column(column.key, header: column.header) : .words(column.key, header: column.header)
    }
    Table(columns: columns, rows: rows.map { $0.map(\.cellForPeople) }).write(.table)
    if rows.isEmpty { StandardError.write("no row meets this") }
    if isCut {
      let advice = self.limit == nil ? "; '--limit N' shows more, '--format csv' all" : ""
      StandardOutput.write("… the first \(counted(limit, "row"))\(advice)")
    }
  }

  private func writeRows(_ sql: String, _ store: RunStore, _ proceeds: () throws -> Bool) throws {
    var stream: TableStream?
    var count = 0
    var text = ""
    try store.query(
      sql,
      columns: { names in
        let opened = TableStream(columns: Self.columns(names), form: format == .json ? .json : .csv)
        text = opened.head
        stream = opened
      },
      row: { row in
        guard try proceeds(), let line = stream?.row(row.map(\.cell)) else { return false }
        text += line
        count += 1
        if text.utf8.count > 1 << 16 {
          StandardOutput.writeRaw(text)
          text = ""
        }
        return limit.map { count < $0 } ?? true
      })
    guard let stream else { return }
    StandardOutput.writeRaw(text + stream.tail + (format == .json ? "\n" : ""))
    if count == 0 { StandardError.write("no row meets this") }
  }

  /// Columns of these names; where several share one, the later ones have a number behind it as their key.
  private static func columns(_ names: [String]) -> [Table.Column] {
    var keys: Set<String> = []
    return names.map { name in
      var key = name
      var number = 2
      while !keys.insert(key).inserted {
        key = "\(name)_\(number)"
        number += 1
      }
      return Table.Column(key, header: name)
    }
  }
}
