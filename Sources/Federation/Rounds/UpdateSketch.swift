internal import Tensors

/// Cosines between clients' updates and their mean without keeping the updates: each is folded onto a vector of fixed
/// size with random signs (a count sketch), which keeps inner products on average.
///
/// Up to `size` values nothing is folded and the cosines are exact; beyond, their standard error is about 1/√size:
/// 0.1 % for five clients of a 14-million-parameter model.
///
/// Source: Charikar, Chen & Farach-Colton 2002.
enum UpdateSketch {
  /// Floats that the sketches of a round may take together: 64 MiB.
  private static let budget = 1 << 24

  /// The size of each sketch for updates of `values` and so many clients that have one.
  static func size(values: Int, cohort: Int) -> Int {
    var size = 1
    while size * 2 * cohort <= budget { size *= 2 }
    return max(1, min(values, size))
  }

  /// sketch += the update from `before` to `after`, `count` values from value `offset` on; a missing `before` is 0.
  static func add(
    _ after: UnsafePointer<Float>, _ before: UnsafePointer<Float>?, count: Int, offset: Int, to sketch: inout [Float]
  ) {
    let size = sketch.count
    sketch.withUnsafeMutableBufferPointer { sketch in
      guard let base = sketch.baseAddress else { return }
      Kernels.sketchDifference(after, before, count: count, offset: offset, size: size, into: base)
    }
  }

  /// The cosines of updates with the mean of all; nil where either is zero.
  static func cosines(_ updates: [[Float]], mean: [Float]) -> [Double?] {
    let meanNorm = Kernels.sumOfSquares(mean, count: mean.count).squareRoot()
    return updates.map { update in
      precondition(update.count == mean.count, "sketches of \(update.count) and \(mean.count) values")
      let norm = Kernels.sumOfSquares(update, count: update.count).squareRoot()
      return norm > 0 && meanNorm > 0
        ? max(-1, min(1, Kernels.dot(update, mean, count: update.count) / (norm * meanNorm))) : nil
    }
  }
}
