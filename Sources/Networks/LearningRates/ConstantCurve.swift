internal import Catalogs

/// η everywhere: for a warm-up alone.
public struct ConstantCurve: LearningRateCurve {
  /// Makes the curve.
  public init() {}

  public var dependsOnPlaces: Bool { false }

  public func rate(_ rate: Double, at place: Int, of places: Int) -> Double {
    rate
  }

  static let entry = LearningRateSchedule.entry(
    "constant", "the learning rate as it is, behind a warm-up if there is one", source: nil
  ) { _ in ConstantCurve() }
}
