internal import Foundation
internal import Zlib

/// Packs bytes that are mostly numbers of four bytes: the first bytes of all numbers, then the second ones, and so on, each
/// such plane deflated if that makes it smaller and stored as it is if not.
///
/// The mantissas of a model's weights are as good as random, and no compression finds anything in them; signs and exponents
/// take up a byte of which half is left.
///
///     4 bytes: the count n of bytes, least significant first
///     for each of the planes 0 to 3, which has the bytes i ≡ plane (mod 4): 1 byte: 0 stored, 1 a zlib stream;
///       4 bytes: the length of what follows; the bytes
enum BytePlanes {
  /// A plane is deflated if its bytes, taken one by one, hold less than this part of a byte.
  private static let worthwhile = 0.95

  /// Packs bytes.
  ///
  /// - Precondition: Fewer than 2³¹.
  static func packed(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    precondition(bytes.count < 1 << 31, "\(bytes.count) bytes in one piece")
    var packed: [UInt8] = []
    packed.reserveCapacity(bytes.count + 64)
    packed.append(number: bytes.count)
    for plane in 0..<4 {
      let count = planeCount(plane, of: bytes.count)
      let own = [UInt8](unsafeUninitializedCapacity: count) { target, written in
        for place in 0..<count { target[place] = bytes[4 * place + plane] }
        written = count
      }
      let isSmaller = information(own) < worthwhile * Double(count)
      let content = isSmaller ? deflated(own, strategy: .runs) : own
      packed.append(isSmaller ? 1 : 0)
      packed.append(number: content.count)
      packed += content
    }
    return packed
  }

  /// What was packed; nil where nothing was, or not all of `bytes` belongs to it.
  ///
  /// - Parameter limit: The most bytes that it may be.
  static func unpacked(_ bytes: some RandomAccessCollection<UInt8>, limit: Int) -> [UInt8]? {
    var rest = bytes[...]
    guard let count = rest.takeNumber(), count <= limit, count / 1100 <= bytes.count else { return nil }
    var planes: [[UInt8]] = []
    for plane in 0..<4 {
      guard let method = rest.popFirst(), let length = rest.takeNumber(), length <= rest.count else { return nil }
      let content = [UInt8](rest.prefix(length))
      rest = rest.dropFirst(length)
      let size = planeCount(plane, of: count)
      switch method {
      case 0 where length == size: planes.append(content)
      case 1:
        guard let own = try? inflated(content, expecting: size) else { return nil }
        planes.append(own)
      default: return nil
      }
    }
    guard rest.isEmpty else { return nil }
    return [UInt8](unsafeUninitializedCapacity: count) { target, written in
      for (plane, own) in planes.enumerated() {
        for (place, byte) in own.enumerated() { target[4 * place + plane] = byte }
      }
      written = count
    }
  }

  private static func planeCount(_ plane: Int, of count: Int) -> Int { max(0, count - plane + 3) / 4 }

  /// The entropy of bytes taken one by one, in bytes.
  private static func information(_ bytes: [UInt8]) -> Double {
    var counts = [Int](repeating: 0, count: 256)
    for byte in bytes { counts[Int(byte)] += 1 }
    let all = Double(bytes.count)
    return counts.reduce(0.0) { $1 == 0 ? $0 : $0 - Double($1) * log2(Double($1) / all) } / 8
  }
}

extension [UInt8] {
  fileprivate mutating func append(number: Int) {
    Swift.withUnsafeBytes(of: UInt32(number).littleEndian) { append(contentsOf: $0) }
  }
}

extension RandomAccessCollection<UInt8> where SubSequence == Self {
  /// Takes four bytes away, which are a number, the least significant first.
  fileprivate mutating func takeNumber() -> Int? {
    guard count >= 4 else { return nil }
    defer { self = dropFirst(4) }
    return prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
