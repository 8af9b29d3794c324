import Datasets
import Randomness
import Testing

/// `count` labels in a fixed random order.
private func randomLabels(_ count: Int, classCount: Int) -> [Int] {
  var stream = RandomStream(seed: 99, .examples)
  return (0..<count).map { _ in stream.index(below: classCount) }
}

private func split(
  _ labels: [Int], classCount: Int, clients: Int, concentration: Double, minimumSize: Int = 0, seed: UInt64 = 1
) throws -> [[Int]] {
  var stream = RandomStream(seed: seed, .partition)
  return try dirichletPartition(
    labels: labels, classCount: classCount, clients: clients, concentration: concentration, minimumSize: minimumSize,
    stream: &stream)
}

private func hasEachOnce(_ parts: [[Int]], count: Int) -> Bool {
  parts.allSatisfy { $0 == $0.sorted() } && parts.flatMap { $0 }.sorted() == Array(0..<count)
}

@Suite("Dirichlet partition")
struct DirichletPartitionTests {
  @Test(
    "every example once, ascending, and at least the minimum each",
    arguments: [1e-3, 0.1, 0.5, 1, 100, 1e6], [(1, 0), (7, 1), (100, 20), (100, 50), (5000, 1)])
  func everyExampleOnce(concentration: Double, shape: (clients: Int, minimumSize: Int)) throws {
    let labels = randomLabels(5000, classCount: 10)
    let parts = try split(
      labels, classCount: 10, clients: shape.clients, concentration: concentration, minimumSize: shape.minimumSize)
    #expect(parts.count == shape.clients)
    #expect(hasEachOnce(parts, count: 5000))
    #expect(parts.allSatisfy { $0.count >= shape.minimumSize })
  }

  @Test("the same seed gives the same split, another another")
  func seeds() throws {
    let labels = randomLabels(2000, classCount: 5)
    let first = try split(labels, classCount: 5, clients: 8, concentration: 0.5, minimumSize: 5, seed: 1)
    #expect(try split(labels, classCount: 5, clients: 8, concentration: 0.5, minimumSize: 5, seed: 1) == first)
    #expect(try split(labels, classCount: 5, clients: 8, concentration: 0.5, minimumSize: 5, seed: 2) != first)
  }

