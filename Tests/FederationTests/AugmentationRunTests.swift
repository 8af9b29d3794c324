import Datasets
import Networks
import Records
import Scenarios
import Tensors
import Testing

@testable import Federation

/// Runs whose clients train on augmented images.
@Suite("runs with augmented images", .timeLimit(.minutes(3)))
struct AugmentationRunTests {
  private static let all = "[flip, crop(1), rotate(15), cutout(2)]"

  private func configuration(_ augment: String?, _ more: String = "", epochs: Int = 2) throws -> RunConfiguration {
    let augment = augment.map { ", augment: \($0)" } ?? ""
    let text = """
      name: a
      rounds: 4
      model:
        input: [8, 8, 3]
        layers:
          - flatten
          - {dense: {name: fc1, units: 8}}
          - {batch_norm: {name: bn1}}
          - relu
          - {dense: {name: fc2, units: 10}}
      data:
        domains: [ink, colour, chalk]
        image: {width: 8, height: 8}
        train_per_client: 14
        test_per_client: 6
      client: {batch_size: 6, epochs: \(epochs), optimizer: {kind: sgd, learning_rate: 0.1}\(augment)}
      checkpoint: {every: 1, keep: all}
      \(more)
      """
    return try #require(
      try Experiment(Scenario(text: text, file: "f.yaml", baseDirectory: "/nowhere")).runs.first
    ).configuration
  }

  @Test("the bits are those of any number of threads and behind any checkpoint")
  func bits() throws {
    let run = try configuration(Self.all)
    let one = try result(of: run, threads: 1)
    let three = try result(of: run, threads: 3)
    #expect(one.outcome == .finished && one.rounds == three.rounds)
    #expect(one.checkpoints.map(\.state) == three.checkpoints.map(\.state))
    for checkpoint in one.checkpoints.dropFirst().dropLast() {
      let resumed = try result(of: run, from: checkpoint)
      #expect(resumed.checkpoints.last?.state == one.checkpoints.last?.state)
      #expect(resumed.rounds == Array(one.rounds.suffix(4 - checkpoint.round)))
    }
    // It is no other training than without.
    let plain = try result(of: configuration(nil))
    #expect(plain.rounds[0] == one.rounds[0])
    #expect(plain.rounds[1].trainLoss != one.rounds[1].trainLoss)
  }

  @Test("each kind changes training, and none with options that change nothing does")
  func kinds() throws {
    let plain = try result(of: configuration(nil)).checkpoints.map(\.state)
    for kind in ["flip", "crop(2)", "rotate(20)", "cutout(3)"] {
      #expect(try result(of: configuration("[\(kind)]")).checkpoints.map(\.state) != plain, "\(kind)")
    }
    for nothing in ["flip(0)", "crop(0)", "rotate(0)", "cutout(0)", "[flip(0), rotate(0)]"] {
      #expect(try result(of: configuration(nothing)).checkpoints.map(\.state) == plain, "\(nothing)")
    }
  }

  @Test("the order of a list counts")
  func order() throws {
    let first = try result(of: configuration("[crop(2), cutout(3)]"))
    #expect(
      try result(of: configuration("[cutout(3), crop(2)]")).checkpoints.last?.state != first.checkpoints.last?.state)
  }

  @Test(
    "whatever makes a batch again makes it the same on any threads",
    arguments: [
      "strategy: moon\n", "norm: fedtan\n", "personal: ditto\n", "personal: apfl\n", "strategy: fednova\n",
      "norm: recalibrated\n", "bound: central\n", "bound: local\n", "norm: fedbn\n", "strategy: scaffold\n",
      "schedule: {kind: fedbuff, buffer: 2, concurrency: 2}\ndevices: {kind: lognormal, seconds: 10, sigma: 1}\n",
    ])
  func again(more: String) throws {
    let run = try configuration(Self.all, more)
    let one = try result(of: run, threads: 1)
    #expect(one.outcome == .finished, "\(more)")
    #expect(try result(of: run, threads: 3).checkpoints.map(\.state) == one.checkpoints.map(\.state), "\(more)")
    #expect(try result(of: configuration(nil, more)).checkpoints.last?.state != one.checkpoints.last?.state, "\(more)")
  }

  /// The images of a batch as a client trains on them.
  private func batch(
    _ run: RunConfiguration, client: Int = 0, round: Int = 1, pass: Int = 0, _ places: [Int]
  ) throws -> [[Float]] {
    let data = run.trainingData
    let count = data.sampleShape.count
    let room = AlignedBuffer<Float>()
    let augmentation = try #require(
      BatchAugmentation(LocalTraining(configuration: run, round: round, client: client)))
    var values = [Float](repeating: 0, count: places.count * count)
    var labels = [Int32](repeating: 0, count: places.count)
    values.withUnsafeMutableBufferPointer { values in
      labels.withUnsafeMutableBufferPointer { labels in
        guard let base = values.baseAddress, let target = labels.baseAddress else { return }
        data.examples(client, .train).gather(places[...], values: base, labels: target)
        augmentation.apply(to: base, LocalBatch(places: places[...], pass: pass, stepKey: 0), room: room)
      }
    }
    return (0..<places.count).map { Array(values[($0 * count)..<(($0 + 1) * count)]) }
  }

  @Test("an image's numbers are its own: by client, place, round and pass, whatever else is in the batch")
  func addresses() throws {
    let run = try configuration(Self.all)
    let whole = try batch(run, [0, 1, 2, 3, 4])
    #expect(try batch(run, [0, 1, 2, 3, 4]) == whole)
    #expect(try batch(run, [4, 2]) == [whole[4], whole[2]])
    for other in [try batch(run, pass: 1, [0, 1, 2, 3, 4]), try batch(run, round: 2, [0, 1, 2, 3, 4])] {
      #expect(zip(other, whole).count { $0 != $1 } >= 4)
    }
    // A round's second pass is no other round's first.
    #expect(try batch(run, round: 1, pass: 1, [0, 1, 2]) != batch(run, round: 2, pass: 0, [0, 1, 2]))
    var other = run
    other.seed = 99
    // The same examples, and other numbers.
    #expect(try batch(other, [0, 1, 2, 3, 4]) != whole)
    #expect(BatchAugmentation(LocalTraining(configuration: try configuration(nil), round: 1, client: 0)) == nil)
  }

  @Test("passes are numbered through a round, also where steps are counted")
  func passes() {
    let work = LocalWork(batchSize: 4, amount: .steps(7))
    var batches = LocalBatches(
      work, count: 10, orderStream: .init(seed: 1, .batchOrder), dropoutStream: .init(seed: 1, .dropout),
      isUsable: { $0 > 2 })
    var passes: [Int] = []
    while let batch = batches.next() { passes.append(batch.pass) }
    #expect(passes == [0, 0, 1, 1, 2, 2, 3])
  }

  @Test("evaluations and constants of a normalization see images as they are")
  func others() throws {
    // Without learning, what is evaluated is the initial model whatever is trained on.
    let more = "evaluation: {subject: client}\n"
    func run(_ augment: String?) throws -> RunResult {
      var run = try configuration(augment, more)
      run.optimizer = SGD(learningRate: 0)
      run.norm = Named("frozen", try normCatalog.make("frozen"))
      return try result(of: run)
    }
    let (plain, augmented) = (try run(nil), try run(Self.all))
    #expect(plain.rounds.last?.evaluations == augmented.rounds.last?.evaluations)
    #expect(plain.rounds.last?.trainLoss != augmented.rounds.last?.trainLoss)
  }
}
