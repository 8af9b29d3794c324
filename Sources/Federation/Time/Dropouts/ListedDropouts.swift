internal import Catalogs

/// Losses that are written down, each by its client and round; in an asynchronous schedule by the version that comes
/// next when the client begins.
public struct ListedDropouts: Dropouts {
  /// One loss.
  public struct Failure: Sendable, Hashable {
    /// Whose.
    public let client: Int
    /// In which round.
    public let round: Int

    /// Makes a loss.
    public init(client: Int, round: Int) {
      self.client = client
      self.round = round
    }
  }

  /// The losses.
  public let failures: Set<Failure>

  /// Makes the dropouts.
  public init(_ failures: Set<Failure>) { self.failures = failures }

  public func isLost(client: Int, round: Int, turn: Int, seed: UInt64) -> Bool {
    failures.contains(Failure(client: client, round: round))
  }

  public func problem(population: Int) -> String? {
    failures.map(\.client).filter { $0 >= population }.min().map {
      "has a failure of client \($0), and the clients are 0 to \(population - 1)"
    }
  }

  static let entry = CatalogEntry<any Dropouts>(
    "listed", "the participations that are lost, written down",
    options: [
      .required(
        "failures", .list(.list(.integer(0...9_999_999), count: 2...2), count: 0...1_000_000),
        "lists of a client and a round")
    ]
  ) { options in
    guard case .list(let values)? = options.value("failures") else { return ListedDropouts([]) }
    return ListedDropouts(
      Set(
        values.compactMap { value in
          guard case .list(let pair) = value, case .integer(let client) = pair[0], case .integer(let round) = pair[1]
          else { return nil }
          return Failure(client: client, round: round)
        }))
  }
}
