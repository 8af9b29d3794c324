internal import Locks
internal import Randomness
public import Tensors

/// What is known of a client without its examples.
public struct ClientProfile: Sendable, Equatable {
  /// The domain that all its examples come from, or "" where they come from several.
  public let domain: String
  /// Training examples.
  public let trainCount: Int
  /// Test examples.
  public let testCount: Int
  /// Training examples by label.
  public let labelHistogram: [Int]
}

/// A source divided over clients: the data of a federation under one seed.
///
/// Clients of a source that makes its examples are numbers until someone asks for them; what they are asked for is
/// kept up to a limit of memory and made anew beyond it, to the same bits. Of a source that is cheap to make nothing is
/// kept: its examples are made in the batch that they are for.
public final class FederatedDataset: Sendable {
  /// Bytes of made examples that are kept.
  package static let cacheLimit = 512 << 20

  /// The source.
  public let source: any ExampleSource
  /// How many clients there are that train: those from 0 on.
  public let clientCount: Int
  /// How many clients there are that never train: those from `clientCount` on.
  public let unseenCount: Int
  /// The seed of the division.
  public let seed: UInt64
  private let division: any ClientDivision
  private let cache = Locked<(examples: [Int: ClientExamples], bytes: Int)>(([:], 0))

  /// Divides `source` over clients.
  ///
  /// - Parameters:
  ///   - trainPerClient: At most so many training examples a client, drawn at random; for a source that makes its
  ///     examples, how many it makes.
  ///   - testPerClient: The same for test examples.
  ///   - unseen: The clients that never train.
  /// - Throws: `PartitionProblem` when there are too few examples, or too many to be made; `UnseenProblem` when nobody
  ///   would train, or nobody would not.
  public init(
    source: any ExampleSource, partitioner: any Partitioner, trainPerClient: Int?, testPerClient: Int?,
    unseen: UnseenClients? = nil, seed: UInt64
  ) throws {
    self.source = source
    self.seed = seed
    let isMade = source.exampleCount(domain: 0, split: .train) == nil
    let whole: any ClientDivision
    if isMade,
      let direct = partitioner.directDivision(
        domains: source.domains.count, train: trainPerClient ?? defaultMadeCount,
        test: testPerClient ?? defaultMadeCount)
    {
      if let made = (direct as? MadeByDomain)?.examplesOfDomain, made > Int(Int32.max) {
        throw PartitionProblem.tooManyExamples(examples: made, limit: Int(Int32.max))
      }
      whole = direct
    } else {
      whole = try ListedDivision(
        source: source, partitioner: partitioner, trainPerClient: trainPerClient, testPerClient: testPerClient,
        seed: seed)
    }
    let held = try unseen?.clients(of: whole.clientCount, source: source, partitioner: partitioner, seed: seed) ?? []
    division = held.isEmpty ? whole : HoldingOut(whole, held)
    unseenCount = held.count
    clientCount = whole.clientCount - held.count
    untestedClientCount = division.untestedClientCount
  }

  /// One example's shape.
  public var sampleShape: Shape { source.sampleShape }
  /// How many labels there are.
  public var classCount: Int { source.classCount }
  /// Whether any client has test examples.
  public var hasTestExamples: Bool { untestedClientCount < clientCount }
  /// How many of the clients that train have no test examples; their training examples serve as such.
  public let untestedClientCount: Int

  /// What is known of a client.
  public func profile(_ client: Int) -> ClientProfile {
    var histogram = [Int](repeating: 0, count: source.classCount)
    for reference in division.references(client, .train) { histogram[Int(source.label(reference, split: .train))] += 1 }
    let domain = division.domain(client).map { source.domains[$0] } ?? ""
    return ClientProfile(
      domain: domain, trainCount: division.trainCount(client), testCount: division.testCount(client),
      labelHistogram: histogram)
  }

  /// How many training examples a client has.
  public func trainCount(_ client: Int) -> Int { division.trainCount(client) }

  /// How many test examples a client has.
  public func testCount(_ client: Int) -> Int { division.testCount(client) }