  /// With 3,000 classes each client's share of a class is 3,000 draws of a Beta(α, (K−1)α) variable: mean 1/K and
  /// variance (1/K)(1 − 1/K)/(Kα + 1); two clients' shares have the covariance −1/(K²(Kα + 1)).
  @Test("shares have the distribution's moments", arguments: [0.1, 0.5, 2, 20])
  func moments(concentration: Double) throws {
    let (classCount, perClass, clients) = (3000, 200, 4)
    let labels = (0..<classCount * perClass).map { $0 % classCount }
    let parts = try split(labels, classCount: classCount, clients: clients, concentration: concentration)
    var shares = [[Double]](repeating: .init(repeating: 0, count: classCount), count: clients)
    for (client, part) in parts.enumerated() {
      for example in part { shares[client][labels[example]] += 1 / Double(perClass) }
    }
    let k = Double(clients)
    let variance = (1 / k) * (1 - 1 / k) / (k * concentration + 1)
    func average(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    for client in 0..<clients {
      // Four standard errors, and what rounding down to whole examples may add.
      let tolerance = 4 * (variance / Double(classCount)).squareRoot() + 1 / Double(perClass)
      #expect(abs(average(shares[client]) - 1 / k) < tolerance)
      let spread = average(shares[client].map { ($0 - 1 / k) * ($0 - 1 / k) })
      #expect(abs(spread / variance - 1) < 0.15)
    }
    let covariance = average(zip(shares[0], shares[2]).map { ($0 - 1 / k) * ($1 - 1 / k) })
    #expect(abs(covariance + 1 / (k * k * (k * concentration + 1))) < 0.15 * variance)
  }

  @Test("a tiny concentration gives each class to one client, a huge one divides it evenly")
  func extremes() throws {
    let labels = (0..<10_000).map { $0 % 10 }
    // The expected number of holders of a class is 1 + 0.05·ln(1000) at most for α = 0.001 and 50 clients.
    for (concentration, most) in [(1e-3, 20), (1e-12, 10), (.leastNonzeroMagnitude, 10)] {
      let parts = try split(labels, classCount: 10, clients: 50, concentration: concentration)
      let holders = parts.map { Set($0.map { labels[$0] }).count }.reduce(0, +)
      #expect(holders <= most)
    }
    for concentration in [1e6, 1e300] {
      let parts = try split(labels, classCount: 10, clients: 50, concentration: concentration)
      for part in parts {
        for label in 0..<10 { #expect((18...22).contains(part.count { labels[$0] == label })) }
      }
    }
  }

  @Test("those below the minimum take from the largest client, of its most frequent label")
  func minimum() throws {
    // One class goes to one client as a whole; the others take what they lack from it.
    let labels = [Int](repeating: 0, count: 60) + [Int](repeating: 1, count: 30)
    let drawn = try split(labels, classCount: 2, clients: 4, concentration: 1e-9)
    let filled = try split(labels, classCount: 2, clients: 4, concentration: 1e-9, minimumSize: 10)
    let largest = try #require(drawn.firstIndex { $0.count >= 60 })
    for client in 0..<4 where drawn[client].isEmpty {
      #expect(filled[client].count == 10)
      #expect(filled[client].allSatisfy { labels[$0] == 0 })
    }
    let moved = 10 * drawn.count { $0.isEmpty }
    #expect(filled[largest].count == drawn[largest].count - moved)
    // As many as there are: all end with the same number.
    let even = try split(labels, classCount: 2, clients: 45, concentration: 0.01, minimumSize: 2)
    #expect(even.allSatisfy { $0.count == 2 })
  }

  /// A slow and plain form of the rule that `dirichletPartition` documents, by counts.
  @Test("the repair gives the sizes and label counts of a plain implementation of its rule")
  func plainRule() throws {
    let labels = randomLabels(600, classCount: 4)
    for seed in UInt64(1)...20 {
      func counts(_ parts: [[Int]]) -> [[Int]] {
        parts.map { part in (0..<4).map { label in part.count { labels[$0] == label } } }
      }
      var expected = counts(try split(labels, classCount: 4, clients: 30, concentration: 0.05, seed: seed))
      func size(_ client: Int) -> Int { expected[client].reduce(0, +) }
      for receiver in 0..<30 {
        while size(receiver) < 12 {
          let donor = (0..<30).reduce(0) { size($1) > size($0) ? $1 : $0 }
          let label = (0..<4).reduce(0) { expected[donor][$1] > expected[donor][$0] ? $1 : $0 }
          expected[donor][label] -= 1
          expected[receiver][label] += 1
        }
      }
      let parts = try split(labels, classCount: 4, clients: 30, concentration: 0.05, minimumSize: 12, seed: seed)
      #expect(counts(parts) == expected)
      #expect(hasEachOnce(parts, count: 600))
    }
  }

  @Test("too few examples and labels out of range are errors")
  func errors() {
    #expect(throws: PartitionProblem.tooFewExamples(examples: 10, clients: 6, minimumSize: 2)) {
      try split(randomLabels(10, classCount: 2), classCount: 2, clients: 6, concentration: 1, minimumSize: 2)
    }
    #expect(throws: PartitionProblem.tooFewExamples(examples: 1, clients: 2, minimumSize: .max)) {
      try split([0], classCount: 1, clients: 2, concentration: 1, minimumSize: .max)
    }
    for label in [-1, 2] {
      #expect(throws: PartitionProblem.labelOutOfRange(example: 1, label: label, classCount: 2)) {
        try split([0, label], classCount: 2, clients: 1, concentration: 1)
      }
    }
    #expect(
      "\(PartitionProblem.tooFewExamples(examples: 10, clients: 6, minimumSize: 2))"
        == "10 examples are too few for 6 clients of at least 2")
    #expect(
      "\(PartitionProblem.labelOutOfRange(example: 1, label: 12, classCount: 10))"
        == "example 1 has label 12 (allowed: 0 to 9)")
  }

  @Test("a million examples over ten thousand clients", .timeLimit(.minutes(1)))
  func large() throws {
    let labels = randomLabels(1_000_000, classCount: 10)
    let parts = try split(labels, classCount: 10, clients: 10_000, concentration: 0.01, minimumSize: 50)
    #expect(parts.map(\.count).reduce(0, +) == 1_000_000)
    #expect(parts.allSatisfy { $0.count >= 50 })
  }
}

