internal import Catalogs
internal import Randomness

/// The clients that never train and are only evaluated.
public enum UnseenClients: Sendable, Equatable {
  /// All clients of some domains, by name.
  case domains([String])
  /// So many clients, drawn by the seed.
  case count(Int)
  /// A share of the clients, rounded, drawn by the seed.
  case share(Double)

  /// Their numbers among all clients, in ascending order.
  ///
  /// - Parameter testOnly: The clients that can't train, in ascending order; none of them is drawn.
  /// - Throws: `UnseenProblem`.
  func clients(
    of population: Int, testOnly: [Int], source: any ExampleSource, partitioner: any Partitioner, seed: UInt64
  ) throws(UnseenProblem) -> [Int] {
    let able = population - testOnly.count
    let kind = testOnly.isEmpty ? "clients" : "clients with training examples"
    switch self {
    case .domains(let names): return try clients(ofDomains: names, population, source.domains, partitioner)
    case .count(let count):
      guard count < able else { throw UnseenProblem("clients", "'\(count)' of \(able) \(kind) leaves none to train") }
      return drawn(count, of: population, without: testOnly, seed: seed)
    case .share(let share):
      let count = Int((share * Double(able)).rounded())
      guard count > 0 else { throw UnseenProblem("clients", "'\(share)' of \(able) \(kind) is none") }
      guard count < able else { throw UnseenProblem("clients", "'\(share)' of \(able) \(kind) leaves none to train") }
      return drawn(count, of: population, without: testOnly, seed: seed)
    }
  }

  private func drawn(_ count: Int, of population: Int, without testOnly: [Int], seed: UInt64) -> [Int] {
    var stream = RandomStream(seed: seed, .partition, 2)
    let places = stream.sample(count, of: population - testOnly.count)
    if testOnly.isEmpty { return places }
    let excluded = Set(testOnly)
    let able = (0..<population).filter { !excluded.contains($0) }
    return places.map { able[$0] }
  }

  private func clients(
    ofDomains names: [String], _ population: Int, _ domains: [String], _ partitioner: any Partitioner
  ) throws(UnseenProblem) -> [Int] {
    var numbers: Set<Int> = []
    for (index, name) in names.enumerated() {
      guard let number = domains.firstIndex(of: name) else {
        let hint = nearestName(to: name, in: domains).map { "; did you mean '\($0)'?" } ?? ""
        throw UnseenProblem(
          "domains", index: index, "unknown domain '\(name)'\(hint) (allowed: \(domains.joined(separator: ", ")))")
      }
      guard numbers.insert(number).inserted else {
        throw UnseenProblem("domains", index: index, "names domain '\(name)' twice")
      }
    }
    guard numbers.count < domains.count else {
      throw UnseenProblem("domains", "names all domains, which leaves no client to train")
    }
    let owners = (0..<population).compactMap { partitioner.domain(ofClient: $0) }
    guard owners.count == population else {
      throw UnseenProblem(
        "domains", "needs clients of one domain each, and this partition mixes domains (allowed: partition by-domain)")
    }
    return owners.indices.filter { numbers.contains(owners[$0]) }
  }
}

/// Why clients can't be held out as asked.
public struct UnseenProblem: Error, Equatable, CustomStringConvertible {
  /// The option to point at.
  public let option: String
  /// The element to point at, of an option that is a list; nil is the list.
  public let index: Int?
  /// What is wrong.
  public let description: String

  init(_ option: String, index: Int? = nil, _ description: String) {
    self.option = option
    self.index = index
    self.description = description
  }
}

/// A division in which some clients are taken out of their order and numbered behind all others.
struct HoldingOut: ClientDivision {
  private let base: any ClientDivision
  /// The clients that are taken out, in ascending order.
  private let held: [Int]
  private let seenCount: Int

  init(_ base: any ClientDivision, _ held: [Int]) {
    self.base = base
    self.held = held
    seenCount = base.clientCount - held.count
  }

  /// A client's number before.
  ///
  /// - Complexity: O(log held).
  private func number(_ client: Int) -> Int {
    if client >= seenCount { return held[client - seenCount] }
    // As many are before it as of those taken out have at most `client` others before them.
    var (low, high) = (0, held.count)
    while low < high {
      let middle = (low + high) / 2
      if held[middle] - middle <= client { low = middle + 1 } else { high = middle }
    }
    return client + low
  }

  var clientCount: Int { base.clientCount }
  var untestedClientCount: Int {
    base.untestedClientCount == 0 ? 0 : (0..<seenCount).count { testCount($0) == 0 }
  }
  func domain(_ client: Int) -> Int? { base.domain(number(client)) }
  func trainCount(_ client: Int) -> Int { base.trainCount(number(client)) }
  func testCount(_ client: Int) -> Int { base.testCount(number(client)) }
  func references(_ client: Int, _ split: DataSplit) -> [ExampleReference] { base.references(number(client), split) }
  func run(_ client: Int, _ split: DataSplit) -> ExampleRun? { base.run(number(client), split) }
}
