internal import Catalogs
internal import Datasets

/// Windows that are written down; a client without one is always there.
public struct ListedAvailability: Availability {
  /// The windows of each client that has some, in ascending order; those that touch one another are one.
  public let windows: [Int: [AvailabilityWindow]]

  /// Makes the availability.
  public init(_ windows: [(client: Int, window: AvailabilityWindow)]) {
    var byClient: [Int: [AvailabilityWindow]] = [:]
    for (client, window) in windows { byClient[client, default: []].append(window) }
    self.windows = byClient.mapValues { windows in
      var joined: [AvailabilityWindow] = []
      for window in windows.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) {
        if let last = joined.last, window.from <= last.to {
          joined[joined.count - 1] = AvailabilityWindow(from: last.from, to: max(last.to, window.to))
        } else {
          joined.append(window)
        }
      }
      return joined
    }
  }

  /// The hash of the windows, in whatever order they were written down.
  var contentHash: String {
    let all = windows.sorted { $0.key < $1.key }.flatMap { client, windows in windows.map { (client, $0) } }
    var hash = ContentHash()
    hash.add("client", shape: [all.count], all.map { Int64($0.0) })
    // A zero with a sign is the same moment.
    hash.add("from", shape: [all.count], all.map { Int64(bitPattern: ($0.1.from + 0).bitPattern) })
    hash.add("to", shape: [all.count], all.map { Int64(bitPattern: $0.1.to.bitPattern) })
    return hash.finished()
  }

  public func window(
    of client: Int, after moment: Double, seed: UInt64, memory: inout AvailabilityMemory?
  ) -> AvailabilityWindow? {
    guard let own = windows[client] else { return .always }
    var (low, high) = (0, own.count)
    while low < high {
      let middle = (low + high) / 2
      if own[middle].to > moment { high = middle } else { low = middle + 1 }
    }
    return low < own.count ? own[low] : nil
  }

  public func problem(population: Int) -> String? {
    windows.keys.filter { $0 >= population }.min().map {
      "has windows of client \($0), and the clients are 0 to \(population - 1)"
    }
  }

  static let entry = CatalogEntry<any Availability>(
    "listed", "when clients are there, written down",
    options: [
      .required(
        "windows", .list(.list(.number(.atLeast(0)), count: 3...3), count: 0...1_000_000),
        "lists of a client, from when and until when it is there, in seconds")
    ]
  ) { options in
    guard case .list(let values)? = options.value("windows") else { return ListedAvailability([]) }
    return ListedAvailability(
      try values.enumerated().map { index, value in
        guard case .list(let parts) = value else { throw OptionProblem("windows", "is no list of lists") }
        let numbers = parts.compactMap(number)
        guard let client = Int(exactly: numbers[0]) else {
          throw OptionProblem("windows", "window \(index + 1): \(numbers[0]) is no client's number")
        }
        guard numbers[1] < numbers[2] else {
          throw OptionProblem("windows", "window \(index + 1) ends at \(shortText(numbers[2])), before it has begun")
        }
        return (client, AvailabilityWindow(from: numbers[1], to: numbers[2]))
      })
  }
}
