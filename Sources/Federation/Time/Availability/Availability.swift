internal import Randomness

/// When clients are there: only then they can be asked, and who leaves before its update arrives is lost.
public protocol Availability: RunComponent {
  /// The first window of a client that ends after a moment; nil where it never is there again. A client that is always
  /// there has one window.
  ///
  /// - Parameter memory: What is kept of the client between questions whose moments do not go back; nil at first.
  func window(
    of client: Int, after moment: Double, seed: UInt64, memory: inout AvailabilityMemory?
  ) -> AvailabilityWindow?

  /// What does not go with a population, in words that follow the key; nil where all does.
  func problem(population: Int) -> String?
}

extension Availability {
  public func problem(population: Int) -> String? { nil }
}

/// A time in which a client is there: from ≤ t < to, in seconds since the run began.
public struct AvailabilityWindow: Sendable, Equatable {
  /// The first moment.
  public let from: Double
  /// The first moment in which it no longer is there.
  public let to: Double

  /// Makes a window.
  public init(from: Double, to: Double) {
    self.from = from
    self.to = to
  }

  /// All the time.
  public static let always = AvailabilityWindow(from: 0, to: .infinity)
}

/// Where a client's windows were last looked at, so that the next look goes on from there.
public struct AvailabilityMemory: Sendable {
  var stream: RandomStream
  var window: AvailabilityWindow
}

/// The availability of a run's clients, with what is kept of those that were asked about.
struct ClientPresence: Sendable {
  private let availability: any Availability
  private let seed: UInt64
  private var memories: [Int: AvailabilityMemory] = [:]

  init(_ availability: any Availability, seed: UInt64) {
    self.availability = availability
    self.seed = seed
  }

  mutating func window(of client: Int, after moment: Double) -> AvailabilityWindow? {
    var memory = memories[client]
    let hadMemory = memory != nil
    let window = availability.window(of: client, after: moment, seed: seed, memory: &memory)
    if hadMemory || memory != nil { memories[client] = memory }
    return window
  }
}
