internal import Randomness

/// Examples of a split, all of them domain by domain, in the order of the source's files.
private func inFileOrder(
  _ pool: [ExampleReference], split: DataSplit, source: any ExampleSource
) -> [ExampleReference] {
  var ordered = pool
  for reference in pool {
    guard let row = source.fileRow(reference, split: split) else { return pool }
    ordered[row] = reference
  }
  return ordered
}

/// A division that lists every client's examples.
struct ListedDivision: ClientDivision {
  /// Examples that a source is asked to make for a division that lists them: 100 MB of references for each split.
  private static let madeLimit = 12_500_000
  private var lists: [DataSplit: [[ExampleReference]]] = [:]
  private var domains: [Int?] = []
  private var names: [String] = []
  private(set) var remarks: [String] = []
  private(set) var mixesDomains = false
  private(set) var unionClient: Int?
  private(set) var unseenClients: [Int] = []
  private var sourceSplits: [DataSplit: DataSplit] = [:]
  private var made: [DataSplit: Int] = [:]

  init(
    source: any ExampleSource, partitioner: any Partitioner, trainPerClient: Int?, testPerClient: Int?,
    heldOut: HeldOutShares, seed: UInt64
  ) throws {
    let units = source.units
    let domainCount = units.domains.count
    let clients = partitioner.clientCount(units)
    let isMade = source.isGenerated
    if isMade {
      let made = clients * max(trainPerClient ?? defaultMadeCount, testPerClient ?? defaultMadeCount)
      guard made <= Self.madeLimit else {
        throw PartitionProblem.tooManyExamples(examples: made, limit: Self.madeLimit)
      }
    }
    for (split, perClient) in [(DataSplit.train, trainPerClient), (.test, testPerClient)] where isMade {
      made[split] = ((perClient ?? defaultMadeCount) * clients + domainCount - 1) / domainCount
    }
    let madeCounts = made
    func count(_ split: DataSplit, domain: Int) -> Int {
      source.exampleCount(domain: domain, split: split) ?? madeCounts[split] ?? 0
    }
    /// All examples of a split, domain by domain.
    func all(_ split: DataSplit) -> [ExampleReference] {
      (0..<domainCount).flatMap { domain in
        (0..<count(split, domain: domain)).map { ExampleReference(domain: domain, index: $0) }
      }
    }
    let trainPool = all(.train)
    var stream = RandomStream(seed: seed, .partition)
    let otherCounts = [DataSplit.validation, .test].map { split in
      (split, (0..<domainCount).reduce(0) { $0 + count(split, domain: $1) })
    }
    let partition = try partitioner.divide(
      ExampleTable(
        trainPool, split: .train, source: source, otherCounts: Dictionary(uniqueKeysWithValues: otherCounts)),
      stream: &stream)
    var parts = partition.clients.map { part in part.map { trainPool[$0] } }
    names = partition.names
    remarks = partition.remarks
    unseenClients = partition.unseen
    var loose: [ExampleReference] = []
    for split in [DataSplit.validation, .test] {
      let pool = all(split)
      if case .listed(let listed) = partition.others, let rows = listed[split] {
        let own = inFileOrder(rows.source == .train ? trainPool : pool, split: rows.source, source: source)
        lists[split] = rows.clients.map { part in part.map { own[$0] } }
        if rows.source != split { sourceSplits[split] = rows.source }
        continue
      }
      if split == .test, heldOut.poolsTest {
        guard !pool.isEmpty else {
          throw PartitionProblem.lacking(
            "the source has no test examples that 'data.test: union' could test on together (allowed: a share, as 0.2)")
        }
        loose = pool
        lists[.test] = parts.map { _ in [] }
        continue
      }
      let (ofClients, ofNobody) = divideOthers(pool, split, like: parts, partition, source: source, seed: seed)
      lists[split] = ofClients
      if split == .test { loose = ofNobody }
    }
    if !loose.isEmpty {
      // They are tested on together, by one who never trains.
      parts.append([])
      lists[.validation]?.append([])
      lists[.test]?.append(loose)
      if names.isEmpty { names = parts.indices.dropLast().map { "client\($0)" } }
      // A client of the files may have that name.
      var name = "union"
      while names.contains(name) { name = "all " + name }
      names.append(name)
      unionClient = parts.count - 1
    }
    if heldOut.poolsTest, case .natural = partition.others { leaveOutEmpty(&parts) }
    lists[.train] = parts
    for (split, count) in [(DataSplit.train, trainPerClient), (.test, testPerClient)] where !isMade {
      if let count { limit(split, to: count, seed: seed) }
    }
    for (split, share) in [(DataSplit.test, heldOut.test), (.validation, heldOut.validation)] {
      guard let share, lists[split]?.allSatisfy(\.isEmpty) ?? true else { continue }
      holdOut(share, for: split, source: source, seed: seed)
      if split == .test, let testPerClient, !isMade { limit(.test, to: testPerClient, seed: seed) }
    }
    domains = parts.indices.map { client in
      // A client that trains on nothing is of the domain that it is tested on, or of that which it was meant for.
      let own = [DataSplit.train, .test, .validation].map { references(client, $0) }
      let part = own.first { !$0.isEmpty } ?? []
      guard let first = part.first?.domain else {
        return partition.meantDomains.indices.contains(client) ? partition.meantDomains[client] : nil
      }
      return part.allSatisfy { $0.domain == first } ? Int(first) : nil
    }
    if case .natural = partition.others { return }
    mixesDomains = zip(domains, parts).contains { $0 == nil && !$1.isEmpty }
  }

