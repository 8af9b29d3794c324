internal import ArgumentParser
internal import Federation
internal import Foundation
internal import Records
internal import RunStore
internal import Scenarios
internal import Tensors

/// `covey resume`.
struct ResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Goes on with interrupted runs from their last checkpoints.",
    discussion: """
      Without a RUN, all runs are resumed that were interrupted or cut off. The results are the same to the bit as without the \
      interruption. Runs whose data or initial models are not what they were begun with are refused (exit code 65), and so are runs \
      whose rounds before another instruction set computed, unless that is allowed (64).

      Examples:
        covey resume
        covey resume quickstart/fedbn/2 --db covey.sqlite
      """)

  @Argument(help: ArgumentHelp(RunHelp.several, valueName: "run"), completion: RunCompletion.kind)
  var names: [String] = []

  @OptionGroup var session: SessionOptions
  @OptionGroup var instructionSets: InstructionSetOptions

  func run() throws {
    let store = try session.database.change()
    // Threads that are about to end may hold it longer than the program lasts.
    defer { store.close() }
    let stored = names.isEmpty ? try store.resumableRuns() : try chosenRuns(store)
    guard !stored.isEmpty else {
      StandardError.write("nothing to resume: no run of '\(session.database.path)' was interrupted")
      if session.format == .json { StandardOutput.write("[]") }
      return
    }
    // First all that can fail without a trace; reopening a run drops the rounds behind its checkpoint.
    let opened = try open(stored, store)
    try instructionSets.check(opened.map(\.run), store)
    try Experiment.checkMemory(opened.map { ($0.experiment, $0.chosen) }, threads: session.pool.count)
    let simulation = try SimulationSession(
      threads: session.pool.count, isQuiet: session.quiet, format: session.format)
    var runs: [SimulationSession.SessionRun] = []
    for (run, _, chosen) in opened {
      runs.append(
        try SimulationSession.SessionRun(
          reopening: run, chosen, in: store, threads: session.pool.count, isQuiet: session.quiet))
    }
    try simulation.run(runs, recordingIn: store)
  }

  /// The runs with their configurations. Without names, an experiment that can't be opened any more, or would read
  /// something else than it did, is told and passed over, so that it does not keep the others from going on.
  private func open(
    _ stored: [StoredRun], _ store: RunStore
  ) throws -> [(run: StoredRun, experiment: Experiment, chosen: Experiment.Run)] {
    var experiments: [Int64: Experiment] = [:]
    var failures: [Int64: CommandFailure] = [:]
    var result: [(run: StoredRun, experiment: Experiment, chosen: Experiment.Run)] = []
    let inputs = try RecordedInputs(stored, store)
    for run in stored where failures[run.experimentID] == nil {
      do {
        let experiment = try experiments[run.experimentID] ?? Experiment(stored: store.experiment(id: run.experimentID))
        experiments[run.experimentID] = experiment
        result.append((run, experiment, try experiment.run(arm: run.arm, seed: run.seed, id: run.id)))
      } catch {
        failures[run.experimentID] = inputs.failure(run, error)
      }
    }
    failures.merge(try inputs.failures(result.map { ($0.run, $0.chosen) })) { $1 }
    result.removeAll { failures[$0.run.experimentID] != nil }
    if let first = failures.min(by: { $0.key < $1.key })?.value, !names.isEmpty || result.isEmpty {
      throw CommandFailure(
        lines: failures.sorted { $0.key < $1.key }.flatMap(\.value.lines), status: first.status)
    }
    let unknown = result.count { inputs.isUnknown($0.run, $0.chosen.inputs) }
    if unknown > 0 {
      StandardError.writeParagraph(RecordedInputs.unknownNote(unknown, "what they read now is recorded"))
    }
    for (id, failure) in failures.sorted(by: { $0.key < $1.key }) {
      for line in failure.lines where !line.hasSuffix("nothing was run") { StandardError.write(line) }
      StandardError.write("experiment \(id) can't be opened; its runs stay as they are")
    }
    return result
  }

  private func chosenRuns(_ store: RunStore) throws -> [StoredRun] {
    var chosen: [StoredRun] = []
    for name in names {
      let runs = try store.resolve(name)
      // An experiment or arm means those of its runs that are not done; a single run is taken at its word.
      for run in runs where runs.count == 1 || run.status != .finished {
        if !chosen.contains(where: { $0.id == run.id }) { chosen.append(run) }
      }
    }
    return chosen
  }
}
