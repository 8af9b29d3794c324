/// A loss that is no number of use: infinite, not a number, or beyond 10³⁰, where fp32 has lost all that it could say.
///
/// It says which values first left ±2²⁰, the range in which weights are aggregated. Such values alone are no error: a
/// layer with large outputs before a normalization does no harm, and neither does a large loss that comes down again.
public struct NonFiniteLoss: Error, Equatable {
  /// Where the first values are that are beyond ±2²⁰ or not numbers.
  public enum Place: Equatable, Sendable {
    /// In the examples.
    case input
    /// In what a layer puts out.
    case layer(String)
    /// In the loss alone.
    case loss
  }

  /// The largest loss that is a number of use.
  public static let limit = 1e30
  /// The largest magnitude of values that are not told of.
  static let valueLimit: Float = 0x1p20

  /// Where values first left ±2²⁰.
  public let place: Place
  /// Whether the loss is a number, but one beyond the limit.
  public let isBeyondLimit: Bool

  /// Makes the reason of a loss.
  init(of loss: Double, _ place: Place) {
    self.place = place
    isBeyondLimit = loss.isFinite
  }

  /// Makes the reason of a loss that is infinite or not a number, because of what a layer puts out.
  public init(layer: String) { self.init(of: .nan, .layer(layer)) }

  /// Whether a loss is a number of use.
  public static func allows(_ loss: Double) -> Bool { loss.isFinite && abs(loss) <= limit }
}
