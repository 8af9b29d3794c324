internal import Locks
internal import Tensors

/// Σq_k v_k over the clients of a round, in whole numbers of 2⁻⁴², so that the sum is the same in any order of arrival.
///
/// v_k are updates, with q_k = p_k but for a strategy that gives clients an influence; or a vector that travels beside
/// them, with q_k = 1/|S|. Each product q_k·v_k is rounded once, by at most 2⁻⁴³; the mean of K clients is off by at most
/// K·2⁻⁴³ before it is rounded to fp32. Values beyond ±2²⁰ don't fit and are reported.
///
/// The sums lie in parts with a lock each, so that clients that are done at the same time add to different parts. They
/// are used again from round to round: taking the mean clears them.
final class WeightAccumulator: Sendable {
  /// The largest magnitude that a value may have.
  static let limit = 0x1p20
  private static let unit = 0x1p-42
  /// Values in a part: 256 KiB of sums.
  private static let partCount = 1 << 15

  private let count: Int
  /// The sums in units of 2⁻⁴², part by part.
  private let parts: [Locked<AlignedBuffer<Int64>>]

  /// Makes an accumulator of `count` values.
  ///
  /// - Throws: `OutOfMemory`.
  init(count: Int) throws {
    self.count = count
    // In parts it would be noticed only when little else could be had any more.
    try requireMemory(bytes: 8 * count)
    parts = try stride(from: 0, to: count, by: Self.partCount).map {
      Locked(try AlignedBuffer(asking: min(Self.partCount, count - $0)))
    }
  }

  /// Adds one client's values with its weight, at most 1. Returns the place of the first value that is too large, or
  /// nil; the sums are of no use then.
  ///
  /// - Parameters:
  ///   - values: From value 0 on.
  ///   - base: What is subtracted from them, from value 0 on; nil is nothing. A value is too large as well where it is
  ///     so before that.
  ///   - range: Which of them; nil is all.
  func add(
    _ values: UnsafePointer<Float>, from base: UnsafePointer<Float>? = nil, weight: Double, range: Range<Int>? = nil
  ) -> Int? {
    let range = range ?? 0..<count
    guard !range.isEmpty else { return nil }
    var tooLarge: Int?
    func add(to sums: AlignedBuffer<Int64>, _ part: Int) {
      let place = self.place(of: part).clamped(to: range)
      // With every value within the limit no sum of products can overflow.
      let found = Kernels.accumulate(
        values + place.lowerBound, base: base.map { $0 + place.lowerBound }, count: place.count,
        factor: weight / Self.unit, limit: Float(Self.limit),
        into: sums.base + (place.lowerBound - part * Self.partCount))
      if let found { tooLarge = min(tooLarge ?? Int.max, place.lowerBound + found) }
    }
    // First the parts that nobody holds; then wait for the others.
    var left: [Int] = []
    for number in (range.lowerBound / Self.partCount)...((range.upperBound - 1) / Self.partCount)
    where parts[number].tryWithLock({ add(to: $0, number) }) == nil {
      left.append(number)
    }
    for number in left { parts[number].withLock { add(to: $0, number) } }
    return tooLarge
  }

  private func place(of part: Int) -> Range<Int> {
    (part * Self.partCount)..<min(count, (part + 1) * Self.partCount)
  }

  /// The mean, given the sum of the weights that were added; the sums are 0 then.
  func takeMean(weightSum: Double) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let target = buffer.baseAddress {
        for (number, part) in parts.enumerated() {
          let place = place(of: number)
          part.withLock { sums in
            Kernels.takeAccumulated(
              sums.base, count: place.count, factor: Self.unit / weightSum, into: target + place.lowerBound)
          }
        }
      }
      initialized = count
    }
  }
}
