internal import Datasets
public import Federation
internal import Catalogs
internal import Networks
public import Records
internal import Tensors

/// A scenario together with its data: every run, ready to be computed.
public struct Experiment: Sendable {
  /// One run and how much of it is kept.
  public struct Run: Sendable {
    /// The run.
    public let configuration: RunConfiguration
    /// Which checkpoints are kept.
    public let retention: CheckpointRetention
    /// The files that it read, with what they hold.
    public let inputs: [InputRecord]
  }

  /// The scenario.
  public let scenario: Scenario
  /// The runs: arm by arm, seed by seed.
  public let runs: [Run]
  /// What the user should know before it starts.
  public let notes: [String]

  /// Opens the scenario's data and puts the runs together.
  ///
  /// - Throws: `ScenarioError` with everything that is wrong.
  public init(_ scenario: Scenario) throws(ScenarioError) {
    var builder = ExperimentBuilder(scenario: scenario)
    let runs = scenario.arms.flatMap { builder.runs($0) }
    guard builder.diagnostics.isEmpty else { throw ScenarioError(builder.diagnostics) }
    self.scenario = scenario
    self.runs = runs
    notes = Self.bounded(
      Self.settingNotes(scenario, runs) + builder.notes + builder.armNotes.notes()
        + builder.idleNotes(of: runs.count))
  }
}

/// Makes the runs of arms; what arms have in common is made once.
struct ExperimentBuilder {
  let scenario: Scenario
  var diagnostics: [Diagnostic] = []
  var notes: [String] = []
  /// What is to be said of arms.
  var armNotes = NoteGroups()
  /// What is to be said of some runs, of clients without a batch for example, in order, and of which.
  private var idle: [(text: String, runs: [String])] = []
  /// Where each of these texts stands.
  private var idlePlaces: [String: Int] = [:]
  var sources: [String: (any ExampleSource)?] = [:]
  var datasets: [String: FederatedDataset?] = [:]
  /// What is to be said of the data sets.
  var labelRemarks: [String: [String]] = [:]
  private var networks: [String: Network?] = [:]
  var states: [String: StateReading?] = [:]
  var initHashes = InitHashes()
  /// What became of components that stand for files.
  private var fileContents: [String: (component: any RunComponent, inputs: [SourceInput])?] = [:]

  init(scenario: Scenario) { self.scenario = scenario }

  mutating func runs(_ arm: ArmSettings) -> [Experiment.Run] {
    arm.seeds.compactMap { seed in
      guard let dataset = dataset(arm, seed: seed), let network = network(arm, dataset) else { return nil }
      var configuration = RunConfiguration(
        arm: arm.name, seed: seed, rounds: arm.rounds, dataset: dataset, network: network,
        norm: arm.norm, optimizer: arm.client.optimizer, learningRateSchedule: arm.client.learningRateSchedule,
        decayedValues: arm.client.decayedValues, gradientClip: arm.client.gradientClip,
        augment: arm.client.augment, loss: arm.loss.component,
        work: arm.client.work, weighting: arm.weighting,
        cohort: arm.cohort, bound: arm.bound, recording: arm.recording, evaluation: arm.evaluation, stop: arm.stop)
      for choice in arm.choices { choice.apply(&configuration) }
      configuration.overrides = overrides(arm, dataset)
      checkFrozen(arm, &configuration)
      let filesRead = readFiles(arm, &configuration)
      check(arm, configuration)
      checkAugmentation(arm, dataset)
      checkBatches(arm, configuration)
      remark(arm, configuration)
      remarkOnData(arm, configuration)
      if arm.initFile != nil {
        // The policy may have given the network values that the model has not.
        guard let state = initialState(arm, configuration.network, seed: seed) else { return nil }
        configuration.initialState = state
      }
      let inputs =
        arm.data.inputs(source(arm, seed: seed)) + dataset.partitionInputs.map(InputRecord.init)
        + initHashes.inputs(of: arm) + filesRead
      return Experiment.Run(configuration: configuration, retention: arm.retention, inputs: inputs)
    }
  }

  mutating func report(_ mark: SourceMark, _ path: String, _ message: String, isMissingInput: Bool = false) {
    diagnostics.append(Diagnostic(mark, path, message, isMissingInput: isMissingInput))
  }

  /// Complains of an arm; the message has `Diagnostic.arms` where the arm is named.
  private mutating func report(_ mark: SourceMark, _ path: String, _ message: String, arm: ArmSettings) {
    diagnostics.append(Diagnostic(mark, path, message, arm: arm.name))
  }

