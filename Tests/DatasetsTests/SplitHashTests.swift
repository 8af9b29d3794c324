import Catalogs
import Testing

@testable import Datasets

/// What tells one division of data from another, and what a client is called.
@Suite struct SplitHashTests {
  /// Twelve examples of two classes, of two groups; client 2 has both.
  private static func source(_ labels: [Int32] = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]) -> HeldSource {
    var data = HeldData(shape: [1], splits: [:], target: .classes(2))
    data.classes = ["no", "yes"]
    data.domains = [""]
    data.clients = ["ann", "bob", "cy"]
    data.groups = ["north", "south"]
    var part = HeldSplit(inputs: .floats((0..<12).map(Float.init)), targets: .classes(labels), count: 12)
    part.clients = (0..<12).map { Int32($0 / 4) }
    part.groups = (0..<12).map { $0 < 4 ? 0 : $0 < 10 ? 1 : 0 }
    data.splits[.train] = part
    return HeldSource(data)
  }

  private func dataset(
    _ partition: String = "natural", _ options: [String: OptionValue] = [:], seed: UInt64 = 1,
    heldOut: HeldOutShares = HeldOutShares(), unseen: UnseenClients? = nil, normalization: Normalization = .none
  ) throws -> FederatedDataset {
    try FederatedDataset(
      source: Self.source(), partitioner: try partitionCatalog.make(partition, options), trainPerClient: nil,
      testPerClient: nil, heldOut: heldOut, unseen: unseen, normalization: normalization, seed: seed)
  }

  @Test func equalDivisionsHaveOneHash() throws {
    let hash = try #require(try dataset().splitHash)
    #expect(hash.count == 64)
    #expect(try dataset(seed: 2).splitHash == hash)
    #expect(try dataset(normalization: .federated).splitHash == hash)
    let iid: [String: OptionValue] = ["clients": .integer(3)]
    let others = try [
      dataset(heldOut: HeldOutShares(test: 0.25)).splitHash,
      dataset(heldOut: HeldOutShares(validation: 0.25)).splitHash,
      dataset(unseen: .count(1)).splitHash, dataset("iid", iid).splitHash, dataset("iid", iid, seed: 2).splitHash,
    ]
    #expect(Set(others + [hash]).count == 6)
  }

  @Test func examplesThatAreMadeForTheirClientsHaveNone() throws {
    let digits = try datasetCatalog.make("synthetic-digits", [:]).open("/", 1)
    let byDomain = try FederatedDataset(
      source: digits, partitioner: try partitionCatalog.make("by-domain", [:]), trainPerClient: 4, testPerClient: 2,
      seed: 1)
    #expect(byDomain.splitHash == nil && digits.dataHash == nil)
    let listed = try [1, 2].map { seed in
      try FederatedDataset(
        source: digits, partitioner: try partitionCatalog.make("iid", ["clients": .integer(2)]), trainPerClient: 4,
        testPerClient: 2, seed: seed
      ).splitHash
    }
    #expect(listed[0] != nil && listed[0] != listed[1])
  }

  @Test func aGroupIsThatOfAllExamples() throws {
    let natural = try dataset()
    #expect((0..<3).map { natural.profile($0).group } == ["north", "south", nil])
    #expect((0..<3).map { natural.profile($0).name } == ["ann", "bob", "cy"])
    #expect(natural.classNames == ["no", "yes"])
    let info = DataInfo(natural, source: "npz", partition: "natural", notes: [])
    #expect(info.clients.map(\.group) == ["north", "south", nil])
  }

  @Test func aSummaryCountsWhatClientsHave() throws {
    let summary = SplitSummary(try dataset(heldOut: HeldOutShares(test: 0.25, validation: 0.34), unseen: .count(1)))
    #expect((summary.clients, summary.unseen) == (2, 1))
    #expect(summary.examples[.train]?.range == 2...2 && summary.examples[.train]?.sum == 4)
    #expect(summary.examples[.validation]?.sum == 2 && summary.examples[.test]?.sum == 2 && summary.unseenTest == 1)
    #expect(summary.classes?.upperBound == 2)
    let digits = try datasetCatalog.make("synthetic-digits", [:]).open("/", 1)
    let made = SplitSummary(
      try FederatedDataset(
        source: digits, partitioner: try partitionCatalog.make("by-domain", ["clients_per_domain": .integer(100_000)]),
        trainPerClient: 4, testPerClient: 2, seed: 1))
    #expect(made.clients == 500_000 && made.examples[.train]?.sum == 2_000_000 && made.classes == nil)
  }
}
