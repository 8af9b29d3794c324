import Datasets
import Networks
import Randomness
import Records
import Tensors
import TestSupport
import Testing

@testable import Federation

/// Runs on targets of every kind: labels, values, classes of steps, and classes that do not count.
@Suite("runs on targets of every kind")
struct TargetRunTests {
  /// Three clients of 20, 13 and 6 examples of `shape`, and 9, 4 and 7 for testing, with what `targets` makes of an
  /// example's values.
  private func dataset(
    _ shape: Shape, _ target: TargetKind, _ targets: ([Float]) -> [Float]
  ) throws -> FederatedDataset {
    var stream = RandomStream(seed: 11, .examples, 0)
    func split(_ sizes: [Int]) -> HeldSplit {
      var (inputs, all, clients): ([Float], [Float], [Int32]) = ([], [], [])
      for (client, size) in sizes.enumerated() {
        for _ in 0..<size {
          let own = (0..<shape.count).map { _ in Float(stream.normal()) + Float(client) * 0.2 }
          inputs += own
          all += targets(own)
          clients.append(Int32(client))
        }
      }
      let whole = all.map { Int32($0) }
      let held: HeldTargets =
        switch target {
        case .classes: .classes(whole)
        case .tokens: .tokens(whole)
        case .labels, .values: .values(all)
        }
      var split = HeldSplit(inputs: .floats(inputs), targets: held, count: clients.count)
      split.clients = clients
      return split
    }
    var data = HeldData(
      shape: shape, splits: [.train: split([20, 13, 6]), .test: split([9, 4, 7])], target: target)
    data.clients = ["a", "b", "c"]
    if case .classes(let count) = target { data.classes = (0..<count).map(String.init) }
    return try FederatedDataset(
      source: HeldSource(data), partitioner: Natural(), trainPerClient: nil, testPerClient: nil, seed: 1)
  }

