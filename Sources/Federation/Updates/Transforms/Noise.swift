internal import Catalogs
public import Randomness

/// Gaussian noise on the mean of clipped updates: Δ = [ΣΔ_k + N(0, (zM)²)]/m, with M of the `clip` directly before it and
/// m the number of clients asked, whatever reported.
///
/// What it costs in privacy is not accounted for, and no ε is claimed.
///
/// Source: McMahan et al., "Learning Differentially Private Recurrent Language Models", ICLR 2018, Algorithm 1.
public struct Noise: UpdateTransform {
  /// z, the noise's deviation in units of M.
  public let multiplier: Float

  /// Makes the transform.
  ///
  /// - Precondition: z ≥ 0.
  public init(multiplier: Float) {
    precondition(multiplier >= 0, "a multiplier of \(multiplier)")
    self.multiplier = multiplier
  }

  public func problems(with run: RunConfiguration) -> [String] {
    var problems: [String] = []
    let place = run.transforms.firstIndex { $0.component is Noise } ?? 0
    if place == 0 || run.transforms[place - 1].component.normBound == nil {
      problems.append("its noise is measured by a bound on updates (allowed: directly behind 'clip')")
    }
    if run.weighting != .uniform {
      problems.append("a client's part in the sum must not depend on its data (allowed: weights uniform)")
    }
    if run.aggregator.component.keepsUpdates {
      problems.append("its noise belongs to a sum of updates (allowed: aggregator mean)")
    }
    if place < run.transforms.count - 1 {
      problems.append("what comes behind it could undo the bound of its clip (allowed: as the last of the transforms)")
    }
    if !run.strategy.component.meanVectors.isEmpty {
      problems.append(
        "strategy '\(run.strategy.name)' takes vectors beside the noisy sum, which nothing protects (allowed: a strategy without)"
      )
    }
    var probe = ClientUpdate(steps: 2, delta: [0])
    run.strategy.component.arrived(&probe)
    if probe.influence != 1 {
      problems.append(
        "strategy '\(run.strategy.name)' weighs updates by their clients' steps (allowed: a strategy that does not)")
    }
    if run.extraValues.sent > 0 {
      problems.append(
        "norm '\(run.norm.name)' sends statistics beside the update, which nothing protects (allowed: a norm that does not)"
      )
    }
    let layout = run.network.layout
    let shared = layout.tensors.filter { $0.role == .runningMean && layout.sharing(of: $0) == .shared }
    if !shared.isEmpty {
      problems.append(
        "running statistics of layers \(shared.map { "'\($0.layer)'" }.joined(separator: ", ")) have no bounded influence (allowed: a norm that keeps them local, dropped or frozen, or a model without)"
      )
    }
    return problems
  }

  public func notes(on run: RunConfiguration) -> [String] {
    ["adds noise without an accountant: no ε is claimed (there is no 'privacy:')"]
  }

  public func onServer(_ update: inout CohortUpdate, bound: Float?, stream: inout RandomStream) {
    let share = Double(update.members.count) / Double(update.askedCount)
    let deviation = Double(multiplier) * Double(bound ?? 0) / Double(update.askedCount)
    update.delta = update.delta.map { Float(Double($0) * share + (deviation > 0 ? deviation * stream.normal() : 0)) }
  }

  static let entry = CatalogEntry<any UpdateTransform>(
    "noise", "Gaussian noise on the sum of clipped updates", source: "McMahan et al., ICLR 2018",
    options: [.required("multiplier", .number(.atLeast(0)), "z, its deviation in units of the clip's norm")],
    shorthand: "multiplier"
  ) { Noise(multiplier: Float($0.number("multiplier"))) }
}
