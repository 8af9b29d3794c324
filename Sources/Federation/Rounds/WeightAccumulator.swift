internal import Locks
internal import Tensors

/// Σq_k v_k over the clients of a round, in whole numbers of 2⁻⁴², so that the sum is the same in any order of arrival.
///
/// v_k are a client's weights, with q_k = p_k but for a strategy that gives clients an influence; or a vector that its
/// half of the strategy returns, with q_k = 1/|S|. Each product q_k·v_k is rounded once, by at most 2⁻⁴³; the mean of K clients is off by at most K·2⁻⁴³ before it is
/// rounded to fp32. Values beyond ±2²⁰ don't fit and are reported. A cohort of one keeps its values as they are.
final class WeightAccumulator: Sendable {
  private enum Sums {
    /// The values of a cohort's only client.
    case single([Float])
    /// The sums in units of 2⁻⁴².
    case total(AlignedBuffer<Int64>)
  }

  /// The largest magnitude that a weight may have.
  static let limit = 0x1p20
  private static let unit = 0x1p-42

  private let count: Int
  private let isSingle: Bool
  private let sums: Locked<Sums>

  /// Makes an accumulator of `count` values for a cohort.
  init(count: Int, cohortSize: Int) {
    self.count = count
    isSingle = cohortSize == 1
    sums = Locked(cohortSize == 1 ? .single([]) : .total(AlignedBuffer(capacity: count)))
  }

  /// Adds one client's values with its weight, at most 1. Returns the place of the first value that is too large, or
  /// nil.
  func add(_ values: UnsafePointer<Float>, weight: Double) -> Int? {
    if let place = isSingle ? Kernels.firstNonFinite(values, count: count) : firstTooLarge(values) { return place }
    return sums.withLock { sums in
      switch sums {
      case .single:
        sums = .single(Array(UnsafeBufferPointer(start: values, count: count)))
        return nil
      case .total(let buffer):
        return Kernels.accumulate(values, count: count, factor: weight / Self.unit, into: buffer.base)
      }
    }
  }

  /// The place of the first value beyond the limit, infinite or not a number; nil when all fit. With every value
  /// within, no sum of products can overflow.
  private func firstTooLarge(_ values: UnsafePointer<Float>) -> Int? {
    // The bits of a magnitude ascend with it, and a maximum of whole numbers is taken many at a time.
    let limit = Float(Self.limit).bitPattern
    var largest: UInt32 = 0
    for place in 0..<count { largest = max(largest, values[place].bitPattern & 0x7FFF_FFFF) }
    return largest <= limit ? nil : (0..<count).first { values[$0].bitPattern & 0x7FFF_FFFF > limit }
  }

  /// target = the mean, given the sum of the weights that were added.
  func mean(weightSum: Double, into target: UnsafeMutablePointer<Float>) {
    sums.withLock { sums in
      switch sums {
      case .single(let values):
        for (place, value) in values.enumerated() { target[place] = value }
      case .total(let buffer):
        Kernels.accumulated(buffer.base, count: count, factor: Self.unit / weightSum, into: target)
      }
    }
  }
}
