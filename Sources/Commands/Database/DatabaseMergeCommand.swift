internal import ArgumentParser
internal import RunStore
internal import Tables

/// `covey db merge`.
struct DatabaseMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Copies the runs of other databases into one.",
    discussion: """
      The others are only read. Runs get new numbers; tags, notes and checkpoints come along. An experiment that is there already, with \
      the same scenario, name and time, is joined. A run is skipped when the same result is there already, when its experiment has \
      another result of that arm and seed, and while it is being computed. Each database is merged whole or not at all. '--db' is made \
      if it is not there.

      Examples:
        covey db merge laptop.sqlite
        covey db merge a.sqlite b.sqlite --db all.sqlite
        covey db merge other.sqlite --format json
      """)

  @Argument(help: ArgumentHelp("Databases to copy from.", valueName: "other"), completion: .file())
  var others: [String]

  @OptionGroup var database: DatabaseOptions

  @Option(help: "The form of the result: table or json.")
  var format: DocumentFormat = .table

  func run() throws {
    // A path that is wrong must not leave the merge half done.
    for other in others { try RunStore.checkMergeable(other, into: database.path) }
    let store = try database.write()
    let results = try others.map { (file: $0, result: try store.merge($0)) }
    switch format {
    case .table: for (file, result) in results { StandardOutput.write(result.text(file)) }
    case .json:
      var document = JSONDocument()
      document.add("path", .text(store.path))
      document.add(
        "files",
        Table(
          columns: [.words("file")]
            + ["experiments_added", "experiments_joined", "runs_copied", "runs_skipped"].map { Table.Column($0) },
          rows: results.map { file, result in
            let copied = result.runs.filter { $0.outcome == .copied }.count
            return [
              .text(file), .integer(result.addedExperiments), .integer(result.joinedExperiments), .integer(copied),
              .integer(result.runs.count - copied),
            ]
          }))
      document.add(
        "runs",
        Table(
          columns: [
            .words("file"), Table.Column("source_run"), .words("name"), .words("outcome"), Table.Column("run"),
          ],
          rows: results.flatMap { file, result in
            result.runs.map { run in
              [
                .text(file), .integer(Int(run.source)), .text(run.name), .text(run.outcome.rawValue),
                .integer(run.run.map { Int($0) }),
              ]
            }
          }))
      StandardOutput.write(document.json())
    }
  }
}

extension MergeResult {
  /// What happened, in lines: copied runs in one, skipped ones each with the reason.
  fileprivate func text(_ file: String) -> String {
    let copied = runs.filter { $0.outcome == .copied }
    let numbers = copied.compactMap(\.run)
    var line = "\(file): \(counted(copied.count, "run")) copied"
    if let first = numbers.first, let last = numbers.last {
      line += first == last ? " as run \(first)" : " as runs \(first) to \(last)"
    }
    var parts: [String] = []
    if addedExperiments > 0 { parts.append(counted(addedExperiments, "new experiment")) }
    if joinedExperiments > 0 { parts.append(counted(joinedExperiments, "experiment") + " joined") }
    var lines = [line + (parts.isEmpty ? "" : "; " + parts.joined(separator: ", "))]
    for run in runs where run.outcome != .copied {
      let there = run.run.map { "run \($0)" } ?? ""
      let reason =
        switch run.outcome {
        case .copied: ""
        case .there: "the same result is there as \(there)"
        case .differs: "its experiment has another result of that arm and seed, \(there)"
        case .running: "it is being computed"
        }
      lines.append("  \(run.source) \(run.name) skipped: \(reason)")
    }
    return lines.joined(separator: "\n")
  }
}
