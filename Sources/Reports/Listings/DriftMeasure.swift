internal import Tables

/// A measure by which clients and layers are ranked and plotted; the larger, the farther or the older.
package enum DriftMeasure: String, Sendable, Equatable, CaseIterable {
  /// Kullback–Leibler divergence of the statistics from the cohort's, in nats.
  case kl
  /// 2-Wasserstein distance of the statistics from the cohort's.
  case w2
  /// Distance of the means in the cohort's standard deviations.
  case meanShift = "mean_shift"
  /// Distance of the variances as the logarithm of their ratio.
  case varianceLogRatio = "variance_log_ratio"
  /// Distance of γ and β from the cohort's means.
  case affineDistance = "affine_distance"
  /// Rounds since the client last trained; the same for all of its layers.
  case staleness
  /// The share of the running statistics that is older than the round.
  case effectiveMomentum = "effective_momentum"

  /// What the measure is, as a heading.
  var heading: String {
    switch self {
    case .kl: "KL in nats"
    case .w2: "2-Wasserstein distance"
    case .meanShift: "shift of the mean in standard deviations"
    case .varianceLogRatio: "log ratio of the variances"
    case .affineDistance: "distance of γ and β"
    case .staleness: "rounds since a client last trained"
    case .effectiveMomentum: "share of the statistics from before the round"
    }
  }

  /// Whether layers differ in it.
  package var isOfLayers: Bool { self != .staleness }

  /// The value in a line; nil where it is not recorded, as for a layer without statistics, or not finite.
  func value(of drift: ListedClientDrift) -> Double? {
    let value =
      switch self {
      case .kl: drift.kl
      case .w2: drift.w2
      case .meanShift: drift.meanShift
      case .varianceLogRatio: drift.varianceLogRatio
      case .affineDistance: drift.affineDistance
      case .staleness: drift.staleness.map(Double.init)
      case .effectiveMomentum: drift.effectiveMomentum
      }
    return value.flatMap { $0.isFinite ? $0 : nil }
  }

  /// The line that has the largest value, of equals the first; nil where none has one.
  package func farthest(of lines: [ListedClientDrift]) -> ListedClientDrift? {
    var farthest: (line: ListedClientDrift, value: Double)?
    for line in lines {
      guard let value = value(of: line), value > farthest?.value ?? -.infinity else { continue }
      farthest = (line, value)
    }
    return farthest?.line
  }

  /// A cell for a value.
  func cell(_ value: Double?) -> Cell {
    self == .staleness ? .number(value, digits: 0) : .number(value, digits: 4)
  }
}
