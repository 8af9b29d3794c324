import Catalogs
import Tensors
import Testing

@testable import Datasets

@Suite("normalization of inputs")
struct NormalizationTests {
  /// Clients of vectors; the last so many never train.
  private func dataset(
    _ clients: [[[Float]]], tests: [[[Float]]]? = nil, _ normalization: Normalization, unseen: [String] = [],
    mean: [Double] = [0], deviation: [Double] = [1]
  ) throws -> FederatedDataset {
    let width = clients.joined().first?.count ?? 1
    var data = HeldData(shape: [width], splits: [:], target: .classes(1))
    for (split, all) in [(DataSplit.train, clients), (.test, tests ?? clients)] {
      let rows = all.enumerated().flatMap { client, rows in rows.map { (client, $0) } }
      var held = HeldSplit(
        inputs: .floats(rows.flatMap(\.1)), targets: .classes(rows.map { _ in 0 }), count: rows.count)
      held.clients = rows.map { Int32($0.0) }
      data.splits[split] = held
    }
    data.classes = ["0"]
    data.clients = clients.indices.map { "c\($0)" }
    data.features = ["age", "height", "weight"].prefix(width).map { $0 }
    return try FederatedDataset(
      source: HeldSource(data, mean: mean, deviation: deviation), partitioner: Natural(), trainPerClient: nil,
      testPerClient: nil, unseen: unseen.isEmpty ? nil : .names(unseen), normalization: normalization, seed: 1)
  }

  private func near(_ values: [Float], _ expected: [Double]) -> Bool {
    values.count == expected.count && zip(values, expected).allSatisfy { abs(Double($0) - $1) <= 1e-6 + 1e-6 * abs($1) }
  }

  private let two: [[[Float]]] = [[[1, 5], [3, 5]], [[10, 5], [20, 5], [30, 5], [40, 5]]]

