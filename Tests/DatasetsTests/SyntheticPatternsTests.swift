import Catalogs
import Randomness
import Tensors
import Testing

@testable import Datasets

@Suite("synthetic patterns")
struct SyntheticPatternsTests {
  private func open(_ options: [String: OptionValue] = [:], shape: [Int] = [24], seed: UInt64 = 1) throws
    -> any ExampleSource
  {
    let given = options.merging(["shape": .list(shape.map { .integer($0) })]) { own, _ in own }
    return try datasetCatalog.make("synthetic-patterns", given).open("/", seed)
  }

  private func dataset(
    _ options: [String: OptionValue] = [:], shape: [Int] = [24], clients: Int = 2, train: Int = 40, test: Int = 10,
    seed: UInt64 = 1
  ) throws -> FederatedDataset {
    try FederatedDataset(
      source: open(options, shape: shape, seed: seed), partitioner: ByDomain(clientsPerDomain: clients),
      trainPerClient: train, testPerClient: test, seed: seed)
  }

  /// The examples at `positions`, or all.
  private func values(_ examples: ClientExamples, _ positions: [Int]? = nil, width: Int = 24) -> [Float] {
    let positions = positions ?? Array(0..<examples.count)
    var values = [Float](repeating: 9, count: positions.count * width)
    var labels = [Int32](repeating: -1, count: positions.count)
    values.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      examples.gather(positions[...], values: base, labels: &labels)
    }
    #expect(labels == positions.map { examples.labels[$0] })
    return values
  }

  @Test("examples are the same for the same seed, and differ by seed, client, split and domain")
  func determinism() throws {
    let domains: [String: OptionValue] = ["domains": .integer(3)]
    let (first, same, other) = (try dataset(domains), try dataset(domains), try dataset(domains, seed: 2))
    #expect(first.clientCount == 6 && first.source.domains == ["domain-0", "domain-1", "domain-2"])
    var seen: Set<[Float]> = []
    for client in 0..<first.clientCount {
      for split in [DataSplit.train, .test] {
        let all = values(first.examples(client, split))
        #expect(all == values(same.examples(client, split)) && all != values(other.examples(client, split)))
        for start in stride(from: 0, to: all.count, by: 24) {
          #expect(seen.insert(Array(all[start..<start + 24])).inserted)
        }
      }
    }
  }

  @Test("an example is the same in whatever batch, from a run or a list, whoever else there is")
  func places() throws {
    let both = try dataset(["domains": .list([.text("north"), .text("south")]), "domain_shift": .number(1)])
    let all = values(both.examples(3, .train))
    let order = [7, 0, 39, 7, 12]
    #expect(values(both.examples(3, .train), order) == order.flatMap { Array(all[$0 * 24..<$0 * 24 + 24]) })
    let references = (40..<80).map { ExampleReference(domain: 1, index: $0) }
    for materialize in [true, false] {
      let listed = ClientExamples(references, split: .train, source: both.source, materialize: materialize)
      #expect(values(listed) == all && listed.labels == both.examples(3, .train).labels)
    }
    let one = try dataset(["domains": .text("south"), "domain_shift": .number(1)])
    #expect(values(one.examples(1, .train)) == all)
  }

  @Test("every client's labels are nearly balanced", arguments: [2, 7, 10, 62], [10, 40, 743])
  func balance(classes: Int, count: Int) throws {
    let dataset = try dataset(["classes": .integer(classes)], clients: 30, train: count)
    var total = [Int](repeating: 0, count: classes)
    var orders: Set<[Int32]> = []
    for client in 0..<dataset.clientCount {
      let histogram = dataset.profile(client).labelHistogram
      #expect(histogram.reduce(0, +) == count)
      // A stretch of numbers cuts at most two groups of all labels.
      #expect(histogram.allSatisfy { abs($0 * classes - count) <= 2 * classes })
      for (label, number) in histogram.enumerated() { total[label] += number }
      orders.insert(dataset.examples(client, .train).labels)
    }
    let mean = Double(30 * count) / Double(classes)
    #expect(total.allSatisfy { abs(Double($0) - mean) <= max(2, 0.5 * mean) })
    #expect(orders.count > 1)
  }

  @Test(
    "labels can be learned: the nearest mean of other examples is mostly right",
    arguments: [[784], [16, 49], [12, 12, 3], [5, 7, 1]])
  func learnable(shape: [Int]) throws {
    let width = shape.reduce(1, *)
    let signal: OptionValue = .number(width < 100 ? 2 : 0.25)
    let dataset = try dataset(["signal": signal], shape: shape, clients: 1, train: 1000, test: 200)
    #expect(dataset.sampleShape == Shape(shape))
    let train = dataset.examples(0, .train)
    let examples = values(train, width: width)
    var means = [[Float]](repeating: [Float](repeating: 0, count: width), count: 10)
    for (place, label) in train.labels.enumerated() {
      for value in 0..<width { means[Int(label)][value] += examples[place * width + value] / 100 }
    }
    let test = dataset.examples(0, .test)
    let tested = values(test, width: width)
    let correct = test.labels.enumerated().count { place, label in
      let own = tested[(place * width)..<(place + 1) * width]
      let distances = means.map { mean in zip(own, mean).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
      return distances.firstIndex(of: distances.min() ?? 0) == Int(label)
    }
    #expect(correct >= 180)
  }

  @Test("values have the scale that was asked for, and domains differ only when they are to")
  func scale() throws {
    func moments(_ dataset: FederatedDataset, _ client: Int) -> (mean: Double, deviation: Double) {
      let all = values(dataset.examples(client, .train), width: 300)
      let mean = all.reduce(0) { $0 + Double($1) } / Double(all.count)
      return (mean, (all.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(all.count)).squareRoot())
    }
    let settings: [String: OptionValue] = ["domains": .integer(8), "signal": .number(0.5), "noise": .number(2)]
    let plain = try dataset(settings, shape: [300], clients: 1, train: 100)
    for client in 0..<8 {
      let (mean, deviation) = moments(plain, client)
      #expect(abs(mean) < 0.06 && abs(deviation - 4.25.squareRoot()) < 0.06)
    }
    let shifted = try dataset(
      settings.merging(["domain_shift": .number(0.5)]) { own, _ in own }, shape: [300], clients: 1, train: 100)
    let looks = (0..<8).map { moments(shifted, $0) }
    #expect(looks.allSatisfy { abs($0.mean) < 0.56 && (1.3...3.2).contains($0.deviation) })
    let (means, deviations) = (looks.map(\.mean), looks.map(\.deviation))
    #expect((means.max() ?? 0) - (means.min() ?? 0) > 0.3)
    #expect((deviations.max() ?? 0) - (deviations.min() ?? 0) > 0.5)
  }

  @Test("patterns of images are patches of four by four pixels")
  func patches() throws {
    let source = try open(["noise": .number(0)], shape: [9, 10, 2])
    var image = [Float](repeating: 0, count: 180)
    source.write([ExampleReference(domain: 0, index: 3)][...], split: .train, into: &image)
    var distinct: Set<Float> = []
    for row in 0..<9 {
      for column in 0..<10 {
        for channel in 0..<2 {
          let value = image[(row * 10 + column) * 2 + channel]
          #expect(value == image[(row / 4 * 4 * 10 + column / 4 * 4) * 2 + channel])
          distinct.insert(value)
        }
      }
    }
    #expect((16...18).contains(distinct.count))
  }

  @Test("a million clients open at once and take no memory", .timeLimit(.minutes(1)))
  func million() throws {
    let start = ContinuousClock.now
    let dataset = try dataset(shape: [784], clients: 1_000_000, train: 20, test: 10)
    #expect(dataset.clientCount == 1_000_000 && dataset.trainCount(999_999) == 20)
    #expect(dataset.profile(999_999).domain == "domain-0")
    // Far more than a cache would hold: 20,000 × 20 × 784 values are 1.2 GB.
    var sample = [Float](repeating: 0, count: 784)
    var label = [Int32](repeating: 0, count: 1)
    for client in stride(from: 0, to: 1_000_000, by: 50) {
      let examples = dataset.examples(client, .train)
      #expect(examples.byteCount == 0)
      examples.gather([19][...], values: &sample, labels: &label)
    }
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test("other partitions list the examples and make them in the batch, too")
  func listed() throws {
    let dataset = try FederatedDataset(
      source: open(), partitioner: Dirichlet(clients: 5, concentration: 0.3, minimumSize: 5), trainPerClient: 40,
      testPerClient: 10, seed: 1)
    let examples = dataset.examples(4, .train)
    #expect(examples.count == dataset.trainCount(4) && examples.byteCount == 0)
    #expect(values(examples) == values(dataset.examples(4, .train)))
  }

  @Test("options that can't be")
  func options() throws {
    #expect(throws: OptionProblem("domains", "names a domain twice")) {
      try open(["domains": .list([.text("a"), .text("a")])])
    }
    #expect(
      throws: OptionProblem(
        "shape", "has 16777216 values for each of 10 labels (allowed: at most 16777216 in all)")
    ) { try open(shape: [4096, 4096]) }
    #expect(throws: OptionProblem("shape", "is missing; allowed: a list, each a whole number from 1 to 65536")) {
      try datasetCatalog.make("synthetic-patterns")
    }
  }
}
