internal import Catalogs
public import Federation
public import Randomness

// guide: begin
/// Δ_k in bfloat16: the nearest number of 8 significant bits, ties to even; 2 bytes a value.
///
/// What rounding takes away is kept as e_k and added to the client's next update (error feedback): u = Δ_k + e_k is
/// rounded, and e_k ← u − C(u).
///
/// Source: Seide et al., "1-Bit Stochastic Gradient Descent", Interspeech 2014, for the error feedback.
public struct BFloat16: UpdateTransform {
  /// Makes the transform.
  public init() {}

  public var clientSlots: [MemorySlot] { [.vector("rounding")] }

  public func onClient(_ update: inout ClientUpdate, memory: inout SlotMemory, stream: inout RandomStream) {
    var rest = memory[vector: "rounding"] ?? [Float](repeating: 0, count: update.sharedCount)
    update.change { delta in
      for place in delta.indices {
        let value = delta[place] + rest[place]
        delta[place] = Self.rounded(value)
        rest[place] = value - delta[place]
      }
    }
    memory[vector: "rounding"] = rest
  }

  public func encoding(_ before: UpdateEncoding) -> UpdateEncoding {
    UpdateEncoding(count: before.count, bytesPerValue: 2, bytesBeside: before.bytesBeside)
  }

  /// The nearest number whose lower 16 bits are 0; of two the one whose last bit is 0.
  static func rounded(_ value: Float) -> Float {
    // What is not a number must stay so: it ends the run.
    guard value.isFinite else { return value }
    let bits = value.bitPattern
    let isOdd = bits >> 16 & 1
    return Float(bitPattern: (bits + 0x7FFF + isOdd) & 0xFFFF_0000)
  }

  static let entry = CatalogEntry<any UpdateTransform>(
    "bfloat16", "updates of 2 bytes a value, with error feedback", source: "Seide et al., Interspeech 2014"
  ) { _ in BFloat16() }
}
// guide: end
