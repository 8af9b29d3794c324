/// The Castagnoli cyclic redundancy check.
///
/// Source: RFC 3720, section 12.1: polynomial 0x1EDC6F41, reflected (0x82F63B78), beginning with and finally XORed with
/// all ones.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
  }

  /// Returns the checksum of `bytes`.
  package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  /// Returns the checksum as record files hold it, so that the checksum of data that hold a checksum is none of the
  /// simple ones: `((c >> 15) | (c << 17)) + 0xa282ead8`.
  package static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let checksum = checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }
}
