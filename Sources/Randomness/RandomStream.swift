/// What random numbers are for; streams of different purposes never share numbers.
public enum RandomPurpose: UInt64, Sendable, CaseIterable {
  /// Initial weights; the index is a hash of the tensor's name.
  case weights = 1
  /// Which examples a client gets.
  case partition = 2
  /// Which examples of those a client keeps.
  case selection = 3
  /// The content of generated examples.
  case examples = 4
  /// Which clients take part in a round.
  case cohort = 5
  /// The order of a client's batches in a round.
  case batchOrder = 6
  /// Which activations a dropout layer keeps.
  case dropout = 7
  /// Which test examples an evaluation on a subset uses.
  case evaluation = 8
  /// Noise added to updates.
  case noise = 9
  /// Resampling in statistics.
  case bootstrap = 10
  /// Which examples recompute normalization statistics.
  case recalibration = 11
  /// Anything a strategy draws for itself.
  case strategy = 12
  /// How fast a client's device is.
  case devices = 13
  /// When a client is there.
  case availability = 14
  /// Which participations are lost.
  case dropouts = 15
  /// How the examples of clients are made to look different.
  case shift = 16
  /// How a training image is changed in a pass over it.
  case augmentation = 17
}

/// A stream of random numbers that is fixed by a seed, a purpose and up to three indices (round, client, …), whoever
/// asks and when.
///
/// Numbers come from Philox 4×32-10: the key is the seed mixed with the purpose and the indices, the counter is the
/// position. So no generator is ever handed around, and the order in which clients are simulated can't matter.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: (UInt32, UInt32)
  private let high: (UInt32, UInt32)
  private var position: UInt64 = 0
  private var buffer = SIMD4<UInt32>()
  /// Words of `buffer` that are spent.
  private(set) var used = 4

  /// The stream of (seed, purpose, indices).
  ///
  /// - Precondition: At most three indices.
  public init(seed: UInt64, _ purpose: RandomPurpose, _ indices: UInt64...) {
    precondition(indices.count <= 3, "a stream has at most three indices")
    var low = mixed(seed ^ 0x9E37_79B9_7F4A_7C15)
    var top = mixed(purpose.rawValue &+ 0xD1B5_4A32_D192_ED03)
    for index in indices {
      top = mixed(top ^ mixed(index &+ 0x8CB9_2BA7_2F3D_8DD7))
      low = mixed(low &+ top)
    }
    key = (UInt32(truncatingIfNeeded: low), UInt32(truncatingIfNeeded: low >> 32))
    high = (UInt32(truncatingIfNeeded: top), UInt32(truncatingIfNeeded: top >> 32))
  }

  /// The next 32 random bits.
  @inline(__always)
  public mutating func next32() -> UInt32 {
    if used == 4 {
      buffer = nextBlock()
      used = 0
    }
    defer { used += 1 }
    return buffer[used]
  }

  /// The next four words, past what is left in the buffer.
  @inline(__always)
  mutating func nextBlock() -> SIMD4<UInt32> {
    defer { position &+= 1 }
    return Philox.block(
      SIMD4(UInt32(truncatingIfNeeded: position), UInt32(truncatingIfNeeded: position >> 32), high.0, high.1), key: key)
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let low = UInt64(next32())
    return low | UInt64(next32()) << 32
  }
}

/// The finalizer of SplitMix64: a bijection that scatters neighbouring numbers.
package func mixed(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

/// A 64-bit FNV-1a hash of a name, to make a stream's index of it; the same on every machine.
public func nameHash(_ name: String) -> UInt64 {
  name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}
