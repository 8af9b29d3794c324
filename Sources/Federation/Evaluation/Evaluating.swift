internal import Datasets
internal import Foundation
internal import Networks
internal import Randomness
internal import Records
internal import Tensors

/// Evaluates one client's model on one client's examples.
struct Evaluating {
  let configuration: RunConfiguration
  let client: Int

  /// Test examples, or training examples where a client has no others; the row says which.
  var split: DataSplit { configuration.dataset.testCount(client) > 0 ? .test : .train }

  /// Evaluates the state that is loaded in the worker's workspace; nil when the client has no examples at all.
  ///
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  func evaluate(normSource: NormSource, on worker: Worker) throws -> EvaluationRecord? {
    let split = split
    let examples = configuration.dataset.examples(client, split)
    var places = Array(0..<examples.count)
    if let subset = configuration.recording.evaluationSubset, subset < places.count {
      var stream = RandomStream(seed: configuration.seed, .evaluation, 1, UInt64(client))
      places = stream.sample(subset, of: places.count)
    }
    guard !places.isEmpty else { return nil }
    let workspace = worker.workspace
    let full = Self.batchSize(configuration.network)
    var lossSum = 0.0
    var correct = 0
    var start = 0
    while start < places.count {
      let count = min(full, places.count - start)
      // A short batch takes the next power of two, so that few sizes are ever planned; what is too much is not looked
      // at, unless a layer takes statistics over the batch: then there must be nothing else in it.
      var planned = needsExactBatches ? count : 8
      while planned < count { planned *= 2 }
      let plan = try workspace.plan(batch: min(planned, full), mode: .inference)
      if worker.labels.count < plan.batch { worker.labels = [Int32](repeating: 0, count: plan.batch) }
      try worker.labels.withUnsafeMutableBufferPointer { labels in
        guard let base = labels.baseAddress else { return }
        examples.gather(places[start..<(start + count)], values: workspace.input(of: plan), labels: base)
        // The rows behind are computed too; they must not hold what another pass left there.
        let width = configuration.network.input.count
        (workspace.input(of: plan) + count * width).update(repeating: 0, count: (plan.batch - count) * width)
        let result = try workspace.evaluateStep(plan, labels: base, rows: count, loss: configuration.loss)
        lossSum += result.loss * Double(count)
        correct += result.correct
      }
      start += count
    }
    return EvaluationRecord(
      subject: .client, client: client, model: .personal, normSource: normSource, phase: .afterAggregation,
      split: split == .test ? .test : .train, samples: places.count,
      subsetHash: Self.hash(places, client: client, split: split),
      loss: lossSum / Double(places.count), accuracy: Double(correct) / Double(places.count))
  }

  /// Whether a layer normalizes with the statistics of each batch in inference too.
  private var needsExactBatches: Bool {
    configuration.network.layers.contains { ($0.layer as? BatchNorm)?.track == false }
  }

  /// As many examples as keep the largest activation below 8 MiB: a power of two from 8 to 256.
  private static func batchSize(_ network: Network) -> Int {
    let largest = max(network.input.count, network.layers.map(\.resolved.output.count).max() ?? 1)
    var size = 256
    while size > 8, size * largest * 4 > 8 << 20 { size /= 2 }
    return size
  }

  /// 16 hexadecimal digits that tell one choice of a client's examples from another.
  private static func hash(_ places: [Int], client: Int, split: DataSplit) -> String {
    var hash = nameHash("\(split.rawValue)-\(client)")
    for place in places { hash = (hash ^ UInt64(place)) &* 0x0000_0100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
