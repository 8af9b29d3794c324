import Datasets
import Federation
import Networks

/// Local training written down once more, plainly: batches in order, no strategy but for
/// what it adds to the gradients, no policy.
///
/// - Returns: The state after `rounds` times `epochs` passes in which each round begins with a new optimizer.
func locallyTrained(
  _ configuration: RunConfiguration, client: Int, from start: ModelState, rounds: Int = 1,
  mode: PassMode = .training,
  adjust: ((UnsafeMutablePointer<Float>, UnsafePointer<Float>) -> Void)? = nil
) throws -> ModelState {
  guard case .epochs(let epochs) = configuration.work.amount else { return start }
  let examples = configuration.dataset.examples(client, .train)
  let workspace = NetworkWorkspace()
  workspace.load(start, of: configuration.network)
  for _ in 0..<rounds {
    workspace.prepareTraining(configuration.optimizer)
    var step = 0
    for _ in 0..<epochs {
      for first in stride(from: 0, to: examples.count, by: configuration.work.batchSize) {
        let batch = first..<min(first + configuration.work.batchSize, examples.count)
        guard configuration.network.canTrain(batchOf: batch.count, statistics: mode.statistics) else { continue }
        step += 1
        let plan = try workspace.plan(batch: batch.count, mode: mode)
        var labels = [Int32](repeating: 0, count: batch.count)
        try labels.withUnsafeMutableBufferPointer { labels in
          guard let base = labels.baseAddress else { return }
          examples.gather(Array(batch)[...], values: workspace.input(of: plan), labels: base)
          _ = try workspace.trainStep(
            plan, labels: base, loss: configuration.loss, stepKey: 0,
            adjust: adjust)
        }
      }
    }
  }
  return workspace.state()
}

/// Where two arrays of numbers differ most, relative to the larger magnitude and at least 1e-6.
func largestDifference(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Double {
  var largest = 0.0
  for (x, y) in zip(a, b) {
    let (x, y) = (Double(x), Double(y))
    largest = max(largest, abs(x - y) / max(1e-6, abs(x), abs(y)))
  }
  return largest
}
