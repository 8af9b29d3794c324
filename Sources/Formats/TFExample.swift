/// A `tf.train.Example`: named lists of byte strings, floats or integers.
///
/// Source: tensorflow/core/example/example.proto and feature.proto, and the wire format of protocol buffers: unknown
/// fields are skipped, the last of two map entries with one key counts, lists may be packed or not and come in parts.
package struct TFExample: Sendable, Equatable {
  /// The values of a feature.
  package enum Values: Sendable, Equatable {
    /// Byte strings, such as texts or encoded images.
    case bytes([[UInt8]])
    /// Numbers, as stored; may be infinite or not numbers.
    case floats([Float])
    /// Integers.
    case integers([Int64])
    /// A feature without any list.
    case none

    /// How many there are.
    package var count: Int {
      switch self {
      case .bytes(let values): values.count
      case .floats(let values): values.count
      case .integers(let values): values.count
      case .none: 0
      }
    }

    /// The kind in the words of the format.
    package var kind: String {
      switch self {
      case .bytes: "bytes_list"
      case .floats: "float_list"
      case .integers: "int64_list"
      case .none: "no list"
      }
    }
  }

  /// A feature's name and values.
  package struct Feature: Sendable, Equatable {
    /// The key of the map entry.
    package let name: String
    /// The values.
    package internal(set) var values: Values
  }

  /// The features in the order of the message.
  package private(set) var features: [Feature] = []

  /// The values of a feature; nil where there is none of that name.
  package subscript(name: String) -> Values? { features.first { $0.name.utf8.elementsEqual(name.utf8) }?.values }

  /// The names of the features, sorted by code points.
  package var names: [String] { features.map(\.name).sorted(by: NameOrder.precedes) }

  /// Parses a serialized example.
  ///
  /// Memory for a list is that of the values that are there; a length that the message can't hold is refused first.
  ///
  /// - Parameters:
  ///   - bytes: The message.
  ///   - wanted: The features whose values are read; of others, only the names are kept. nil reads all.
  /// - Throws: `TFExampleError`.
  package init(_ bytes: UnsafeRawBufferPointer, only wanted: Set<String>? = nil) throws(TFExampleError) {
    var message = ProtobufReader(bytes)
    var places = FeaturePlaces()
    while let field = try message.next() {
      guard field.number == 1, field.wire == .bytes else {
        try message.skip(field)
        continue
      }
      var map = ProtobufReader(try message.bytes())
      while let field = try map.next() {
        guard field.number == 1, field.wire == .bytes else {
          try map.skip(field)
          continue
        }
        try readEntry(map.bytes(), wanted, &places)
      }
    }
  }

  /// Parses a serialized example that is in an array.
  ///
  /// - Throws: `TFExampleError`.
  package init(_ bytes: [UInt8]) throws(TFExampleError) {
    self = try bytes.withUnsafeBufferPointer { (buffer) throws(TFExampleError) in
      try TFExample(UnsafeRawBufferPointer(buffer))
    }
  }

  /// Reads `{1: key, 2: feature}`, in any order.
  private mutating func readEntry(
    _ bytes: UnsafeRawBufferPointer, _ wanted: Set<String>?, _ places: inout FeaturePlaces
  ) throws(TFExampleError) {
    var entry = ProtobufReader(bytes)
    var name = ""
    var parts: [UnsafeRawBufferPointer] = []
    while let field = try entry.next() {
      switch (field.number, field.wire) {
      case (1, .bytes):
        let key = try entry.bytes()
        guard let text = String(validating: key, as: UTF8.self) else { throw .nameNotUTF8 }
        name = text
      case (2, .bytes): parts.append(try entry.bytes())
      default: try entry.skip(field)
      }
    }
    var values = Values.none
    if wanted?.contains(name) ?? true {
      for part in parts { try values.read(part) }
    }
    if let place = places.place(of: name, in: features) {
      features[place].values = values
    } else {
      features.append(Feature(name: name, values: values))
    }
  }
}

/// Finds features by name: few by going through them, many by a table, so that time stays linear in the message.
private struct FeaturePlaces {
  private var places: [[UInt8]: Int] = [:]

  mutating func place(of name: String, in features: [TFExample.Feature]) -> Int? {
    if features.count <= 16 { return features.firstIndex { $0.name.utf8.elementsEqual(name.utf8) } }
    for place in places.count..<features.count { places[Array(features[place].name.utf8)] = place }
    return places[Array(name.utf8)]
  }
}

/// Why bytes are no `tf.train.Example`.
package enum TFExampleError: Error, Equatable, CustomStringConvertible {
  /// The message, or one within it, ends within a field.
  case truncated(offset: Int)
  /// A number has more than ten bytes.
  case longNumber(offset: Int)
  /// A field has number 0 or a wire type that there is not.
  case wrongField(offset: Int)
  /// A packed list of floats has a length that four bytes don't divide.
  case unevenFloats(offset: Int)
  /// The name of a feature is not UTF-8.
  case nameNotUTF8

  package var description: String {
    switch self {
    case .truncated(let offset): "ends within a field (of its message, at byte \(offset))"
    case .longNumber(let offset): "has a number of more than ten bytes (of its message, at byte \(offset))"
    case .wrongField(let offset): "has a field that is none (of its message, at byte \(offset))"
    case .unevenFloats(let offset): "has a list of floats that ends within one (of its message, at byte \(offset))"
    case .nameNotUTF8: "has a feature whose name is not UTF-8"
    }
  }
}

