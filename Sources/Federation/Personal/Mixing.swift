internal import Catalogs
internal import Foundation
internal import Networks

/// Every client has a model of its own, which is a mix of those of the cohort in which clients with like statistics count
/// more.
///
///     θ_i = Σ_j w_ij θ_j        w_ii = λ        w_ij = (1 − λ)·(1/d_ij)/Σ_{l≠i}(1/d_il)
///     d_ij = Σ_ℓ √(Σ_c[(μ_i − μ_j)² + (σ_i − σ_j)²])
///
/// with the 2-Wasserstein distance between the layers' channels, from the clients' running statistics after local
/// training. Distances below a millionth of the largest count as that, so that clients with equal statistics share
/// evenly. Where the norm policy keeps the statistics with the clients, they are sent for this alone.
///
/// θ is what is shared of the trained values. The mix is over the clients that reported in the round; a client that did
/// not keeps its model, and one that never did receives the server's, Σp_k θ_k under `fedavg`. With another strategy the
/// difference of a client's mix from the cohort's mean is added to what the strategy makes of that mean.
///
/// Source: Lu et al., "Personalized Federated Learning with Adaptive Batchnorm for Healthcare", IEEE Trans. Big Data 2022
/// (FedAP), eq. (9) to (12).
/// Differs: the paper takes the distances once, from a pretrained model or after some rounds; here they are those of
/// each round.
public struct Mixing: PersonalMethod {
  /// λ, the part of a client's own model.
  public let own: Double

  /// Makes the method.
  ///
  /// - Precondition: λ is from 0 to 1.
  public init(own: Double = 0.5) {
    precondition((0...1).contains(own), "a part of \(own)")
    self.own = own
  }

  public func problems(with run: RunConfiguration) -> [String] {
    var problems: [String] = []
    if run.network.layout.trackedLayers.isEmpty {
      problems.append("it mixes models by their running statistics, and the model has none")
    }
    if run.aggregator.component.keepsUpdates || !run.transforms.isEmpty {
      problems.append(
        "the server mixes the clients' whole models (allowed: aggregator mean, without transforms)")
    }
    return problems
  }

  /// The part w_ij of client j's model in that of client i; each row sums to 1.
  ///
  /// - Parameters:
  ///   - statistics: Each client's running means and variances after training, laid out as the model's.
  ///   - layout: The model's layout.
  func mixture(of statistics: [[Float]], _ layout: StateLayout) -> [[Double]] {
    let clients = statistics.indices
    var distances = clients.map { _ in clients.map { _ in 0.0 } }
    for i in clients {
      for j in clients where j > i {
        let distance = wassersteinDistance(statistics[i], statistics[j], layout.trackedLayers)
        distances[i][j] = distance
        distances[j][i] = distance
      }
    }
    let largest = distances.joined().max() ?? 0
    return clients.map { i in
      guard clients.count > 1 else { return [1] }
      let nearness = clients.map { j in
        i == j ? 0 : largest > 0 ? 1 / max(distances[i][j], 1e-6 * largest) : 1
      }
      let sum = nearness.reduce(0, +)
      return clients.map { $0 == i ? own : (1 - own) * nearness[$0] / sum }
    }
  }

  /// The models that the clients of a cohort go on with, in the order of the results.
  ///
  /// - Parameters:
  ///   - results: The clients that reported, with their models after training.
  ///   - next: The server's next shared values.
  func models(
    _ results: [(result: ClientResult, weight: Double)], next: ArraySlice<Float>, _ layout: StateLayout,
    on pool: WorkerPool
  ) async throws -> [[Float]] {
    let parts = mixture(of: results.map(\.result.statistics), layout)
    let influenceSum = results.reduce(0) { $0 + $1.result.influence }
    let members = results.map {
      (model: Array($0.result.localValues.prefix(next.count)), part: $0.result.influence / influenceSum)
    }
    return try await pool.map(Array(results.indices)) { position, _ in
      var sums = next.map(Double.init)
      for (member, part) in zip(members, parts[position]) {
        let factor = part - member.part
        for (place, value) in member.model.enumerated() { sums[place] += factor * Double(value) }
      }
      return sums.map { Float($0) }
    }
  }

  static let entry = CatalogEntry<any PersonalMethod>(
    "mixing", "whole models mixed by the likeness of their statistics", source: "Lu et al. 2022 (FedAP)",
    options: [.mixingPart], shorthand: "lambda"
  ) { Mixing(own: $0.number("lambda")) }
}

extension Option {
  /// λ of `mixing` and of `norm: fedap`.
  static let mixingPart = Option(
    "lambda", .number(.unit), default: .number(0.5), "λ, the part of a client's own weights")
}

/// Σ_ℓ W₂ between two models' statistics.
func wassersteinDistance(_ a: [Float], _ b: [Float], _ layers: [TrackedLayer]) -> Double {
  layers.reduce(0) { sum, layer in
    var squares = 0.0
    for channel in 0..<layer.channels {
      let mean = Double(a[layer.mean + channel]) - Double(b[layer.mean + channel])
      let deviation =
        Double(max(0, a[layer.variance + channel])).squareRoot()
        - Double(max(0, b[layer.variance + channel])).squareRoot()
      squares += mean * mean + deviation * deviation
    }
    return sum + squares.squareRoot()
  }
}
