internal import Algorithms

/// Layers and clients in the order of how far they drift by one measure.
package struct DriftRanking {
  /// A layer: the share of its variance between the clients, which layers without statistics lack, and the measure.
  struct Layer {
    let name: String
    let share: DriftCurve?
    let measure: DriftCurve?
  }

  /// A client: the mean of the measure over its layers, and its line in the layer and round that are farthest, where
  /// it is known.
  struct Client {
    let number: Int
    let measure: DriftCurve
    var farthest: ListedClientDrift?
  }

  /// A value of the measure in a round; nil where the round is recorded and the measure is not.
  package struct Value<Owner: Sendable & Hashable>: Sendable {
    let owner: Owner
    let round: Int
    let value: Double?

    /// Makes a value.
    ///
    /// - Parameters:
    ///   - owner: A client's number or a layer's name.
    ///   - round: The round.
    ///   - value: The measure.
    package init(_ owner: Owner, round: Int, _ value: Double?) {
      self.owner = owner
      self.round = round
      self.value = value
    }
  }

  /// The measure.
  let measure: DriftMeasure
  /// The layers, the farthest first; those without the measure last.
  let layers: [Layer]
  /// The clients that have the measure, the farthest first.
  private(set) var clients: [Client]
  /// The rounds of which anything is known.
  let rounds: Set<Int>

  /// Ranks by the largest value over the rounds, of values that are means already; equals keep their order, clients
  /// that of their numbers. `lookUp` adds what the farthest clients' lines say.
  ///
  /// - Parameters:
  ///   - cohort: Layers in rounds over the whole cohort; empty to go by the other values alone.
  ///   - layers: Means over the clients, by layer and round.
  ///   - clients: Means over the layers, by client and round.
  ///   - measure: The measure. A layer's is, for `kl`, the one recorded over the cohort where there is one.
  package init(
    cohort: [ListedLayerDrift], layers: [Value<String>], clients: [Value<Int>], by measure: DriftMeasure
  ) {
    self.measure = measure
    rounds = Set(cohort.map(\.round)).union(layers.map(\.round)).union(clients.map(\.round))
    let shares = Self.curves(cohort.map { Value($0.layer, round: $0.round, $0.betweenShare) })
    let recorded = measure == .kl ? Self.curves(cohort.map { Value($0.layer, round: $0.round, $0.meanKL) }) : [:]
    let means = Self.curves(layers)
    let names = (cohort.map(\.layer) + layers.map(\.owner)).uniqued()
    let unordered = names.map { Layer(name: $0, share: shares[$0], measure: recorded[$0] ?? means[$0]) }
    self.layers = measure.isOfLayers ? Self.farthestFirst(unordered) { $0.measure?.most.value } : unordered
    let curves = Self.curves(clients).sorted { $0.key < $1.key }
    self.clients = Self.farthestFirst(curves.map { Client(number: $0.key, measure: $0.value) }) {
      $0.measure.most.value
    }
  }

  /// Curves by owner, of those that have a finite value.
  private static func curves<Owner>(_ values: [Value<Owner>]) -> [Owner: DriftCurve] {
    var points: [Owner: [Int: Double]] = [:]
    for entry in values {
      // The first of a round counts.
      if let value = entry.value, value.isFinite, points[entry.owner]?[entry.round] == nil {
        points[entry.owner, default: [:]][entry.round] = value
      }
    }
    return points.compactMapValues { DriftCurve($0) }
  }

  /// The layers by the share of their variance between the clients, the largest first; those without one last.
  var layersByShare: [Layer] { Self.farthestFirst(layers) { $0.share?.most.value } }

  /// Looks up the lines of the farthest clients, each in the round in which it is farthest.
  package mutating func lookUp(first count: Int, _ line: (_ client: Int, _ round: Int) throws -> ListedClientDrift?)
    rethrows
  {
    for index in clients.indices.prefix(max(0, count)) {
      clients[index].farthest = try line(clients[index].number, clients[index].measure.most.round)
    }
  }

  /// The numbers of the farthest clients.
  package func farthestClients(_ count: Int) -> [Int] { clients.prefix(count).map(\.number) }

  /// Whether nothing is known of any round.
  package var isEmpty: Bool { rounds.isEmpty }

  /// A stable order.
  private static func farthestFirst<Element>(_ elements: [Element], _ value: (Element) -> Double?) -> [Element] {
    elements.enumerated().sorted { a, b in
      let (x, y) = (value(a.element) ?? -.infinity, value(b.element) ?? -.infinity)
      return x != y ? x > y : a.offset < b.offset
    }.map(\.element)
  }
}
