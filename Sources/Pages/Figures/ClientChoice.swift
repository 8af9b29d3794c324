internal import Records
internal import Reports

/// The clients that a figure of single clients shows: those asked for; of many, the worst, the best, and some between.
struct ClientChoice {
  /// At most so many are shown.
  static let limit = 40

  /// One of them.
  struct Client {
    let client: Int
    let domain: String

    /// `3 · chalk`.
    var title: String { domain.isEmpty ? "client \(client)" : "\(client) · \(domain)" }
  }

  /// The clients by number.
  let clients: [Client]
  /// Which they are, in a sentence.
  let words: String
  /// Why there is none.
  let absence: String

  /// Chooses by what the example runs have at the compared round.
  ///
  /// - Throws: `PageQueryError` for a client or a domain that there is not.
  init(_ source: FigureSource) throws {
    let metric = source.comparison.metric
    var sums: [Int: (sum: Double, count: Int)] = [:]
    var domains: [Int: String] = [:]
    for run in source.exampleResults {
      for client in run.clients where client.client >= 0 {
        domains[client.client] = client.domain
        let value = client.metric.isFinite ? client.metric : metric.higherIsBetter ? -1e9 : 1e9
        let old = sums[client.client] ?? (0, 0)
        sums[client.client] = (old.sum + value, old.count + 1)
      }
    }
    let wanted = Set(source.query.clients)
    if let unknown = wanted.subtracting(domains.keys).min() {
      throw PageQueryError.unknownName(
        kind: "client", name: String(unknown), nearest: nil, allowed: domains.keys.sorted().map(String.init))
    }
    let wantedDomains = Set(source.query.domains)
    if let unknown = wantedDomains.subtracting(domains.values).min() {
      throw PageQueryError.unknownName(
        kind: "domain", name: unknown, nearest: nil, allowed: Set(domains.values).sorted())
    }
    let numbers = domains.keys.filter {
      (wanted.isEmpty || wanted.contains($0)) && (wantedDomains.isEmpty || wantedDomains.contains(domains[$0] ?? ""))
    }.sorted()
    absence =
      source.selection.subject == .union
      ? "The evaluations looked at are of all clients together." : "No evaluation of single clients is recorded."
    guard numbers.count > Self.limit else {
      clients = numbers.map { Client(client: $0, domain: domains[$0] ?? "") }
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
    clients = chosen.sorted().map { Client(client: $0, domain: domains[$0] ?? "") }
    words =
      "Of \(numbers.count) clients, the 14 worst and the 13 best at the compared round (by their mean over the arms), and 13 evenly spaced between them."
  }
}