  mutating func note(_ text: String) { if !notes.contains(text) { notes.append(text) } }

  /// Complains of augmentations that the examples are no images for.
  private mutating func checkAugmentation(_ arm: ArmSettings, _ dataset: FederatedDataset) {
    guard let node = arm.node["client"]?["augment"] else { return }
    for (element, augmentation) in zip(node.entries(at: augmentationAxis.place.path), arm.client.augment) {
      guard let problem = augmentation.component.problem(with: dataset.sampleShape) else { continue }
      report(element.node.mark, element.path, "'\(augmentation.name)' \(problem)")
    }
  }

  // MARK: Model

  private mutating func network(_ arm: ArmSettings, _ dataset: FederatedDataset) -> Network? {
    if let problem = untrainable(dataset) {
      report(arm.data.node.mark, "data", problem)
      return nil
    }
    guard let target = target(arm, dataset) else { return nil }
    let outputs = arm.loss.component.outputs(for: target)
    let key = "\(arm.modelIdentity) \(arm.replacementIdentity) \(dataset.sampleShape) \(target) \(outputs.allowed)"
    if let known = networks[key] { return known }
    var made: Network?
    do throws(NetworkProblem) {
      switch arm.model {
      case .named(let recipe):
        let network = try recipe.network(input: dataset.sampleShape, outputs: target.outputCount)
        if outputs.contain(network.output) {
          made = network
        } else {
          report(arm.modelMark, "model", misfit(network.output, target, outputs))
        }
      case .inline(let input, let layers, let node):
        let network = try Network(input: Shape(input), layers: layers)
        if network.input != dataset.sampleShape {
          report(
            arm.inputMark, "model.input", "is \(input), the data have examples of \(dataset.sampleShape.dimensions)")
        } else if !outputs.contain(network.output) {
          let last = ScenarioReader.place([LayerPlace(option: "layers", index: layers.count - 1)], in: node)
          report(last.mark, last.path, misfit(network.output, target, outputs))
        } else {
          made = network
        }
      }
    } catch {
      if case .inline(_, _, let node) = arm.model, !error.place.isEmpty {
        let place = ScenarioReader.place(error.place, in: node)
        report(place.mark, place.path, "\(error)")
      } else {
        report(arm.modelMark, "model", "\(error)")
      }
    }
    if let written = made { made = replaced(written, arm) }
    networks[key] = .some(made)
    return made
  }

  private func misfit(_ output: Shape, _ target: TargetKind, _ outputs: OutputShapes) -> String {
    "puts out \(output.dimensions), the data have \(target.dataWords) (allowed: \(outputs.allowed))"
  }

  /// The network with its normalization layers as the arm wants them; nil when they can't be so.
  private mutating func replaced(_ network: Network, _ arm: ArmSettings) -> Network? {
    do throws(NetworkProblem) {
      return try network.replacingNormalization(by: arm.replacement.component)
    } catch {
      report(
        arm.replacementMark, "replace_norm", "'\(arm.replacement.name)' can't be used in \(Diagnostic.arms): \(error)",
        arm: arm)
      return nil
    }
  }

  /// Reads the files that components stand for, and puts into the run what they become; returns what was read.
  private mutating func readFiles(_ arm: ArmSettings, _ run: inout RunConfiguration) -> [InputRecord] {
    var inputs: [InputRecord] = []
    for choice in arm.choices {
      for (place, chosen) in choice.chosen.enumerated() {
        guard let component = chosen.component as? any FileComponent,
          let read = read(component, choice.key, arm.node[choice.key], chosen.mark, place)
        else { continue }
        choice.replace(&run, place, read.component)
        inputs += read.inputs.map { InputRecord($0, of: choice) }
      }
    }
    return inputs
  }

  /// What a component's file makes of it, read once for all arms and seeds that say the same; nil where it can't be read,
  /// which was reported.
  private mutating func read(
    _ component: any FileComponent, _ key: String, _ node: ScenarioNode?, _ mark: SourceMark, _ place: Int
  ) -> (component: any RunComponent, inputs: [SourceInput])? {
    let identity = "\(key)[\(place)] \(node?.canonical(at: key).flowText ?? "")"
    if let known = fileContents[identity] { return known }
    var made: (component: any RunComponent, inputs: [SourceInput])?
    do {
      made = try component.read(in: scenario.baseDirectory)
    } catch {
      report(node?["file"]?.mark ?? mark, "\(key).file", "\(error)", isMissingInput: isMissing(error))
    }
    fileContents[identity] = .some(made)
    return made
  }