  /// Bytes that `examples` takes for a client's examples, which are made for it; 0 where they are kept or nothing is made.
  package func bytesToMake(_ client: Int, _ split: DataSplit) -> Int {
    guard source.exampleCount(domain: 0, split: .train) == nil, !source.isCheapToMake,
      cache.withLock({ $0.examples[Self.key(client, split)] }) == nil
    else { return 0 }
    let count = split == .train ? trainCount(client) : testCount(client)
    return count.multipliedSaturating(by: 4 * sampleShape.count + MemoryLayout<ExampleReference>.stride + 4)
  }

  private static func key(_ client: Int, _ split: DataSplit) -> Int { client * 2 + (split == .train ? 0 : 1) }

  /// The examples of a client.
  public func examples(_ client: Int, _ split: DataSplit) -> ClientExamples {
    if source.isCheapToMake, let run = division.run(client, split) {
      return ClientExamples(run, split: split, source: source)
    }
    guard source.exampleCount(domain: 0, split: .train) == nil, !source.isCheapToMake else {
      return ClientExamples(division.references(client, split), split: split, source: source, materialize: false)
    }
    let key = Self.key(client, split)
    if let known = cache.withLock({ $0.examples[key] }) { return known }
    let made = ClientExamples(division.references(client, split), split: split, source: source, materialize: true)
    cache.withLock { cache in
      if cache.examples[key] == nil, cache.bytes + made.byteCount <= Self.cacheLimit {
        cache.examples[key] = made
        cache.bytes += made.byteCount
      }
    }
    return made
  }
}

extension Int {
  /// The product, or the largest number where that is beyond it.
  fileprivate func multipliedSaturating(by other: Int) -> Int {
    let (product, overflows) = multipliedReportingOverflow(by: other)
    return overflows ? .max : product
  }
}

/// Examples that a source makes for a client of whom no number is given.
let defaultMadeCount = 100

/// Who has which examples.
protocol ClientDivision: Sendable {
  var clientCount: Int { get }
  /// The domain of all of a client's examples, if it is one.
  func domain(_ client: Int) -> Int?
  func trainCount(_ client: Int) -> Int
  func testCount(_ client: Int) -> Int
  func references(_ client: Int, _ split: DataSplit) -> [ExampleReference]
  /// A client's examples where they are neighbours of one domain by construction.
  func run(_ client: Int, _ split: DataSplit) -> ExampleRun?
  /// How many clients have no test examples.
  var untestedClientCount: Int { get }
}

extension ClientDivision {
  func run(_ client: Int, _ split: DataSplit) -> ExampleRun? { nil }
}

/// Clients numbered domain by domain, each with examples of its own that are made for it: nothing is stored.
struct MadeByDomain: ClientDivision {
  let domains: Int
  let clientsPerDomain: Int
  let train: Int
  let test: Int

  var clientCount: Int { domains * clientsPerDomain }
  var untestedClientCount: Int { test == 0 ? clientCount : 0 }
  /// Examples of the larger split that are made of each domain.
  var examplesOfDomain: Int { clientsPerDomain * max(train, test) }
  func domain(_ client: Int) -> Int? { client / clientsPerDomain }
  func trainCount(_ client: Int) -> Int { train }
  func testCount(_ client: Int) -> Int { test }

  private func neighbours(_ client: Int, _ split: DataSplit) -> ExampleRun {
    let count = split == .train ? train : test
    return ExampleRun(
      domain: client / clientsPerDomain, first: client % clientsPerDomain * count, count: count)
  }

  func references(_ client: Int, _ split: DataSplit) -> [ExampleReference] { neighbours(client, split).references }
  func run(_ client: Int, _ split: DataSplit) -> ExampleRun? { neighbours(client, split) }
}

/// A division that lists every client's examples.
struct ListedDivision: ClientDivision {
  /// Examples that a source is asked to make for a division that lists them: 100 MB of references for each split.
  private static let madeLimit = 12_500_000
  private let train: [[ExampleReference]]
  private let test: [[ExampleReference]]
  private let domains: [Int?]

