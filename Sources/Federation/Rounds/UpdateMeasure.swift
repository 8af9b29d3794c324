internal import Networks
internal import Tensors

/// The size and direction of a client's update.
struct UpdateMeasure {
  private let configuration: RunConfiguration
  private let cohortSize: Int

  /// Measures updates of a cohort of so many clients.
  init(_ configuration: RunConfiguration, cohortSize: Int) {
    self.configuration = configuration
    self.cohortSize = cohortSize
  }

  /// A sketch of nothing.
  var emptySketch: [Float] {
    [Float](repeating: 0, count: UpdateSketch.size(values: configuration.sharedTrainableCount, cohort: cohortSize))
  }

  /// Looks at the values that are not summed in fixed point, and measures the update of a
  /// client that is recorded: its norm over all trainable values, its direction over those that are shared.
  ///
  /// - Parameters:
  ///   - blocks: What the client started from.
  ///   - values: Its values after training, from value 0 on.
  /// - Throws: `RunProblem` when a value is infinite or not a number, `OutOfMemory` where there is no room to measure.
  func measure(
    _ result: inout ClientResult, blocks: [(range: Range<Int>, values: UnsafePointer<Float>)],
    values: UnsafeMutablePointer<Float>, isRecorded: Bool
  ) throws {
    let layout = configuration.network.layout
    let first = layout.sharedTrainableCount
    if let place = Kernels.firstNonFinite(values + first, count: layout.valueCount - first) {
      throw RunProblem.weightOutOfRange(layer: layout.layer(ofValue: place + first))
    }
    guard isRecorded else { return }
    let shared = configuration.sharedTrainableCount
    try requireMemory(bytes: 4 * UpdateSketch.size(values: shared, cohort: cohortSize))
    var sketch = emptySketch
    var squares = 0.0
    for block in blocks {
      let start = values + block.range.lowerBound
      squares += Kernels.squaredDistance(start, block.values, count: block.range.count)
      let part = block.range.clamped(to: 0..<shared)
      guard !part.isEmpty else { continue }
      UpdateSketch.add(start, block.values, count: part.count, offset: part.lowerBound, to: &sketch)
    }
    guard squares.isFinite else { throw RunProblem.weightOutOfRange(layer: nonFiniteLayer(values)) }
    result.updateNorm = squares.squareRoot()
    result.sketch = sketch
  }

  private func nonFiniteLayer(_ values: UnsafePointer<Float>) -> String? {
    configuration.network.layout.tensors.first {
      $0.role != .batchCount && Kernels.firstNonFinite(values + $0.range.lowerBound, count: $0.range.count) != nil
    }?.layer
  }
}
