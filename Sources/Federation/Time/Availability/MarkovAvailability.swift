internal import Catalogs
internal import Foundation
internal import Randomness

/// Windows and gaps whose lengths are of exponential distributions; at time 0 a client is there with probability
/// on/(on + off), and for how long is what it would be at any other time, since the distribution has no memory.
public struct MarkovAvailability: Availability {
  /// The mean length of a window in seconds.
  public let on: Double
  /// The mean length of a gap in seconds.
  public let off: Double

  /// Makes the availability.
  public init(on: Double, off: Double) {
    self.on = on
    self.off = off
  }

  public func window(
    of client: Int, after moment: Double, seed: UInt64, memory: inout AvailabilityMemory?
  ) -> AvailabilityWindow? {
    var last = memory ?? first(client, seed: seed)
    while last.window.to <= moment {
      let from = last.window.to + length(off, &last.stream)
      last.window = AvailabilityWindow(from: from, to: from + length(on, &last.stream))
    }
    memory = last
    return last.window
  }

  private func first(_ client: Int, seed: UInt64) -> AvailabilityMemory {
    var stream = RandomStream(seed: seed, .availability, UInt64(client))
    let from = stream.uniform() * (on + off) < on ? 0 : length(off, &stream)
    let to = from + length(on, &stream)
    return AvailabilityMemory(stream: stream, window: AvailabilityWindow(from: from, to: to))
  }

  private func length(_ mean: Double, _ stream: inout RandomStream) -> Double { -mean * log(1 - stream.uniform()) }

  static let entry = CatalogEntry<any Availability>(
    "markov", "clients that come and go by chance",
    options: [
      .required("on", .number(.atLeast(0.001)), "the mean seconds that a client is there"),
      .required("off", .number(.atLeast(0.001)), "the mean seconds that it is away"),
    ]
  ) { MarkovAvailability(on: $0.number("on"), off: $0.number("off")) }
}
