internal import Networks

/// A convention of public code that changes what a norm policy does, so that a number published with that code can be
/// attributed to it.
///
/// A quirk goes with policies that average or keep what they treat: the public code that it is of has no others.
public struct Quirk: Sendable {
  /// Whether the code leaves γ and β of a layer out of what its policy treats specially.
  let exemptsAffine: @Sendable (NetworkLayer) -> Bool
  /// The same for its running statistics.
  let exemptsStatistics: @Sendable (NetworkLayer) -> Bool
  /// Whether running statistics stay with the clients under every policy.
  let keepsStatistics: Bool
  /// What the server makes of shared counters.
  let counterRule: CounterRule
  /// The same under a policy that keeps something local.
  let counterRuleBesideLocal: CounterRule
  /// How the code tells what it treats, where it does not go by the layer's type.
  let match: String

  init(
    match: String = "", exemptsAffine: @escaping @Sendable (NetworkLayer) -> Bool = { _ in false },
    exemptsStatistics: @escaping @Sendable (NetworkLayer) -> Bool = { _ in false }, keepsStatistics: Bool = false,
    counterRule: CounterRule = .largest, counterRuleBesideLocal: CounterRule? = nil
  ) {
    self.match = match
    self.exemptsAffine = exemptsAffine
    self.exemptsStatistics = exemptsStatistics
    self.keepsStatistics = keepsStatistics
    self.counterRule = counterRule
    self.counterRuleBesideLocal = counterRuleBesideLocal ?? counterRule
  }

  /// Whether a layer lacks the letters by which much public code finds batch normalization.
  static func isCalledOtherwise(_ layer: NetworkLayer) -> Bool { !layer.name.contains("bn") }

  /// A policy as the code does it.
  public func applied(to policy: any NormPolicy) -> any NormPolicy { QuirkyNorm(quirk: self, policy: policy) }

  /// Why the quirk says nothing of a policy; nil when it does.
  public func mismatch(_ policy: any NormPolicy) -> String? {
    let plain: [NormTreatment] = [.averaged, .local]
    // What else a policy says of itself, in whichever round, would be lost.
    guard policy is NormMatrix, plain.contains(policy.affine), plain.contains(policy.statistics) else {
      return "is of code without such a policy (allowed: with fedavg, fedbn, silobn or local-affine)"
    }
    return nil
  }
}

/// A norm policy as some public code does it.
struct QuirkyNorm: NormPolicy {
  let quirk: Quirk
  let policy: any NormPolicy

  var affine: NormTreatment { policy.affine }
  var statistics: NormTreatment { quirk.keepsStatistics ? .local : policy.statistics }
  var totalRoundsDependence: RoundsDependence? { policy.totalRoundsDependence }
  var exchange: NormExchange {
    let isBesideLocal = affine == .local || statistics == .local
    return NormExchange(counterRule: isBesideLocal ? quirk.counterRuleBesideLocal : quirk.counterRule)
  }
  func sharing(of tensor: StateTensor, in layer: NetworkLayer) -> TensorSharing {
    switch tensor.role {
    case .weight, .bias: .shared
    case .normMixing: .local
    case .normScale, .normShift: exemptsAffine(of: layer) ? .shared : affine.sharing
    case .runningMean, .runningVariance, .batchCount: exemptsStatistics(of: layer) ? .shared : statistics.sharing
    }
  }

  private func exemptsAffine(of layer: NetworkLayer) -> Bool { affine == .local && quirk.exemptsAffine(layer) }
  private func exemptsStatistics(of layer: NetworkLayer) -> Bool {
    statistics == .local && quirk.exemptsStatistics(layer)
  }

  /// Whether nothing of a network is treated because of how the code finds it.
  func matchProblem(_ network: Network) -> String? {
    guard !quirk.match.isEmpty, affine == .local || statistics == .local else { return nil }
    let layers = network.normalizationLayers
    let isMatched = layers.contains { layer in
      affine == .local && !exemptsAffine(of: layer) || statistics == .local && !exemptsStatistics(of: layer)
    }
    guard !layers.isEmpty, !isMatched else { return nil }
    return "its quirk matches \(quirk.match), and the model's normalization layers are "
      + layers.map(\.name).joined(separator: ", ")
  }
}
