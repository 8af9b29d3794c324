internal import Catalogs
internal import Foundation

/// η·factor^t.
///
/// Source: PyTorch `torch.optim.lr_scheduler.ExponentialLR`.
public struct ExponentialCurve: LearningRateCurve {
  /// What is left from place to place.
  public let factor: Double

  /// Makes the curve.
  public init(factor: Double) { self.factor = factor }

  public var dependsOnPlaces: Bool { false }

  public func rate(_ rate: Double, at place: Int, of places: Int) -> Double {
    rate * pow(factor, Double(place))
  }

  static let entry = LearningRateSchedule.entry(
    "exponential", "falls by a factor from place to place", source: "torch.optim.lr_scheduler.ExponentialLR",
    options: [.required("factor", .number(.above(0)), "what is left of the rate from place to place")]
  ) { ExponentialCurve(factor: $0.number("factor")) }
}