  /// Freezes the layers that the arm names, and complains of names and of models of which nothing is left to train.
  private mutating func checkFrozen(_ arm: ArmSettings, _ run: inout RunConfiguration) {
    let names = arm.client.frozen
    guard let first = names.first else { return }
    let model = run.model
    let problems = names.compactMap { name in model.freezingProblem(name.name).map { (name, $0) } }
    for (name, problem) in problems { report(name.mark, name.path, problem) }
    guard problems.isEmpty else { return }
    run.frozen = names.map(\.name)
    let layout = run.network.layout
    if !layout.tensors.contains(where: { $0.role.canFreeze && layout.sharing(of: $0) != .frozen }) {
      report(
        arm.node["client"]?.entry("frozen")?.keyMark ?? first.mark, "client.frozen",
        "leaves nothing to train in \(Diagnostic.arms): no layer has weights, biases, γ or β that are not frozen",
        arm: arm)
    }
  }

  // MARK: Combinations

  /// Complains about values that are each allowed and impossible together.
  private mutating func check(_ arm: ArmSettings, _ run: RunConfiguration) {
    checkLoss(arm, run)
    let problems = arm.norm.component.problems(with: run)
    for problem in problems {
      report(arm.normMark, "norm", "'\(arm.norm.name)' can't be used in \(Diagnostic.arms): \(problem)", arm: arm)
    }
    if problems.isEmpty {
      for problem in run.evaluationPlan.problems {
        report(
          arm.evaluationNode.mark(ofEvaluation: problem.key, value: problem.value),
          "evaluation.\(problem.key.rawValue)",
          "\(problem.message), in \(Diagnostic.arms)", arm: arm)
      }
      for problem in run.stopProblems {
        let key = problem.key.map { "stop.\($0)" } ?? "stop"
        let node = problem.key.flatMap { arm.stopNode[$0] } ?? arm.stopNode
        report(node.mark, key, "\(problem.message), in \(Diagnostic.arms)", arm: arm)
      }
    }
    for choice in arm.choices {
      for chosen in choice.chosen {
        for problem in chosen.component.problems(with: run) {
          report(
            chosen.mark, choice.key, "'\(chosen.name)' can't be used in \(Diagnostic.arms): \(problem)", arm: arm)
        }
      }
    }
    if let (slot, first, second) = run.sharedSlot {
      report(
        arm.node.mark, "strategy",
        "'\(first)' and '\(second)' both remember a '\(slot)' of a client, in \(Diagnostic.arms)",
        arm: arm)
    }
    if let problem = run.timelineSetting.problem {
      let mark = (arm.node[problem.key] ?? arm.node).mark
      report(mark, problem.key, "\(problem.words), in \(Diagnostic.arms)", arm: arm)
    }
    let population = run.dataset.clientCount
    if let uniform = arm.cohort as? UniformCohort, case .count(let count) = uniform.amount, count > population {
      report(arm.cohortMark, "cohort.count", "'\(count)' is more than the \(population) clients there are")
    }
    if (0..<min(population, 10_000)).allSatisfy({ run.dataset.trainCount($0) == 0 }) {
      report(arm.data.node.mark, "data", "no client has a training example")
    }
  }

  /// Clients that are looked at one by one.
  private static let checkedClients = 10_000

  /// What is said of rounds in which nobody can train, where there are others in which somebody can.
  private static let batchRounds = " in the rounds that normalize with batches"

