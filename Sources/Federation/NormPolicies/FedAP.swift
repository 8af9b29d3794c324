internal import Catalogs
internal import Foundation
public import Networks

/// Every client has a model of its own: normalization stays with the client, and its weights are a mix of those of the
/// cohort in which clients with like statistics count more.
///
///     θ_i = Σ_j w_ij θ_j        w_ii = λ        w_ij = (1 − λ)·(1/d_ij)/Σ_{l≠i}(1/d_il)
///     d_ij = Σ_ℓ √(Σ_c[(μ_i − μ_j)² + (σ_i − σ_j)²])
///
/// with the 2-Wasserstein distance between the layers' channels, from the clients' running statistics after local
/// training. Distances below a millionth of the largest count as that, so that clients with equal statistics share
/// evenly. The statistics are sent for this alone.
///
/// The mix is over the clients that reported in the round; a client that did not keeps its model, and one that never
/// did receives the server's, Σp_k θ_k under `fedavg`. With another strategy the difference of a client's mix from the
/// cohort's mean is added to what the strategy makes of that mean.
///
/// Source: Lu et al., "Personalized Federated Learning with Adaptive Batchnorm for Healthcare", IEEE Trans. Big Data 2022
/// (FedAP), eq. (9) to (12).
/// Differs: the paper takes the distances once, from a pretrained model or after some rounds; here they are those of
/// each round.
public struct FedAP: NormPolicy {
  /// λ, the part of a client's own weights.
  public let own: Double

  /// Makes the policy.
  ///
  /// - Precondition: λ is from 0 to 1.
  public init(own: Double = 0.5) {
    precondition((0...1).contains(own), "a part of \(own)")
    self.own = own
  }

  public var affine: NormTreatment { .local }
  public var statistics: NormTreatment { .local }
  public func extraValuesSent(of layer: NetworkLayer, statistics count: Int) -> Int { count }
  public var hasPersonalWeights: Bool { true }

  public func mixture(of statistics: [[Float]], _ layout: StateLayout) -> [[Double]] {
    let clients = statistics.indices
    var distances = clients.map { _ in clients.map { _ in 0.0 } }
    for i in clients {
      for j in clients where j > i {
        let distance = Self.distance(statistics[i], statistics[j], layout.trackedLayers)
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

  /// Σ_ℓ W₂ between two clients' statistics.
  static func distance(_ a: [Float], _ b: [Float], _ layers: [TrackedLayer]) -> Double {
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

  static let entry = CatalogEntry<any NormPolicy>(
    "fedap", "normalization local; weights mixed by the likeness of statistics", source: "Lu et al. 2022",
    options: [Option("lambda", .number(.unit), default: .number(0.5), "λ, the part of a client's own weights")]
  ) { FedAP(own: $0.number("lambda")) }
}
