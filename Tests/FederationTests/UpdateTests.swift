import Catalogs
import Datasets
import Networks
import Randomness
import Records
import TestSupport
import Testing

@testable import Federation

/// What happens to updates between clients and the server: transforms and aggregators, by closed forms and contracts.
@Suite("updates")
struct UpdateTests {
  /// Every transform of the catalog with options; a new one fails here until it has a line.
  static let transforms: [(name: String, options: [String: OptionValue])] = [
    ("clip", ["norm": .number(0.05)]), ("noise", ["multiplier": .number(0.5)]), ("top-k", ["fraction": .number(0.1)]),
    ("top-k", ["count": .integer(3), "error_feedback": .boolean(false)]),
  ]
  /// The same for aggregators.
  static let aggregators: [(name: String, options: [String: OptionValue])] = [
    ("mean", [:]), ("median", [:]), ("krum", ["byzantine": .integer(0)]),
  ]

  @Test("every transform and aggregator of the catalogs has a line here")
  func all() {
    #expect(Set(Self.transforms.map(\.name)) == Set(transformCatalog.names))
    #expect(Set(Self.aggregators.map(\.name)) == Set(aggregatorCatalog.names))
  }

  private func configuration(
    _ transforms: [any UpdateTransform] = [], aggregator: any Aggregator = Mean(), norm: String = "fedavg",
    strategy: any Strategy = FedAvg(), rounds: Int = 3, weighting: Weighting = .uniform,
    cohort: any CohortSampler = UniformCohort(.count(3))
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 11, rounds: rounds, dataset: try ShiftedExamples.four.dataset(),
      network: try ExampleNetworks.dense(), strategy: Named("s", strategy), aggregator: Named("g", aggregator),
      transforms: transforms.map { Named("t", $0) }, norm: Named(norm, try normCatalog.make(norm)),
      optimizer: SGD(learningRate: 0.05), work: LocalWork(batchSize: 8), weighting: weighting, cohort: cohort,
      recording: Recording(checkpointEvery: 1))
  }

  private func state(_ configuration: RunConfiguration) throws -> ModelState {
    try result(of: configuration).state(configuration).state
  }

  // MARK: Closed forms

  @Test("clip of a huge bound and top-k of all are fedavg", arguments: ["fedavg", "fedbn", "pooled"])
  func nothing(norm: String) throws {
    let plain = try state(configuration(norm: norm))
    for transforms in [[Clip(norm: 1e6)], [TopK(.fraction(1))], [TopK(.count(1_000_000)), Clip(norm: 1e6)]]
      as [[any UpdateTransform]]
    {
      let other = try state(configuration(transforms, norm: norm))
      #expect(largestDifference(other.values, plain.values) <= 1e-5 && other.counters == plain.counters)
    }
  }

  @Test("a clipped update has the bound's length and its own direction")
  func clip() {
    var memory = SlotMemory()
    var stream = RandomStream(seed: 1, .noise)
    var update = ClientUpdate(delta: [3, -4, 0])
    Clip(norm: 10).onClient(&update, memory: &memory, stream: &stream)
    #expect(update.delta == [3, -4, 0])
    Clip(norm: 2.5).onClient(&update, memory: &memory, stream: &stream)
    #expect(update.delta == [1.5, -2, 0] && memory.isEmpty)
    #expect(update.encoding.bytes == 12)
  }

  @Test("top-k sends the largest, the first of equal ones, and keeps the rest")
  func topK() {
    var memory = SlotMemory()
    var stream = RandomStream(seed: 1, .noise)
    let topK = TopK(.count(2))
    var sum = [Float](repeating: 0, count: 5)
    var sent = sum
    for delta in [[1, -3, 3, 0.5, -3], [0, 1, 0.25, 0, 0], [2, 0, 0, 0, -1]] as [[Float]] {
      var update = ClientUpdate(delta: delta)
      topK.onClient(&update, memory: &memory, stream: &stream)
      #expect(update.delta.filter { $0 != 0 }.count == 2)
      for place in 0..<5 {
        sum[place] += delta[place]
        sent[place] += update.delta[place]
      }
      // What was sent and what is left are all updates so far.
      #expect(zip(sent, memory[vector: "residual"] ?? []).map { $0 + $1 } == sum)
    }
    #expect(TopK.largest(2, of: [1, -3, 3, 0.5, -3]) == [1, 2])
    #expect(TopK.largest(3, of: [0, 0, 0, 0]) == [0, 1, 2] && TopK.largest(9, of: [1, 2]) == [0, 1])
    // 0.07 · 100 is a little more than 7 in binary.
    for (fraction, count, bytes) in [(0.07, 100, 7 * 4 + 13), (0.01, 1000, 10 * 4 + 40), (0.5, 3, 2 * 4 + 1)] {
      #expect(TopK(.fraction(fraction)).encoding(UpdateEncoding(count: count)).bytes == bytes)
    }
    var plain = ClientUpdate(delta: [1, 2])
    memory = SlotMemory()
    TopK(.count(1), errorFeedback: false).onClient(&plain, memory: &memory, stream: &stream)
    #expect(plain.delta == [0, 2] && memory.isEmpty)
  }

  @Test("noise has the moments of its definition, and its denominator is the clients that were asked")
  func noise() {
    let count = 40_000
    let members = (0..<4).map { _ in CohortUpdate.Member(weight: 0.25, steps: 1) }
    var update = CohortUpdate(
      received: [Float](repeating: 0, count: count), delta: [Float](repeating: 1, count: count), members: members,
      askedCount: 5)
    var stream = RandomStream(seed: 5, .noise, 1)
    Noise(multiplier: 2).onServer(&update, bound: 0.5, stream: &stream)
    // Mean 4/5, deviation 2 · 0.5 / 5.
    let mean = update.delta.reduce(0) { $0 + Double($1) } / Double(count)
    let variance = update.delta.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(count)
    #expect(abs(mean - 0.8) < 4 * 0.2 / Double(count).squareRoot())
    #expect(abs(variance - 0.04) < 4 * 0.04 * (2 / Double(count)).squareRoot())
    let fourth = update.delta.reduce(0) { $0 + pow(Double($1) - mean, 4) } / Double(count)
    #expect(abs(fourth / (variance * variance) - 3) < 4 * (24 / Double(count)).squareRoot())
    Noise(multiplier: 0).onServer(&update, bound: 0.5, stream: &stream)
    #expect(abs(update.delta.reduce(0) { $0 + Double($1) } / Double(count) - mean * 0.8) < 1e-6)
  }

  private func pow(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  @Test("noise goes only where its definition holds")
  func noiseProblems() throws {
    func problems(_ run: RunConfiguration) -> [String] { run.transforms.flatMap { $0.component.problems(with: run) } }
    let (clip, noise) = (Clip(norm: 1), Noise(multiplier: 1))
    #expect(problems(try configuration([clip, noise], norm: "fedbn")) == [])
    #expect(
      problems(try configuration([noise], norm: "fedbn")) == [
        "its noise is measured by a bound on updates (allowed: directly behind 'clip')"
      ])
    #expect(problems(try configuration([clip, TopK(.count(3)), noise], norm: "fedbn")).count == 1)
    #expect(
      problems(try configuration([clip, noise], norm: "fedbn", weighting: .samples)) == [
        "a client's part in the sum must not depend on its data (allowed: weights uniform)"
      ])
    #expect(
      problems(try configuration([clip, noise])) == [
        "running statistics of layers 'bn1', 'bn2' have no bounded influence (allowed: a norm that keeps them local, dropped or frozen, or a model without)"
      ])
    #expect(
      problems(try configuration([clip, noise], aggregator: Median(), norm: "fedbn")) == [
        "its noise belongs to a sum of updates (allowed: aggregator mean)"
      ])
    for strategy in [Scaffold(), FedDyn(), FedNova()] as [any Strategy] {
      #expect(problems(try configuration([clip, noise], norm: "fedbn", strategy: strategy)).count == 1)
    }
    #expect(
      problems(try configuration([clip, noise, TopK(.count(3))], norm: "fedbn")) == [
        "what comes behind it could undo the bound of its clip (allowed: as the last of the transforms)"
      ])
    #expect(
      noise.notes(on: try configuration()) == [
        "adds noise without an accountant: no ε is claimed (there is no 'privacy:')"
      ])
  }

  @Test("the median of two is their uniform mean, of one that one")
  func medianOfTwo() throws {
    for count in [1, 2] {
      let (median, mean) = (
        try state(configuration(aggregator: Median(), cohort: UniformCohort(.count(count)))),
        try state(configuration(cohort: UniformCohort(.count(count))))
      )
      #expect(largestDifference(median.values, mean.values) <= 1e-5 && median.counters == mean.counters)
    }
    guard case .coordinates(let middle) = Median().rule(for: [], weights: []) else { return }
    for (values, expected) in [([3.0, 1, 2], 2.0), ([4, 1, 3, 2], 2.5), ([7], 7)] {
      var column = values
      #expect(middle(&column) == expected)
    }
  }

  @Test("krum chooses as a search through all subsets does, whatever the order")
  func krum() throws {
    for seed in UInt64(0)..<20 {
      var stream = RandomStream(seed: seed, .strategy)
      var updates = (0..<7).map { _ in (0..<5).map { _ in Float(stream.normal()) } }
      updates[3] = updates[3].map { $0 * 20 }
      let f = 2
      func distance(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
      }
      func least(_ i: Int) -> Double {
        let others = (0..<7).filter { $0 != i }
        return (0..<(1 << 6)).filter { $0.nonzeroBitCount == 7 - f - 2 }.map { mask in
          others.enumerated().reduce(0) {
            $0 + (mask & 1 << $1.offset != 0 ? distance(updates[i], updates[$1.element]) : 0)
          }
        }.min() ?? 0
      }
      let expected = try #require((0..<7).min { least($0) < least($1) })
      guard
        case .mixture(let weights, let statistics) = try Krum(byzantine: f).rule(
          for: updates, weights: [Double](repeating: 1.0 / 7, count: 7))
      else {
        Issue.record("krum is no mixture")
        return
      }
      #expect(weights == (0..<7).map { $0 == expected ? 1 : 0 } && statistics == weights)
    }
  }

  @Test("too few reports fail the round, with what is needed")
  func tooFew() throws {
    let run = try result(of: configuration(aggregator: Krum(byzantine: 1)))
    #expect(
      run.outcome == .failed("round 1: krum with 1 byzantine clients needs 5 reports, and there were 3"))
  }

  @Test("krum's next state is that of the chosen client, statistics included")
  func chosen() throws {
    let configuration = try configuration(aggregator: Krum(byzantine: 0), rounds: 1, cohort: Everyone())
    let made = try state(configuration)
    var local = configuration
    local.personal = Named("p", LocalOnly())
    local.aggregator = Named("mean", Mean())
    let run = try result(of: local)
    let own = try (0..<4).map { try run.state(local, client: $0) }
    let names = Dictionary(
      uniqueKeysWithValues: configuration.network.layout.tensors.filter { $0.role != .batchCount }.map {
        ($0.name, Array(made.values[$0.range]))
      })
    let same = own.filter { state in
      local.network.layout.tensors.filter { $0.role != .batchCount }.allSatisfy {
        largestDifference(state.state.values[$0.range], names[$0.name] ?? []) <= 1e-5
      }
    }
    #expect(same.count == 1)
  }

  // MARK: Contracts

  private func transform(_ index: Int) throws -> [any UpdateTransform] {
    let (name, options) = Self.transforms[index]
    let made = try transformCatalog.make(name, options)
    return name == "noise" ? [Clip(norm: 1), made] : [made]
  }

  @Test("the bits do not depend on threads, nor on a kill between rounds", arguments: transforms.indices)
  func transformBits(index: Int) throws {
    try expectSameBits(configuration(transform(index), norm: "fedbn", rounds: 4))
  }

  @Test("the bits do not depend on threads, nor on a kill between rounds", arguments: aggregators.indices)
  func aggregatorBits(index: Int) throws {
    let aggregator = try aggregatorCatalog.make(Self.aggregators[index].name, Self.aggregators[index].options)
    for norm in ["fedavg", "pooled", "recalibrated"] {
      try expectSameBits(configuration(aggregator: aggregator, norm: norm, rounds: 4))
    }
  }

  private func expectSameBits(_ configuration: RunConfiguration) throws {
    let whole = try result(of: configuration, threads: 1)
    try #require(whole.outcome == .finished)
    for threads in [2, 3, 8] {
      #expect(try result(of: configuration, threads: threads).checkpoints == whole.checkpoints)
    }
    for checkpoint in whole.checkpoints {
      let rest = try result(of: configuration, from: checkpoint)
      #expect(rest.checkpoints == whole.checkpoints.filter { $0.round > checkpoint.round })
    }
  }

  // The aggregator alone sets statistics and counters.
  @Test("no transform touches running statistics and counters", arguments: transforms.indices, normCatalog.names)
  func statistics(index: Int, norm: String) throws {
    // Recalibrated statistics are of the weights that the updates make.
    if try norm == "fedap" || normCatalog.make(norm).statistics == .recalibrated { return }
    for (name, options) in Self.aggregators {
      let aggregator = try aggregatorCatalog.make(name, options)
      let plain = try configuration(aggregator: aggregator, norm: norm, rounds: 1)
      let other = try configuration(transform(index), aggregator: aggregator, norm: norm, rounds: 1)
      // Krum may choose another update.
      if name == "krum" { continue }
      let (a, b) = (try state(plain), try state(other))
      let range = plain.network.layout.statisticsRange
      #expect(a.values[range] == b.values[range] && a.counters == b.counters)
      #expect(a.values[..<range.lowerBound] != b.values[..<range.lowerBound])
    }
  }

  @Test("bytes are those of what is handed over", arguments: transforms.indices, normCatalog.names)
  func bytes(index: Int, norm: String) throws {
    if norm == "fedap" { return }
    for strategy in [FedAvg(), Scaffold(), FedDyn()] as [any Strategy] {
      let configuration = try configuration(transform(index), norm: norm, strategy: strategy, rounds: 2)
      let layout = configuration.network.layout
      let (name, options) = Self.transforms[index]
      let d = layout.sharedTrainableCount
      var delta = 4 * d
      if name == "top-k" {
        let k: Int
        if case .integer(let count)? = options["count"] { k = count } else { k = (d + 9) / 10 }
        delta = 4 * k + min(4 * k, (d + 7) / 8)
      }
      for round in try result(of: configuration).rounds.dropFirst() {
        let sent = configuration.bytesBesideUpdate(inRound: round.round)
        let beside = strategy is Scaffold ? 4 * d : 0
        #expect(round.participations.allSatisfy { $0.bytesUp == delta + beside + sent })
        #expect(round.bytesUp == round.participations.reduce(0) { $0 + $1.bytesUp })
      }
    }
  }
}
