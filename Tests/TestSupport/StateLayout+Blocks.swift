public import Networks

/// Blocks of a layout in which no weights are local, so that each is one range.
extension StateLayout {
  /// How many weights and biases there are.
  public var weightCount: Int { count { !$0.role.isNormalization } }
  /// How many γ and β there are.
  public var affineCount: Int { count { $0.role == .normScale || $0.role == .normShift } }
  /// Where they lie.
  public var affineRange: Range<Int> { weightCount..<(weightCount + affineCount) }
  /// Where the mixing of normalization layers lies.
  public var mixingRange: Range<Int> { (weightCount + affineCount)..<trainableCount }
  /// Where all that belongs to normalization lies.
  public var normalizationRange: Range<Int> { weightCount..<valueCount }
}
