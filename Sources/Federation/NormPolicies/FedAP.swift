internal import Catalogs
public import Networks

/// Normalization stays with the client, and whole models are mixed by the likeness of their statistics: the pair of local
/// γ, β and statistics with `personal: mixing`.
///
/// Source: Lu et al., "Personalized Federated Learning with Adaptive Batchnorm for Healthcare", IEEE Trans. Big Data 2022
/// (FedAP); see `Mixing` for the equations.
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
  public func extraValues(
    of layer: NetworkLayer, statistics count: Int, passes: Int
  ) -> (sent: Int, received: Int) { (count, 0) }
  public var personal: (any PersonalMethod)? { Mixing(own: own) }

  public func problems(with run: RunConfiguration) -> [String] {
    let problem = mismatch(run.model)
    guard problem == nil, !(run.personal.component is NoPersonalMethod) else { return problem.map { [$0] } ?? [] }
    return ["it is 'personal: mixing' with local normalization, and personal is '\(run.personal.name)' (allowed: none)"]
  }

  static let entry = CatalogEntry<any NormPolicy>(
    "fedap", "normalization local; weights mixed by the likeness of statistics", source: "Lu et al. 2022",
    options: [.mixingPart]
  ) { FedAP(own: $0.number("lambda")) }
}
