import Datasets
import Networks
import Records

@testable import Federation

/// The loss of a state on all of a client's examples in one batch, by a pass of its own.
///
/// - Parameter usesBatch: Whether normalization takes the statistics of that batch, as training does.
func referenceLoss(
  _ configuration: RunConfiguration, client: Int, _ state: ModelState, split: DataSplit = .test, usesBatch: Bool = false
) throws -> Double {
  let examples = configuration.dataset.examples(client, split)
  let workspace = NetworkWorkspace()
  workspace.load(state, of: configuration.network)
  let still = SGD(learningRate: 1e-30)
  workspace.prepareTraining(still)
  let plan = try workspace.plan(batch: examples.count, mode: usesBatch ? .training : .inference)
  var labels = [Int32](repeating: 0, count: examples.count)
  return try labels.withUnsafeMutableBufferPointer { labels in
    guard let base = labels.baseAddress else { return .nan }
    examples.gather(Array(0..<examples.count)[...], values: workspace.input(of: plan), labels: base)
    if usesBatch {
      return try workspace.trainStep(
        plan, labels: base, loss: configuration.loss, stepKey: 0, adjust: { _, _ in }
      ).loss
    }
    return try workspace.evaluateStep(plan, labels: base, loss: configuration.loss).loss
  }
}

/// A dense network whose running statistics are those of all batches so far.
func cumulativeNetwork(convention: BatchNorm.Convention = .pytorch) throws -> Network {
  func norm(_ name: String) -> BatchNorm {
    BatchNorm(name: name, convention: convention, momentum: .cumulative, epsilon: 1e-5)
  }
  return try Network(
    input: [5],
    layers: [
      Dense(name: "fc1", units: 6), norm("bn1"), ReLU(), Dense(name: "fc2", units: 4), norm("bn2"), ReLU(),
      Dense(name: "fc3", units: 3),
    ])
}

/// One-pass statistics of a client's training examples in every layer, each layer's input normalized with them: what
/// training leaves in a layer that keeps the biased statistics of its only batch.
func onePassStatistics(_ configuration: RunConfiguration, client: Int, _ state: ModelState) throws -> [Float] {
  let network = try cumulativeNetwork(convention: .keras)
  let layout = network.layout
  precondition(layout.valueCount == configuration.network.layout.valueCount, "another network")
  let examples = configuration.dataset.examples(client, .train)
  let workspace = NetworkWorkspace()
  workspace.load(
    ModelState(values: state.values, counters: [Int64](repeating: 0, count: layout.counterCount)), of: network)
  let still = SGD(learningRate: 1e-30)
  workspace.prepareTraining(still)
  let plan = try workspace.plan(batch: examples.count, mode: .training)
  var labels = [Int32](repeating: 0, count: examples.count)
  try labels.withUnsafeMutableBufferPointer { labels in
    guard let base = labels.baseAddress else { return }
    examples.gather(Array(0..<examples.count)[...], values: workspace.input(of: plan), labels: base)
    _ = try workspace.trainStep(
      plan, labels: base, loss: configuration.loss, stepKey: 0, adjust: { _, _ in })
  }
  return Array(workspace.state().values[layout.trainableCount...])
}

extension ModelState {
  /// The state with other values from a place on.
  func replacing(from start: Int, _ values: [Float]) -> ModelState {
    var state = self
    state.values.replaceSubrange(start..<(start + values.count), with: values)
    return state
  }
}

extension RunResult {
  /// The only row of a kind of the last round, of a client.
  func row(
    _ source: NormSource, client: Int, subject: EvaluationSubject = .client, model: EvaluationModel? = nil,
    phase: EvaluationPhase = .afterAggregation
  ) -> EvaluationRecord? {
    let selection = EvaluationSelection(subject: subject, model: model, phase: phase, normSource: source)
    let rows = (rounds.last?.evaluations ?? []).selected(selection).filter { $0.client == client }
    return rows.count == 1 ? rows[0] : nil
  }
}
