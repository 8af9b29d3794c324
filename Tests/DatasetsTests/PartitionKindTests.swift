import Catalogs
import Randomness
import Testing

@testable import Datasets

/// A table of examples with these labels, all of one domain unless groups are given.
private func table(_ labels: [Int], classCount: Int, groups: [Int32]? = nil) -> ExampleTable {
  let names = (0...Int(groups?.max() ?? 0)).map { "g\($0)" }
  return ExampleTable(
    units: SourceUnits(domains: ["all"], groups: groups == nil ? [] : names), classCount: classCount,
    labels: labels.map(Int32.init), domains: [Int32](repeating: 0, count: labels.count), groups: groups)
}

/// So many labels in turn: 0, 1, …, 0, 1, ….
private func labels(_ count: Int, _ classCount: Int) -> [Int] { (0..<count).map { $0 % classCount } }

private func divided(_ partitioner: any Partitioner, _ table: ExampleTable, seed: UInt64 = 1) throws -> Partition {
  var stream = RandomStream(seed: seed, .partition)
  return try partitioner.divide(table, stream: &stream)
}

private func made(_ name: String, _ options: [String: OptionValue]) throws -> any Partitioner {
  try partitionCatalog.make(name, options)
}

private func isWhole(_ partition: Partition, _ count: Int) -> Bool {
  partition.clients.allSatisfy { $0 == $0.sorted() } && partition.clients.joined().sorted() == Array(0..<count)
}

/// How many examples of each class a client has.
private func counts(_ part: [Int], _ labels: [Int], _ classCount: Int) -> [Int] {
  part.reduce(into: [Int](repeating: 0, count: classCount)) { $0[labels[$1]] += 1 }
}

private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

@Suite("partitions by class")
struct ClassPartitionTests {
  @Test("shards: even runs of examples sorted by label, so many each", arguments: [(5, 2), (7, 3), (10, 1)])
  func shards(clients: Int, runs: Int) throws {
    let labels = labels(203, 10)
    let partition = try divided(Shards(clients: clients, runsPerClient: runs), table(labels, classCount: 10))
    #expect(isWhole(partition, 203) && partition.clients.count == clients)
    // The places of a client's examples among all sorted by label are `runs` runs of ⌊n/R⌋ or one more.
    let sorted = labels.indices.sorted { (labels[$0], $0) < (labels[$1], $1) }
    let bounds = (0...clients * runs).map { 203 * $0 / (clients * runs) }
    for part in partition.clients {
      let own = Set(part)
      let whole = zip(bounds, bounds.dropFirst()).filter { run in sorted[run.0..<run.1].allSatisfy(own.contains) }
      #expect(whole.count == runs && whole.reduce(0) { $0 + $1.1 - $1.0 } == part.count)
    }
  }

  @Test("shards: every two runs share a client equally often")
  func fairShards() throws {
    // Of 4 runs, run 0 is with each other one in a third of the cases: 1000 ± 4·26.
    var partners = [0, 0, 0, 0]
    for seed in 0..<3000 as Range<UInt64> {
      let parts = try divided(Shards(clients: 2), table([0, 1, 2, 3], classCount: 4), seed: seed).clients
      for partner in parts.first(where: { $0.contains(0) }) ?? [] { partners[partner] += 1 }
    }
    #expect(partners.dropFirst().allSatisfy { abs($0 - 1000) < 104 })
  }

  @Test(
    "pathological: k classes each, holders differ by one at most, and share evenly",
    arguments: [(10, 2), (7, 3), (5, 10), (13, 1), (33, 4)], [true, false])
  func pathological(shape: (clients: Int, classes: Int), isBalanced: Bool) throws {
    let labels = labels(1003, 10)
    for seed in 1...4 as ClosedRange<UInt64> {
      let partition = try divided(
        Pathological(clients: shape.clients, classesPerClient: shape.classes, isBalanced: isBalanced),
        table(labels, classCount: 10), seed: seed)
      #expect(isWhole(partition, 1003) && partition.clients.count == shape.clients)
      let counted = partition.clients.map { counts($0, labels, 10) }
      #expect(counted.allSatisfy { $0.count { $0 > 0 } == shape.classes })
      let holders = (0..<10).map { label in counted.count { $0[label] > 0 } }
      #expect((holders.max() ?? 0) - (holders.min() ?? 0) <= 1)
      for label in 0..<10 where isBalanced {
        let sizes = counted.map { $0[label] }.filter { $0 > 0 }
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
      }
    }
  }

