internal import ArgumentParser
internal import Federation
internal import Foundation
internal import Records
internal import Reports
internal import RunStore
internal import Scenarios

/// `covey verify`.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Runs recorded runs again and compares the results to the bit.",
    discussion: """
      The recorded scenario is run again into a database of its own, and the hashes over everything recorded are compared. \
      Exit code 1 when a result differs, as it may on another kind of processor.

      Examples:
        covey verify latest
        covey verify quickstart --threads 1
      """)

  @Argument(help: ArgumentHelp(RunHelp.several, valueName: "run"), completion: RunCompletion.kind)
  var names: [String]

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var pool: ThreadOptions

  @Option(help: "The form of the result: table or json.")
  var format: DocumentFormat = .table

  @Flag(help: "No progress.")
  var quiet = false

  func run() throws {
    let store = try database.read()
    let recorded = try store.runs(named: names)
    for run in recorded where run.resultHash == nil {
      throw CommandFailure("error: run \(run.id) has no result to compare with: it is \(run.status.rawValue)", .usage)
    }
    let folder: ScratchFolder
    do {
      folder = try ScratchFolder(for: "verify")
    } catch {
      throw CommandFailure("error: \(error)", .cannotCreate)
    }
    defer { folder.remove() }
    let scratch = try RunStore(
      path: folder.path + "/verify.sqlite", access: .readWrite, busySeconds: 30, isScratch: true)
    let results = try compute(recorded, store, scratch)
    var differences = 0
    var table = Table(columns: ["run", "name", "outcome", "recorded", "now"].map { .words($0) })
    for (run, result) in zip(recorded, results) {
      let outcome: Outcome
      if result.hash == run.resultHash {
        outcome = .same
      } else if result.hash != nil, try scratch.resultHash(run: result.id, encoding: .first) == run.resultHash {
        outcome = .sameAsRecorded
      } else {
        outcome = .differs
        differences += 1
      }
      let (before, now) = (run.resultHash ?? "", result.hash ?? "none")
      if format == .table {
        switch outcome {
        case .same: StandardOutput.write("\(run.name): same result, \(now)")
        case .sameAsRecorded:
          StandardOutput.write("\(run.name): same result, \(before), in all that its version of covey recorded")
        case .differs: StandardOutput.write("\(run.name): differs: recorded \(before), now \(now)")
        }
      }
      table.append([
        .integer(Int(run.id)), .text(run.name), .text(outcome.rawValue), .text(before), .text(result.hash),
      ])
    }
    if format == .json { StandardOutput.write(table.json()) }
    if differences > 0 { throw ExitStatus.runFailed.code }
  }

  /// How a result compares with the recorded one.
  private enum Outcome: String {
    /// It is the same.
    case same
    /// It is the same in what an earlier version of covey recorded.
    case sameAsRecorded = "same-as-recorded"
    /// It differs.
    case differs
  }

  /// Each run's number in `scratch`, where it is computed again, and the hash of its result; nil for one that fails now.
  private func compute(
    _ recorded: [StoredRun], _ store: RunStore, _ scratch: RunStore
  ) throws -> [(id: Int64, hash: String?)] {
    var experiments: [Int64: Experiment] = [:]
    var planned: [PlannedRun] = []
    var ids: [(id: Int64, retention: CheckpointRetention)] = []
    for run in recorded {
      let stored = try store.experiment(id: run.experimentID)
      let experiment = try experiments[run.experimentID] ?? Experiment(stored: stored)
      experiments[run.experimentID] = experiment
      let chosen = try experiment.run(arm: run.arm, seed: run.seed, id: run.id)
      let begun = try scratch.begin(
        stored.record, runs: [chosen.configuration.description], threads: pool.count, host: "", version: coveyVersion)
      planned.append(PlannedRun(chosen.configuration))
      ids += begun.runs.map { ($0, chosen.retention) }
    }
    let progress = ProgressReport(
      names: recorded.map(\.name), rounds: planned.map(\.configuration.rounds),
      roundsBefore: planned.map(\.roundsDone), isQuiet: quiet)
    let simulation = Simulation(
      planned, threads: pool.count, observer: RecordingObserver(store: scratch, runs: ids, progress: progress))
    let signals = InterruptSignals { _ in simulation.interrupt() }
    progress.begin(simulation)
    defer {
      progress.end()
      signals.end()
    }
    if try simulation.run().contains(.interrupted) { throw ExitStatus.interrupted.code }
    let results = Dictionary(uniqueKeysWithValues: try scratch.allRuns().map { ($0.id, $0.resultHash) })
    return ids.map { ($0.id, results[$0.id] ?? nil) }
  }
}
