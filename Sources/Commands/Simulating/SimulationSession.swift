internal import Algorithms
internal import Federation
internal import Foundation
internal import Questions
internal import Records
internal import Reports
internal import RunStore

/// One simulation from planned runs to the last comparison: what `run` and `resume` have in common.
struct SimulationSession {
  /// A run that the store knows and the simulation will compute.
  struct SessionRun {
    let id: Int64
    let experiment: Int64
    let name: String
    let planned: PlannedRun
    let retention: CheckpointRetention
  }

  private let isQuiet: Bool
  private let format: DocumentFormat
  private let threads: ComputeThreads
  private let signals: InterruptSignals

  /// Starts the threads, so that nothing has begun where the system has too few of them.
  ///
  /// - Throws: `CommandFailure`.
  init(threads: Int, isQuiet: Bool, format: DocumentFormat) throws {
    self.isQuiet = isQuiet
    self.format = format
    signals = try InterruptSignals()
    self.threads = try startThreads(threads)
  }

  /// Computes runs, records them, and writes the comparison of each experiment.
  ///
  /// - Throws: `ExitCode` 1 when a run failed and 130 when the user interrupted; `StoreError` when recording fails.
  func run(_ runs: [SessionRun], recordingIn store: RunStore) throws {
    let progress = ProgressReport(
      names: runs.map(\.name), rounds: runs.map(\.planned.configuration.rounds),
      roundsBefore: runs.map(\.planned.roundsDone), isQuiet: isQuiet)
    let observer = RecordingObserver(store: store, runs: runs.map { ($0.id, $0.retention) }, progress: progress)
    let simulation = Simulation(runs.map(\.planned), on: threads, observer: observer)
    let path = shellQuoted(store.path)
    signals.begin { count in
      if count == 1 {
        StandardError.write("\nstopping after the round in hand; once more to stop at once")
        simulation.interrupt()
      } else {
        // What is recorded stays; the runs go on from their last checkpoints.
        StandardError.write("stopped at once; go on with: covey resume --db \(path)")
        // Without the handlers at exit, which would take away what the threads that compute still use.
        _exit(ExitStatus.interrupted.rawValue)
      }
    }
    progress.begin(simulation)
    let outcomes: [RunOutcome]
    do {
      defer {
        progress.end()
        // Also when recording fails: a signal then ends the program again.
        signals.end()
      }
      outcomes = try simulation.run()
    }
    // Runs that stopped half-way have nothing to compare; one that is done may have.
    if outcomes.contains(where: { $0 != .interrupted }) {
      try writeComparisons(runs, store)
      if !isQuiet { try announceNext(runs, store) }
    }
    if outcomes.contains(.interrupted) {
      StandardError.write("interrupted; go on with: covey resume --db \(path)")
      throw ExitStatus.interrupted.code
    }
    let failed = outcomes.filter { if case .failed = $0 { true } else { false } }.count
    if failed > 0 {
      StandardError.write(
        "\(failed) of \(counted(outcomes.count, "run")) failed; what \(failed == 1 ? "it" : "they") recorded is kept")
      throw ExitStatus.runFailed.code
    }
  }

  /// Says where everything is, and how to look at it.
  private func announceNext(_ runs: [SessionRun], _ store: RunStore) throws {
    let option = store.path == DatabaseOptions.path(nil) ? "" : " --db \(shellQuoted(store.path))"
    for id in experiments(runs) {
      let experiment = NumberedExperiment(name: try store.experiment(id: id).record.name, number: id)
      let name = shellQuoted(try store.shortName(ofExperiment: id))
      let next = ["history", "compare", "report"].map { "covey \($0) \(name)\(option)" }
      StandardError.writeParagraph(
        "recorded in \(store.path) as \(experiment.text); next: \(next.joined(separator: ", "))")
    }
  }

  /// The experiments of runs, in their order.
  private func experiments(_ runs: [SessionRun]) -> [Int64] {
    Array(runs.map(\.experiment).uniqued())
  }

  private func writeComparisons(_ runs: [SessionRun], _ store: RunStore) throws {
    let experiments = experiments(runs)
    var documents: [String] = []
    for experiment in experiments {
      let title = try store.experiment(id: experiment).record.name
      let answer = try ComparedRuns(store, experiment: experiment)
      let (comparison, selection) = (try answer.comparison(), answer.selection)
      if format == .json {
        documents.append(comparison.json(title: title, evaluated: selection.words(nil)))
      } else {
        let heading = selection == EvaluationSelection() ? "" : "compared: \(selection.words(nil))\n"
        documents.append(
          heading + comparison.text(title: title, style: StandardOutput.style, width: StandardOutput.width))
      }
    }
    switch (format, documents.count) {
    case (.table, _): StandardOutput.write(documents.joined(separator: "\n"))
    case (.json, 1): StandardOutput.write(documents[0])
    // Several experiments are one document: a list.
    case (.json, _): StandardOutput.write("[\n" + documents.joined(separator: ",\n") + "\n]")
    }
  }
}
