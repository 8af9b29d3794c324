internal import Foundation

/// Numbers by the names of their measures. A name without a number is a measure that is not defined for what was
/// evaluated: it is missing, which is neither 0 nor NaN.
public struct MeasureValues: Codable, Sendable, Equatable, ExpressibleByDictionaryLiteral {
  private var byName: [String: Double?] = [:]

  /// Makes numbers by name; what is not finite is missing.
  public init(dictionaryLiteral elements: (String, Double?)...) {
    for (name, value) in elements { self[name] = .some(value) }
  }

  /// Reads JSON, as `text` makes it.
  ///
  /// - Throws: What `JSONDecoder` throws of a text that is none, or holds anything but numbers.
  public init(text: String) throws {
    if let plain = Self.plain(text) {
      byName = plain
    } else {
      byName = try JSONDecoder().decode([String: Double?].self, from: Data(text.utf8))
    }
  }

  /// Reads what `text` makes of names without characters that JSON escapes, ten times as fast as a decoder for any JSON; nil
  /// of everything else.
  private static func plain(_ text: String) -> [String: Double?]? {
    if text == "{}" { return [:] }
    var text = text
    return text.withUTF8 { bytes in
      var values: [String: Double?] = [:]
      var place = 1
      guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return nil }
      while true {
        guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return nil }
        let name = place + 1
        place = name
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
          guard bytes[place] >= 0x20, bytes[place] < 0x7F, bytes[place] != UInt8(ascii: "\\") else { return nil }
          place += 1
        }
        guard place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: ":") else { return nil }
        let key = String(decoding: bytes[name..<place], as: UTF8.self)
        let start = place + 2
        place = start
        while place < bytes.count, bytes[place] != UInt8(ascii: ","), bytes[place] != UInt8(ascii: "}") { place += 1 }
        guard place < bytes.count, place > start, values[key] == nil,
          let value = number(UnsafeBufferPointer(rebasing: bytes[start..<place]))
        else { return nil }
        values[key] = .some(value)
        if bytes[place] == UInt8(ascii: "}") { return place == bytes.count - 1 ? values : nil }
        place += 1
      }
    }
  }

  /// A number of JSON, or `.some(nil)` for `null`; nil of anything else.
  private static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Double?? {
    if bytes.elementsEqual("null".utf8) { return .some(nil) }
    let first = bytes.first ?? 0
    let isNumber = bytes.allSatisfy { (48...57).contains($0) || [43, 45, 46, 69, 101].contains($0) }
    guard isNumber, (48...57).contains(first) || first == 45,
      let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite
    else { return nil }
    return .some(value)
  }

  /// Reads an object.
  ///
  /// - Throws: `DecodingError`.
  public init(from decoder: any Decoder) throws {
    byName = try decoder.singleValueContainer().decode([String: Double?].self)
  }

  /// Writes an object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(byName)
  }

  /// The value of a measure: nil where there is no such, `.some(nil)` where it is missing.
  public subscript(name: String) -> Double?? {
    get { byName[name] }
    set { byName[name] = newValue.map { value in value.flatMap { $0.isFinite ? $0 : nil } } }
  }

  /// The names, ascending.
  public var names: [String] { byName.keys.sorted() }

  /// Calls `body` with the values that there are, in no particular order.
  public func forEach(_ body: (_ name: String, _ value: Double) -> Void) {
    for case (let name, let value?) in byName { body(name, value) }
  }

  /// The names with their values, ascending.
  public var sorted: [(name: String, value: Double?)] { byName.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

  /// The numbers as JSON, the names ascending, each number with as many digits as tell it from all others.
  public var text: String {
    var text = "{"
    for (place, entry) in sorted.enumerated() {
      if place > 0 { text += "," }
      text += jsonText(entry.name)
      text += ":"
      text += entry.value.map(jsonNumber) ?? "null"
    }
    return text + "}"
  }
}

/// Rows of counts by the names of their measures.
public struct MeasureCounts: Codable, Sendable, Equatable {
  private var byName: [String: [[Double]]] = [:]

  /// No counts.
  public init() {}

  /// Reads JSON, as `text` makes it.
  ///
  /// - Throws: What `JSONDecoder` throws of a text that is none.
  public init(text: String) throws {
    byName = text == "{}" ? [:] : try JSONDecoder().decode([String: [[Double]]].self, from: Data(text.utf8))
  }

  /// Reads an object.
  ///
  /// - Throws: `DecodingError`.
  public init(from decoder: any Decoder) throws {
    byName = try decoder.singleValueContainer().decode([String: [[Double]]].self)
  }

  /// Writes an object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(byName)
  }

  /// The rows of a measure; nil where there is no such.
  public subscript(name: String) -> [[Double]]? {
    get { byName[name] }
    set { byName[name] = newValue }
  }

  /// All numbers of all rows.
  public var numbers: [Double] { byName.values.flatMap { $0.joined() } }

  /// The rows as JSON, the names ascending.
  public var text: String {
    let parts = byName.sorted { $0.key < $1.key }.map { name, rows in
      jsonText(name) + ":["
        + rows.map { "[" + $0.map(jsonNumber).joined(separator: ",") + "]" }.joined(separator: ",") + "]"
    }
    return "{" + parts.joined(separator: ",") + "}"
  }
}

/// A finite number in as few digits as tell it from all others, whole ones without a point.
private func jsonNumber(_ value: Double) -> String {
  if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
  return "\(value)"
}

/// A text as JSON.
private func jsonText(_ text: String) -> String {
  let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
  guard !isPlain, let data = try? JSONEncoder().encode(text) else { return "\"\(text)\"" }
  return String(decoding: data, as: UTF8.self)
}
