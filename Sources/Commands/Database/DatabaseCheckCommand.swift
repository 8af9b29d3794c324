internal import ArgumentParser
internal import RunStore
internal import Tables

/// `covey db check`.
struct DatabaseCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Checks that a database is sound and its runs are what was recorded.",
    discussion: """
      Checks SQLite's structures, references between tables, the schema, that every run has all of its rounds, that what is recorded of \
      finished runs fits their result hashes, that rounds fit the clients of their runs, that summaries of evaluations fit them, and the \
      bytes of checkpoints. Each problem is a line; exit code 65 when there is one. \
      Nothing is changed.

      Examples:
        covey db check
        covey db check --quick
        covey db check --db results.sqlite --format json
      """)

  @OptionGroup var database: DatabaseOptions

  @Flag(help: "Leave out result hashes, clients, summaries and the bytes of checkpoints.")
  var quick = false

  @Option(help: "The form of the result: table or json.")
  var format: DocumentFormat = .table

  func run() throws {
    let store = try database.read()
    let check = try store.check(isQuick: quick)
    switch format {
    case .table:
      for problem in check.problems {
        StandardOutput.writeParagraph((problem.run.map { "run \($0): " } ?? "") + problem.text)
      }
      if !check.cutOffRuns.isEmpty {
        let count = check.cutOffRuns.count
        StandardOutput.writeParagraph(
          "note: \(counted(count, "run")) \(count == 1 ? "was" : "were") cut off; go on with: covey resume")
      }
      let what =
        "\(counted(check.runs, "run")), \(counted(check.rounds, "round"))"
        + (quick ? "" : ", \(counted(check.hashes, "result")), \(counted(check.checkpoints, "checkpoint"))")
      let result = check.problems.isEmpty ? "no problems" : counted(check.problems.count, "problem")
      StandardOutput.writeParagraph("\(store.path): \(result) in \(what)")
    case .json:
      var document = JSONDocument()
      document.add("path", .text(store.path))
      document.add("sound", .boolean(check.problems.isEmpty))
      document.add("runs", .integer(check.runs))
      document.add("rounds", .integer(check.rounds))
      document.add("results_checked", .integer(check.hashes))
      document.add("checkpoints_checked", .integer(check.checkpoints))
      document.add("cut_off", list: check.cutOffRuns.map { .integer(Int($0)) })
      document.add(
        "problems",
        Table(
          columns: [Table.Column("run"), .words("problem")],
          rows: check.problems.map { [.integer($0.run.map { Int($0) }), .text($0.text)] }))
      StandardOutput.write(document.json())
    }
    if !check.problems.isEmpty {
      throw CommandFailure("error: database '\(store.path)' has \(counted(check.problems.count, "problem"))", .data)
    }
  }
}
