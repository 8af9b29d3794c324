internal import Networks
internal import Records

/// What a client's training leaves behind for the round.
struct ClientResult: Sendable {
  let client: Int
  let samples: Int
  var steps = 0
  var skippedBatches = 0
  var seen = 0
  var lossSum = 0.0
  var correct = 0
  /// ‖w_k − w‖₂ over the trainable values.
  var updateNorm = 0.0
  /// The difference over the shared trainable values, folded onto the sketch's size.
  var sketch: [Float] = []
  /// Everything of normalization layers after training: γ, β, mixing, then statistics.
  var normalization: [Float] = []
  /// The same for drift: where local steps leave running statistics alone, with the raw ones of the batches they saw.
  var observed: [Float] = []
  var counters: [Int64] = []
  /// `counters` before training; empty unless the client is recorded.
  var countersBefore: [Int64] = []
  /// Steps that its optimizer has taken, those of earlier rounds included where it keeps its memory.
  var optimizerSteps = 0
  /// p_k s_k: its weight in the cohort times the strategy's influence.
  var influence = 0.0
  /// What it remembers.
  var slots = SlotMemory()
  /// Evaluations of its model as it left the training, before aggregation.
  var evaluations: [EvaluationRecord] = []
  /// Its weights and biases, where each client has its own.
  var weights: [Float] = []

  /// Copies what the server or the client needs of the numbers that training left in a workspace.
  ///
  /// - Parameter collectsMoments: Whether the steps collected them.
  mutating func take(
    from workspace: NetworkWorkspace, _ configuration: RunConfiguration, _ local: LocalRanges, collectsMoments: Bool
  ) {
    let layout = configuration.network.layout
    let range = layout.normalizationRange
    normalization = Array(UnsafeBufferPointer(start: workspace.values + range.lowerBound, count: range.count))
    observed = normalization
    if collectsMoments {
      let start = layout.statisticsRange.lowerBound - range.lowerBound
      observed.replaceSubrange(start..., with: workspace.collectedMoments.statistics.map { Float($0) })
      if configuration.norm.component.sendsRawMoments { normalization = observed }
    }
    counters = Array(UnsafeBufferPointer(start: workspace.counters, count: layout.counterCount))
    weights = Array(UnsafeBufferPointer(start: workspace.values, count: local.weights.count))
    workspace.takeOptimizer(of: configuration, steps: optimizerSteps, into: &slots)
  }

  /// The result without what the client keeps, which may be as large as its model.
  var withoutMemory: ClientResult {
    var result = self
    result.slots = SlotMemory()
    result.weights = []
    return result
  }

  /// Whether there is anything to aggregate.
  var isTrained: Bool { steps > 0 }
}