  @Test("pathological: every feasible choice is drawn")
  func feasible() throws {
    // Three clients with 2 of 3 classes, each class twice: a permutation of {01, 02, 12}.
    var seen: Set<[[Int]]> = []
    for seed in 0..<200 as Range<UInt64> {
      let parts = try divided(
        Pathological(clients: 3, classesPerClient: 2), table(labels(12, 3), classCount: 3), seed: seed
      ).clients
      seen.insert(parts.map { Set($0.map { $0 % 3 }).sorted() })
    }
    #expect(seen.count == 6)
  }

  @Test("pathological: unbalanced sizes are uneven, with one at least")
  func unbalanced() throws {
    let labels = labels(2000, 2)
    let partition = try divided(
      Pathological(clients: 20, classesPerClient: 1, isBalanced: false), table(labels, classCount: 2))
    let sizes = partition.clients.map(\.count)
    // Weights of 0.1 to 1 have the mean 0.55 and the deviation 0.26.
    #expect((sizes.min() ?? 0) >= 1 && (sizes.max() ?? 0) > 150 && (sizes.min() ?? 0) < 80)
    let few = try divided(
      Pathological(clients: 6, classesPerClient: 1, isBalanced: false), table(sixLabels, classCount: 2))
    #expect(few.clients.allSatisfy { $0.count == 1 })
  }

  private let sixLabels = [0, 0, 0, 1, 1, 1]

  @Test("dirichlet by client: one size, every example once, and the prior's mix with a large α")
  func byClient() throws {
    // Two thirds of the examples are of class 0.
    let labels = (0..<3000).map { $0 % 3 == 2 ? 1 : 0 }
    let partition = try divided(
      Dirichlet(clients: 7, concentration: 1e5, unit: .byClient), table(labels, classCount: 2))
    #expect(isWhole(partition, 3000))
    #expect(partition.clients.map(\.count) == [429, 429, 429, 429, 428, 428, 428])
    for part in partition.clients {
      #expect(abs(Double(counts(part, labels, 2)[0]) / Double(part.count) - 2 / 3) < 0.08)
    }
    for concentration in [1e-4, 0.1, 1] {
      let strong = try divided(
        Dirichlet(clients: 40, concentration: concentration, unit: .byClient), table(self.labels10, classCount: 10))
      #expect(isWhole(strong, 4000) && strong.clients.allSatisfy { $0.count == 100 })
    }
  }

  private let labels10 = labels(4000, 10)

  /// A client's share of a class has the mean p and, for s examples of a mix q ~ Dirichlet(α·p), the variance
  /// p(1 − p)(1/(α + 1))(1 + α/s)… : p(1−p)[1/(α+1) + (1/s)·α/(α+1)]. That all shares sum to the prior takes a K-th off.
  @Test("dirichlet by client: shares have the distribution's moments", arguments: [20.0, 100])
  func mixMoments(concentration: Double) throws {
    let (clients, size, classCount) = (2000, 100, 4)
    let labels = labels(clients * size, classCount)
    let parts = try divided(
      Dirichlet(clients: clients, concentration: concentration, unit: .byClient),
      table(labels, classCount: classCount)
    ).clients
    let p = 0.25
    let expected = p * (1 - p) * (1 / (concentration + 1) + concentration / (concentration + 1) / Double(size))
    for label in 0..<classCount {
      let shares = parts.map { Double(counts($0, labels, classCount)[label]) / Double(size) }
      #expect(abs(mean(shares) - p) < 1e-9)
      let variance = mean(shares.map { ($0 - p) * ($0 - p) })
      // The standard error of a variance of 2,000 is 3 %; what ends of classes take away stays below that.
      #expect(abs(variance / expected - 1) < 0.15, "\(variance) for \(expected)")
    }
  }

