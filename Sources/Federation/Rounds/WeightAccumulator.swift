internal import Locks
internal import Tensors

/// Σq_k v_k over the clients of a round, in whole numbers of 2⁻⁴², so that the sum is the same in any order of arrival.
///
/// v_k are a client's weights, with q_k = p_k but for a strategy that gives clients an influence; or a vector that its
/// half of the strategy returns, with q_k = 1/|S|. Each product q_k·v_k is rounded once, by at most 2⁻⁴³; the mean of K
/// clients is off by at most K·2⁻⁴³ before it is rounded to fp32. Values beyond ±2²⁰ don't fit and are reported. A
/// cohort of one keeps its values as they are.
///
/// The sums lie in parts with a lock each, so that clients that are done at the same time add to different parts. They
/// are used again from round to round: taking the mean clears them.
final class WeightAccumulator: Sendable {
  /// The largest magnitude that a weight may have.
  static let limit = 0x1p20
  private static let unit = 0x1p-42
  /// Values in a part: 256 KiB of sums.
  private static let partCount = 1 << 15

  private let count: Int
  private let isSingle: Bool
  /// The values of a cohort's only client.
  private let single = Locked<[Float]>([])
  /// The sums in units of 2⁻⁴², part by part.
  private let parts: [Locked<AlignedBuffer<Int64>>]

  /// Makes an accumulator of `count` values for cohorts of one client or of more.
  init(count: Int, isSingle: Bool) {
    self.count = count
    self.isSingle = isSingle
    parts =
      isSingle
      ? []
      : stride(from: 0, to: count, by: Self.partCount).map {
        Locked(AlignedBuffer(capacity: min(Self.partCount, count - $0)))
      }
  }

  /// Adds one client's values with its weight, at most 1. Returns the place of the first value that is too large, or
  /// nil; the sums are of no use then.
  func add(_ values: UnsafePointer<Float>, weight: Double) -> Int? {
    if isSingle {
      if let place = Kernels.firstNonFinite(values, count: count) { return place }
      single.withLock { $0 = Array(UnsafeBufferPointer(start: values, count: count)) }
      return nil
    }
    var tooLarge: Int?
    func add(to sums: AlignedBuffer<Int64>, _ part: Int) {
      let start = part * Self.partCount
      // With every value within the limit no sum of products can overflow.
      let place = Kernels.accumulate(
        values + start, count: min(Self.partCount, count - start), factor: weight / Self.unit, limit: Float(Self.limit),
        into: sums.base)
      if let place { tooLarge = min(tooLarge ?? Int.max, start + place) }
    }
    // First the parts that nobody holds; then wait for the others.
    var left: [Int] = []
    for (number, part) in parts.enumerated() {
      if part.tryWithLock({ add(to: $0, number) }) == nil { left.append(number) }
    }
    for number in left { parts[number].withLock { add(to: $0, number) } }
    return tooLarge
  }

  /// target = the mean, given the sum of the weights that were added; the sums are 0 then.
  func takeMean(weightSum: Double, into target: UnsafeMutablePointer<Float>) {
    if isSingle {
      single.withLock { values in
        for (place, value) in values.enumerated() { target[place] = value }
        values = []
      }
      return
    }
    for (number, part) in parts.enumerated() {
      part.withLock { sums in
        let start = number * Self.partCount
        Kernels.takeAccumulated(
          sums.base, count: min(Self.partCount, count - start), factor: Self.unit / weightSum, into: target + start)
      }
    }
  }
}
