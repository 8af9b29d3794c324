internal import Catalogs

/// Seconds that are written down, whatever a participation sends and computes: one number a client, or a list of which
/// its j-th start takes the j-th, from the first again after the last.
public struct ListedDevices: DeviceModel {
  /// The seconds of each client's starts.
  public let seconds: [[Double]]
  /// Who is slower.
  public let slow: SlowClients?

  /// Makes the devices.
  ///
  /// - Precondition: No list is empty.
  public init(seconds: [[Double]], slow: SlowClients? = nil) {
    precondition(seconds.allSatisfy { !$0.isEmpty }, "a client without seconds")
    self.seconds = seconds
    self.slow = slow
  }

  public func seconds(client: Int, turn: Int, cost: ParticipationCost, seed: UInt64) -> Double {
    let own = seconds[client]
    return own[(turn - 1) % own.count] * (slow?.factor(client: client, seed: seed) ?? 1)
  }

  public func problem(population: Int) -> String? {
    seconds.count == population
      ? nil
      : "has 'seconds' of \(seconds.count) \(seconds.count == 1 ? "client" : "clients"), and there are \(population)"
  }

  static let entry = CatalogEntry<any DeviceModel>(
    "listed", "the seconds that each client takes, written down",
    options: [
      .required(
        "seconds",
        .list(
          .either([.number(.above(0)), .list(.number(.above(0)), count: 1...1_000_000)]), count: 1...10_000_000),
        "one number a client, or a list with one of each of its starts"),
      SlowClients.option,
    ]
  ) { options in
    guard case .list(let values)? = options.value("seconds") else { return ListedDevices(seconds: []) }
    let seconds = values.map { value in
      switch value {
      case .list(let values): values.compactMap(number)
      default: [value].compactMap(number)
      }
    }
    return ListedDevices(seconds: seconds, slow: try SlowClients.given(options))
  }
}

/// The number that an option holds; nil where it is none.
func number(_ value: OptionValue) -> Double? {
  switch value {
  case .number(let value): value
  case .integer(let value): Double(value)
  default: nil
  }
}
