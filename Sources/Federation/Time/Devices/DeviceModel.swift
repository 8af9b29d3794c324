internal import Catalogs
internal import Randomness

/// How long clients take: what gives a run a clock.
public protocol DeviceModel: RunComponent {
  /// The seconds from the start of a participation to its arrival at the server.
  ///
  /// - Parameters:
  ///   - turn: How manieth start of the client it is, from 1.
  ///   - cost: What it takes of the device.
  ///   - seed: The seed of the run.
  func seconds(client: Int, turn: Int, cost: ParticipationCost, seed: UInt64) -> Double

  /// What does not go with a population, in words that follow the key; nil where all does.
  func problem(population: Int) -> String?
}

extension DeviceModel {
  public func problem(population: Int) -> String? { nil }
}

/// Clients that are slower than what a device model says of them, each by itself with the same probability.
public struct SlowClients: Sendable, Equatable {
  /// The probability of being slow.
  public let fraction: Double
  /// By how much.
  public let factor: Double

  /// Makes a description.
  public init(fraction: Double, factor: Double) {
    self.fraction = fraction
    self.factor = factor
  }

  /// What a client's seconds are multiplied by.
  func factor(client: Int, seed: UInt64) -> Double {
    var stream = RandomStream(seed: seed, .devices, UInt64(client), 1)
    return stream.uniform() < fraction ? factor : 1
  }

  static let option = Option.optional(
    "slow",
    .group([
      .required("fraction", .number(.unit), "the share of clients that are slower, each by itself"),
      .required("factor", .number(.above(0)), "what their seconds are multiplied by"),
    ]), "clients that are slower than the others")

  /// What the option holds; nil where it is absent.
  static func given(_ options: Options) throws -> SlowClients? {
    guard options.value("slow") != nil else { return nil }
    let slow: Options
    do {
      slow = try options.group("slow")
    } catch let problem as OptionProblem {
      throw OptionProblem("slow", "'\(problem.option ?? "")' \(problem.message)")
    }
    return SlowClients(fraction: slow.number("fraction"), factor: slow.number("factor"))
  }
}
