internal import Tensors

/// Mean and variance of every channel that keeps running statistics, over all the batches of some passes as if they
/// were one.
///
/// They are raw: of the values themselves, without momentum and with the biased variance. Batches are merged in fp64 by
/// the law of total variance, M2 ← M2 + M2_B + δ²·n·n_B/(n + n_B) with δ = μ_B − μ.
final class MomentCollector {
  private let values = AlignedBuffer<Double>()
  private let counts = AlignedBuffer<Double>()
  private var layout: StateLayout?

  /// Forgets what it has, and makes room for a model's statistics.
  func begin(_ layout: StateLayout) {
    self.layout = layout
    let size = layout.valueCount - layout.trainableCount
    values.reserve(size)
    counts.reserve(layout.counterCount)
    values.base.update(repeating: 0, count: size)
    counts.base.update(repeating: 0, count: layout.counterCount)
  }

  /// Adds one layer's batch.
  ///
  /// - Parameters:
  ///   - mean: `[channels]`, not rounded to fp32: means far from zero would lose the digits of what is between batches.
  ///   - variance: `[channels]`, biased.
  ///   - rows: Values a channel.
  ///   - meanPlace: Where the layer's means begin, counted from the first running statistic.
  ///   - variancePlace: The same for its variances.
  ///   - counter: The layer's counter.
  func add(
    mean: UnsafePointer<Double>, variance: UnsafePointer<Double>, channels: Int, rows: Int, meanPlace: Int,
    variancePlace: Int, counter: Int
  ) {
    let before = counts.base[counter]
    let added = Double(rows)
    let total = before + added
    let means = values.base + meanPlace
    let squares = values.base + variancePlace
    for c in 0..<channels {
      let distance = mean[c] - means[c]
      means[c] += distance * added / total
      squares[c] += added * variance[c] + distance * distance * before * added / total
    }
    counts.base[counter] = total
  }

  /// What was collected.
  var collected: CollectedMoments {
    guard let layout else { return CollectedMoments(statistics: [], counts: []) }
    var statistics = [Double](repeating: 0, count: layout.valueCount - layout.trainableCount)
    let counts = Array(UnsafeBufferPointer(start: counts.base, count: layout.counterCount))
    for layer in layout.trackedLayers {
      let count = max(1, counts[layer.counter])
      for channel in 0..<layer.channels {
        statistics[layer.mean + channel] = values.base[layer.mean + channel]
        statistics[layer.variance + channel] = values.base[layer.variance + channel] / count
      }
    }
    return CollectedMoments(statistics: statistics, counts: counts)
  }
}

/// Raw statistics over some batches.
public struct CollectedMoments: Sendable, Equatable {
  /// Means and biased variances, laid out as the model's running statistics, from the first of them on; not rounded to
  /// fp32, so that they can be merged further.
  public let statistics: [Double]
  /// Values a channel that each layer's are of, laid out as the model's counters; 0 where there was no batch.
  public let counts: [Double]

  /// Whether every layer has seen a batch.
  public var isComplete: Bool { counts.allSatisfy { $0 > 0 } }
}
