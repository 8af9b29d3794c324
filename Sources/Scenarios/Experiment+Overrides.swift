internal import Catalogs
internal import Datasets
internal import Federation

/// Who does otherwise than all clients, and what: `client.overrides` against the data.
extension ExperimentBuilder {
  /// The overrides of an arm's clients; none where something is wrong, which is reported.
  mutating func overrides(_ arm: ArmSettings, _ dataset: FederatedDataset) -> ClientOverrides {
    let entries = arm.client.overrides
    guard !entries.isEmpty else { return ClientOverrides() }
    let before = diagnostics.count
    var matching: [Int: [Int]] = [:]
    var names = ClientNames(dataset)
    for (place, entry) in entries.enumerated() {
      for client in clients(of: entry, &names) { matching[client, default: []].append(place) }
    }
    guard diagnostics.count == before else { return ClientOverrides() }
    // Clients of which the same entries are said do the same.
    var order: [[Int]] = []
    var members: [[Int]: [Int]] = [:]
    for (client, places) in matching.sorted(by: { $0.key < $1.key }) {
      if members[places] == nil { order.append(places) }
      members[places, default: []].append(client)
    }
    var groups: [ClientOverrides.Group] = []
    for places in order {
      guard let (setting, words) = setting(arm, places.map { entries[$0] }) else { continue }
      groups.append(ClientOverrides.Group(clients: members[places] ?? [], setting: setting, words: words))
    }
    return ClientOverrides(groups)
  }

  /// How clients train of which some entries are said, and in what that differs from all; nil where something is wrong,
  /// which is reported.
  private mutating func setting(
    _ arm: ArmSettings, _ entries: [ArmSettings.OverrideEntry]
  ) -> (LocalSetting, [String])? {
    let client = arm.client
    var setting = LocalSetting(
      work: client.work, optimizer: client.optimizer, learningRateSchedule: client.learningRateSchedule,
      decayedValues: client.decayedValues)
    var words: [String] = []
    if let amount = entries.last(where: { $0.amount != nil })?.amount {
      setting.work.amount = amount
      switch amount {
      case .epochs(let count): words.append("epochs \(count)")
      case .steps(let count): words.append("steps \(count)")
      }
    }
    if let size = entries.last(where: { $0.batchSize != nil })?.batchSize {
      setting.work.batchSize = size.size
      words.append("batch_size \(size.size)")
    }
    let changed = entries.filter { $0.optimizer != nil }
    guard let last = changed.last else { return (setting, words) }
    let place = optimizerAxis.place
    var node = client.optimizerNode ?? ScenarioNode(content: .mapping([]), mark: arm.node.mark)
    var keys: [String] = []
    for entry in changed {
      guard let own = entry.optimizer else { continue }
      node = node.merged(with: own, at: place.path)
      for key in (place.expanded(own) ?? own).entries.map(\.key) where !keys.contains(key) { keys.append(key) }
    }
    var reader = ScenarioReader(baseDirectory: scenario.baseDirectory)
    let made = reader.overriddenOptimizer(node, path: "\(last.path).optimizer")
    for diagnostic in reader.diagnostics where !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    guard let made else { return nil }
    (setting.optimizer, setting.learningRateSchedule, setting.decayedValues) = (
      made.optimizer, made.schedule, made.decayed
    )
    let whole = place.expanded(node) ?? node
    words += keys.map { key in
      "optimizer.\(key) \(whole[key].map { shownText($0.flowText, limit: 60) } ?? "as by default")"
    }
    return (setting, words)
  }

  // MARK: Who

  /// The clients that an entry is about, each once, in ascending order; what is wrong is reported.
  private mutating func clients(of entry: ArmSettings.OverrideEntry, _ names: inout ClientNames) -> [Int] {
    var found: Set<Int> = []
    func place(_ index: Int) -> String { entry.isList ? "\(entry.subjectPath)[\(index)]" : entry.subjectPath }
    switch entry.subject {
    case .clients(let nodes):
      for (index, node) in nodes.enumerated() {
        switch names.client(node) {
        case .failure(let problem): report(node.mark, place(index), problem.words)
        case .success(let client):
          if !found.insert(client).inserted {
            report(node.mark, place(index), "names client '\(shownText(names.dataset.name(client)))' twice")
          }
        }
      }
    case .domains(let nodes):
      for (index, node) in nodes.enumerated() {
        switch names.clients(ofDomain: node.scalar ?? "") {
        case .failure(let problem): report(node.mark, place(index), problem.words)
        case .success(let clients):
          if clients.contains(where: found.contains) {
            report(node.mark, place(index), "names domain '\(node.shownText)' twice")
          }
          found.formUnion(clients)
        }
      }
    }
    return found.sorted()
  }
}