  /// Complains when in some round no client has a batch to train on, and notes those that never have one.
  private mutating func checkBatches(_ arm: ArmSettings, _ run: RunConfiguration) {
    let sizes = run.settings.map(\.work.batchSize)
    var places = [(size: run.work.batchSize, mark: arm.workMark, path: "client.batch_size")]
    for entry in arm.client.overrides {
      if let own = entry.batchSize { places.append((own.size, own.mark, "\(entry.path).batch_size")) }
    }
    for (size, mark, path) in places where sizes.contains(size) {
      guard !run.canTrain(batchOf: size, inEveryRound: true), let layer = run.layerWithoutVariance else { continue }
      let rounds = run.canTrain(batchOf: size) ? Self.batchRounds : ""
      return report(
        mark, path,
        "'\(size)' leaves layer '\(layer)' a single value a channel, which has no variance; every batch would be skipped\(rounds)"
      )
    }
    let population = run.dataset.clientCount
    let checked = min(population, Self.checkedClients)
    let lacks = (0..<checked).compactMap { client in
      run.lackOfBatches(examples: run.dataset.trainCount(client), run.setting(of: client).work).map {
        "client \(client) \($0)"
      }
    }
    // Without any example it is said already.
    if checked == population, (0..<checked).contains(where: { run.dataset.trainCount($0) > 0 }) {
      let reasons = (0..<checked).lazy.map {
        run.lackOfBatches(examples: run.dataset.trainCount($0), run.setting(of: $0).work, inEveryRound: true)
      }
      if reasons.allSatisfy({ $0 != nil }), let first = reasons.first ?? nil {
        let has =
          lacks.count == population ? "ever has a batch to train on" : "has a batch to train on\(Self.batchRounds)"
        return report(
          arm.workMark, "client", "no client of \(Diagnostic.arms) \(has): client 0 \(first)", arm: arm)
      }
    }
    remarkOnLastBatches(arm, run, checked: checked)
    guard !lacks.isEmpty, lacks.count < population else { return }
    let whole = checked < population ? "the first \(checked)" : "\(population)"
    let shown = lacks.prefix(3).joined(separator: "; ") + (lacks.count > 3 ? "; and \(lacks.count - 3) more" : "")
    let text = "\(lacks.count) of \(whole) clients never have a batch to train on and stay untrained: \(shown)"
    note(text, of: "\(arm.name)/\(run.seed)")
  }

  /// Notes clients whose passes end with two or three examples: a variance of so few is hardly one.
  private mutating func remarkOnLastBatches(_ arm: ArmSettings, _ run: RunConfiguration, checked: Int) {
    let small = (0..<checked).compactMap { client in
      run.smallLastBatch(examples: run.dataset.trainCount(client), run.setting(of: client).work).map {
        (client: client, size: $0)
      }
    }
    guard let first = small.first, let layer = run.layerWithoutVariance else { return }
    let whole = checked < run.dataset.clientCount ? "the first \(checked)" : "\(checked)"
    note(
      "\(small.count) of \(whole) clients \(small.count == 1 ? "ends" : "end") each pass with a batch of two or three examples (client \(first.client) with \(first.size)), over which layer '\(layer)' takes a variance: one such step may undo what was learned (allowed: 'client.last_batch': merge or drop)",
      of: "\(arm.name)/\(run.seed)")
  }

  /// Notes what may hold for some runs alone.
  mutating func note(_ text: String, of name: String) {
    if let index = idlePlaces[text] {
      idle[index].runs.append(name)
    } else {
      idlePlaces[text] = idle.count
      idle.append((text, [name]))
    }
  }

  /// Notes what is allowed and probably not meant.
  private mutating func remark(_ arm: ArmSettings, _ run: RunConfiguration) {
    if !arm.leftAside.isEmpty {
      let keys = arm.leftAside.map { "'\($0)'" }.joined(separator: ", ")
      armNotes.add("'bound: \(arm.bound.rawValue)' leaves \(keys) of the scenario aside", of: arm.name)
    }
    let missing = run.withoutGlobalModel
    if !missing.isEmpty {
      let subjects = missing.map { "'\($0.rawValue)'" }.joined(separator: " and ")
      armNotes.add(
        "under 'bound: \(arm.bound.rawValue)' nothing is aggregated: there is no global model, and nothing is evaluated of \(subjects)",
        of: arm.name)
    }
    for note in run.norm.component.notes(on: run) { armNotes.add("'\(arm.norm.name)' \(note)", of: arm.name) }
    for chosen in arm.choices.flatMap(\.chosen) {
      for note in chosen.component.notes(on: run) { armNotes.add("'\(chosen.name)' \(note)", of: arm.name) }
    }
    if let bytes = run.oversizedCheckpoint {
      let kept = run.schedule.component.isAsynchronous ? "what clients keep and start from" : "what clients keep"
      armNotes.add(
        "with \(kept), a checkpoint may take \(bytes >> 20) MiB, and the record holds \(RunConfiguration.checkpointLimit >> 20): a run that makes one fails",
        of: arm.name)
    }
  }

  /// The notes on some runs, each with the runs that it is about unless these are all of them.
  func idleNotes(of runCount: Int) -> [String] {
    idle.map { note in
      if note.runs.count == runCount { return note.text }
      let more = note.runs.count > 3 ? " and \(note.runs.count - 3) more" : ""
      return "\(note.runs.prefix(3).joined(separator: ", "))\(more): \(note.text)"
    }
  }
}
