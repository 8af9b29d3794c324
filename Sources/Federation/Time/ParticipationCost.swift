/// What a participation takes of a device, known before it trains.
public struct ParticipationCost: Sendable, Equatable {
  /// Bytes that the client receives.
  public var bytesDown: Int
  /// Bytes that it returns; of a size that depends on the data, the bound.
  public var bytesUp: Int
  /// Floating-point operations of its training.
  public var flops: Int

  /// Makes a cost.
  public init(bytesDown: Int, bytesUp: Int, flops: Int) {
    self.bytesDown = bytesDown
    self.bytesUp = bytesUp
    self.flops = flops
  }
}
