/// A tensor to be written to a safetensors file, outermost extent first.
public enum SafetensorsTensor: Sendable, Equatable {
  /// Written as F32.
  case floats(shape: [Int], [Float])
  /// Written as I64.
  case integers(shape: [Int], [Int64])
}

/// The bytes of a safetensors file that holds `tensors`.
///
/// Integers come first and the header is padded to a multiple of 8 bytes, so that every tensor is aligned for its type;
/// within a type the given order is kept. The same input gives the same bytes.
///
/// - Parameter metadata: Free texts, written under `__metadata__` in the order of their keys; nothing is written when
///   empty.
/// - Precondition: Names differ from each other and from `__metadata__`, and each shape has as many elements as there
///   are values.
public func encodeSafetensors(
  _ tensors: [(name: String, tensor: SafetensorsTensor)], metadata: [String: String]
) -> [UInt8] {
  func checked(_ name: String, _ shape: [Int], _ count: Int) -> [Int] {
    precondition(shape.reduce(1, *) == count, "tensor '\(name)' of shape \(shape) has \(count) values")
    return shape
  }
  let writing = SafetensorsWriting(
    tensors.map { name, tensor in
      switch tensor {
      case .floats(let shape, let values): (name, .float32, checked(name, shape, values.count))
      case .integers(let shape, let values): (name, .int64, checked(name, shape, values.count))
      }
    }, metadata: metadata)
  var file = writing.header
  file.reserveCapacity(file.count + writing.dataCount)
  for index in writing.order {
    switch tensors[index].tensor {
    case .floats(_, let values): file += littleEndianBytes(values.lazy.map(\.bitPattern))
    case .integers(_, let values): file += littleEndianBytes(values)
    }
  }
  return file
}

/// The beginning of a safetensors file whose tensors are written one after another, so that no two of them need be in
/// memory.
///
/// The widest types come first and the header is padded to a multiple of 8 bytes, so that every tensor is aligned for its
/// type; within a width the given order is kept.
package struct SafetensorsWriting {
  /// The bytes before the first tensor.
  package let header: [UInt8]
  /// In which order the tensors follow, as places in the list that was given.
  package let order: [Int]
  /// The bytes of all tensors.
  package let dataCount: Int

  /// Lays a file out.
  ///
  /// - Precondition: Names differ from each other and from `__metadata__`; extents are not negative.
  package init(
    _ tensors: [(name: String, type: SafetensorsType, shape: [Int])], metadata: [String: String]
  ) {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { "\(jsonText($0.key)):\(jsonText($0.value))" }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var names: Set<String> = ["__metadata__"]
    order = tensors.indices.sorted { (-tensors[$0].type.byteCount, $0) < (-tensors[$1].type.byteCount, $1) }
    var start = 0
    for index in order {
      let (name, type, shape) = tensors[index]
      precondition(names.insert(name).inserted, "tensor name '\(name)' occurs twice or is reserved")
      precondition(shape.allSatisfy { $0 >= 0 }, "tensor '\(name)' has shape \(shape)")
      let end = start + shape.reduce(1, *) * type.byteCount
      let extents = shape.map(String.init).joined(separator: ",")
      let fields = "\"dtype\":\"\(type.rawValue)\",\"shape\":[\(extents)],\"data_offsets\":[\(start),\(end)]"
      members.append("\(jsonText(name)):{\(fields)}")
      start = end
    }
    dataCount = start
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    text.append(contentsOf: repeatElement(0x20, count: (8 - text.count % 8) % 8))
    header = littleEndianBytes([UInt64(text.count)]) + text
  }
}

/// The words in little-endian order.
package func littleEndianBytes<Words: Sequence>(_ words: Words) -> [UInt8] where Words.Element: FixedWidthInteger {
  words.map(\.littleEndian).withUnsafeBytes { Array($0) }
}

/// `text` as a JSON text with its quotes.
private func jsonText(_ text: String) -> String {
  var json = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": json += "\\\""
    case "\\": json += "\\\\"
    case "\u{0}"..<"\u{20}":
      let digits = String(scalar.value, radix: 16)
      json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: json.unicodeScalars.append(scalar)
    }
  }
  return json + "\""
}
