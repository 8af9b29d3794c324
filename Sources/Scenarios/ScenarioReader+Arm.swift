internal import Catalogs
internal import Datasets
internal import Federation
internal import Networks
internal import Records

extension ScenarioReader {
  /// The arm that `node` describes once everything is merged into it; nil when something is wrong.
  mutating func arm(_ node: ScenarioNode, name: String, nameMark: SourceMark) -> ArmSettings? {
    let before = mistakeCount
    resolved = []
    let rounds = value(node, "rounds", .integer(1...1_000_000), path: "")
    if node["rounds"] == nil { report(node.mark, "rounds", "is missing (allowed: a whole number from 1 to 1000000)") }
    let seeds = seeds(node["seeds"])
    let data = data(node["data"], root: node)
    let model = model(node["model"], root: node)
    let client = client(node["client"])
    let loss = component(node["loss"], lossAxis)
    let weighting = value(node, "weights", .choice(Weighting.allCases.map(\.rawValue)), path: "")
    let cohort = component(node["cohort"], cohortAxis)?.product
    let (recording, retention) = recording(node)
    let evaluation = evaluation(node["evaluation"])
    let stop = stop(node["stop"])
    let bound = bound(node)
    let choices = runAxes.compactMap { $0.read(&self, node) }
    let norm = norm(node)
    let replacement = component(node["replace_norm"], replacementAxis)
    let (initFile, naming) = initialization(node)
    guard mistakeCount == before, let data, let model, case .integer(let rounds)? = rounds, let client, let loss,
      let cohort, choices.count == runAxes.count, let norm, let replacement
    else { return nil }
    return ArmSettings(
      name: name, nameMark: nameMark, node: node, seeds: seeds, hasBareSeed: node["seeds"]?.scalar != nil,
      rounds: rounds,
      data: data, model: model,
      modelMark: node["model"]?.mark ?? node.mark, inputMark: (node["model"]?["input"] ?? node["model"] ?? node).mark,
      modelIdentity: node["model"]?.flowText ?? "", client: client,
      workMark: (node["client"]?["batch_size"] ?? node["client"] ?? node).mark, loss: Named(loss.name, loss.product),
      lossNode: node["loss"] ?? node,
      weighting: weighting.flatMap { Weighting(rawValue: $0.text) } ?? .samples,
      bound: bound, leftAside: [], cohort: cohort,
      cohortMark: (node["cohort"]?["count"] ?? node["cohort"] ?? node).mark,
      recording: recording, evaluation: evaluation, evaluationNode: node["evaluation"] ?? node,
      stop: stop, stopNode: node["stop"] ?? node, retention: retention, choices: choices,
      norm: norm,
      normMark: node["norm"]?.mark ?? node.mark,
      replacement: Named(replacement.name, replacement.product),
      replacementMark: node["replace_norm"]?.mark ?? node.mark,
      replacementIdentity: node["replace_norm"]?.flowText ?? "", initFile: initFile, initNaming: naming)
  }

  /// What the arm is, if it is no federation; what it says of one beside that is a mistake.
  private mutating func bound(_ node: ScenarioNode) -> Bound {
    let read = value(node, "bound", .choice(Bound.allCases.map(\.rawValue)), path: "")
    let bound = read.flatMap { Bound(rawValue: $0.text) } ?? .none
    for key in ArmExpansion.keysOutside(bound.rawValue) {
      guard let entry = node.entry(key), armKeys.contains(key), !isDefault(entry.value, of: key) else { continue }
      report(
        entry.keyMark, key, "can't be combined with 'bound: \(bound.rawValue)', which is no federation; leave it out")
    }
    if bound == .central, let entry = node["client"]?.entry("overrides"), !entry.value.isEmptyList {
      report(
        entry.keyMark, ArmExpansion.overridesKey,
        "can't be combined with 'bound: central', whose one client has the examples of all; leave it out")
    }
    resolved.append(ResolvedValue("bound", bound.rawValue))
    return bound
  }

  /// Whether a component is the one that stands where none does, with nothing said of it.
  private func isDefault(_ node: ScenarioNode, of key: String) -> Bool {
    guard let absent = componentPlacesByPath[key]?.absentKind else { return false }
    return node.scalar == absent
  }

