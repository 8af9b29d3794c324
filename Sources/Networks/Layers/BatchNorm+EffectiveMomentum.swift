internal import Foundation

extension BatchNorm {
  /// The weight of a new batch in the running statistics, whatever the convention calls momentum; nil if it depends on
  /// the batches seen.
  var fixedNewShare: Double? {
    guard case .fixed(let momentum) = momentum else { return nil }
    return convention == .keras ? 1 - momentum : momentum
  }

  /// The share of the running statistics that was there before the last batches: (1 − m)^τ with m the weight of a new
  /// batch, `cumulative`: n₀/(n₀ + τ).
  ///
  /// 1 minus it is the share of those batches. Without any batch (τ = 0) it is 1.
  ///
  /// - Parameters:
  ///   - earlier: n₀, how many batches the layer had seen before.
  ///   - batches: τ, how many came then.
  /// - Returns: A number from 0 to 1; nil for a layer that keeps no running statistics.
  public func effectiveMomentum(earlier: Int64, batches: Int64) -> Double? {
    guard track else { return nil }
    guard batches > 0 else { return 1 }
    guard let newShare = fixedNewShare else { return Double(earlier) / Double(earlier + batches) }
    return pow(1 - newShare, Double(batches))
  }
}
