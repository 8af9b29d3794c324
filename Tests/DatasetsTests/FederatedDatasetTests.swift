import Catalogs
import Foundation
import Randomness
import Tensors
import Testing

@testable import Datasets

/// Two domains whose examples carry their own number, so that each can be told from all others.
private struct NumberedExamples: ExampleSource {
  var counts: [[Int]] = [[90, 30], [60, 12]]

  var domains: [String] { ["first", "second"] }
  var sampleShape: Shape { [1] }
  var classCount: Int { 4 }
  // Natural clients have neighbours, each of one domain; groups go across.
  var units: SourceUnits {
    SourceUnits(domains: domains, clients: ["a", "b", "c", "d", "e"], groups: ["even", "odd"])
  }
  func origin(_ reference: ExampleReference, split: DataSplit) -> ExampleOrigin {
    let perClient = counts[Int(reference.domain)][split == .train ? 0 : 1] / (reference.domain == 0 ? 3 : 2)
    let client = min(Int(reference.index) / max(1, perClient), reference.domain == 0 ? 2 : 1)
    return ExampleOrigin(
      domain: reference.domain, client: Int32(client) + (reference.domain == 0 ? 0 : 3), group: reference.index % 2)
  }
  func exampleCount(domain: Int, split: DataSplit) -> Int? {
    split == .validation ? 0 : counts[domain][split == .train ? 0 : 1]
  }
  // The second domain has labels 1, 2 and 3 only.
  func label(_ reference: ExampleReference, split: DataSplit) -> Int32 {
    reference.domain == 0 ? reference.index % 4 : 1 + reference.index % 3
  }
  func write(_ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>) {
    for (place, reference) in references.enumerated() {
      values[place] = Float(number(reference, split))
    }
  }
  func number(_ reference: ExampleReference, _ split: DataSplit) -> Int {
    (split == .train ? 0 : 100_000) + Int(reference.domain) * 10_000 + Int(reference.index)
  }
}

/// The numbers of a client's examples, in order.
private func numbers(_ dataset: FederatedDataset, _ client: Int, _ split: DataSplit) -> [Int] {
  let examples = dataset.examples(client, split)
  var values = [Float](repeating: 0, count: examples.count)
  var labels = [Int32](repeating: 0, count: examples.count)
  values.withUnsafeMutableBufferPointer { values in
    labels.withUnsafeMutableBufferPointer { labels in
      guard let values = values.baseAddress, let labels = labels.baseAddress else { return }
      examples.gather(Array(0..<examples.count)[...], values: values, labels: labels)
    }
  }
  #expect(labels == examples.labels)
  return values.map { Int($0) }
}

@Suite("federated data sets")
struct FederatedDatasetTests {
  /// Settings under which every partition of the catalog can be made.
  static let partitions: [(name: String, options: [String: OptionValue])] = [
    ("by-domain", [:]), ("by-domain", ["clients_per_domain": .integer(3)]), ("iid", ["clients": .integer(7)]),
    ("iid", ["clients": .integer(1)]), ("dirichlet", ["clients": .integer(6), "alpha": .number(0.1)]),
    ("dirichlet", ["clients": .integer(5), "alpha": .number(100), "min_size": .integer(0)]),
    ("dirichlet", ["clients": .integer(5), "alpha": .number(1), "by": .text("client")]),
    ("dirichlet", ["clients": .integer(5), "alpha": .number(1), "balanced": .boolean(true)]),
    ("by-group", [:]), ("by-group", ["clients_per_group": .integer(2), "alpha": .number(0.5)]),
    ("natural", [:]), ("natural", ["per": .integer(2)]),
    ("shards", ["clients": .integer(6)]), ("shards", ["clients": .integer(7), "per_client": .integer(3)]),
    ("pathological", ["clients": .integer(6), "classes_per_client": .integer(2)]),
    ("pathological", ["clients": .integer(5), "classes_per_client": .integer(3), "balanced": .boolean(false)]),
    ("quantity", ["clients": .integer(6), "law": .text("power(1.2)")]),
    ("quantity", ["clients": .integer(6), "law": .text("log-normal(1)"), "min_size": .integer(4)]),
    ("pachinko", ["clients": .integer(5)]), ("pachinko", ["clients": .integer(6), "per_client": .integer(25)]),
    ("mixed", ["iid_share": .number(0.4), "rest": .component("shards", ["clients": .integer(4)])]),
    ("mixed", ["iid_share": .number(0.4), "rest": .component("natural", [:])]),
    ("file", ["path": .text("split.json")]),
  ]