@Suite("even partitions")
struct EvenPartitionTests {
  @Test("iid: every example once, sizes within one", arguments: [(0, 3), (2, 5), (10, 3), (1000, 7), (64, 64)])
  func iid(count: Int, clients: Int) {
    var stream = RandomStream(seed: 3, .partition)
    let parts = iidPartition(count: count, clients: clients, stream: &stream)
    #expect(parts.count == clients)
    #expect(hasEachOnce(parts, count: count))
    #expect(parts.map(\.count) == (0..<clients).map { count / clients + ($0 < count % clients ? 1 : 0) })
  }

  @Test("iid: the same seed gives the same split, another another")
  func seeds() {
    func parts(_ seed: UInt64) -> [[Int]] {
      var stream = RandomStream(seed: seed, .partition)
      return iidPartition(count: 100, clients: 4, stream: &stream)
    }
    #expect(parts(1) == parts(1))
    #expect(parts(1) != parts(2))
  }

  @Test("iid: each example is with each client equally often")
  func fairness() {
    var held = [[Int]](repeating: [0, 0, 0], count: 10)
    for seed in UInt64(0)..<6000 {
      var stream = RandomStream(seed: seed, .partition)
      for (client, part) in iidPartition(count: 10, clients: 3, stream: &stream).enumerated() {
        for example in part { held[example][client] += 1 }
      }
    }
    for counts in held {
      // Expected 2400, 1800, 1800 with standard deviations below 38.
      #expect(abs(counts[0] - 2400) < 190 && abs(counts[1] - 1800) < 190 && abs(counts[2] - 1800) < 190)
    }
  }

  @Test("by domain: clients and examples are numbered domain by domain, and bear the domain's name")
  func byDomain() throws {
    let domains = [0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2] as [Int32]
    let table = ExampleTable(
      units: SourceUnits(domains: ["ink", "chalk", "meter"]), classCount: 1,
      labels: [Int32](repeating: 0, count: 13), domains: domains)
    func divided(seed: UInt64, _ clients: Int = 2) throws -> Partition {
      var stream = RandomStream(seed: seed, .partition)
      return try ByDomain(clientsPerDomain: clients).divide(table, stream: &stream)
    }
    let partition = try divided(seed: 3)
    let parts = partition.clients
    #expect(parts.map(\.count) == [3, 2, 0, 0, 4, 4])
    #expect(hasEachOnce(parts, count: 13))
    #expect((parts[0] + parts[1]).sorted() == Array(0..<5))
    #expect((parts[4] + parts[5]).sorted() == Array(5..<13))
    #expect(partition.names == ["ink/0", "ink/1", "chalk/0", "chalk/1", "meter/0", "meter/1"])
    #expect(partition.meantDomains == [0, 0, 1, 1, 2, 2])
    #expect(partition.others == .proportional(byLabel: false))
    #expect(try divided(seed: 4).clients != parts)
    #expect(try divided(seed: 3, 1).names == ["ink", "chalk", "meter"])
  }
}
