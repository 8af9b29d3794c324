internal import Catalogs
internal import Randomness

/// The clients that never train and are only evaluated.
public enum UnseenClients: Sendable, Equatable {
  /// All clients of some domains, by name.
  case domains([String])
  /// Some clients, by name.
  case names([String])
  /// So many clients, drawn by the seed.
  case count(Int)
  /// A share of the clients, rounded, drawn by the seed.
  case share(Double)

  /// Their numbers among all clients, in ascending order.
  ///
  /// - Parameter testOnly: The clients that can't train, in ascending order; none of them is drawn.
  /// - Throws: `UnseenProblem`.
  func clients(
    of division: any ClientDivision, testOnly: [Int], domains: [String], seed: UInt64
  ) throws(UnseenProblem) -> [Int] {
    let population = division.clientCount
    // Who has no training example can't be held from training.
    let unable = (0..<population).filter { division.count($0, .train) == 0 }
    let able = population - unable.count
    let kind = unable.isEmpty ? "clients" : "clients with training examples"
    switch self {
    case .domains(let names): return try clients(ofDomains: names, division, domains)
    case .names(let names):
      let all = (0..<population).map { division.name($0) ?? "client\($0)" }
      let numbers = try Self.numbers(of: names, in: all, option: "clients", kind: "client")
      guard !Set(0..<population).subtracting(testOnly).isSubset(of: numbers) else {
        throw UnseenProblem("clients", "names all \(kind), which leaves none to train")
      }
      return numbers.sorted()
    case .count(let count):
      guard count < able else { throw UnseenProblem("clients", "'\(count)' of \(able) \(kind) leaves none to train") }
      return drawn(count, of: population, without: unable, seed: seed)
    case .share(let share):
      let count = Int((share * Double(able)).rounded())
      guard count > 0 else { throw UnseenProblem("clients", "'\(share)' of \(able) \(kind) is none") }
      guard count < able else { throw UnseenProblem("clients", "'\(share)' of \(able) \(kind) leaves none to train") }
      return drawn(count, of: population, without: unable, seed: seed)
    }
  }

  /// The option that says it.
  private var option: String { if case .domains = self { "domains" } else { "clients" } }

  /// Checks that these are the clients that never train by the division itself.
  ///
  /// - Parameters:
  ///   - asked: What `clients(of:testOnly:domains:seed:)` gave.
  ///   - given: The clients of the division that never train though they could.
  /// - Throws: `UnseenProblem`.
  func requireAgreement(
    _ asked: [Int], with given: [Int], testOnly: [Int], division: any ClientDivision
  ) throws(UnseenProblem) {
    let agrees: Bool
    switch self {
    // Who is drawn stands in the division already.
    case .count, .share: agrees = asked.count == given.count
    case .domains, .names: agrees = Set(asked).subtracting(testOnly) == Set(given)
    }
    guard !agrees else { return }
    let names = given.prefix(5).map { division.name($0) ?? "client\($0)" }.joined(separator: ", ")
    throw UnseenProblem(
      option,
      "are others than the partition has: \(names)\(given.count > 5 ? ", …" : "") (allowed: the same, or no 'unseen')")
  }

  private func drawn(_ count: Int, of population: Int, without unable: [Int], seed: UInt64) -> [Int] {
    var stream = RandomStream(seed: seed, .partition, 2)
    let places = stream.sample(count, of: population - unable.count)
    if unable.isEmpty { return places }
    let excluded = Set(unable)
    let able = (0..<population).filter { !excluded.contains($0) }
    return places.map { able[$0] }
  }

  private func clients(
    ofDomains names: [String], _ division: any ClientDivision, _ domains: [String]
  ) throws(UnseenProblem) -> [Int] {
    let numbers = try Self.numbers(of: names, in: domains, option: "domains", kind: "domain")
    guard numbers.count < domains.count else {
      throw UnseenProblem("domains", "names all domains, which leaves no client to train")
    }
    let owners = (0..<division.clientCount).map { division.domain($0) }
    guard owners.allSatisfy({ $0 != nil }) else {
      throw UnseenProblem(
        "domains",
        "needs clients of one domain each, and this partition mixes domains (allowed: partition by-domain)")
    }
    return owners.indices.filter { owners[$0].map(numbers.contains) ?? false }
  }

  /// The numbers of names among all there are.
  private static func numbers(
    of names: [String], in all: [String], option: String, kind: String
  ) throws(UnseenProblem) -> Set<Int> {
    let known = Dictionary(zip(all, all.indices)) { first, _ in first }
    var numbers: Set<Int> = []
    for (index, name) in names.enumerated() {
      guard let number = known[name] else {
        let hint = nearestName(to: name, in: all).map { "; did you mean '\($0)'?" } ?? ""
        let shown = all.prefix(20).joined(separator: ", ") + (all.count > 20 ? ", …" : "")
        throw UnseenProblem(option, index: index, "unknown \(kind) '\(name)'\(hint) (allowed: \(shown))")
      }
      guard numbers.insert(number).inserted else {
        throw UnseenProblem(option, index: index, "names \(kind) '\(name)' twice")
      }
    }
    return numbers
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
    base.untestedClientCount == 0 ? 0 : (0..<seenCount).count { count($0, .test) == 0 }
  }
  func domain(_ client: Int) -> Int? { base.domain(number(client)) }
  func name(_ client: Int) -> String? { base.name(number(client)) }
  func sourceSplit(_ split: DataSplit) -> DataSplit { base.sourceSplit(split) }
  func count(_ client: Int, _ split: DataSplit) -> Int { base.count(number(client), split) }
  var remarks: [String] { base.remarks }
  var mixesDomains: Bool { base.mixesDomains }
  func madeOfDomain(_ split: DataSplit) -> Int { base.madeOfDomain(split) }
  func references(_ client: Int, _ split: DataSplit) -> [ExampleReference] { base.references(number(client), split) }
  func run(_ client: Int, _ split: DataSplit) -> ExampleRun? { base.run(number(client), split) }
}
