/// How Δ_k is written on the wire, as far as its size goes.
public struct UpdateEncoding: Sendable, Equatable {
  /// How many values are written.
  public var count: Int
  /// Bytes of each.
  public var bytesPerValue: Int
  /// Bytes beside the values: places, scales.
  public var bytesBeside: Int

  /// Describes values that are written one by one.
  public init(count: Int, bytesPerValue: Int = 4, bytesBeside: Int = 0) {
    self.count = count
    self.bytesPerValue = bytesPerValue
    self.bytesBeside = bytesBeside
  }

  /// All bytes.
  public var bytes: Int { count * bytesPerValue + bytesBeside }
}
