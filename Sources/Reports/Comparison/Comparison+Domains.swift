extension Comparison {
  /// How many clients without domains are still shown one by one.
  static let shownClientLimit = 20

  /// Summarizes each domain, or each client where there are no domains and not too many clients.
  static func domains(_ arms: [ArmSummary], baseline: String?) -> (domains: [DomainSummary], areClients: Bool) {
    let clients = arms.flatMap(\.results).flatMap(\.run.clients)
    let areClients = clients.allSatisfy(\.domain.isEmpty)
    if areClients, Set(clients.map(\.client)).count > shownClientLimit { return ([], true) }

    func label(_ client: ComparedClient) -> String {
      areClients ? client.title : client.domain.isEmpty ? "(no domain)" : client.domain
    }
    var firstClients: [String: Int] = [:]
    for client in clients {
      firstClients[label(client), default: .max] = min(firstClients[label(client)] ?? .max, client.client)
    }
    let labels = firstClients.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)

    // A table of every arm and seed by label, made once: clients can be many.
    let grouped = arms.map { arm in
      arm.results.map { result in Dictionary(grouping: result.run.clients, by: label).mapValues { $0.map(\.metric) } }
    }
    let reference = arms.firstIndex { $0.arm == baseline }
    let summaries = labels.map { name in
      let values = zip(arms, grouped).map { arm, groups in
        zip(arm.results, groups).compactMap { result, group in
          group[name].flatMap(Sample.mean).map { (seed: result.run.seed, value: $0) }
        }
      }
      let entries = arms.indices.map { index in
        let own = values[index]
        let isFinite = own.allSatisfy(\.value.isFinite)
        var gain: PairedDifference?
        if let reference, reference != index, arms[index].difference != nil {
          let pairs = own.compactMap { entry in
            values[reference].first { $0.seed == entry.seed }.map { (entry.value, $0.value) }
          }
          gain = PairedDifference(pairs.map(\.0), minus: pairs.map(\.1))
        }
        return DomainSummary.Arm(
          arm: arms[index].arm, mean: isFinite ? Sample.mean(own.map(\.value)) : nil,
          deviation: isFinite ? Sample.standardDeviation(own.map(\.value)) : nil, gain: gain, seedCount: own.count)
      }
      let count = grouped.joined().map { $0[name]?.count ?? 0 }.max() ?? 0
      return DomainSummary(domain: name, clientCount: count, arms: entries)
    }
    return (summaries, areClients)
  }
}
