import Catalogs
import Tensors
import Testing

@testable import Datasets

/// Domains with the labels that a test gives them.
private struct LabelledExamples: ExampleSource {
  /// Training and test labels, domain by domain.
  let labels: [(train: [Int32], test: [Int32])]

  var domains: [String] { labels.indices.map { "d\($0)" } }
  var sampleShape: Shape { [1] }
  var classCount: Int { 1 + Int(labels.flatMap { $0.train + $0.test }.max() ?? 0) }
  func exampleCount(domain: Int, split: DataSplit) -> Int? { of(domain, split).count }
  func label(_ reference: ExampleReference, split: DataSplit) -> Int32 {
    of(Int(reference.domain), split)[Int(reference.index)]
  }
  func write(_ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>) {}
  private func of(_ domain: Int, _ split: DataSplit) -> [Int32] {
    split == .train ? labels[domain].train : labels[domain].test
  }
}

private func repeated(_ labels: [Int32], _ count: Int) -> [Int32] {
  (0..<count).map { labels[$0 % labels.count] }
}

/// Test examples whose labels nobody trains on: kept for somebody, and counted.
@Suite("test examples of labels that nobody trains on")
struct TestSplitTests {
  /// One domain that trains on labels 0 to 2 and tests on 0 to 5; one that trains on 0 and 1, without a test; and a
  /// third that only tests.
  private static let sources: [[(train: [Int32], test: [Int32])]] = [
    [(repeated([0, 1, 2], 40), repeated([0, 1, 2, 3, 4, 5], 33))],
    [(repeated([0, 1, 2], 40), repeated([5, 3], 7)), (repeated([0, 1], 23), [])],
    [(repeated([0, 1, 2], 40), [0, 1, 1]), (repeated([3], 11), repeated([0, 7], 19))],
    [(repeated([0, 1, 2], 40), [0, 4]), ([], repeated([1, 6], 13))],
  ]

  private static let partitioners: [any Partitioner] = [
    ByDomain(), ByDomain(clientsPerDomain: 3), IID(clients: 4), IID(clients: 7),
    Dirichlet(clients: 4, concentration: 100), Dirichlet(clients: 3, concentration: 0.05, minimumSize: 0),
  ]

  private static let cases = sources.indices.flatMap { source in partitioners.indices.map { (source, $0) } }

  private func dataset(_ source: Int, _ partitioner: Int, train: Int? = nil, test: Int? = nil, seed: UInt64 = 1) throws
    -> FederatedDataset
  {
    try FederatedDataset(
      source: LabelledExamples(labels: Self.sources[source]), partitioner: Self.partitioners[partitioner],
      trainPerClient: train, testPerClient: test, seed: seed)
  }

  @Test("every test example has one owner under every partition and seed", arguments: cases)
  func owners(source: Int, partitioner: Int) throws {
    for seed in [1, 2, 3] as [UInt64] {
      let dataset = try dataset(source, partitioner, seed: seed)
      let clients = dataset.clientCount + dataset.unseenCount
      let owned = (0..<clients).flatMap { dataset.division.references($0, .test) }
      #expect(Set(owned).count == owned.count)
      #expect(owned.count == Self.sources[source].map(\.test.count).reduce(0, +))
      for client in 0..<clients {
        #expect(dataset.testCount(client) == dataset.division.references(client, .test).count)
      }
    }
  }

  @Test("the census counts them, and nobody is left out where everything is trained on")
  func census() throws {
    let iid = try #require(try dataset(0, 2).labelCensus())
    #expect(iid.untrained == [3, 4, 5] && iid.untrainedTestCount == 15 && iid.testCount == 33 && iid.absent.isEmpty)
    // 0, 1 and 2 are trained on, 3, 4 and 5 by nobody in the one, by the other domain in the other.
    let third = try #require(try dataset(2, 0).labelCensus())
    #expect(third.untrained == [7] && third.untrainedTestCount == 9 && third.absent == [4, 5, 6])
    let whole = LabelledExamples(labels: [(repeated([0, 1], 9), repeated([1, 0], 5))])
    let known = try FederatedDataset(
      source: whole, partitioner: IID(clients: 3), trainPerClient: nil, testPerClient: nil, seed: 1)
    #expect(known.labelCensus() == nil)
    // A limit takes labels away, too: the one example that is left trains on one label.
    let limited = try FederatedDataset(
      source: whole, partitioner: ByDomain(), trainPerClient: 1, testPerClient: nil, seed: 1)
    let census = try #require(limited.labelCensus())
    #expect(census.untrained.count == 1 && census.untrainedTestCount == (census.untrained == [0] ? 2 : 3))
    // Limits of test examples are taken after the division, and only what is left counts.
    let few = try #require(try dataset(0, 2, test: 2).labelCensus())
    #expect(few.testCount == 8 && few.untrainedTestCount <= 8)
  }

  @Test("labels that unseen clients alone have are trained on by nobody")
  func unseen() throws {
    let source = LabelledExamples(labels: [
      (repeated([0, 1], 10), [0, 1, 0]), (repeated([0, 2], 10), [2, 2, 0, 2]), (repeated([1, 3], 10), [3]),
    ])
    let dataset = try FederatedDataset(
      source: source, partitioner: ByDomain(), trainPerClient: nil, testPerClient: nil, unseen: .domains(["d1"]),
      seed: 1
    )
    let census = try #require(dataset.labelCensus())
    #expect(census.untrained == [2] && census.untrainedTestCount == 3 && census.testCount == 8)
  }

