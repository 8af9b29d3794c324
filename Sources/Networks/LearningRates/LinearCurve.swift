internal import Catalogs

/// η + (m − η)t/T: evenly from η to m.
///
/// Source: PyTorch `torch.optim.lr_scheduler.LinearLR`.
public struct LinearCurve: LearningRateCurve {
  /// m.
  public let minimum: Double

  /// Makes the curve.
  public init(minimum: Double = 0) { self.minimum = minimum }

  public func rate(_ rate: Double, at place: Int, of places: Int) -> Double {
    rate + (minimum - rate) * Double(place) / Double(places)
  }

  static let entry = LearningRateSchedule.entry(
    "linear", "evenly from the learning rate to a minimum", source: "torch.optim.lr_scheduler.LinearLR",
    options: [.minimumRate]
  ) { LinearCurve(minimum: $0.number("minimum")) }
}
