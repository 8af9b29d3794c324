internal import Catalogs
internal import Randomness

/// Each participation is lost with the same probability, by itself.
public struct RandomDropouts: Dropouts {
  /// The probability.
  public let rate: Double

  /// Makes the dropouts.
  public init(rate: Double) { self.rate = rate }

  public func isLost(client: Int, round: Int, turn: Int, seed: UInt64) -> Bool {
    var stream = RandomStream(seed: seed, .dropouts, UInt64(client), UInt64(turn))
    return stream.uniform() < rate
  }

  static let entry = CatalogEntry<any Dropouts>(
    "random", "each participation is lost with the same probability",
    options: [.required("rate", .number(.init(0, 1, upperIsOpen: true)), "the probability")], shorthand: "rate"
  ) { RandomDropouts(rate: $0.number("rate")) }
}