  init(
    source: any ExampleSource, partitioner: any Partitioner, trainPerClient: Int?, testPerClient: Int?, seed: UInt64
  ) throws {
    let domainCount = source.domains.count
    let clients = partitioner.clientCount(domains: domainCount)
    if source.exampleCount(domain: 0, split: .train) == nil {
      let made = clients * max(trainPerClient ?? defaultMadeCount, testPerClient ?? defaultMadeCount)
      guard made <= Self.madeLimit else {
        throw PartitionProblem.tooManyExamples(examples: made, limit: Self.madeLimit)
      }
    }
    /// All examples of a split, domain by domain.
    func all(_ split: DataSplit, perClient: Int?) -> [ExampleReference] {
      (0..<domainCount).flatMap { domain in
        let made = ((perClient ?? defaultMadeCount) * clients + domainCount - 1) / domainCount
        return (0..<(source.exampleCount(domain: domain, split: split) ?? made)).map {
          ExampleReference(domain: domain, index: $0)
        }
      }
    }
    let trainPool = all(.train, perClient: trainPerClient)
    var stream = RandomStream(seed: seed, .partition)
    var counts = [Int](repeating: 0, count: domainCount)
    for reference in trainPool { counts[Int(reference.domain)] += 1 }
    let parts = try partitioner.split(
      labels: trainPool.map { source.label($0, split: .train) }, domainCounts: counts, classCount: source.classCount,
      stream: &stream)
    let isMade = source.exampleCount(domain: 0, split: .train) == nil
    let testParts = proportionalSplit(
      all(.test, perClient: testPerClient), like: parts.map { part in part.map { trainPool[$0] } }, source: source,
      byLabel: partitioner.dividesLabels, seed: seed)
    /// At most `limit` of a client's examples, drawn at random, in their order.
    func limited(_ references: [ExampleReference], _ limit: Int?, _ client: Int, _ split: UInt64) -> [ExampleReference]
    {
      guard let limit, limit < references.count, !isMade else { return references }
      var stream = RandomStream(seed: seed, .selection, UInt64(client), split)
      return stream.sample(limit, of: references.count).map { references[$0] }
    }
    train = parts.enumerated().map { client, part in limited(part.map { trainPool[$0] }, trainPerClient, client, 0) }
    test = testParts.enumerated().map { client, part in limited(part, testPerClient, client, 1) }
    domains = train.map { part in
      guard let first = part.first?.domain, part.allSatisfy({ $0.domain == first }) else { return nil }
      return Int(first)
    }
  }

  var clientCount: Int { train.count }
  var untestedClientCount: Int { test.reduce(0) { $0 + ($1.isEmpty ? 1 : 0) } }
  func domain(_ client: Int) -> Int? { domains[client] }
  func trainCount(_ client: Int) -> Int { train[client].count }
  func testCount(_ client: Int) -> Int { test[client].count }
  func references(_ client: Int, _ split: DataSplit) -> [ExampleReference] {
    split == .train ? train[client] : test[client]
  }
}

/// Divides test examples so that each client's are like those that it trains on: the examples of one domain, and
/// `byLabel` of one label, go to the clients in proportion to what they have of them in `parts`. Examples of a kind
/// that nobody trains on go to nobody.
private func proportionalSplit(
  _ pool: [ExampleReference], like parts: [[ExampleReference]], source: any ExampleSource, byLabel: Bool, seed: UInt64
) -> [[ExampleReference]] {
  let classes = byLabel ? source.classCount : 1
  func kind(_ reference: ExampleReference, _ split: DataSplit) -> Int {
    Int(reference.domain) * classes + (byLabel ? Int(source.label(reference, split: split)) : 0)
  }
  var owners = [[(client: Int, count: Int)]](repeating: [], count: source.domains.count * classes)
  for (client, part) in parts.enumerated() {
    for reference in part {
      let kind = kind(reference, .train)
      if owners[kind].last?.client == client {
        owners[kind][owners[kind].count - 1].count += 1
      } else {
        owners[kind].append((client, 1))
      }
    }
  }
  var byKind = [[ExampleReference]](repeating: [], count: owners.count)
  for reference in pool { byKind[kind(reference, .test)].append(reference) }
  var result = [[ExampleReference]](repeating: [], count: parts.count)
  for (number, owners) in owners.enumerated() where !owners.isEmpty {
    var stream = RandomStream(seed: seed, .partition, 1, UInt64(number))
    var examples = byKind[number]
    stream.shuffle(&examples)
    let total = owners.reduce(0) { $0 + $1.count }
    var seen = 0
    var start = 0
    for owner in owners {
      seen += owner.count
      let end = examples.count * seen / total
      result[owner.client] += examples[start..<end]
      start = end
    }
  }
  return result.map { $0.sorted { ($0.domain, $0.index) < ($1.domain, $1.index) } }
}