  /// The norm policy, with the quirk of some public code in it if one is named.
  private mutating func norm(_ node: ScenarioNode) -> Named<any NormPolicy>? {
    let norm = component(node["norm"], normAxis)
    let quirk = component(node["quirks"], quirkAxis)
    guard let norm else { return nil }
    let named = Named(norm.name, norm.product)
    guard let quirkNode = node["quirks"], let quirk else { return named }
    if let problem = quirk.product.mismatch(named.component) {
      report(quirkNode.mark, "quirks", "'\(quirk.name)' can't be used with norm '\(named.name)': it \(problem)")
    }
    return Named("\(named.name)+\(quirk.name)", quirk.product.applied(to: named.component))
  }

  private mutating func seeds(_ node: ScenarioNode?) -> [UInt64] {
    guard let node else { return [1] }
    let seed = OptionKind.integer(0...Int.max)
    let kind = OptionKind.either([seed, .list(seed, count: 1...10_000)])
    guard let value = accepted(node, kind, path: "seeds") else { return [] }
    let numbers: [Int]
    switch value {
    case .integer(let number): numbers = [number]
    case .list(let values): numbers = values.compactMap { if case .integer(let number) = $0 { number } else { nil } }
    default: numbers = []
    }
    if Set(numbers).count != numbers.count { report(node.mark, "seeds", "'\(node.shownText)' names a seed twice") }
    return numbers.map(UInt64.init)
  }

  private mutating func data(_ node: ScenarioNode?, root: ScenarioNode) -> ArmSettings.Data? {
    let first = resolved.count
    let (node, manifestFiles) = manifest(node ?? ScenarioNode(content: .mapping([]), mark: root.mark))
    let source = component(node, dataAxis)
    let recipe = resolved[first...].filter { !$0.key.hasPrefix("data.image") }.map { "\($0.key)=\($0.value)" }
    let train = value(node, "train_per_client", .integer(1...10_000_000), path: "data")
    let test = value(node, "test_per_client", .integer(1...10_000_000), path: "data")
    let partition =
      node["partition"] == nil && source?.product.hasClients ?? false
      ? absent(partitionAxis, "natural") : component(node["partition"], partitionAxis)
    let heldOut = heldOut(node)
    let unseen = unseen(node["unseen"])
    let shift = shift(node["shift"])
    let normalization = normalization(node)
    guard let source, let partition, let shift, let normalization else { return nil }
    return ArmSettings.Data(
      source: source.product, sourceName: source.name, partitioner: partition.product, partitionName: partition.name,
      trainPerClient: train.flatMap(integer),
      testPerClient: test.flatMap(integer), heldOut: heldOut, unseen: unseen, shift: shift,
      normalization: normalization,
      identity:
        "\(resolved[first...].map { "\($0.key)=\($0.value)" }) \(train?.text ?? "") \(test?.text ?? "") \(heldOut) \(node["unseen"]?.flowText ?? "")",
      recipe: recipe.joined(separator: "\n"), manifestFiles: manifestFiles, node: node)
  }

  /// The shares of training examples that are kept for other splits.
  private mutating func heldOut(_ node: ScenarioNode) -> HeldOutShares {
    var shares = HeldOutShares()
    let share = OptionKind.number(NumberRange(0, 1, lowerIsOpen: true, upperIsOpen: true))
    switch value(node, "test", .either([share, .choice(["union"])]), path: "data") {
    case .number(let number)?: shares.test = number
    case .text?: shares.poolsTest = true
    default: break
    }
    if case .number(let number)? = value(node, "validation", share, path: "data") { shares.validation = number }
    return shares
  }

  func integer(_ value: OptionValue) -> Int? { if case .integer(let number) = value { number } else { nil } }

