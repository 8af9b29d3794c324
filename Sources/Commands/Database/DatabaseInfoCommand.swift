internal import ArgumentParser
internal import Records
internal import RunStore
internal import Tables

/// `covey db info`.
struct DatabaseInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Shows what a database holds and how large it is.",
    discussion: """
      Examples:
        covey db info
        covey db info --db results.sqlite --format json
      """)

  @OptionGroup var database: DatabaseOptions

  @Option(help: "The form of the result: table or json.")
  var format: DocumentFormat = .table

  func run() throws {
    let store = try database.read()
    let info = try store.info()
    let tables = Table(
      columns: [.words("table"), Table.Column("rows")],
      rows: info.tables.map { [.text($0.table), .integer($0.rows)] })
    let runs = Table(
      columns: [.words("status"), Table.Column("runs")],
      rows: RunStatus.allCases.map { [.text($0.rawValue), .integer(info.runs[$0] ?? 0)] })
    switch format {
    case .table:
      var numbers = RunStatus.allCases.map { (count: info.runs[$0] ?? 0, words: $0.rawValue) }
      for index in numbers.indices where numbers[index].words == RunStatus.running.rawValue {
        numbers[index].count -= info.cutOffRuns
      }
      numbers.append((info.cutOffRuns, "cut off"))
      let counts = numbers.filter { $0.count > 0 }.map { "\($0.count) \($0.words)" }
      StandardOutput.writeParagraph(
        "\(store.path): \(byteText(info.fileBytes)), of which \(byteText(info.freeBytes)) free, and "
          + "\(byteText(info.logBytes)) of log")
      let words = counts.isEmpty ? "" : ": " + counts.joined(separator: ", ")
      StandardOutput.writeParagraph(counted(info.runs.values.reduce(0, +), "run") + words)
      StandardOutput.writeParagraph(
        "schema: \(info.migrations.joined(separator: ", ")) (SQLite \(info.sqliteVersion))")
      StandardOutput.write("")
      tables.write(.table)
    case .json:
      var document = JSONDocument()
      document.add("path", .text(store.path))
      document.add("bytes", .integer(info.fileBytes))
      document.add("bytes_free", .integer(info.freeBytes))
      document.add("bytes_log", .integer(info.logBytes))
      document.add("version", .text(coveyVersion))
      document.add("sqlite_version", .text(info.sqliteVersion))
      document.add("migrations", list: info.migrations.map { .text($0) })
      document.add("runs", runs)
      document.add("tables", tables)
      StandardOutput.write(document.json())
    }
  }
}