  /// A folder with a split of the numbered examples into three clients, each with every third.
  static let folder: String = {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("covey-split-\(UUID().uuidString)")
    func rows(_ client: Int, _ count: Int) -> String {
      stride(from: client, to: count, by: 3).map(String.init).joined(separator: ", ")
    }
    let clients = (0..<3).map { "\"\($0)\": {\"train\": [\(rows($0, 150))], \"test\": [\(rows($0, 42))]}" }
    let text =
      "{\"format\": \"covey-split\", \"version\": 1, \"clients\": {\(clients.joined(separator: ", "))}}"
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? Data(text.utf8).write(to: folder.appendingPathComponent("split.json"))
    return folder.path
  }()

  private func partitioner(_ index: Int) throws -> any Partitioner {
    try partitionCatalog.make(Self.partitions[index].name, Self.partitions[index].options).opened(in: Self.folder)
  }

  private func dataset(
    _ index: Int, seed: UInt64 = 1, train: Int? = nil, test: Int? = nil, source: any ExampleSource = NumberedExamples()
  ) throws -> FederatedDataset {
    return try FederatedDataset(
      source: source, partitioner: try partitioner(index), trainPerClient: train, testPerClient: test, seed: seed)
  }

  @Test("every partition of the catalog has a test")
  func complete() { #expect(Set(Self.partitions.map(\.name)) == Set(partitionCatalog.names)) }

  @Test(
    "every training example is with one client, test examples with at most one and never a training one",
    arguments: partitions.indices)
  func once(index: Int) throws {
    let dataset = try dataset(index)
    let train = (0..<dataset.clientCount).map { numbers(dataset, $0, .train) }
    let test = (0..<dataset.clientCount).map { numbers(dataset, $0, .test) }
    #expect(train.flatMap { $0 }.sorted() == Array(0..<90) + (0..<60).map { 10_000 + $0 })
    #expect(train.allSatisfy { $0 == $0.sorted() } && test.allSatisfy { $0 == $0.sorted() })
    let allTests = test.flatMap { $0 }
    #expect(Set(allTests).count == allTests.count && allTests.allSatisfy { $0 >= 100_000 })
    // Every kind of test example is trained on by somebody here.
    #expect(allTests.count == 42)
    for client in 0..<dataset.clientCount {
      #expect(dataset.trainCount(client) == train[client].count && dataset.testCount(client) == test[client].count)
      let profile = dataset.profile(client)
      #expect(profile.labelHistogram.reduce(0, +) == train[client].count)
      let domains = Set(train[client].map { $0 / 10_000 })
      #expect(profile.domain == (domains.count == 1 ? ["first", "second"][domains.first ?? 0] : ""))
    }
  }

  @Test(
    "test examples follow the training examples of their domain, and of their label where labels are divided",
    arguments: partitions.indices.filter { !["natural", "file"].contains(partitions[$0].name) })
  func proportional(index: Int) throws {
    let dataset = try dataset(index)
    if case .component("natural", _)? = Self.partitions[index].options["rest"] { return }
    let isByUnit = Self.partitions[index].name.hasPrefix("by-") && Self.partitions[index].options["alpha"] == nil
    let labels = isByUnit ? 1 : 4
    func counts(_ split: DataSplit) -> [[Int]] {
      (0..<dataset.clientCount).map { client in
        var counts = [Int](repeating: 0, count: 8)
        for (number, label) in zip(numbers(dataset, client, split), dataset.examples(client, split).labels) {
          counts[number % 100_000 / 10_000 * labels + Int(label) % labels] += 1
        }
        return counts
      }
    }
    let (train, test) = (counts(.train), counts(.test))
    for kind in 0..<8 {
      let (trained, tested) = (train.map { $0[kind] }.reduce(0, +), test.map { $0[kind] }.reduce(0, +))
      for client in train.indices {
        let share = trained == 0 ? 0 : Double(tested * train[client][kind]) / Double(trained)
        #expect(abs(Double(test[client][kind]) - share) < 1, "kind \(kind) of client \(client)")
      }
    }
  }

  @Test("the same seed gives the same division, another another", arguments: partitions.indices)
  func seeds(index: Int) throws {
    func all(_ seed: UInt64, _ limit: Int?) throws -> [[Int]] {
      let dataset = try dataset(index, seed: seed, train: limit, test: limit)
      return (0..<dataset.clientCount).flatMap { [numbers(dataset, $0, .train), numbers(dataset, $0, .test)] }
    }
    #expect(try all(1, nil) == all(1, nil))
    #expect(try all(1, 5) == all(1, 5))
    #expect(try all(1, 5) != all(2, 5))
    // One client a domain, or one at all, has everything under any seed; natural clients and files draw nothing.
    let isNatural = Self.partitions[index].name == "natural" && Self.partitions[index].options.isEmpty
    let (name, count) = (Self.partitions[index].name, try dataset(index).clientCount)
    let isFixed = count == 1 || (name == "by-domain" && count == 2) || isNatural || name == "file"
    #expect(try (all(1, nil) == all(2, nil)) == isFixed)
  }

  @Test("limits keep so many of a client's own examples", arguments: partitions.indices)
  func limits(index: Int) throws {
    let (whole, limited) = (try dataset(index), try dataset(index, train: 8, test: 3))
    for client in 0..<whole.clientCount {
      let (all, some) = (numbers(whole, client, .train), numbers(limited, client, .train))
      #expect(some.count == min(8, all.count) && Set(some).isSubset(of: all) && some == some.sorted())
      #expect(limited.testCount(client) == min(3, whole.testCount(client)))
    }
  }

  @Test("too few examples are an error, and no test examples are none")
  func fewExamples() throws {
    #expect(throws: PartitionProblem.self) {
      try FederatedDataset(
        source: NumberedExamples(), partitioner: IID(clients: 151), trainPerClient: nil, testPerClient: nil, seed: 1)
    }
    let untested = NumberedExamples(counts: [[4, 0], [4, 0]])
    #expect(try !dataset(0, source: untested).hasTestExamples)
    #expect(try dataset(0).hasTestExamples)
  }