  private mutating func client(_ node: ScenarioNode?) -> ArmSettings.Client? {
    let path = "client"
    var work = LocalWork()
    if let node { checkKeys(node, clientKeys, path: path) }
    if let size = value(node, "batch_size", .integer(1...65_536), path: path).flatMap(integer) { work.batchSize = size }
    if let epochs = value(node, "epochs", .integer(1...100_000), path: path).flatMap(integer) {
      work.amount = .epochs(epochs)
    }
    if let steps = value(node, "steps", .integer(1...100_000_000), path: path).flatMap(integer) {
      work.amount = .steps(steps)
    }
    if let steps = node?.entry("steps"), node?["epochs"] != nil {
      report(steps.keyMark, "client.steps", "can't be combined with 'client.epochs'; give one of them")
    }
    if case .boolean(let shuffle)? = value(node, "shuffle", .boolean, path: path) { work.shuffle = shuffle }
    if case .boolean(let keeps)? = value(node, "keep_optimizer", .boolean, path: path) { work.keepsOptimizer = keeps }
    if let last = value(node, "last_batch", .choice(LocalWork.LastBatch.allCases.map(\.rawValue)), path: path) {
      work.lastBatch = LocalWork.LastBatch(rawValue: last.text) ?? .keep
    }
    let clip = gradientClip(node?["gradient_clip"])
    let augment = augmentation(node?["augment"])
    let optimizer = component(node?["optimizer"], optimizerAxis)?.product
    let optimizerNode = node?["optimizer"]
    let schedule = component(optimizerNode?["learning_rate_schedule"], learningRateAxis)?.product
    let words = OptionKind.choice(DecayedValues.allCases.map(\.rawValue))
    let decayed =
      value(optimizerNode, "weight_decay_on", words, path: "client.optimizer")
      .flatMap { DecayedValues(rawValue: $0.text) } ?? .all
    resolved.append(ResolvedValue("client.optimizer.weight_decay_on", decayed.rawValue))
    let (others, held) = (overrides(node?["overrides"]), frozen(node?["frozen"]))
    return optimizer.map {
      ArmSettings.Client(
        work: work, optimizer: $0, learningRateSchedule: schedule, decayedValues: decayed, gradientClip: clip,
        optimizerNode: optimizerNode, overrides: others, overridesNode: node?["overrides"], frozen: held,
        augment: augment ?? [])
    }
  }

  /// What becomes of the gradient of a step; nil is nothing.
  private mutating func gradientClip(_ node: ScenarioNode?) -> GradientClip? {
    let path = "client.gradient_clip"
    guard let node else { return nil }
    let before = mistakeCount
    checkKeys(node, gradientClipKeys, path: path)
    let bounds = gradientClipKeys.map { value(node, $0, .number(.above(0)), path: path) }
    if let value = node.entry("value"), node["norm"] != nil {
      report(value.keyMark, "\(path).value", "can't be combined with '\(path).norm'; give one of them")
    }
    guard mistakeCount == before else { return nil }
    switch (bounds[0], bounds[1]) {
    case (.number(let norm)?, _): return .norm(norm)
    case (_, .number(let value)?): return .value(value)
    default:
      report(node.mark, path, "has neither 'norm' nor 'value' (allowed: one of them, a number > 0)")
      return nil
    }
  }

  private mutating func recording(_ node: ScenarioNode) -> (Recording, CheckpointRetention) {
    var recording = Recording()
    var retention = CheckpointRetention()
    let often = OptionKind.integer(1...1_000_000)
    if let evaluation = node["evaluation"] {
      checkKeys(evaluation, evaluationKeys, path: "evaluation")
      recording.evaluateEvery = value(evaluation, "every", often, path: "evaluation").flatMap(integer) ?? 1
      recording.evaluationSubset = value(evaluation, "subset", .integer(1...10_000_000), path: "evaluation").flatMap(
        integer)
    }
    if let checkpoint = node["checkpoint"] {
      checkKeys(checkpoint, checkpointKeys, path: "checkpoint")
      recording.checkpointEvery = value(checkpoint, "every", often, path: "checkpoint").flatMap(integer) ?? 10
      switch value(checkpoint, "keep", .either([.integer(1...1_000_000), .choice(["all"])]), path: "checkpoint") {
      case .integer(let number)?: retention.last = number
      case .text?: retention.last = nil
      default: break
      }
      if case .boolean(let best)? = value(checkpoint, "best", .boolean, path: "checkpoint") { retention.best = best }
    }
    retention.every = recording.checkpointEvery
    if let record = node["record"] {
      checkKeys(record, recordKeys, path: "record")
      if let drift = record["drift"] {
        recording.driftEvery = counted(drift, word: "every", without: ["off": 0], path: "record.drift") ?? 1
      }
      if let clients = record["clients"] {
        recording.clientSample = counted(clients, word: "sample", without: ["all": nil], path: "record.clients")
      }
    }
    return (recording, retention)
  }

  /// `every 5`, `sample 100`, or one of the words that stand alone.
  private mutating func counted(_ node: ScenarioNode, word: String, without words: [String: Int?], path: String) -> Int?
  {
    let text = node.scalar ?? ""
    if let value = words[text] { return value }
    let parts = text.split(separator: " ")
    if parts.count == 2, parts[0] == word, let number = Int(parts[1]), (1...1_000_000).contains(number) {
      return number
    }
    report(node.mark, path, Self.notAllowed(node, "'\(word) N', \(words.keys.sorted().joined(separator: ", "))"))
    return nil
  }
}
