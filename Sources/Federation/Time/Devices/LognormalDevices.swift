internal import Catalogs
internal import Foundation
internal import Randomness

/// Seconds that are drawn once a client: m·exp(σz), with z of the standard normal distribution and m the median.
public struct LognormalDevices: DeviceModel {
  /// The median m.
  public let seconds: Double
  /// The standard deviation σ of the logarithm.
  public let sigma: Double
  /// Who is slower.
  public let slow: SlowClients?

  /// Makes the devices.
  public init(seconds: Double, sigma: Double, slow: SlowClients? = nil) {
    self.seconds = seconds
    self.sigma = sigma
    self.slow = slow
  }

  public func seconds(client: Int, turn: Int, cost: ParticipationCost, seed: UInt64) -> Double {
    var stream = RandomStream(seed: seed, .devices, UInt64(client), 0)
    return seconds * exp(sigma * stream.normal()) * (slow?.factor(client: client, seed: seed) ?? 1)
  }

  static let entry = CatalogEntry<any DeviceModel>(
    "lognormal", "seconds that are drawn once for each client",
    options: [
      .required("seconds", .number(.above(0)), "their median"),
      .required("sigma", .number(.init(0, 20)), "the standard deviation of their logarithm"),
      SlowClients.option,
    ]
  ) { options in
    LognormalDevices(
      seconds: options.number("seconds"), sigma: options.number("sigma"), slow: try SlowClients.given(options))
  }
}
