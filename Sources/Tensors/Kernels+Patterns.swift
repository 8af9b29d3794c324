internal import CKernels

extension Kernels {
  /// y = gain · pattern + deviation · n + offset, where n is a hash of (key, place), nearly normal with mean 0 and
  /// variance 1: the sum of four random bytes. The same bits on every processor. Keys are to be scattered over all 64
  /// bits.
  package static func pattern(
    _ pattern: Values, count: Int, key: UInt64, gain: Float, deviation: Float, offset: Float, into y: Result
  ) {
    // 21845 = 4 · (256² − 1) / 12 is the variance of the sum of four bytes.
    covey_pattern(pattern, count, key, gain, deviation / Float(21_845).squareRoot(), offset, y)
  }
}
