internal import ArgumentParser
internal import Federation
internal import Foundation
internal import Records
internal import RunStore
internal import Scenarios
internal import Tables
internal import Tensors

/// `covey verify`.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Runs recorded runs again and compares the results to the bit.",
    discussion: """
      The recorded scenario is run again into a database of its own, and the hashes over everything recorded are compared. \
      Exit code 1 when a result differs. A run whose data or initial model are not what it read is not computed again (exit code 65), \
      and one that another instruction set computed only if that is allowed (64).

      Examples:
        covey verify latest
        covey verify quickstart --threads 1
      """)

  @Argument(help: ArgumentHelp(RunHelp.several, valueName: "run"), completion: RunCompletion.kind)
  var names: [String]

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var pool: ThreadOptions
  @OptionGroup var instructionSets: InstructionSetOptions

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
    let prepared = try prepare(recorded, store)
    let computed = prepared.filter {
      $0.differences.isEmpty && ($0.otherInstructionSet == nil || instructionSets.allowsOther)
    }
    try Experiment.checkMemory(computed.map { ($0.experiment, $0.chosen) }, threads: pool.count)
    let signals = try InterruptSignals()
    let threads = try startThreads(pool.count)
    let folder: ScratchFolder
    do {
      folder = try ScratchFolder(for: "verify")
    } catch {
      throw CommandFailure("error: \(error)", .cannotCreate)
    }
    defer { folder.remove() }
    let scratch = try RunStore(
      path: folder.path + "/verify.sqlite", access: .readWrite, busySeconds: 30, isScratch: true)
    let results = try compute(computed, scratch, threads, signals)
    var table = VerifiedRun.table
    var verified: [VerifiedRun] = []
    for run in prepared {
      var row = VerifiedRun(run: run.run, other: run.otherInstructionSet, differences: run.differences)
      if let result = results[run.run.id] {
        row.now = result.hash
        if result.hash == run.run.resultHash {
          row.outcome = .same
        } else if result.hash != nil,
          try ResultEncoding.earlier.contains(where: {
            try scratch.resultHash(run: result.id, encoding: $0) == run.run.resultHash
          })
        {
          row.outcome = .sameAsRecorded
        } else {
          row.outcome = .differs
        }
      }
      if format == .table { StandardOutput.write(row.text) }
      table.append(row.cells)
      verified.append(row)
    }
    if format == .json { StandardOutput.write(table.json()) }
    if let failure = VerifiedRun.failure(of: verified) { throw failure }
  }

  /// A recorded run, and what keeps it from being computed again.
  private struct Prepared {
    let run: StoredRun
    let stored: StoredExperiment
    let experiment: Experiment
    let chosen: Experiment.Run
    /// What the run would read that is not what it read.
    let differences: [InputDifference]
    /// What computed it, where that is not what computes now.
    let otherInstructionSet: String?
  }

  /// Opens the runs' experiments, and compares what they read and what computes them with what is recorded.
  private func prepare(_ recorded: [StoredRun], _ store: RunStore) throws -> [Prepared] {
    let inputs = try RecordedInputs(recorded, store)
    var experiments: [Int64: Experiment] = [:]
    var unknown = 0
    let prepared = try recorded.map { run in
      do {
        let stored = try store.experiment(id: run.experimentID)
        let experiment = try experiments[run.experimentID] ?? Experiment(stored: stored)
        experiments[run.experimentID] = experiment
        let chosen = try experiment.run(arm: run.arm, seed: run.seed, id: run.id)
        if inputs.isUnknown(run, chosen.inputs) { unknown += 1 }
        return Prepared(
          run: run, stored: stored, experiment: experiment, chosen: chosen,
          differences: inputs.differences(run, chosen.inputs),
          otherInstructionSet: InstructionSetOptions.other(run.instructionSet))
      } catch {
        throw inputs.failure(run, error)
      }
    }
    if unknown > 0 {
      StandardError.writeParagraph(
        RecordedInputs.unknownNote(unknown, "a result that differs may be one of other data"))
    }
    return prepared
  }

  /// The number in `scratch`, where it is computed again, and the hash of the result, nil for one that fails now, of each
  /// run, by its number.
  private func compute(
    _ computed: [Prepared], _ scratch: RunStore, _ threads: ComputeThreads, _ signals: InterruptSignals
  ) throws -> [Int64: (id: Int64, hash: String?)] {
    if computed.isEmpty { return [:] }
    let planned = computed.map { PlannedRun($0.chosen.configuration) }
    var ids: [(id: Int64, retention: CheckpointRetention)] = []
    for run in computed {
      let begun = try scratch.begin(
        run.stored.record, runs: [run.chosen.description], threads: pool.count, host: "", version: coveyVersion)
      ids += begun.runs.map { ($0, run.chosen.retention) }
    }
    let progress = ProgressReport(
      names: computed.map(\.run.name), rounds: planned.map(\.configuration.rounds),
      roundsBefore: planned.map(\.roundsDone), isQuiet: quiet)
    let simulation = Simulation(
      planned, on: threads, observer: RecordingObserver(store: scratch, runs: ids, progress: progress))
    signals.begin { _ in simulation.interrupt() }
    progress.begin(simulation)
    defer {
      progress.end()
      signals.end()
    }
    if try simulation.run().contains(.interrupted) { throw ExitStatus.interrupted.code }
    let results = Dictionary(uniqueKeysWithValues: try scratch.allRuns().map { ($0.id, $0.resultHash) })
    return Dictionary(
      uniqueKeysWithValues: zip(computed, ids).map { ($0.run.id, (id: $1.id, hash: results[$1.id] ?? nil)) })
  }
}