  /// The examples of a split that nobody trains on, by client.
  private mutating func divideOthers(
    _ pool: [ExampleReference], _ split: DataSplit, like parts: [[ExampleReference]], _ partition: Partition,
    source: any ExampleSource, seed: UInt64
  ) -> (ofClients: [[ExampleReference]], ofNobody: [ExampleReference]) {
    switch partition.others {
    case .proportional(let byLabel):
      let divided = proportionalSplit(
        pool, split: split, like: parts, meantDomains: partition.meantDomains,
        byLabel: byLabel && source.classCount > 0,
        source: source, seed: seed)
      return (divided, [])
    case .natural(let numbers, let shards):
      var result = [[ExampleReference]](repeating: [], count: parts.count)
      var ofClient: [Int: [ExampleReference]] = [:]
      var loose: [ExampleReference] = []
      var leftOut = 0
      for reference in pool {
        guard let client = source.origin(reference, split: split).client else {
          loose.append(reference)
          continue
        }
        if let number = numbers[Int(client)] {
          ofClient[number, default: []].append(reference)
        } else {
          leftOut += 1
        }
      }
      for (number, examples) in ofClient {
        guard shards > 1 else {
          result[number] = examples
          continue
        }
        var stream = RandomStream(seed: seed, .partition, split == .test ? 5 : 6, UInt64(number))
        for (shard, part) in iidPartition(count: examples.count, clients: shards, stream: &stream).enumerated() {
          result[number + shard] = part.map { examples[$0] }
        }
      }
      if leftOut > 0 {
        let kind = split == .test ? "test" : "validation"
        remarks.append("\(leftOut) of \(pool.count) \(kind) examples are of natural clients that are left out")
      }
      return (result, loose)
    case .listed where split == .test:
      if !pool.isEmpty {
        remarks.append(
          "the file of the partition gives nobody the \(pool.count) test examples of the source: they are tested on together, as one unseen client 'union'"
        )
      }
      return (parts.map { _ in [] }, pool)
    case .listed:
      let divided = proportionalSplit(
        pool, split: split, like: parts, meantDomains: partition.meantDomains, byLabel: source.classCount > 0,
        source: source, seed: seed)
      return (divided, [])
    }
  }

  /// Leaves out natural clients that have nothing but test examples, which belong to nobody now.
  private mutating func leaveOutEmpty(_ parts: inout [[ExampleReference]]) {
    let kept = parts.indices.filter { client in
      !parts[client].isEmpty || lists.values.contains { !$0[client].isEmpty }
    }
    guard kept.count < parts.count else { return }
    func keep<Value>(_ values: [Value]) -> [Value] { kept.map { values[$0] } }
    names = keep(names)
    if unionClient != nil { unionClient = kept.count - 1 }
    parts = keep(parts)
    for split in lists.keys { lists[split] = lists[split].map(keep) }
  }

  /// Keeps at most so many of each client's examples, drawn at random, in their order.
  private mutating func limit(_ split: DataSplit, to count: Int, seed: UInt64) {
    lists[split] = lists[split]?.enumerated().map { client, part in
      guard count < part.count else { return part }
      var stream = RandomStream(seed: seed, .selection, UInt64(client), split == .train ? 0 : 1)
      return stream.sample(count, of: part.count).map { part[$0] }
    }
  }

  /// Takes a share of each client's training examples for another split.
  private mutating func holdOut(_ share: Double, for split: DataSplit, source: any ExampleSource, seed: UInt64) {
    var (kept, held): ([[ExampleReference]], [[ExampleReference]]) = ([], [])
    for (client, part) in (lists[.train] ?? []).enumerated() {
      var stream = RandomStream(seed: seed, .selection, UInt64(client), split == .test ? 2 : 3)
      let labels = part.map { source.classCount > 0 ? source.label($0, split: .train) : 0 }
      let places = heldOutPlaces(of: labels, share: share, stream: &stream)
      let taken = Set(places)
      kept.append(part.indices.filter { !taken.contains($0) }.map { part[$0] })
      held.append(places.map { part[$0] })
    }
    lists[.train] = kept
    lists[split] = held
    sourceSplits[split] = .train
  }

  var clientCount: Int { domains.count }
  func madeOfDomain(_ split: DataSplit) -> Int { made[split] ?? 0 }
  func name(_ client: Int) -> String? { names.indices.contains(client) ? names[client] : nil }
  func domain(_ client: Int) -> Int? { domains[client] }
  func references(_ client: Int, _ split: DataSplit) -> [ExampleReference] { lists[split]?[client] ?? [] }
  func sourceSplit(_ split: DataSplit) -> DataSplit { sourceSplits[split] ?? split }
  func count(_ client: Int, _ split: DataSplit) -> Int { lists[split]?[client].count ?? 0 }
}
