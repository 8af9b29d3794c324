internal import Algorithms
internal import Federation
internal import Records
internal import RunStore
internal import Scenarios

/// What `covey extend` makes of an experiment.
struct ExtensionPlan {
  /// The experiment as it is recorded.
  let stored: StoredExperiment
  /// The experiment as it will be.
  let experiment: Experiment
  /// How many runs it has.
  let runCount: Int
  /// The recorded runs that get more rounds, failed ones among them.
  let longer: [(run: StoredRun, chosen: Experiment.Run)]
  /// The recorded runs that go on: those, and others that were named and not done; none that failed.
  let goingOn: [(run: StoredRun, chosen: Experiment.Run)]
  /// The runs that are new.
  let added: [Experiment.Run]
  /// Why runs can't get more rounds, a line each; none where they can.
  let refusals: [String]

  /// Whether the record's experiment becomes another one.
  var isChanged: Bool { !longer.isEmpty || !added.isEmpty }
  /// Whether there is nothing to be done.
  var isEmpty: Bool { !isChanged && goingOn.isEmpty }

  /// Looks at an experiment, of which some runs were named.
  ///
  /// - Throws: `CommandFailure`, `ScenarioError` and `StoreError`: what keeps it from being extended.
  init(
    experiment id: Int64, named: [StoredRun], rounds: Int?, seeds: [UInt64], armsFile: String?, _ store: RunStore
  ) throws {
    stored = try store.experiment(id: id)
    let all = try store.runs(ofExperiment: id)
    let chosenArms = rounds == nil && seeds.isEmpty ? nil : try Self.arms(of: named, among: all)
    let before = try Scenario(recorded: stored)
    let scenario = try before.extended(
      by: ScenarioExtension(rounds: rounds, seeds: seeds, armsFile: armsFile, arms: chosenArms))
    let extended = try Experiment(scenario)
    experiment = extended
    runCount = all.count
    let members = try all.map { run in
      (run: run, chosen: try extended.run(arm: run.arm, seed: run.seed, id: run.id))
    }
    let inputs = try RecordedInputs(all, store)
    if let failure = try inputs.failures(members, nothingWas: "extended")[id] { throw failure }
    let unknown = members.count { inputs.isUnknown($0.run, $0.chosen.inputs) }
    if unknown > 0 {
      StandardError.writeParagraph(RecordedInputs.unknownNote(unknown, "what they read now is taken for the same"))
    }
    if let (run, _) = members.first(where: { $1.configuration.rounds < $0.roundsPlanned }) {
      throw CommandFailure(
        "error: '--rounds \(rounds ?? 0)' is less than the \(run.roundsPlanned) rounds of run \(run.id) (\(run.name)) (allowed: \(run.roundsPlanned) or more)",
        .usage)
    }
    let longer = members.filter { $1.configuration.rounds > $0.roundsPlanned }
    if let (run, _) = longer.first(where: { $0.run.isAlive }) {
      throw CommandFailure("error: run \(run.id) (\(run.name)) is being computed; extend it when it is done", .usage)
    }
    self.longer = longer
    let (longerIDs, namedIDs) = (Set(longer.map(\.run.id)), Set(named.map(\.id)))
    goingOn = members.filter { run, _ in
      guard !run.isAlive, run.status != .failed else { return false }
      return longerIDs.contains(run.id) || namedIDs.contains(run.id) && run.status != .finished
    }
    refusals = Self.refusals(longer)
    added = Self.added(extended, to: all, before, seeds, chosenArms)
  }

  /// The arms of named runs; nil where they are all that the experiment has.
  ///
  /// - Throws: `CommandFailure` where a run of one of them was not named.
  private static func arms(of named: [StoredRun], among all: [StoredRun]) throws -> [String]? {
    let arms = Array(named.map(\.arm).uniqued())
    let known = Set(named.map(\.id))
    if let missing = all.first(where: { arms.contains($0.arm) && !known.contains($0.id) }) {
      let arm = "\(missing.experiment)/\(missing.arm)"
      throw CommandFailure(
        "error: the runs of an arm get rounds and seeds together, and \(missing.name) was not named (allowed: \(arm))",
        .usage)
    }
    return Set(all.map(\.arm)).count == arms.count ? nil : arms
  }

  /// The runs of an experiment that are not recorded and were not meant to be before, or are asked for by their seeds now.
  private static func added(
    _ experiment: Experiment, to all: [StoredRun], _ before: Scenario, _ seeds: [UInt64], _ arms: [String]?
  ) -> [Experiment.Run] {
    struct Place: Hashable {
      let arm: String
      let seed: UInt64
    }
    let recorded = Set(all.map { Place(arm: $0.arm, seed: $0.seed) })
    var known = recorded
    for (arm, own) in before.seedsOfArms {
      for seed in own where !seeds.contains(seed) || !(arms?.contains(arm) ?? true) {
        known.insert(Place(arm: arm, seed: seed))
      }
    }
    return experiment.runs.filter { !known.contains(Place(arm: $0.configuration.arm, seed: $0.configuration.seed)) }
  }

  /// Why runs can't get more rounds: a line for each reason, with the runs of which it is one.
  private static func refusals(_ longer: [(run: StoredRun, chosen: Experiment.Run)]) -> [String] {
    var order: [String] = []
    var runs: [String: [StoredRun]] = [:]
    func refuse(_ run: StoredRun, _ reason: String) {
      if runs[reason] == nil { order.append(reason) }
      runs[reason, default: []].append(run)
    }
    for (run, chosen) in longer {
      if run.status == .finished, let reason = run.stopReason, reason.isByRule {
        refuse(run, "ended by 'stop' after round \(run.roundsDone) (\(reason.rawValue))")
      }
      guard run.roundsDone > 0 else { continue }
      for dependence in chosen.configuration.totalRoundsDependences {
        refuse(
          run,
          "'\(dependence.key)' \(dependence.words), so that earlier rounds would have been others (allowed: \(dependence.allowed))"
        )
      }
    }
    return order.map { reason in "error: \(words(runs[reason] ?? [])) can't have more rounds: \(reason)" }
  }

  private static func words(_ runs: [StoredRun]) -> String {
    if runs.count == 1 { return "run \(runs[0].id) (\(runs[0].name))" }
    let numbers = runs.prefix(5).map { String($0.id) }.joined(separator: ", ")
    return "runs \(numbers)" + (runs.count > 5 ? " and \(runs.count - 5) more" : "") + " of \(runs[0].experiment)"
  }
}
