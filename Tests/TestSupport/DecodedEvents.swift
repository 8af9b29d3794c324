/// The events of a TensorBoard event file, read without anything of the code that writes them.
package struct DecodedEvents: Equatable {
  /// One event.
  package struct Event: Equatable {
    /// Seconds since 1970.
    package var wallTime = 0.0
    /// The step.
    package var step: UInt64 = 0
    /// Of the first event.
    package var fileVersion: String?
    /// The values in the order in which they stand.
    package var scalars: [Scalar] = []
  }

  /// One value.
  package struct Scalar: Equatable {
    /// The curve.
    package var tag = ""
    /// The value.
    package var value: Float = .nan
  }

  /// What is wrong with a file.
  package struct Damage: Error, Equatable {
    /// In words.
    package var reason: String
  }

  /// The events.
  package var events: [Event] = []

  /// Reads a file's bytes.
  ///
  /// - Throws: `Damage` for a wrong checksum, an end in the middle and unknown fields.
  package init(_ file: [UInt8]) throws {
    var rest = file[...]
    while !rest.isEmpty {
      let length = try Self.take(&rest, 8)
      guard try Self.number(Self.take(&rest, 4)) == Self.maskedChecksum(length) else {
        throw Damage(reason: "checksum of a length")
      }
      let data = try Self.take(&rest, Int(Self.number(length)))
      guard try Self.number(Self.take(&rest, 4)) == Self.maskedChecksum(data) else {
        throw Damage(reason: "checksum of data")
      }
      events.append(try Self.event(data))
    }
  }

  /// CRC-32C bit by bit.
  package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var remainder: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      for bit in 0..<8 {
        let isOdd = (remainder ^ UInt32(byte >> bit)) & 1 == 1
        remainder >>= 1
        if isOdd { remainder ^= 0x82F6_3B78 }
      }
    }
    return remainder ^ 0xFFFF_FFFF
  }

  private static func maskedChecksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    let checksum = UInt64(checksum(bytes))
    let rotated = (checksum >> 15) | (checksum << 17 & 0xFFFF_FFFF)
    return (rotated + 0xA282_EAD8) & 0xFFFF_FFFF
  }

  private static func take(_ rest: inout ArraySlice<UInt8>, _ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, rest.count >= count else { throw Damage(reason: "\(count) bytes where \(rest.count) are left") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while true {
      let byte = try take(&rest, 1).first ?? 0
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  /// Calls `body` with the key of each field, then with what is behind it.
  private static func fields(
    _ data: ArraySlice<UInt8>, _ body: (_ key: UInt64, inout ArraySlice<UInt8>) throws -> Void
  ) throws {
    var rest = data
    while !rest.isEmpty { try body(varint(&rest), &rest) }
  }

  private static func content(_ rest: inout ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
    try take(&rest, Int(varint(&rest)))
  }

  private static func event(_ data: ArraySlice<UInt8>) throws -> Event {
    var event = Event()
    try fields(data) { key, rest in
      switch key {
      case 9: event.wallTime = Double(bitPattern: number(try take(&rest, 8)))
      case 16: event.step = try varint(&rest)
      case 26: event.fileVersion = String(decoding: try content(&rest), as: UTF8.self)
      case 42:
        try fields(content(&rest)) { key, rest in
          guard key == 10 else { throw Damage(reason: "field \(key) in a summary") }
          event.scalars.append(try scalar(content(&rest)))
        }
      default: throw Damage(reason: "field \(key) in an event")
      }
    }
    return event
  }

  private static func scalar(_ data: ArraySlice<UInt8>) throws -> Scalar {
    var scalar = Scalar()
    try fields(data) { key, rest in
      switch key {
      case 10: scalar.tag = String(decoding: try content(&rest), as: UTF8.self)
      case 21: scalar.value = Float(bitPattern: UInt32(number(try take(&rest, 4))))
      default: throw Damage(reason: "field \(key) in a value")
      }
    }
    return scalar
  }
}