  @Test("dirichlet balanced: nobody gets more once the even part is there")
  func balanced() throws {
    let labels = labels(5000, 50)
    func spread(_ isBalanced: Bool) throws -> Double {
      let partition = try divided(
        Dirichlet(clients: 10, concentration: 0.5, minimumSize: 0, isBalanced: isBalanced),
        table(labels, classCount: 50))
      #expect(isWhole(partition, 5000))
      let sizes = partition.clients.map { Double($0.count) }
      // Who is below the even part of 500 can get one class more, of 100.
      if isBalanced { #expect((sizes.max() ?? 0) < 600) }
      return mean(sizes.map { ($0 - 500) * ($0 - 500) })
    }
    #expect(try spread(true) < spread(false))
  }

  @Test("the same seed gives the same partition, another another")
  func seeds() throws {
    let labels = labels(400, 4)
    let all: [any Partitioner] = [
      Shards(clients: 5), Pathological(clients: 6, classesPerClient: 2), Pachinko(clients: 5),
      Quantity(clients: 5, law: .dirichlet(1)), Mixed(evenShare: 0.5, rest: Shards(clients: 5)),
      Dirichlet(clients: 5, concentration: 1, unit: .byClient),
      Dirichlet(clients: 5, concentration: 1, isBalanced: true),
    ]
    for partitioner in all {
      func parts(_ seed: UInt64) throws -> [[Int]] {
        try divided(partitioner, table(labels, classCount: 4), seed: seed).clients
      }
      #expect(try parts(1) == parts(1) && parts(1) != parts(2))
    }
  }
}

@Suite("partitions by size, in two levels and mixed")
struct OtherPartitionTests {
  @Test("quantity: sizes are in proportion to k^−a, to the example", arguments: [0.0, 0.5, 1, 2])
  func power(exponent: Double) throws {
    let partition = try divided(
      Quantity(clients: 12, law: .power(exponent), minimumSize: 0), table(labels(1000, 2), classCount: 2))
    #expect(isWhole(partition, 1000))
    var weights: [Double] = []
    for client in 1...12 { weights.append(exponentiated(Double(client), exponent)) }
    let total = weights.reduce(0, +)
    for (part, weight) in zip(partition.clients, weights) {
      #expect(abs(Double(part.count) - 1000 * weight / total) < 1)
    }
  }

  private func exponentiated(_ base: Double, _ exponent: Double) -> Double {
    switch exponent {
    case 0: 1
    case 0.5: 1 / base.squareRoot()
    case 1: 1 / base
    default: 1 / (base * base)
    }
  }

  /// ln n_k has the variance σ²; Dirichlet shares have the variance (1/K)(1 − 1/K)/(Kα + 1).
  @Test("quantity: log-normal and Dirichlet sizes have the laws' moments")
  func laws() throws {
    let (clients, count) = (2000, 2_000_000)
    let table = table([Int](repeating: 0, count: count), classCount: 1)
    let normal = try divided(Quantity(clients: clients, law: .logNormal(0.5)), table).clients.map { Double($0.count) }
    var (sum, squares) = (0.0, 0.0)
    for size in normal { (sum, squares) = (sum + size, squares + size * size) }
    // E[w²]/E[w]² = e^{σ²}.
    let ratio = squares / Double(clients) / (sum / Double(clients) * sum / Double(clients))
    #expect(abs(ratio - 1.2840) < 0.08, "\(ratio)")
    let shares = try divided(Quantity(clients: clients, law: .dirichlet(2), minimumSize: 0), table).clients
      .map { Double($0.count) / Double(count) }
    let k = Double(clients)
    let variance = mean(shares.map { ($0 - 1 / k) * ($0 - 1 / k) })
    #expect(abs(variance / ((1 / k) * (1 - 1 / k) / (2 * k + 1)) - 1) < 0.15)
  }

  @Test("quantity: those below the minimum take from the largest")
  func minimum() throws {
    let partition = try divided(
      Quantity(clients: 5, law: .power(3), minimumSize: 8), table(labels(100, 2), classCount: 2))
    // 84, 11, 3, 1, 1 by the law.
    #expect(partition.clients.map(\.count) == [65, 11, 8, 8, 8])
    #expect(raised([10, 9, 0, 1], to: 5) == [5, 5, 5, 5])
  }

  @Test("quantity: labels are IID")
  func iidLabels() throws {
    let labels = labels(10_000, 2)
    let partition = try divided(Quantity(clients: 4, law: .power(1)), table(labels, classCount: 2))
    for part in partition.clients {
      #expect(abs(Double(counts(part, labels, 2)[0]) / Double(part.count) - 0.5) < 0.06)
    }
  }

