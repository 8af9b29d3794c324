internal import Catalogs
internal import Figures
internal import Records
internal import Reports
internal import RunStore
internal import Tables

/// Each client's divergence from the cohort, by layer: heat maps of layer × client.
enum ClientDriftFigure {
  static let entry = CatalogEntry<FigureRecipe>(
    "client-divergence", "KL divergence of each client's statistics from the cohort's, client by layer"
  ) { _ in FigureRecipe(.drift, make) }

  /// So many of the last rounds are looked at for each client's last.
  private static let lookedAt = 10
  /// The largest number of clients that are shown, the farthest of all.
  private static let shownClients = 100

  private static func make(_ source: FigureSource) throws -> Figure {
    let id = "client-divergence"
    let title = "Divergence of single clients, by layer"
    let asked = AskedClients(source.query)
    try asked.check(source)
    var isRecorded = false
    var shown: [(arm: FigureSource.Arm, values: [Int: [String: Double]], rounds: ClosedRange<Int>)] = []
    for (arm, example) in zip(source.arms, source.examples).prefix(LayerDriftSource.shownArms) {
      guard let run = example else { continue }
      let rounds = try source.store.driftRounds(run: run.id).filter { source.query.rounds?.contains($0) ?? true }
      let last = Array(rounds.suffix(lookedAt))
      guard let first = last.first, let end = last.last else { continue }
      let domains = try source.store.domains(run: run.id)
      var values: [Int: [String: Double]] = [:]
      // A later round's value takes the place of an earlier one's.
      for row in try source.store.normDrift(run: run.id, rounds: last) {
        guard let kl = row.kl else { continue }
        isRecorded = true
        if asked.includes(row.client, of: domains[row.client] ?? "") {
          values[row.client, default: [:]][row.layer] = kl
        }
      }
      if !values.isEmpty { shown.append((arm, values, first...end)) }
    }
    guard !shown.isEmpty else {
      let words = isRecorded ? "No drift of a client that was asked for is recorded there." : LayerDriftSource.absence
      return Figure(id: id, title: title, absent: words)
    }
    let all = Set(shown.flatMap(\.values.keys))
    let clients = farthest(all, shown.map(\.values))
    let layers = try source.layerOrder(Set(shown.flatMap { $0.values.values.flatMap(\.keys) }))
    let scale = HeatScale(
      shown.flatMap { $0.values.values.flatMap(\.values) }, name: "KL in nats", format: .number)
    let panels = shown.map { part in
      let grid = layers.map { layer in clients.map { part.values[$0]?[layer] } }
      return Figure.Panel(
        part.arm.name,
        .heat(
          HeatMap(rows: layers, columns: clients.map(String.init), columnName: "client", values: grid, scale: scale)))
    }
    let rounds = shown[0].rounds
    var caption =
      "Kullback–Leibler divergence of each client's running statistics from the cohort's, in the last round that it trained in, of rounds \(rounds.lowerBound) to \(rounds.upperBound); \(source.exampleWords). Cells without colour are not recorded."
    if clients.count < all.count {
      caption += " Of \(all.count) clients, the \(clients.count) that diverge most are drawn."
    }
    var table = Table(columns: [
      .words("arm"), Table.Column("client"), .words("layer"), Table.Column("kl", header: "KL in nats"),
    ])
    for part in shown {
      for client in clients {
        for layer in layers {
          guard let kl = part.values[client]?[layer] else { continue }
          table.append([.text(part.arm.name), .integer(client), .text(layer), .number(kl, digits: 4)])
        }
      }
    }
    return Figure(
      id: id, title: title, caption: caption, panels: panels, arrangement: .grid(minimumWidth: 230), table: table)
  }

  /// The clients that diverge most in the mean over arms and layers, by number.
  private static func farthest(_ all: Set<Int>, _ values: [[Int: [String: Double]]]) -> [Int] {
    guard all.count > shownClients else { return all.sorted() }
    func mean(_ client: Int) -> Double {
      Sample.mean(values.flatMap { $0[client].map { Array($0.values.filter(\.isFinite)) } ?? [] }) ?? 0
    }
    let ranked = all.map { (client: $0, mean: mean($0)) }.sorted { ($0.mean, $1.client) > ($1.mean, $0.client) }
    return ranked.prefix(shownClients).map(\.client).sorted()
  }
}
