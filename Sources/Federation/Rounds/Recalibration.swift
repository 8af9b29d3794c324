internal import Datasets
internal import Networks
internal import Randomness
internal import Tensors

/// Measures the statistics of a model on clients' examples: forward passes in which the raw moments of all batches are
/// added up, each batch being normalized with its own statistics on the way, or as in local steps. Dropout is off;
/// labels play no part.
struct Recalibration {
  let configuration: RunConfiguration
  let round: Int

  /// The raw statistics of the state that is loaded in a worker's workspace over examples of a client; nil when there is
  /// no batch with a variance in every layer.
  ///
  /// - Parameters:
  ///   - places: Which of the examples, in batches of the clients' size.
  ///   - statistics: What normalizes the batches on the way.
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  func moments(
    _ examples: ClientExamples, places: [Int], statistics: PassMode.Statistics = .batch, on worker: Worker
  ) throws -> CollectedMoments? {
    guard let batches = exactBatches(places.count, size: configuration.work.batchSize, of: configuration.network)
    else { return nil }
    let moments = try worker.moments(
      batches.map { Array(places[$0]) }, of: configuration.loss, statistics: statistics
    ) { examples.gather($0[...], values: $1, targets: nil) }
    return moments.isComplete ? moments : nil
  }

  /// The examples that a client of the cohort measures: as many batches as the policy says, drawn anew in each round.
  func places(_ client: Int, of count: Int) -> [Int] {
    guard let batches = configuration.norm.component.exchange.recalibrationBatches else { return Array(0..<count) }
    let wanted = batches.multipliedReportingOverflow(by: configuration.work.batchSize)
    guard !wanted.overflow, wanted.partialValue < count else { return Array(0..<count) }
    var stream = RandomStream(seed: configuration.seed, .recalibration, UInt64(round), UInt64(client))
    return stream.sample(wanted.partialValue, of: count)
  }

  /// Statistics pooled over clients, laid out as the model's; nil when there are none.
  ///
  /// - Parameter moments: The clients' raw statistics with weights that sum to 1.
  func pooled(_ moments: [(value: CollectedMoments, weight: Double)]) -> [Float]? {
    guard !moments.isEmpty else { return nil }
    let layout = configuration.network.layout
    var statistics = [Float](repeating: 0, count: layout.statisticsRange.count)
    for layer in layout.trackedLayers {
      for channel in 0..<layer.channels {
        let (mean, variance) = pooledMoments(
          moments.map {
            ($0.weight, $0.value.statistics[layer.mean + channel], $0.value.statistics[layer.variance + channel])
          })
        statistics[layer.mean + channel] = Float(mean)
        statistics[layer.variance + channel] = Float(variance)
      }
    }
    return statistics
  }
}

extension Recalibration {
  /// Has the clients of a cohort measure what they would start from, and pools what they find; nil when no client has a
  /// batch with a variance in every layer.
  ///
  /// - Throws: The `ClientFailure` of the first of the cohort that failed.
  static func statistics(_ context: RoundContext, on pool: WorkerPool) async throws -> [Float]? {
    let configuration = context.configuration
    let recalibration = Recalibration(configuration: configuration, round: context.round)
    let statistics = configuration.norm.component.training(
      inRound: context.round, of: configuration.rounds
    ).statistics
    let moments = try await pool.map(context.cohort) { client, worker in
      try blaming(client) { () throws -> CollectedMoments? in
        try requireMemory(bytes: configuration.trainingData.bytesToMake(client, .train))
        let examples = configuration.trainingData.examples(client, .train)
        try context.load(client, on: worker)
        return try recalibration.moments(
          examples, places: recalibration.places(client, of: examples.count), statistics: statistics, on: worker)
      }
    }
    return recalibration.pooled(context.weighted(moments))
  }
}

extension Worker {
  /// The raw moments of batches of the state that is loaded in the workspace; the passes are those of inference.
  ///
  /// - Parameters:
  ///   - objective: Whose model it is.
  ///   - statistics: What normalizes the batches on the way.
  ///   - gather: Writes the examples of a batch.
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  func moments(
    _ batches: [[Int]], of objective: any Objective, statistics: PassMode.Statistics,
    gather: (_ batch: [Int], _ values: UnsafeMutablePointer<Float>) throws -> Void
  ) throws -> CollectedMoments {
    workspace.beginMoments()
    let mode = PassMode(isTraining: false, statistics: statistics, collectsMoments: true)
    for batch in batches {
      let plan = try workspace.plan(batch: batch.count, mode: mode)
      try gather(batch, workspace.input(of: plan))
      try workspace.outputs(plan, of: objective)
    }
    return workspace.collectedMoments
  }
}