  @Test("laws are read, and others are told with what is allowed")
  func lawTexts() {
    #expect((try? Quantity.Law("power(1.5)")) == .power(1.5))
    #expect((try? Quantity.Law("log-normal( 2 )")) == .logNormal(2))
    #expect((try? Quantity.Law("dirichlet(0.1)")) == .dirichlet(0.1))
    func message(_ text: String) -> String {
      do {
        _ = try Quantity.Law(text)
        return ""
      } catch { return "\(error.option ?? ""): \(error.message)" }
    }
    let allowed = "(allowed: power(a), log-normal(σ), dirichlet(α))"
    #expect(message("powr(2)") == "law: 'powr(2)' is no law; did you mean 'power'? \(allowed)")
    #expect(message("zipf") == "law: 'zipf' is no law \(allowed)")
    #expect(message("power") == "law: 'power' needs one number in parentheses \(allowed)")
    #expect(message("power(2)(3)") == "law: 'power(2)(3)' needs one number in parentheses \(allowed)")
    #expect(
      message("power(-1)") == "law: 'power(-1)': '-1' is not allowed (allowed: a number from 0 to 100)")
    #expect(
      message("dirichlet(0)")
        == "law: 'dirichlet(0)': '0' is not allowed (allowed: a number from 0.0001 to 1000000)")
    #expect(message("log-normal(nan)").hasSuffix("(allowed: a number from 0 to 100)"))
    #expect(message("(").hasPrefix("law: '(' is no law"))
  }

  @Test("pachinko: equal sizes, without replacement, and what is left over is told")
  func pachinko() throws {
    let labels = labels(2000, 20)
    let table = table(labels, classCount: 20, groups: labels.map { Int32($0 / 4) })
    let whole = try divided(Pachinko(clients: 20), table)
    #expect(isWhole(whole, 2000) && whole.clients.allSatisfy { $0.count == 100 } && whole.remarks.isEmpty)
    let part = try divided(Pachinko(clients: 20, examplesPerClient: 30), table)
    #expect(part.clients.allSatisfy { $0.count == 30 } && Set(part.clients.joined()).count == 600)
    #expect(part.remarks == ["1400 of 2000 training examples are left over: 20 clients have 30 each"])
    // Groups that are lacking, and domains in their place.
    let without = try divided(
      Pachinko(clients: 2),
      ExampleTable(
        units: SourceUnits(domains: ["all"], groups: ["g"]), classCount: 1, labels: [0, 0, 0, 0],
        domains: [0, 0, 0, 0], groups: [0, -1, 0, -1]))
    #expect(without.remarks == ["2 of 4 training examples have no group and are left out"])
    #expect(without.clients.joined().sorted() == [0, 2])
  }

  /// While hardly anything is taken away, a client's share of a coarse label is a draw of n from θ ~ Dirichlet(α): of mean
  /// 1/R and variance (1/R)(1 − 1/R)[1/(Rα + 1) + (1/n)·Rα/(Rα + 1)]; and so are fine ones within, by β.
  @Test("pachinko: shares of coarse and fine labels have the distributions' moments")
  func pachinkoMoments() throws {
    let (clients, each, coarse, fine) = (400, 50, 4, 3)
    let labels = labels(400_000, coarse * fine)
    let table = table(labels, classCount: 12, groups: labels.map { Int32($0 / 3) })
    let alpha = 0.5
    let parts = try divided(
      Pachinko(clients: clients, coarseConcentration: alpha, fineConcentration: 5, examplesPerClient: each), table
    ).clients
    func variance(_ count: Double, _ concentration: Double, _ draws: Double) -> Double {
      let total = count * concentration
      return (1 / count) * (1 - 1 / count) * (1 / (total + 1) + total / (total + 1) / draws)
    }
    var spreads: [Double] = []
    var fineSpreads: [Double] = []
    for part in parts {
      let counted = counts(part, labels, 12)
      for group in 0..<coarse {
        let own = counted[group * 3..<group * 3 + 3].reduce(0, +)
        let share = Double(own) / Double(each) - 0.25
        spreads.append(share * share)
        guard own > 0 else { continue }
        for label in group * 3..<group * 3 + 3 {
          let share = Double(counted[label]) / Double(own) - 1.0 / 3
          fineSpreads.append(share * share / variance(3, 5, Double(own)))
        }
      }
    }
    #expect(abs(mean(spreads) / variance(4, alpha, Double(each)) - 1) < 0.15)
    #expect(abs(mean(fineSpreads) - 1) < 0.15)
  }

  @Test("mixed: a share dealt evenly, the rest by the other partition")
  func mixed() throws {
    let labels = labels(1000, 10)
    let table = table(labels, classCount: 10)
    let mixed = try divided(Mixed(evenShare: 0.3, rest: Pathological(clients: 10, classesPerClient: 1)), table)
    #expect(isWhole(mixed, 1000) && mixed.clients.count == 10)
    // About 70 of one class and 30 of all.
    for part in mixed.clients {
      let counted = counts(part, labels, 10).sorted()
      #expect((55...85).contains(counted[9]) && counted[8] <= 12)
    }
    let mixture = try #require(
      try made("mixed", ["iid_share": .number(0.5), "rest": .component("iid", ["clients": .integer(3)])]) as? Mixed)
    #expect(mixture.evenShare == 0.5 && (mixture.rest as? IID)?.clients == 3)
    #expect(throws: OptionProblem("rest.law", "'x' is no law (allowed: power(a), log-normal(σ), dirichlet(α))")) {
      try made(
        "mixed",
        [
          "iid_share": .number(0.5),
          "rest": .component("quantity", ["clients": .integer(3), "law": .text("x")]),
        ])
    }
    #expect(
      throws: OptionProblem(
        "rest", "can't be 'file', which says who has which example of all (allowed: another partition)")
    ) {
      try made("mixed", ["iid_share": .number(0.5), "rest": .component("file", ["path": .text("a.json")])])
    }
  }

  @Test("mixed: a natural client that never trains gets nothing")
  func mixedNatural() throws {
    let table = ExampleTable(
      units: SourceUnits(domains: ["all"], clients: ["a", "b", "c"]), classCount: 1,
      labels: [Int32](repeating: 0, count: 40), domains: [Int32](repeating: 0, count: 40),
      clients: (0..<40).map { $0 < 20 ? 0 : 2 })
    let partition = try divided(Mixed(evenShare: 0.5, rest: Natural()), table)
    #expect(isWhole(partition, 40) && partition.names == ["a", "b", "c"])
    #expect(partition.clients[1].isEmpty && !partition.clients[0].isEmpty)
  }

  @Test("what can't be divided so is told")
  func errors() {
    func message(_ partitioner: any Partitioner, _ table: ExampleTable) -> String {
      do {
        _ = try divided(partitioner, table)
        return ""
      } catch { return "\(error)" }
    }
    let ten = table(labels(10, 5), classCount: 6)
    #expect(message(Shards(clients: 6), ten) == "10 examples are too few for 6 clients of at least 2")
    #expect(
      message(Pathological(clients: 3, classesPerClient: 6), ten)
        == "'pathological' is to give each client 6 classes, and the examples have 5")
    #expect(
      message(Pathological(clients: 2, classesPerClient: 2), ten)
        == "2 clients of 2 classes can't hold all 5 classes: some would have no client (allowed: clients · classes_per_client ≥ 5)"
    )
    #expect(
      message(Pathological(clients: 15, classesPerClient: 1), ten)
        == "10 examples are too few for 15 clients of at least 1")
    #expect(
      message(Pathological(clients: 4, classesPerClient: 1), table([0, 1, 1, 1, 1], classCount: 2))
        == "class 0 has 1 training examples for 2 clients that are to hold it (allowed: one or more each; fewer clients or classes_per_client)"
    )
    #expect(
      message(Quantity(clients: 4, law: .power(1), minimumSize: 3), ten)
        == "10 examples are too few for 4 clients of at least 3")
    #expect(message(Pachinko(clients: 11), ten) == "10 examples are too few for 11 clients of at least 1")
    #expect(
      message(Pachinko(clients: 2, examplesPerClient: 6), ten)
        == "10 examples are too few for 2 clients of at least 6")
    #expect(
      message(Dirichlet(clients: 4, concentration: 1, minimumSize: 3, unit: .byClient), ten)
        == "10 examples are too few for 4 clients of at least 3")
    let unlabelled = table(labels(10, 1), classCount: 0)
    for (name, partitioner) in [
      ("shards", Shards(clients: 2)), ("pathological", Pathological(clients: 2, classesPerClient: 1)),
      ("pachinko", Pachinko(clients: 2)),
    ] as [(String, any Partitioner)] {
      #expect(
        message(partitioner, unlabelled)
          == "'\(name)' goes by classes, and these data have none (allowed: by-domain, by-group, natural, iid, quantity, file)"
      )
    }
    #expect(
      throws: OptionProblem("balanced", "can't be combined with 'by: client', whose sizes are equal already")
    ) {
      try made("dirichlet", ["clients": .integer(2), "by": .text("client"), "balanced": .boolean(true)])
    }
  }
}