/// Why there is no client as somebody is named.
private struct NamingProblem: Error { let words: String }

/// The clients of a federation by what scenarios call them.
private struct ClientNames {
  let dataset: FederatedDataset
  /// Found out when the first name is asked for.
  private var numbers: [String: Int]?
  private var domains: (training: [String: [Int]], unseen: Set<String>, names: [String])?

  init(_ dataset: FederatedDataset) { self.dataset = dataset }

  private var count: Int { dataset.clientCount }
  private var wholeCount: Int { dataset.clientCount + dataset.unseenCount }

  /// The client that is meant: a whole number without quotation marks is a number of the run, everything else a name.
  mutating func client(_ node: ScenarioNode) -> Result<Int, NamingProblem> {
    guard case .scalar(let text, let isQuoted) = node.content else {
      return .failure(NamingProblem(words: ScenarioReader.notAllowed(node, "a client's name or number")))
    }
    var client: Int
    if !isQuoted, let number = Int(text), String(number) == text {
      guard (0..<wholeCount).contains(number) else {
        let last = count - 1
        return .failure(
          NamingProblem(words: "'\(text)' is no client (allowed: \(last == 0 ? "0" : "0 to \(last)"), or a name)"))
      }
      client = number
    } else {
      let known = named()
      guard let number = known[text] else {
        let (dataset, count) = (dataset, count)
        let all = (0..<min(count, 1_000_000)).lazy.map { dataset.name($0) }
        let hint = nearestName(to: text, in: all).map { "; did you mean '\($0)'?" } ?? ""
        let shown = Array(all.prefix(20)).map { shownText($0) }.joined(separator: ", ") + (count > 20 ? ", …" : "")
        return .failure(NamingProblem(words: "unknown client '\(shownText(text))'\(hint) (allowed: \(shown))"))
      }
      client = number
    }
    if client >= count {
      return .failure(
        NamingProblem(
          words:
            "client '\(shownText(dataset.name(client)))' never trains ('data.unseen'): there is nothing to override"))
    }
    return .success(client)
  }

  private mutating func named() -> [String: Int] {
    if let numbers { return numbers }
    let made = Dictionary((0..<wholeCount).map { (dataset.name($0), $0) }) { first, _ in first }
    numbers = made
    return made
  }

  /// The clients that train all of whose examples are of a domain.
  mutating func clients(ofDomain name: String) -> Result<[Int], NamingProblem> {
    let known = found()
    if let clients = known.training[name] { return .success(clients) }
    let shown = shownText(name)
    if known.unseen.contains(name) {
      return .failure(
        NamingProblem(
          words: "the clients of domain '\(shown)' never train ('data.unseen'): there is nothing to override"))
    }
    if known.names.contains(name) {
      return .failure(
        NamingProblem(words: "no client has examples of domain '\(shown)' alone: there is nothing to override"))
    }
    let hint = nearestName(to: name, in: known.names).map { "; did you mean '\($0)'?" } ?? ""
    let list =
      known.names.prefix(20).map { shownText($0) }.joined(separator: ", ") + (known.names.count > 20 ? ", …" : "")
    return .failure(NamingProblem(words: "unknown domain '\(shown)'\(hint) (allowed: \(list))"))
  }

  private mutating func found() -> (training: [String: [Int]], unseen: Set<String>, names: [String]) {
    if let domains { return domains }
    var training: [String: [Int]] = [:]
    var names = dataset.source.domains.filter { !$0.isEmpty }
    var order = Set(names)
    for client in 0..<count {
      let domain = dataset.domain(of: client)
      if domain.isEmpty { continue }
      training[domain, default: []].append(client)
      if order.insert(domain).inserted { names.append(domain) }
    }
    let unseen = Set((count..<wholeCount).map { dataset.domain(of: $0) }).subtracting(training.keys)
    let made = (training, unseen, names)
    domains = made
    return made
  }
}
