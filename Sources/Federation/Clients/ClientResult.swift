internal import Networks
internal import Records

/// What a client's training leaves behind for the round.
struct ClientResult: Sendable {
  let client: Int
  let samples: Int
  /// Where it stands among the participations of the round that are trained.
  var position = 0
  var steps = 0
  /// The sum of the learning rates of these steps.
  var stepSizeSum = 0.0
  /// The client's learning rate over that of all clients.
  var stepScale = 1.0
  var skippedBatches = 0
  /// Examples, or steps of them, that `correct` is out of; 0 where nothing is right or wrong.
  var judged = 0
  /// Examples in training passes, those of other models included.
  var passed = 0
  var lossSum = 0.0
  /// What else the objective says of steps, summed over these, by the names of measures.
  var measureSums: [String: Double] = [:]
  var correct = 0
  /// ‖w_k − w‖₂ over the trainable values.
  var updateNorm = 0.0
  /// The difference over the shared trainable values, folded onto the sketch's size.
  var sketch: [Float] = []
  /// Running statistics after training; under a policy that sends them, the raw ones of the batches that it saw.
  var statistics: [Float] = []
  /// Where drift is recorded, the values of normalization layers as `StateLayout.normalizationRanges` has them, and where
  /// local steps leave running statistics alone, with the raw ones of the batches that it saw.
  var observed: [Float] = []
  var counters: [Int64] = []
  /// `counters` before training; empty unless the client is recorded.
  var countersBefore: [Int64] = []
  /// p_k s_k: its weight in the cohort times the influence of its update.
  var influence = 0.0
  /// Bytes that it sent.
  var bytesUp = 0
  /// What it remembers.
  var slots = SlotMemory()
  /// Evaluations of its model as it left the training, before aggregation.
  var evaluations: [EvaluationRecord] = []
  /// Its own values, as `LocalRanges.all` has them.
  var localValues: [Float] = []

  /// Copies what the server or the client needs of the numbers that training left in a workspace.
  ///
  /// - Parameters:
  ///   - collectsMoments: Whether the steps collected them.
  ///   - isObserved: Whether drift is recorded.
  mutating func take(
    from workspace: NetworkWorkspace, _ configuration: RunConfiguration, _ local: LocalRanges, collectsMoments: Bool,
    isObserved: Bool
  ) {
    let layout = configuration.network.layout
    let values = UnsafePointer(workspace.values)
    statistics = Array(
      UnsafeBufferPointer(start: values + layout.trainableCount, count: layout.statisticsRange.count))
    let raw = collectsMoments ? workspace.collectedMoments.statistics.map { Float($0) } : statistics
    if isObserved {
      observed = layout.normalizationRanges.flatMap { range in
        range.map { $0 < layout.trainableCount ? values[$0] : raw[$0 - layout.trainableCount] }
      }
    }
    localValues = local.values(of: values)
    if configuration.norm.component.exchange.sendsRawMoments { statistics = raw }
    counters = Array(UnsafeBufferPointer(start: workspace.counters, count: layout.counterCount))
  }

  /// The result without what the client keeps, which may be as large as its model.
  var withoutMemory: ClientResult {
    var result = self
    result.slots = SlotMemory()
    result.localValues = []
    return result
  }

  /// The part of what was judged in its steps that was right; nil where nothing is right or wrong.
  var trainAccuracy: Double? { judged > 0 ? Double(correct) / Double(judged) : nil }

  /// The means over its steps of what else the objective says of them.
  var measures: [String: Double] { steps > 0 ? measureSums.mapValues { $0 / Double(steps) } : [:] }

  /// Whether there is anything to aggregate.
  var isTrained: Bool { steps > 0 }
}