  // MARK: Sources that make their examples

  private func digits(
    _ partitioner: any Partitioner = ByDomain(), domains: [String]? = nil, train: Int = 40, test: Int = 10,
    seed: UInt64 = 1
  ) throws -> FederatedDataset {
    var options: [String: OptionValue] = ["image": .group(["width": .integer(8), "height": .integer(8)])]
    if let domains { options["domains"] = .list(domains.map { .text($0) }) }
    let source = try datasetCatalog.make("synthetic-digits", options).open("/", seed)
    return try FederatedDataset(
      source: source, partitioner: partitioner, trainPerClient: train, testPerClient: test, seed: seed)
  }

  private func pixels(_ dataset: FederatedDataset, _ client: Int, _ split: DataSplit) -> [Float] {
    let examples = dataset.examples(client, split)
    var values = [Float](repeating: 0, count: examples.count * dataset.sampleShape.count)
    var labels = [Int32](repeating: 0, count: examples.count)
    values.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      examples.gather(Array(0..<examples.count)[...], values: base, labels: &labels)
    }
    return values
  }

  @Test("synthetic digits are the same for the same seed, and differ by seed, client and split")
  func determinism() throws {
    let partitioner = ByDomain(clientsPerDomain: 2)
    let (first, same, other) = (try digits(partitioner), try digits(partitioner), try digits(partitioner, seed: 2))
    #expect(first.clientCount == 10)
    var seen: Set<[Float]> = []
    for client in 0..<first.clientCount {
      for split in [DataSplit.train, .test] {
        let values = pixels(first, client, split)
        #expect(values == pixels(first, client, split) && values == pixels(same, client, split))
        #expect(first.examples(client, split).labels == same.examples(client, split).labels)
        #expect(values != pixels(other, client, split))
        // Each example is one of a kind.
        for start in stride(from: 0, to: values.count, by: 192) {
          #expect(seen.insert(Array(values[start..<start + 192])).inserted)
        }
      }
    }
    #expect((0..<10).contains { first.examples($0, .train).labels != other.examples($0, .train).labels })
  }

  @Test("a domain's examples do not depend on which other domains there are")
  func domainsAreIndependent() throws {
    let (both, one) = (try digits(domains: ["street", "ink"]), try digits(domains: ["ink"]))
    #expect(pixels(both, 1, .train) == pixels(one, 0, .train))
    #expect(both.profile(1).domain == "ink" && one.profile(0).domain == "ink")
  }

  @Test("every client's labels are nearly balanced", arguments: [10, 25, 40, 7])
  func balance(count: Int) throws {
    let dataset = try digits(ByDomain(clientsPerDomain: 30), train: count)
    var total = [Int](repeating: 0, count: 10)
    for client in 0..<dataset.clientCount {
      let histogram = dataset.profile(client).labelHistogram
      // A stretch of numbers cuts at most two tens.
      #expect(histogram.allSatisfy { abs($0 * 10 - count) <= 20 })
      if count % 10 == 0 { #expect(Set(histogram) == [count / 10]) }
      for (label, number) in histogram.enumerated() { total[label] += number }
    }
    let mean = Double(150 * count) / 10
    #expect(total.allSatisfy { abs(Double($0) - mean) < 0.2 * mean })
  }

  @Test("listed divisions of made examples are whole, too", arguments: [2, 4])
  func listed(index: Int) throws {
    let partition = try partitionCatalog.make(Self.partitions[index].name, Self.partitions[index].options)
    let dataset = try digits(partition)
    let counts = (0..<dataset.clientCount).map { dataset.trainCount($0) }
    #expect(counts.reduce(0, +) >= 40 * dataset.clientCount && counts.reduce(0, +) < 40 * dataset.clientCount + 5)
    #expect(dataset.hasTestExamples)
  }

  @Test("a million clients open at once and take no memory", .timeLimit(.minutes(1)))
  func million() throws {
    let start = ContinuousClock.now
    let dataset = try digits(ByDomain(clientsPerDomain: 200_000), train: 640, test: 100)
    #expect(dataset.clientCount == 1_000_000)
    #expect(dataset.hasTestExamples && dataset.trainCount(999_999) == 640)
    #expect(dataset.profile(999_999).domain == dataset.source.domains[4])
    #expect(dataset.examples(999_999, .test).count == 100)
    #expect(ContinuousClock.now - start < .seconds(1))
  }

  @Test("more examples than can be numbered or listed are refused, not trapped on")
  func tooMany() throws {
    #expect(throws: PartitionProblem.tooManyExamples(examples: 2_200_000_000, limit: 2_147_483_647)) {
      try digits(ByDomain(clientsPerDomain: 10_000_000), train: 100, test: 220)
    }
    #expect(throws: PartitionProblem.tooManyExamples(examples: 400_000_000, limit: 12_500_000)) {
      try digits(IID(clients: 10_000_000))
    }
    let largest = try digits(ByDomain(clientsPerDomain: 10_000_000), train: 214, test: 1)
    #expect(
      largest.examples(largest.clientCount - 1, .test).count == 1
        && largest.profile(largest.clientCount - 1).trainCount == 214)
  }

  @Test("options of synthetic digits")
  func options() throws {
    #expect(try digits().source.domains == ["ink", "typeset", "colour", "chalk", "street"])
    #expect(throws: OptionProblem("domains", "names a domain twice")) { try digits(domains: ["ink", "ink"]) }
    let image: OptionValue = .group([
      "channels": .text("1"), "mean": .list([.number(0.1), .number(0.2), .number(0.3)]),
    ])
    #expect(throws: OptionProblem("image.mean", "has 3 values for 1 channels (allowed: a number, or a list of 1)")) {
      try datasetCatalog.make("synthetic-digits", ["image": image])
    }
  }
}