extension TFExample.Values {
  /// Reads a feature's message: one of 1 `bytes_list`, 2 `float_list`, 3 `int64_list`. The last kind counts; parts of one
  /// kind are joined.
  fileprivate mutating func read(_ bytes: UnsafeRawBufferPointer) throws(TFExampleError) {
    var feature = ProtobufReader(bytes)
    while let field = try feature.next() {
      guard field.wire == .bytes, (1...3).contains(field.number) else {
        try feature.skip(field)
        continue
      }
      let list = try feature.bytes()
      switch field.number {
      case 1:
        var values: [[UInt8]] = []
        if case .bytes(let before) = self { (values, self) = (before, .none) }
        try Self.readStrings(list, into: &values)
        self = .bytes(values)
      case 2:
        var values: [Float] = []
        if case .floats(let before) = self { (values, self) = (before, .none) }
        try Self.readFloats(list, into: &values)
        self = .floats(values)
      default:
        var values: [Int64] = []
        if case .integers(let before) = self { (values, self) = (before, .none) }
        try Self.readIntegers(list, into: &values)
        self = .integers(values)
      }
    }
  }

  private static func readStrings(
    _ bytes: UnsafeRawBufferPointer, into values: inout [[UInt8]]
  ) throws(TFExampleError) {
    var list = ProtobufReader(bytes)
    while let field = try list.next() {
      if field.number == 1, field.wire == .bytes {
        values.append(Array(try list.bytes()))
      } else {
        try list.skip(field)
      }
    }
  }

  private static func readFloats(
    _ bytes: UnsafeRawBufferPointer, into values: inout [Float]
  ) throws(TFExampleError) {
    var list = ProtobufReader(bytes)
    while let field = try list.next() {
      switch (field.number, field.wire) {
      case (1, .bytes):
        let packed = try list.bytes()
        guard packed.count % 4 == 0 else { throw .unevenFloats(offset: list.offset) }
        values.reserveCapacity(values.count + packed.count / 4)
        for offset in stride(from: 0, to: packed.count, by: 4) { values.append(float(packed, offset)) }
      case (1, .four): values.append(float(try list.take(4), 0))
      default: try list.skip(field)
      }
    }
  }

  private static func float(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Float {
    Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
  }

  private static func readIntegers(
    _ bytes: UnsafeRawBufferPointer, into values: inout [Int64]
  ) throws(TFExampleError) {
    var list = ProtobufReader(bytes)
    while let field = try list.next() {
      switch (field.number, field.wire) {
      case (1, .bytes):
        var packed = ProtobufReader(try list.bytes())
        while !packed.isAtEnd { values.append(Int64(bitPattern: try packed.number())) }
      case (1, .number): values.append(Int64(bitPattern: try list.number()))
      default: try list.skip(field)
      }
    }
  }
}

/// Reads the fields of a protocol buffer, one after another.
private struct ProtobufReader {
  /// How a field is encoded.
  enum Wire: UInt64 {
    case number = 0
    case eight = 1
    case bytes = 2
    case groupStart = 3
    case groupEnd = 4
    case four = 5
  }

  /// A field's number and how its value is encoded.
  struct Field {
    let number: UInt64
    let wire: Wire
  }

  /// Groups may lie in groups so deep.
  private static let greatestDepth = 64

  private let message: UnsafeRawBufferPointer
  private(set) var offset = 0

  init(_ message: UnsafeRawBufferPointer) { self.message = message }

  var isAtEnd: Bool { offset >= message.count }

  /// The next field; nil at the end.
  mutating func next() throws(TFExampleError) -> Field? {
    if isAtEnd { return nil }
    let start = offset
    let tag = try number()
    guard let wire = Wire(rawValue: tag & 7), tag >> 3 != 0, tag >> 3 < 1 << 29 else {
      throw .wrongField(offset: start)
    }
    return Field(number: tag >> 3, wire: wire)
  }

  /// A number of one to ten bytes, seven bits each, the lowest first.
  mutating func number() throws(TFExampleError) -> UInt64 {
    var value: UInt64 = 0
    let start = offset
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard offset < message.count else { throw .truncated(offset: start) }
      let byte = message[offset]
      offset += 1
      // What the tenth byte has beyond 64 bits is dropped, as others do.
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw .longNumber(offset: start)
  }

  /// The content of a field with a length.
  mutating func bytes() throws(TFExampleError) -> UnsafeRawBufferPointer {
    let start = offset
    let length = try number()
    guard length <= UInt64(message.count - offset) else { throw .truncated(offset: start) }
    return try take(Int(length))
  }

  /// The next bytes.
  mutating func take(_ count: Int) throws(TFExampleError) -> UnsafeRawBufferPointer {
    guard count <= message.count - offset else { throw .truncated(offset: offset) }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: message[offset..<(offset + count)])
  }

  /// Passes over a field, and over all fields of a group.
  mutating func skip(_ field: Field) throws(TFExampleError) {
    var open: [UInt64] = []
    var field = field
    while true {
      switch field.wire {
      case .number: _ = try number()
      case .eight: _ = try take(8)
      case .four: _ = try take(4)
      case .bytes: _ = try bytes()
      case .groupStart:
        guard open.count < Self.greatestDepth else { throw .wrongField(offset: offset) }
        open.append(field.number)
      case .groupEnd: guard open.popLast() == field.number else { throw .wrongField(offset: offset) }
      }
      if open.isEmpty { return }
      guard let inner = try next() else { throw .truncated(offset: offset) }
      field = inner
    }
  }
}
