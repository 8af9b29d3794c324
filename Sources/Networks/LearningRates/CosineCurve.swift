internal import Catalogs
internal import Foundation

/// m + (η − m)(1 + cos(πt/T))/2: half a wave from η to m.
///
/// Source: PyTorch `torch.optim.lr_scheduler.CosineAnnealingLR`; Loshchilov & Hutter, ICLR 2017, without restarts.
public struct CosineCurve: LearningRateCurve {
  /// m.
  public let minimum: Double

  /// Makes the curve.
  public init(minimum: Double = 0) { self.minimum = minimum }

  public func rate(_ rate: Double, at place: Int, of places: Int) -> Double {
    minimum + (rate - minimum) * (1 + cos(Double.pi * Double(place) / Double(places))) / 2
  }

  static let entry = LearningRateSchedule.entry(
    "cosine", "half a wave from the learning rate to a minimum", source: "Loshchilov & Hutter, ICLR 2017",
    options: [.minimumRate]
  ) { CosineCurve(minimum: $0.number("minimum")) }
}
