internal import Catalogs
internal import Foundation

/// η·factor^⌊t/every⌋: falls by the same factor every so many places.
///
/// Source: PyTorch `torch.optim.lr_scheduler.StepLR`.
public struct StepCurve: LearningRateCurve {
  /// Places between two falls.
  public let every: Int
  /// What is left at a fall.
  public let factor: Double

  /// Makes the curve.
  ///
  /// - Precondition: There is a place between two falls.
  public init(every: Int, factor: Double) {
    precondition(every >= 1, "a fall every \(every) places")
    self.every = every
    self.factor = factor
  }

  public var dependsOnPlaces: Bool { false }

  public func rate(_ rate: Double, at place: Int, of places: Int) -> Double {
    rate * pow(factor, Double(place / every))
  }

  static let entry = LearningRateSchedule.entry(
    "step", "falls by a factor every so many places", source: "torch.optim.lr_scheduler.StepLR",
    options: [
      .required("every", .integer(1...1_000_000_000), "places between two falls"),
      .required("factor", .number(.above(0)), "what is left of the rate at each"),
    ]
  ) { StepCurve(every: $0.integer("every"), factor: $0.number("factor")) }
}
