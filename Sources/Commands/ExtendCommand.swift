internal import Algorithms
internal import ArgumentParser
internal import func Catalogs.visibleText
internal import Federation
internal import Foundation
internal import Records
internal import RunStore
internal import Scenarios
internal import Tensors

/// `covey extend`.
struct ExtendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extend", abstract: "Gives an experiment more rounds, seeds or arms.",
    discussion: """
      The experiment stays the same one: what is finished is kept, runs that get more rounds go on from their last checkpoints, and \
      the record's scenario says what the experiment is now. The results are the same to the bit as if it had been asked for at once. \
      Runs of which an earlier round would have been another one then are refused (exit code 65), and so are those that 'stop' ended. An \
      arm's runs get rounds and seeds together.

      Examples:
        covey extend quickstart --rounds 40
        covey extend quickstart --seeds 4..9
        covey extend quickstart/fedbn --rounds 40 --seeds 1..5,8
        covey extend quickstart --arms more-arms.yaml --quiet
      """)

  @Argument(help: ArgumentHelp(RunHelp.several, valueName: "run"), completion: RunCompletion.kind)
  var names: [String]

  @Option(help: ArgumentHelp("The number of rounds that runs have then, all together.", valueName: "n"))
  var rounds: Int?

  @Option(
    help: ArgumentHelp("Seeds that there are to be beside others, as 4,6 or 4..9.", valueName: "seeds"),
    transform: NumberList.init)
  var seeds: NumberList?

  @Option(
    help: ArgumentHelp("A file with arms to be added: a list, as below 'arms' of a scenario.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var arms: String?

  @OptionGroup var session: SessionOptions
  @OptionGroup var instructionSets: InstructionSetOptions

  func validate() throws {
    if rounds == nil, seeds == nil, arms == nil {
      throw ValidationError("nothing to extend by (allowed: --rounds, --seeds, --arms)")
    }
    if let rounds, !(1...1_000_000).contains(rounds) {
      throw ValidationError("'--rounds \(rounds)' is not allowed (allowed: a whole number from 1 to 1000000)")
    }
  }

  func run() throws {
    let store = try session.database.change()
    // Threads that are about to end may hold it longer than the program lasts.
    defer { store.close() }
    let named = try store.runs(named: names)
    // First all that can fail without a trace.
    let plans = try named.map(\.experimentID).uniqued().map { id in
      try ExtensionPlan(
        experiment: id, named: named.filter { $0.experimentID == id }, rounds: rounds, seeds: seeds?.values ?? [],
        armsFile: arms, store)
    }
    let refusals = plans.flatMap(\.refusals)
    guard refusals.isEmpty else { throw CommandFailure(lines: refusals + ["nothing was extended"], status: .data) }
    guard plans.contains(where: { !$0.isEmpty }) else {
      StandardError.write("nothing to extend: all of it is there")
      if session.format == .json { StandardOutput.write("[]") }
      return
    }
    try instructionSets.check(plans.flatMap(\.goingOn).map(\.run), store, nothingWas: "extended")
    try Experiment.checkMemory(
      plans.flatMap { plan in (plan.goingOn.map(\.chosen) + plan.added).map { (plan.experiment, $0) } },
      threads: session.pool.count)
    let simulation = try SimulationSession(
      threads: session.pool.count, isQuiet: session.quiet, format: session.format)
    var runs: [SimulationSession.SessionRun] = []
    for plan in plans where !plan.isEmpty {
      let added = plan.isChanged ? try extend(plan, store) : []
      if !session.quiet { announce(plan) }
      runs += try plan.goingOn.map { run, chosen in
        try SimulationSession.SessionRun(
          reopening: run, chosen, in: store, threads: session.pool.count, isQuiet: session.quiet)
      }
      for (run, id) in zip(plan.added, added) {
        let configuration = run.configuration
        runs.append(
          SimulationSession.SessionRun(
            id: id, experiment: plan.stored.id,
            name: "\(plan.stored.record.name)/\(configuration.arm)/\(configuration.seed)",
            planned: PlannedRun(configuration), retention: run.retention))
      }
    }
    guard !runs.isEmpty else {
      if session.format == .json { StandardOutput.write("[]") }
      return
    }
    try simulation.run(runs, recordingIn: store)
  }

  /// Records what an experiment is now; returns the numbers of its new runs.
  private func extend(_ plan: ExtensionPlan, _ store: RunStore) throws -> [Int64] {
    var record = plan.stored.record
    record.scenario = plan.experiment.scenario.text
    record.scenarioHash = RunStore.sha256(of: record.scenario)
    let longer = plan.longer.map { run, chosen in
      LongerRun(
        run: run.id, description: chosen.description,
        keepsEvaluations: chosen.configuration.isEvaluated(run.roundsPlanned),
        keepsDrift: chosen.configuration.recordsDrift(run.roundsPlanned))
    }
    return try store.extend(
      plan.stored, to: record, longer: longer, added: plan.added.map(\.description), threads: session.pool.count,
      host: ProcessInfo.processInfo.hostName, version: coveyVersion, instructionSet: InstructionSet.current)
  }

  private func announce(_ plan: ExtensionPlan) {
    if !plan.added.isEmpty {
      for note in plan.experiment.notes { StandardError.writeParagraph("note: \(visibleText(note))") }
    }
    let (goingOn, added) = (plan.goingOn.count, plan.added.count)
    let kept = plan.runCount - goingOn
    let parts = [
      goingOn > 0 ? "\(counted(goingOn, "run")) \(goingOn == 1 ? "goes" : "go") on" : nil,
      added > 0 ? "\(counted(added, "run")) \(added == 1 ? "is" : "are") new" : nil,
      kept > 0 ? "\(counted(kept, "run")) \(kept == 1 ? "stays as it is" : "stay as they are")" : nil,
    ]
    StandardError.writeParagraph("\(plan.stored.record.name): " + parts.compactMap { $0 }.joined(separator: ", "))
  }
}
