internal import Datasets
internal import Measures
internal import Networks
internal import Randomness
internal import Records
internal import Tensors

/// Sums over evaluated examples.
struct EvaluationSums {
  var samples = 0
  /// Losses, each times its weight, and the sum of the weights.
  var loss = 0.0
  var weight = 0.0
  var correct = 0
  /// What `correct` is out of; 0 where nothing is right or wrong.
  var judged = 0
  /// What measures are made of.
  var measured = CollectedOutputs()

  mutating func add(_ other: EvaluationSums) {
    samples += other.samples
    loss += other.loss
    weight += other.weight
    correct += other.correct
    judged += other.judged
    measured.add(other.measured)
  }

  /// Adds what the loss makes of so many examples.
  mutating func add(_ value: ObjectiveValue, of count: Int) {
    samples += count
    loss += value.loss * value.weight
    weight += value.weight
    correct += value.correct ?? 0
    if value.correct != nil { judged += value.counted }
  }

  /// The row that the sums make; nil where no target counts.
  func record(
    _ planned: PlannedEvaluation, client: Int, _ examples: SubjectList, hash: String, _ configuration: RunConfiguration
  ) -> EvaluationRecord? {
    guard weight > 0 else { return nil }
    let measured = Measure.all(of: measured.outputs(configuration))
    return EvaluationRecord(
      subject: planned.subject, client: client, model: planned.model, normSource: planned.source.word,
      phase: planned.phase, split: ExampleSplit(examples.split), samples: samples, subsetHash: hash,
      loss: loss / weight, accuracy: judged > 0 ? Double(correct) / Double(judged) : nil,
      measures: measured.values, counts: measured.counts)
  }
}

extension ExampleSplit {
  /// What the record calls examples of a split.
  init(_ split: DataSplit) {
    self =
      switch split {
      case .train: .train
      case .validation: .validation
      case .test: .test
      }
  }
}

/// A loss on some examples that is no number of use.
struct EvaluatedLossProblem: Error {
  /// Which of a client's examples.
  let split: DataSplit
  /// Where it comes from.
  let reason: NonFiniteLoss
}

/// Evaluates the model that lies in a worker's workspace.
struct Evaluating {
  let configuration: RunConfiguration
  /// Where layers that normalize over the batch take statistics from.
  let statistics: PassMode.Statistics

  /// The batches in which so many examples are evaluated; nil where they make none with a variance.
  ///
  /// Where a layer takes statistics over the batch, they are those of `client.batch_size`. Else they are as large as
  /// memory allows, and no result depends on them.
  func batches(_ count: Int) -> [Range<Int>]? {
    guard needsExactBatches else {
      let size = Self.batchSize(configuration.network)
      return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    }
    return exactBatches(count, size: configuration.work.batchSize, of: configuration.network)
  }

  /// The rows that a planned evaluation makes of the model in the worker's workspace: one for each list of examples that makes
  /// batches.
  ///
  /// - Throws: As `evaluate`.
  func rows(_ planned: PlannedEvaluation, client: Int, of lists: [SubjectExamples], on worker: Worker) throws
    -> [EvaluationRecord]
  {
    try lists.compactMap { examples in
      guard let batches = batches(examples.list.count) else { return nil }
      return try evaluate(batches[...], of: examples, on: worker)
        .record(planned, client: client, examples.list, hash: examples.hash, configuration)
    }
  }

  /// Evaluates the examples in `batches`.
  ///
  /// - Throws: `EvaluatedLossProblem` at the first batch whose loss is no number of use, `LibraryError` when oneDNN
  ///   can't plan a layer.
  func evaluate(_ batches: ArraySlice<Range<Int>>, of examples: SubjectExamples, on worker: Worker) throws
    -> EvaluationSums
  {
    let network = configuration.network
    let workspace = worker.workspace
    let full = Self.batchSize(network)
    let isExact = needsExactBatches
    let mode = PassMode(isTraining: false, statistics: statistics)
    let width = network.input.count
    var sums = EvaluationSums()
    let exampleCount = batches.reduce(0) { $0 + $1.count }
    try requireMemory(bytes: CollectedOutputs.bytes(of: exampleCount, configuration))
    for batch in batches {
      let count = batch.count
      // A short batch takes the next power of two, so that few sizes are ever planned; what is too much is not looked
      // at, unless a layer takes statistics over the batch: then there must be nothing else in it.
      var planned = isExact ? count : 8
      while planned < count { planned *= 2 }
      let plan = try workspace.plan(batch: isExact ? planned : min(planned, full), mode: mode)
      let targets = worker.targets.room(for: count, of: configuration.dataset)
      func gather() throws {
        try examples.gather(Array(batch), width: width, values: workspace.input(of: plan), targets: targets)
        // The rows behind are computed too; they must not hold what another pass left there.
        (workspace.input(of: plan) + count * width).update(repeating: 0, count: (plan.batch - count) * width)
      }
      try gather()
      let (result, outputs) = try workspace.evaluateStep(
        plan, targets: targets, rows: count, loss: configuration.loss)
      guard NonFiniteLoss.allows(result.loss) else {
        // The pass may have written over its input.
        try gather()
        throw EvaluatedLossProblem(
          split: examples.list.split, reason: try workspace.reason(ofLoss: result.loss, plan, of: configuration.loss))
      }
      sums.add(result, of: count)
      sums.measured.add(outputs, targets, of: count, configuration)
    }
    return sums
  }

  /// Whether a layer normalizes with the statistics of each batch: because the source of the values says so, or since it
  /// tracks none.
  private var needsExactBatches: Bool {
    statistics == .batch || configuration.network.layers.contains { ($0.layer as? BatchNorm)?.track == false }
  }

  /// As many examples as keep the largest activation below 8 MiB: a power of two from 8 to 256.
  static func batchSize(_ network: Network) -> Int {
    let largest = max(network.input.count, network.layers.map(\.resolved.output.count).max() ?? 1)
    var size = 256
    while size > 8, size * largest * 4 > 8 << 20 { size /= 2 }
    return size
  }
}

/// Batches of `size`, or of two where one example has no variance in a layer; the last one is as short as it comes, and
/// one without a variance joins the batch before it. Nil where not even all examples together have one.
func exactBatches(_ count: Int, size: Int, of network: Network) -> [Range<Int>]? {
  guard network.canTrain(batchOf: count) else { return nil }
  // Policies that train on running statistics allow batches of one.
  let size = network.canTrain(batchOf: size) ? size : 2
  var batches = stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  while batches.count > 1, let last = batches.last, !network.canTrain(batchOf: last.count) {
    batches.removeLast(2)
    batches.append((last.lowerBound - size)..<last.upperBound)
  }
  return batches
}