  @Test("fixed is (x − mean)/std, for all or by channel")
  func fixed() throws {
    let one = try dataset(two, .fixed(mean: [1], deviation: [2]))
    #expect(near(FeatureShiftTests.values(one, 0), [0, 2, 1, 2]))
    let each = try dataset(two, .fixed(mean: [1, 4], deviation: [2, 0.5]))
    #expect(near(FeatureShiftTests.values(each, 0), [0, 2, 1, 2]))
    // Mean and deviation of 'image' give way.
    let other = try dataset(two, .fixed(mean: [1], deviation: [2]), mean: [7], deviation: [9])
    #expect(FeatureShiftTests.values(other, 0) == FeatureShiftTests.values(one, 0))
    #expect(
      throws: NormalizationProblem(
        option: "std", description: "has 3 values for 2 channels (allowed: a number, or a list of 2)")
    ) { try dataset(two, .fixed(mean: [1], deviation: [1, 2, 3])) }
  }

  @Test("local takes each client's own training examples, in every split")
  func local() throws {
    let dataset = try dataset(two, tests: [[[5, 7]], [[25, 4]]], .local)
    let one = 1 / (1 + 1e-5).squareRoot()
    #expect(near(FeatureShiftTests.values(dataset, 0), [-one, 0, one, 0]))
    #expect(near(FeatureShiftTests.values(dataset, 0, .test), [3 * one, 0]))
    #expect(near(FeatureShiftTests.values(dataset, 1, .test), [0, 0]))
    #expect(dataset.normalizationBytes == (0, 0))
  }

  @Test("federated is the law of total variance, weighed by examples")
  func federated() throws {
    let dataset = try dataset(two, .federated)
    let all = [1, 3, 10, 20, 30, 40].map(Double.init)
    let mean = all.reduce(0, +) / 6
    let variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 6
    let expected = all.map { ($0 - mean) / (variance + 1e-5).squareRoot() }
    #expect(near(FeatureShiftTests.values(dataset, 0), [expected[0], 0, expected[1], 0]))
    #expect(near(FeatureShiftTests.values(dataset, 1), expected[2...].flatMap { [$0, 0] }))
    #expect(dataset.normalizationBytes == (20, 16))
    #expect(
      dataset.normalizationRemarks == [
        "'normalize: federated': 'height' has one value in all training examples and becomes 0"
      ])
  }

  @Test("a feature that is constant at one client alone is 0 there under local, and not under federated")
  func constants() throws {
    let clients: [[[Float]]] = [[[0.1, 1], [0.1, 2]], [[0.3, 1], [0.1, 4]], [[0.1, 3], [0.1, 3]]]
    let local = try dataset(clients, tests: [[[9, 1]], [[9, 1]], [[9, 9]]], .local)
    #expect(FeatureShiftTests.values(local, 0, .test)[0] == 0 && FeatureShiftTests.values(local, 1, .test)[0] != 0)
    #expect(FeatureShiftTests.values(local, 2, .test) == [0, 0])
    #expect(
      local.normalizationRemarks == [
        "'normalize: local': 'age' (at 2 of 3 clients), 'height' (at 1 of 3 clients) have one value in all training examples and become 0"
      ])
    let federated = try dataset(clients, .federated)
    #expect(FeatureShiftTests.values(federated, 0).allSatisfy { $0 != 0 } && federated.normalizationRemarks == [])
    // Constant everywhere, at two values.
    let apart = try dataset([[[1], [1]], [[3], [3]]], .federated)
    let one = 1 / (1 + 1e-5).squareRoot()
    #expect(near(FeatureShiftTests.values(apart, 0), [-one, -one]))
  }

  @Test("who never trains takes the examples that it is evaluated on under local, and everybody's under federated")
  func unseen() throws {
    let clients: [[[Float]]] = [[[1], [3]], [[0], [100]]]
    let local = try dataset(clients, tests: [[[2]], [[10], [14]]], .local, unseen: ["c1"])
    let two = 2 / (4 + 1e-5).squareRoot()
    #expect(near(FeatureShiftTests.values(local, 1, .test), [-two, two]))
    #expect(near(FeatureShiftTests.values(local, 1), [-12 / (4 + 1e-5).squareRoot(), 88 / (4 + 1e-5).squareRoot()]))
    #expect(
      local.normalizationRemarks == [
        "'normalize: local' takes mean and variance of clients that never train from the examples that they are evaluated on"
      ])
    let federated = try dataset(clients, tests: [[[2]], [[10], [14]]], .federated, unseen: ["c1"])
    #expect(
      near(FeatureShiftTests.values(federated, 1, .test), [8 / (1 + 1e-5).squareRoot(), 12 / (1 + 1e-5).squareRoot()]))
  }

  @Test("moments keep their digits where the mean is large, and a constant is exact")
  func digits() throws {
    let source = try dataset([[[16_777_215], [16_777_216], [16_777_214], [16_777_215]]], .none)
    let moments = ChannelMoments(source.examples(0, .train), shape: [1])
    #expect(moments.mean == [16_777_215] && moments.variance == [0.5])
    let constant = try dataset([[[0.1], [0.1], [0.1]]], .none)
    let same = ChannelMoments(constant.examples(0, .train), shape: [1])
    #expect(same.mean == [Double(Float(0.1))] && same.variance == [0])
  }

  @Test("channels of images that are made, after a shift")
  func images() throws {
    let source = try datasetCatalog.make("synthetic-digits", ["domains": .list([.text("colour"), .text("ink")])]).open(
      "/", 1)
    for normalization in [Normalization.local, .federated] {
      let dataset = try FederatedDataset(
        source: source, partitioner: ByDomain(), trainPerClient: 20, testPerClient: 4,
        shift: [FeatureShiftTests.brightness()], normalization: normalization, seed: 1)
      let values = (0..<2).map { FeatureShiftTests.values(dataset, $0).map(Double.init) }
      let parts = normalization == .local ? values : [values[0] + values[1]]
      for part in parts {
        for channel in 0..<3 {
          let own = stride(from: channel, to: part.count, by: 3).map { part[$0] }
          let mean = own.reduce(0, +) / Double(own.count)
          let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)
          #expect(abs(mean) < 1e-5 && abs(variance - 1) < 2e-3)
        }
      }
      #expect(dataset.normalizationRemarks == [])
    }
  }
}
