internal import ArgumentParser
internal import Foundation
internal import RunStore
internal import Tables

/// `covey runs rm`.
struct RunsRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Removes runs with all that is recorded of them.",
    discussion: """
      Says what would go and asks; without a terminal, '--yes' is needed. A run that is being computed is refused. An experiment that \
      has no runs left goes, too. The file stays as large as it is; what is free in it is used for later runs.

      Examples:
        covey runs rm 3
        covey runs rm quickstart/fedavg tag:failed --yes
      """)

  @Argument(help: ArgumentHelp(RunHelp.several, valueName: "run"), completion: RunCompletion.kind)
  var names: [String]

  @OptionGroup var database: DatabaseOptions

  @Flag(name: .shortAndLong, help: "Don't ask.")
  var yes = false

  @Option(help: "The form of the result: table or json.")
  var format: DocumentFormat = .table

  func run() throws {
    let store = try database.change(freesRoom: true)
    let runs = try store.runs(named: names)
    let planned = try store.removal(ofRuns: runs.map(\.id))
    if !yes {
      guard StandardInput.isTerminal else {
        throw CommandFailure(
          "error: 'covey runs rm' asks before it removes \(planned.words); without a terminal give '--yes'", .usage)
      }
      let names = runs.prefix(10).map { "  \($0.id)  \($0.name)" } + (runs.count > 10 ? ["  …"] : [])
      StandardError.write("this removes \(planned.words):\n" + names.joined(separator: "\n"))
      guard StandardInput.confirms("remove for good?") else { return StandardError.write("nothing was removed") }
    }
    let removed = try store.remove(runs: runs.map(\.id), withoutRoom: noteNoRoom)
    switch format {
    case .table:
      let freed = removed.freedBytes == 0 ? "" : "; \(byteText(removed.freedBytes)) of the file are free now"
      StandardOutput.write("removed \(removed.words)\(freed)")
    case .json:
      var document = JSONDocument()
      document.add("runs", list: removed.runs.map { .integer(Int($0)) })
      document.add("experiments", list: removed.experiments.map { .integer(Int($0)) })
      document.add("rounds", .integer(removed.rounds))
      document.add("checkpoints", .integer(removed.checkpoints))
      document.add("bytes_freed", .integer(removed.freedBytes))
      StandardOutput.write(document.json())
    }
  }
}

extension RemovedRuns {
  /// "2 runs with 40 rounds and 2 checkpoints, and 1 experiment".
  var words: String {
    counted(runs.count, "run") + " with " + counted(rounds, "round") + " and " + counted(checkpoints, "checkpoint")
      + (experiments.isEmpty ? "" : ", and " + counted(experiments.count, "experiment"))
  }
}
