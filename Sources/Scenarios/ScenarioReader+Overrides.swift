internal import Catalogs
internal import Federation
internal import Networks

extension ScenarioReader {
  /// What is said of some clients (`client.overrides`), as far as it can be read without data: who they are, and what
  /// becomes of their optimizers, the experiment finds out.
  mutating func overrides(_ node: ScenarioNode?) -> [ArmSettings.OverrideEntry] {
    let path = "client.overrides"
    guard let node else { return [] }
    guard case .list(let nodes) = node.content else {
      report(node.mark, path, Self.notAllowed(node, "a list of mappings of \(overrideKeys.joined(separator: ", "))"))
      return []
    }
    guard nodes.count <= 10_000 else {
      report(node.mark, path, "has \(nodes.count) entries (allowed: at most 10000)")
      return []
    }
    return nodes.enumerated().compactMap { overrideEntry($1, path: "\(path)[\($0)]") }
  }

  private mutating func overrideEntry(_ node: ScenarioNode, path: String) -> ArmSettings.OverrideEntry? {
    let before = mistakeCount
    checkKeys(node, overrideKeys, path: path)
    guard case .mapping = node.content else { return nil }
    let (clients, domains) = (node.entry("clients"), node.entry("domains"))
    if clients != nil, let domains {
      report(domains.keyMark, "\(path).domains", "can't be combined with '\(path).clients'; give one of them")
    }
    let size = value(node, "batch_size", .integer(1...65_536), path: path).flatMap(integer)
    let epochs = value(node, "epochs", .integer(1...100_000), path: path).flatMap(integer)
    let steps = value(node, "steps", .integer(1...100_000_000), path: path).flatMap(integer)
    if let steps = node.entry("steps"), node["epochs"] != nil {
      report(steps.keyMark, "\(path).steps", "can't be combined with '\(path).epochs'; give one of them")
    }
    if mistakeCount == before, clients == nil, domains == nil {
      report(node.mark, path, "says not whose it is (allowed: 'clients' with names or numbers, or 'domains')")
    }
    let what = overrideKeys.filter { $0 != "clients" && $0 != "domains" }
    if mistakeCount == before, !what.contains(where: { node[$0] != nil }) {
      report(node.mark, path, "overrides nothing (allowed: one or more of \(what.joined(separator: ", ")))")
    }
    guard let subject = clients ?? domains else { return nil }
    let subjectPath = "\(path).\(subject.key)"
    let kind = OptionKind.list(.text, count: 1...1_000_000)
    var names = [subject.value]
    var isList = false
    if case .list(let nodes) = subject.value.content {
      names = nodes
      isList = true
    }
    if names.isEmpty || names.contains(where: { $0.scalar == nil }) {
      let bad = names.firstIndex { $0.scalar == nil }
      let (wrong, place) =
        bad.map { isList ? (names[$0], "\(subjectPath)[\($0)]") : (names[$0], subjectPath) }
        ?? (subject.value, subjectPath)
      report(wrong.mark, place, Self.notAllowed(wrong, bad == nil || !isList ? kind.allowed : OptionKind.text.allowed))
    }
    guard mistakeCount == before else { return nil }
    return ArmSettings.OverrideEntry(
      subject: clients != nil ? .clients(names) : .domains(names), subjectPath: subjectPath, isList: isList,
      batchSize: size.map { ($0, (node["batch_size"] ?? node).mark) },
      amount: steps.map { .steps($0) } ?? epochs.map { .epochs($0) }, optimizer: node["optimizer"], path: path,
      mark: node.mark)
  }

  /// The layers that nobody changes (`client.frozen`); whether the model has them the experiment finds out.
  mutating func frozen(_ node: ScenarioNode?) -> [ArmSettings.FrozenName] {
    let path = "client.frozen"
    let kind = OptionKind.either([.list(.text, count: 0...10_000), .text])
    guard let node, accepted(node, kind, path: path) != nil else { return [] }
    var elements = [(node: node, path: path)]
    if case .list(let nodes) = node.content { elements = nodes.enumerated().map { ($1, "\(path)[\($0)]") } }
    var names: [ArmSettings.FrozenName] = []
    for element in elements {
      guard let name = element.node.scalar else { continue }
      if names.contains(where: { $0.name == name }) {
        report(element.node.mark, element.path, "names '\(shownText(name))' twice")
      }
      names.append(ArmSettings.FrozenName(name: name, mark: element.node.mark, path: element.path))
    }
    return names
  }

  /// How the optimizer of clients is made whose entries stand over that of all; nil where something is wrong, which is
  /// reported.
  ///
  /// - Parameter path: That of the last entry that says something of it.
  mutating func overriddenOptimizer(
    _ node: ScenarioNode, path: String
  ) -> (optimizer: any Optimizer, schedule: LearningRateSchedule?, decayed: DecayedValues)? {
    let before = mistakeCount
    let optimizer = component(node, optimizerAxis, path: path)?.product
    let schedule = node["learning_rate_schedule"].flatMap {
      component($0, learningRateAxis, path: "\(path).learning_rate_schedule")?.product
    }
    let words = OptionKind.choice(DecayedValues.allCases.map(\.rawValue))
    let decayed = value(node, "weight_decay_on", words, path: path).flatMap { DecayedValues(rawValue: $0.text) } ?? .all
    guard mistakeCount == before, let optimizer else { return nil }
    return (optimizer, schedule, decayed)
  }
}
