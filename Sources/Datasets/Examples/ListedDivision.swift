internal import Randomness

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
      partitioner: partitioner, seed: seed)
    /// At most `limit` of a client's examples, drawn at random, in their order.
    func limited(_ references: [ExampleReference], _ limit: Int?, _ client: Int, _ split: UInt64) -> [ExampleReference]
    {
      guard let limit, limit < references.count, !isMade else { return references }
      var stream = RandomStream(seed: seed, .selection, UInt64(client), split)
      return stream.sample(limit, of: references.count).map { references[$0] }
    }
    train = parts.enumerated().map { client, part in limited(part.map { trainPool[$0] }, trainPerClient, client, 0) }
    test = testParts.enumerated().map { client, part in limited(part, testPerClient, client, 1) }
    domains = zip(train, test).enumerated().map { client, parts in
      // A client that trains on nothing is of the domain that it is tested on, or of that which it was meant for.
      let part = parts.0.isEmpty ? parts.1 : parts.0
      guard let first = part.first?.domain else { return partitioner.domain(ofClient: client) }
      return part.allSatisfy { $0.domain == first } ? Int(first) : nil
    }
  }

  var clientCount: Int { train.count }
  var testOnlyClients: [Int] { train.indices.filter { train[$0].isEmpty && !test[$0].isEmpty } }
  var untestedClientCount: Int { test.reduce(0) { $0 + ($1.isEmpty ? 1 : 0) } }
  func domain(_ client: Int) -> Int? { domains[client] }
  func trainCount(_ client: Int) -> Int { train[client].count }
  func testCount(_ client: Int) -> Int { test[client].count }
  func references(_ client: Int, _ split: DataSplit) -> [ExampleReference] {
    split == .train ? train[client] : test[client]
  }
}
