/// Layers and clients in the order of how far they drift by one measure.
public struct DriftRanking {
  /// A layer: the share of its variance between the clients, which layers without statistics lack, and the measure.
  struct Layer {
    let name: String
    let share: DriftCurve?
    let measure: DriftCurve?
  }

  /// A client: the mean of the measure over its layers, and its line in the layer and round that are farthest.
  struct Client {
    let measure: DriftCurve
    let farthest: ListedClientDrift
  }

  /// The measure.
  let measure: DriftMeasure
  /// The layers, the farthest first; those without the measure last.
  let layers: [Layer]
  /// The clients that have the measure, the farthest first.
  let clients: [Client]
  /// The rounds of which anything is known.
  let rounds: Set<Int>

  /// Ranks by the largest value over the rounds; equals keep their order, clients that of their numbers.
  ///
  /// - Parameters:
  ///   - layers: Layers in rounds over the whole cohort; empty to go by the clients' lines alone.
  ///   - clients: Clients, layers and rounds.
  ///   - measure: The measure. A layer's is the mean over the clients, for `kl` the one recorded over the cohort; a
  ///     client's is the mean over its layers.
  public init(layers: [ListedLayerDrift], clients: [ListedClientDrift], by measure: DriftMeasure) {
    self.measure = measure
    rounds = Set(layers.map(\.round)).union(clients.map(\.round))
    let cohort = Dictionary(grouping: layers, by: \.layer)
    let own = Dictionary(grouping: clients, by: \.layer)
    var names: [String] = []
    var known: Set<String> = []
    for name in layers.map(\.layer) + clients.map(\.layer) where known.insert(name).inserted { names.append(name) }
    let unordered = names.map { name in
      func curve(_ value: (ListedLayerDrift) -> Double) -> DriftCurve? {
        DriftCurve(
          Dictionary(
            (cohort[name] ?? []).compactMap { value($0).isFinite ? ($0.round, value($0)) : nil }
          ) { first, _ in first })
      }
      let ofCohort = measure == .kl ? curve(\.meanKL) : nil
      return Layer(
        name: name, share: curve(\.betweenShare), measure: ofCohort ?? DriftCurve(own[name] ?? [], measure))
    }
    self.layers = measure.isOfLayers ? Self.farthestFirst(unordered) { $0.measure?.most.value } : unordered
    let grouped = Dictionary(grouping: clients, by: \.client).sorted { $0.key < $1.key }
    self.clients = Self.farthestFirst(
      grouped.compactMap { _, lines -> Client? in
        guard let curve = DriftCurve(lines, measure) else { return nil }
        var farthest: ListedClientDrift?
        for line in lines where line.round == curve.most.round {
          guard let value = measure.value(of: line) else { continue }
          if value > farthest.flatMap(measure.value) ?? -.infinity { farthest = line }
        }
        return farthest.map { Client(measure: curve, farthest: $0) }
      }
    ) { $0.measure.most.value }
  }

  /// The numbers of the farthest clients.
  public func farthestClients(_ count: Int) -> [Int] { clients.prefix(count).map(\.farthest.client) }

  /// A stable order.
  private static func farthestFirst<Element>(_ elements: [Element], _ value: (Element) -> Double?) -> [Element] {
    elements.enumerated().sorted { a, b in
      let (x, y) = (value(a.element) ?? -1, value(b.element) ?? -1)
      return x != y ? x > y : a.offset < b.offset
    }.map(\.element)
  }
}
