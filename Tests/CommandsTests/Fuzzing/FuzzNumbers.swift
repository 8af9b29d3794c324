/// Numbers of a case, the same for the same seed everywhere, and what they do to bytes and texts.
///
/// Source: Steele, Lea & Flood 2014, SplitMix.
struct FuzzNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0xD134_2543_DE82_EF95 &+ 1 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int.random(in: 0..<max(1, count), using: &self) }

  mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

  mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

  /// Numbers as files lie about them.
  mutating func hostileInteger() -> String {
    pick([
      "0", "-1", "1", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
      "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551616", "1e9", "1e400",
      "-0", "0x10", "1.5", ".nan", ".inf", "1" + String(repeating: "0", count: 400),
    ])
  }

  /// Changes bits, bytes and stretches.
  mutating func corrupt(_ bytes: inout [UInt8]) {
    for _ in 0...below(4) {
      if bytes.isEmpty { return }
      let place = oneIn(3) ? below(min(bytes.count, 100)) : below(bytes.count)
      switch below(7) {
      case 0, 1: bytes[place] ^= 1 << UInt8(below(8))
      case 2: bytes[place] = pick([0, 0x7F, 0x80, 0xFF, UInt8(below(256))])
      case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(64)))
      case 4: bytes.insert(contentsOf: (0..<(1 + below(16))).map { _ in UInt8(below(256)) }, at: place)
      case 5:
        let end = min(bytes.count, place + 1 + below(512))
        for index in place..<end { bytes[index] = 0 }
      default:
        let source = below(bytes.count)
        let count = min(1 + below(128), bytes.count - max(source, place))
        for index in 0..<count { bytes[place + index] = bytes[source + index] }
      }
    }
    if oneIn(6) { bytes.removeLast(min(bytes.count, 1 + below(bytes.count))) }
  }
}
