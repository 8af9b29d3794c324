internal import ArgumentParser
internal import func Catalogs.visibleText
internal import Federation
internal import Foundation
internal import Records
internal import RunStore
internal import Scenarios
internal import Tensors

/// `covey run`.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs every arm and seed of scenarios and records them.",
    discussion: """
      All runs share one pool of threads; results do not depend on how many there are. Progress goes to standard error, the \
      comparison to standard output.

      Examples:
        covey run Scenarios/quickstart.yaml
        covey run my.yaml --rounds 5 --seeds 1 --set client.optimizer.learning_rate=0.05
        covey run my.yaml --arms fedbn --set arms.fedbn.norm=silobn --db try.sqlite
      """)

  @Argument(
    help: ArgumentHelp("Scenario files.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
  var files: [String]

  @OptionGroup var session: SessionOptions
  @OptionGroup var edits: EditOptions

  func run() throws {
    let experiments = try loadExperiments(files, edits.edits)
    try Experiment.checkMemory(
      experiments.flatMap { experiment in experiment.runs.map { (experiment, $0) } }, threads: session.pool.count)
    let simulation = try SimulationSession(
      threads: session.pool.count, isQuiet: session.quiet, format: session.format)
    let store = try session.database.write()
    // Threads that are about to end may hold it longer than the program lasts.
    defer { store.close() }
    var runs: [SimulationSession.SessionRun] = []
    for experiment in experiments {
      let scenario = experiment.scenario
      let record = ExperimentRecord(
        name: scenario.name, scenario: scenario.text, scenarioHash: RunStore.sha256(of: scenario.text),
        baseDirectory: scenario.baseDirectory)
      let stored = try store.begin(
        record, runs: experiment.runs.map(\.description), threads: session.pool.count,
        host: ProcessInfo.processInfo.hostName, version: coveyVersion, instructionSet: InstructionSet.current)
      for (run, id) in zip(experiment.runs, stored.runs) {
        let configuration = run.configuration
        runs.append(
          SimulationSession.SessionRun(
            id: id, experiment: stored.experiment, name: "\(scenario.name)/\(configuration.arm)/\(configuration.seed)",
            planned: PlannedRun(configuration), retention: run.retention))
      }
      if !session.quiet { announce(experiment) }
    }
    try simulation.run(runs, recordingIn: store)
  }

  /// What is about to happen, and what each norm policy matched.
  private func announce(_ experiment: Experiment) {
    for note in experiment.notes { StandardError.writeParagraph("note: \(visibleText(note))") }
    for line in PlanSummary(experiment).lines { StandardError.writeParagraph(line, indent: 6) }
  }
}
