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
  /// How many of those have no training example and so can't train, whatever the scenario says.
  public let testOnlyCount: Int
  /// The domains of those, in the source's order.
  public let testOnlyDomains: [String]
  /// The seed of the division.
  public let seed: UInt64
  let division: any ClientDivision
  private let trainSum = Locked<Int?>(nil)
  private let cache = Locked<(examples: [Int: ClientExamples], bytes: Int)>(([:], 0))

  /// Divides `source` over clients.
  ///
  /// - Parameters:
  ///   - trainPerClient: At most so many training examples a client, drawn at random; for a source that makes its
  ///     examples, how many it makes.
  ///   - testPerClient: The same for test examples.
  ///   - unseen: The clients that never train. Those that have test examples only are among them unasked.
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
    // Where nobody trains, nobody is told apart: that is an error of its own.
    let testOnly = whole.testOnlyClients.count < whole.clientCount ? whole.testOnlyClients : []
    let asked =
      try unseen?.clients(
        of: whole.clientCount, testOnly: testOnly, source: source, partitioner: partitioner, seed: seed) ?? []
    let held = testOnly.isEmpty ? asked : Set(asked).union(testOnly).sorted()
    testOnlyCount = testOnly.count
    testOnlyDomains = Set(testOnly.compactMap { whole.domain($0) }).sorted().map { source.domains[$0] }
    division = held.isEmpty ? whole : HoldingOut(whole, held)
    unseenCount = held.count
    clientCount = whole.clientCount - held.count
    untestedClientCount = division.untestedClientCount
  }

  /// One client with the training examples of all clients of a federation, in the clients' order.
  private init(pooling other: FederatedDataset) {
    source = other.source
    seed = other.seed
    testOnlyCount = 0
    testOnlyDomains = []
    division = PooledDivision(other.division, 0..<other.clientCount)
    unseenCount = 0
    clientCount = 1
    untestedClientCount = 1
  }

  /// A federation of one client, number 0, that has the training examples of all clients, in the clients' order.
  public func pooled() -> FederatedDataset { FederatedDataset(pooling: self) }

  /// One example's shape.
  public var sampleShape: Shape { source.sampleShape }
  /// How many labels there are.
  public var classCount: Int { source.classCount }
  /// Whether any client has test examples.
  public var hasTestExamples: Bool { untestedClientCount < clientCount }
  /// How many of the clients that train have no test examples.
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

  /// Training examples of all clients that train; counted once.
  public var trainCount: Int {
    trainSum.withLock { known in
      let sum = known ?? (0..<clientCount).reduce(0) { $0 + division.trainCount($1) }
      known = sum
      return sum
    }
  }

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
  /// The clients that have test examples and no training example, in ascending order.
  var testOnlyClients: [Int] { get }
}

extension ClientDivision {
  func run(_ client: Int, _ split: DataSplit) -> ExampleRun? { nil }
  var testOnlyClients: [Int] { [] }
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