  private func run(
    _ dataset: FederatedDataset, _ loss: any Objective, layers: [any Layer], rounds: Int = 8, rate: Double = 0.1,
    strategy: any Strategy = FedAvg(), norm: String = "fedbn", shuffle: Bool = true
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 3, rounds: rounds, dataset: dataset,
      network: try Network(input: dataset.sampleShape, layers: layers), strategy: Named("s", strategy),
      norm: Named(norm, try normCatalog.make(norm)), optimizer: SGD(learningRate: rate), loss: loss,
      work: LocalWork(batchSize: 4, amount: .epochs(2), shuffle: shuffle), recording: Recording(checkpointEvery: 1))
  }

  private let dense: [any Layer] = [Dense(name: "fc1", units: 8), BatchNorm(name: "bn"), ReLU()]

  /// The same records on any threads and after a checkpoint, and a loss that falls.
  private func expectLearning(_ run: RunConfiguration, by factor: Double, hasAccuracy: Bool) throws {
    let whole = try result(of: run, threads: 1)
    #expect(whole.outcome == .finished)
    let again = try result(of: run, threads: 3)
    #expect(again.rounds == whole.rounds && again.checkpoints == whole.checkpoints)
    let rest = try result(of: run, from: whole.checkpoints[2])
    #expect(rest.rounds == whole.rounds.filter { $0.round > whole.checkpoints[2].round })
    func loss(_ round: RoundRecord) -> Double {
      round.evaluations.reduce(0) { $0 + $1.loss } / Double(round.evaluations.count)
    }
    let (first, last) = (try #require(whole.rounds.first), try #require(whole.rounds.last))
    #expect(first.evaluations.count == 3 && last.evaluations.count == 3)
    #expect(loss(last) < factor * loss(first), "\(loss(first)) to \(loss(last))")
    for round in whole.rounds where round.round > 0 {
      #expect((round.trainAccuracy != nil) == hasAccuracy && round.trainLoss != nil)
      #expect(round.participations.allSatisfy { ($0.trainAccuracy != nil) == hasAccuracy && $0.trainLoss != nil })
      #expect(round.evaluations.allSatisfy { ($0.accuracy != nil) == hasAccuracy })
    }
    if hasAccuracy {
      let accuracies = last.evaluations.compactMap(\.accuracy) + [try #require(last.trainAccuracy)]
      #expect(accuracies.allSatisfy { (0...1).contains($0) } && accuracies.max() ?? 0 > 0.5)
    }
  }

  @Test("values", arguments: [SquaredError(), AbsoluteError(), Huber(delta: 0.5)] as [any Objective])
  func values(loss: any Objective) throws {
    let data = try dataset([3], .values(2)) { [$0[0] - $0[1], 0.5 * $0[2] + 1] }
    let run = try run(data, loss, layers: dense + [Dense(name: "fc2", units: 2)])
    #expect(run.target == .values(2))
    try expectLearning(run, by: 0.6, hasAccuracy: false)
  }

  @Test("labels, of which any may hold")
  func labels() throws {
    let data = try dataset([3], .values(2)) { [$0[0] > 0 ? 1 : 0, $0[1] + $0[2] > 0 ? 1 : 0] }
    let run = try run(
      data, BinaryCrossEntropy(positiveWeights: [2, 1]), layers: dense + [Dense(name: "fc2", units: 2)])
    #expect(run.target == .labels(2))
    try expectLearning(run, by: 0.7, hasAccuracy: false)
  }

  @Test("one output that tells two classes apart")
  func oneOutput() throws {
    let data = try dataset([3], .classes(2)) { [$0[0] > $0[1] ? 1 : 0] }
    try expectLearning(
      try run(data, BinaryCrossEntropy(), layers: dense + [Dense(name: "fc2", units: 1)]), by: 0.7, hasAccuracy: true)
  }

  @Test("a class for each step of a sequence")
  func steps() throws {
    let data = try dataset([5, 2], .tokens(vocabulary: 3)) { values in
      (0..<5).map { Float(values[2 * $0] > 0.4 ? 2 : values[2 * $0 + 1] > 0 ? 1 : 0) }
    }
    let layers: [any Layer] = [LSTM(name: "rnn", units: 8), Dense(name: "fc", units: 3)]
    let run = try run(data, CrossEntropy(), layers: layers, rounds: 20, rate: 0.5, norm: "fedavg")
    #expect(run.target == .tokens(vocabulary: 3))
    try expectLearning(run, by: 0.8, hasAccuracy: true)
    // Of 20 + 13 + 6 steps a client's accuracy is a multiple of one step, not of one example.
    let row = try #require(try result(of: run).rounds.last?.evaluations.first)
    let right = try #require(row.accuracy) * Double(row.samples * 5)
    #expect(abs(right - right.rounded()) < 1e-9)
  }

  @Test("every strategy and personal method trains on values", arguments: strategyCatalog.names)
  func strategies(name: String) throws {
    let data = try dataset([3], .values(1)) { [$0[0] - $0[1]] }
    let loss = SquaredError()
    let run = try run(
      data, loss, layers: dense + [Dense(name: "fc2", units: 1)], rounds: 2, rate: 0.01,
      strategy: strategyCatalog.make(name))
    let made = try result(of: run)
    #expect(made.outcome == .finished && made.rounds.last?.evaluations.allSatisfy { $0.loss.isFinite } ?? false)
  }

  // MARK: What does not count

  @Test("batches of classes that do not count are skipped and counted", arguments: strategyCatalog.names)
  func ignored(strategy: String) throws {
    // Client a has classes 0 to 2 by turns; b has class 1 alone in its second to last batches; c has class 1 alone.
    var counts = [0, 0, 0]
    let data = try dataset([3], .classes(3)) { _ in
      let client = counts[0] < 20 ? 0 : counts[1] < 13 ? 1 : counts[2] < 6 ? 2 : 3
      if client == 3 { return [0] }
      counts[client] += 1
      return [client == 0 ? Float(counts[0] % 3) : client == 1 ? (counts[1] <= 4 ? 2 : 1) : 1]
    }
    var run = try run(
      data, CrossEntropy(ignored: 1), layers: dense + [Dense(name: "fc2", units: 3)], rounds: 2,
      strategy: strategyCatalog.make(strategy), norm: "fedavg", shuffle: false)
    run.learningRateSchedule = LearningRateSchedule(ConstantCurve(), over: .steps)
    let made = try result(of: run)
    #expect(made.outcome == .finished)
    for round in made.rounds where round.round > 0 {
      let rows = round.participations
      // Batches of b: four, four, four and one, which has no variance.
      #expect(rows.map(\.steps) == [10, 2, 0] && rows.map(\.skippedBatches) == [0, 6, 4])
      #expect(rows.map(\.outcome) == [.reported, .reported, .untrained] && round.reported == 2)
      #expect(rows[2].trainLoss == nil && rows[2].trainAccuracy == nil)
    }
  }

  @Test("the order of the examples says which batches are left out, and how long a schedule over steps is")
  func stepCounts() {
    for seed in 1...20 as ClosedRange<UInt64> {
      for amount in [LocalWork.Amount.epochs(3), .steps(7)] {
        let batches = LocalBatches(
          LocalWork(batchSize: 3, amount: amount), count: 11, orderStream: RandomStream(seed: seed, .batchOrder, 0),
          dropoutStream: RandomStream(seed: seed, .dropout, 0), isUsable: { $0 > 1 },
          hasTarget: { $0.contains { $0 < 4 } })
        var taken = batches
        var count = 0
        while let batch = taken.next() {
          #expect(batch.places.contains { $0 < 4 } && batch.places.count > 1)
          count += 1
        }
        #expect(count == batches.stepCount && batches.skipped == 0)
        if amount == .steps(7) { #expect(count == 7) } else { #expect(count + taken.skipped == 12) }
      }
    }
  }

  @Test("an evaluation's loss is weighted over all of its examples, and what does not count makes no row")
  func evaluations() throws {
    // Clients a and b have classes 0 and 2 for testing, c has class 1 alone.
    var (trained, tested) = (0, 0)
    let data = try dataset([3], .classes(3)) { _ in
      if trained < 39 {
        trained += 1
        return [Float(trained % 3)]
      }
      tested += 1
      return [tested <= 13 ? Float(tested % 2 * 2) : 1]
    }
    let weights = [0.5, 3.0, 2.0]
    var run = try run(
      data, CrossEntropy(classWeights: weights, ignored: 1), layers: dense + [Dense(name: "fc2", units: 3)], rounds: 1,
      norm: "fedavg")
    run.evaluation.subjects = [.client, .union]
    let rows = try #require(try result(of: run).rounds.last).evaluations
    #expect(rows.map(\.client).sorted() == [-1, 0, 1])
    let single = rows.filter { $0.client >= 0 }.sorted { $0.client < $1.client }
    let union = try #require(rows.first { $0.client == -1 })
    // Weights are 2 of class 2 and ½ of class 0; a has five and four, b two and two.
    let sums: [Double] = [12, 5]
    let mean = (single[0].loss * sums[0] + single[1].loss * sums[1]) / 17
    #expect(abs(union.loss - mean) < 1e-6 && union.samples == 20)
    let right = 9 * (try #require(single[0].accuracy)) + 4 * (try #require(single[1].accuracy))
    #expect(abs(try #require(union.accuracy) * 13 - right) < 1e-9)
  }
}