  @Test("dealt evenly under iid, and after the clients' sizes under dirichlet")
  func shares() throws {
    let labels = [(train: repeated([0, 1, 2], 400), test: repeated([3], 100))]
    for seed in 1...5 as ClosedRange<UInt64> {
      let iid = try FederatedDataset(
        source: LabelledExamples(labels: labels), partitioner: IID(clients: 4), trainPerClient: nil, testPerClient: nil,
        seed: seed)
      #expect((0..<4).map { iid.testCount($0) } == [25, 25, 25, 25])
      let skewed = try FederatedDataset(
        source: LabelledExamples(labels: labels), partitioner: Dirichlet(clients: 4, concentration: 0.3),
        trainPerClient: nil, testPerClient: nil, seed: seed)
      for client in 0..<4 {
        #expect(abs(Double(skewed.testCount(client)) - Double(skewed.trainCount(client)) / 4) < 1)
      }
    }
  }

  /// The numbers are those of the division from before such examples had owners.
  @Test("where every label is trained on, the division is as it was to the bit")
  func unchanged() throws {
    let source = LabelledExamples(labels: [
      (repeated([0, 1, 2], 30), repeated([2, 1, 0, 0], 17)), (repeated([1, 2], 20), repeated([1, 2], 9)),
    ])
    func test(_ partitioner: any Partitioner) throws -> [[Int]] {
      let dataset = try FederatedDataset(
        source: source, partitioner: partitioner, trainPerClient: nil, testPerClient: nil, seed: 7)
      return (0..<dataset.clientCount).map { client in
        dataset.division.references(client, .test).map { Int($0.domain) * 100 + Int($0.index) }
      }
    }
    #expect(try test(ByDomain(clientsPerDomain: 2)) == Self.byDomain)
    #expect(try test(IID(clients: 3)) == Self.iid)
    #expect(try test(Dirichlet(clients: 3, concentration: 0.5)) == Self.dirichlet)
  }

  private static let byDomain = [
    [0, 2, 5, 9, 10, 11, 15, 16], [1, 3, 4, 6, 7, 8, 12, 13, 14], [100, 104, 105, 108], [101, 102, 103, 106, 107],
  ]
  private static let iid = [
    [7, 9, 10, 104, 106, 107, 108], [1, 2, 4, 8, 13, 15, 102, 105], [0, 3, 5, 6, 11, 12, 14, 16, 100, 101, 103],
  ]
  private static let dirichlet = [
    [9, 13, 104, 106], [2, 3, 4, 6, 7, 8, 10, 15, 107], [0, 1, 5, 11, 12, 14, 16, 100, 101, 102, 103, 105, 108],
  ]

  @Test("a client with test examples only never trains, whatever its number, and stands behind the others")
  func testOnly() throws {
    let source = LabelledExamples(labels: [
      (repeated([0, 1], 10), [0]), ([], [1, 1, 0]), ([], []), (repeated([0, 1], 6), []), ([], [0]),
    ])
    func dataset(_ unseen: UnseenClients?, _ partitioner: any Partitioner = ByDomain()) throws -> FederatedDataset {
      try FederatedDataset(
        source: source, partitioner: partitioner, trainPerClient: nil, testPerClient: nil, unseen: unseen, seed: 1)
    }
    let plain = try dataset(nil)
    #expect(plain.clientCount == 3 && plain.unseenCount == 2)
    #expect(plain.testOnlyCount == 2 && plain.testOnlyDomains == ["d1", "d4"])
    #expect((0..<5).map { plain.profile($0).domain } == ["d0", "d2", "d3", "d1", "d4"])
    #expect((0..<5).map { plain.trainCount($0) } == [10, 0, 6, 0, 0])
    #expect((0..<5).map { plain.testCount($0) } == [1, 0, 0, 3, 1])
    // Named as well, or beside one that is drawn.
    #expect(try dataset(.domains(["d4"])).unseenCount == 2)
    #expect(try dataset(.domains(["d0", "d1"])).unseenCount == 3)
    for seed in 1...8 as ClosedRange<UInt64> {
      let drawn = try FederatedDataset(
        source: source, partitioner: ByDomain(), trainPerClient: nil, testPerClient: nil, unseen: .count(1), seed: seed)
      #expect(drawn.clientCount == 2 && drawn.unseenCount == 3)
      let names = Set((2..<5).map { drawn.profile($0).domain })
      #expect(names.isSuperset(of: ["d1", "d4"]))
    }
    #expect(throws: UnseenProblem("clients", "'3' of 2 clients with training examples leaves none to train")) {
      try dataset(.count(3))
    }
    // A partition that mixes domains gives such examples to those who train.
    let mixed = try dataset(nil, IID(clients: 3))
    #expect(mixed.unseenCount == 0 && (0..<3).map { mixed.testCount($0) }.reduce(0, +) == 5)
    // Two clients share the domain's test examples.
    let pairs = try dataset(nil, ByDomain(clientsPerDomain: 2))
    #expect(pairs.testOnlyCount == 3 && pairs.testOnlyDomains == ["d1", "d4"])
  }

  @Test("where nobody trains nobody is held out, and the missing training is the error")
  func nobody() throws {
    let dataset = try FederatedDataset(
      source: LabelledExamples(labels: [([], [0, 1]), ([], [1])]), partitioner: ByDomain(), trainPerClient: nil,
      testPerClient: nil, seed: 1)
    #expect(dataset.clientCount == 2 && dataset.unseenCount == 0 && dataset.trainCount(0) == 0)
  }
}
