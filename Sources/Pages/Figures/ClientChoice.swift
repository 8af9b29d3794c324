internal import Records
internal import Reports
internal import RunStore

/// The clients that a figure of single clients shows: those asked for; of many, the worst, the best, and some between.
struct ClientChoice {
  /// The largest number of clients that are shown.
  static let limit = 40

  /// One of them.
  struct Client {
    let client: Int
    let domain: String
    let name: String

    /// `3 · chalk`; a client's own name in place of its number, where that is not the domain's.
    var title: String {
      if name.isEmpty || name == domain { return domain.isEmpty ? "client \(client)" : "\(client) · \(domain)" }
      return domain.isEmpty ? name : "\(name) · \(domain)"
    }
  }

  /// The clients by number.
  let clients: [Client]
  /// Which they are, in a sentence.
  let words: String
  /// Why there is none.
  let absence: String

  /// Chooses by what the example runs have: at the compared round, or of clients' models after training, of which only
  /// those who trained have any, in the last round of each client.
  ///
  /// - Throws: `StoreError`; `QuestionError.notShown` for a client or a domain that there is not.
  init(_ source: FigureSource) throws {
    let metric = source.comparison.metric
    let isOfTrained = source.selection.phase == .afterTraining
    var sums: [Int: (sum: Double, count: Int)] = [:]
    var domains: [Int: String] = [:]
    var names: [Int: String] = [:]
    for run in source.examples.compactMap({ $0 }) {
      for client in isOfTrained ? try Self.last(run, source) : source.compared[run.id]?.clients ?? [] {
        guard client.client >= 0 else { continue }
        domains[client.client] = client.domain
        names[client.client] = client.name
        let value = client.metric.isFinite ? client.metric : metric.higherIsBetter ? -1e9 : 1e9
        let old = sums[client.client] ?? (0, 0)
        sums[client.client] = (old.sum + value, old.count + 1)
      }
    }
    let asked = AskedClients(source.query)
    try asked.check(Set(domains.keys), of: Set(domains.values))
    let numbers = domains.keys.filter { asked.includes($0, of: domains[$0] ?? "") }.sorted()
    if !domains.isEmpty {
      absence = AskedClients.absence
    } else if source.selection.subject == .union {
      absence = "The evaluations looked at are of all clients together."
    } else {
      let isUntested = source.runs.contains { run in
        source.rounds[run.id]?.last { $0.isEvaluated }?.untested(source.selection.subject).isEveryone ?? false
      }
      absence = isUntested ? "No client has test examples." : "No evaluation of single clients is recorded."
    }
    guard numbers.count > Self.limit else {
      clients = numbers.map { Client(client: $0, domain: domains[$0] ?? "", name: names[$0] ?? "") }
      words = "A panel a client."
      return
    }
    func mean(_ client: Int) -> Double { sums[client].map { $0.sum / Double($0.count) } ?? 0 }
    let ranked = numbers.sorted { a, b in
      let (x, y) = (mean(a), mean(b))
      return x == y ? a < b : metric.isBetter(y, than: x)
    }
    let middle = ranked.dropFirst(14).dropLast(13)
    let between = (0..<13).map { middle[middle.startIndex + ($0 * 2 + 1) * middle.count / 26] }
    let chosen = Set(ranked.prefix(14) + ranked.suffix(13) + between)
    clients = chosen.sorted().map { Client(client: $0, domain: domains[$0] ?? "", name: names[$0] ?? "") }
    let place = isOfTrained ? "when each last trained" : "at the compared round"
    words =
      "Of \(numbers.count) clients, the 14 worst and the 13 best \(place) (by their mean over the arms), and 13 evenly spaced between them."
  }

  /// The clients with their last evaluation each.
  private static func last(_ run: StoredRun, _ source: FigureSource) throws -> [ComparedClient] {
    let known = Dictionary(try source.store.shares(run: run.id).map { ($0.client, $0) }) { first, _ in first }
    return try source.store.lastEvaluations(run: run.id, of: source.selection(of: run)).tested.compactMap { row in
      source.comparison.metric.value(of: row).map {
        ComparedClient(
          client: row.client, domain: known[row.client]?.domain ?? "", name: known[row.client]?.name ?? "", metric: $0)
      }
    }
  }
}
