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
    byName = try JSONDecoder().decode([String: Double?].self, from: Data(text.utf8))
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
    byName = try JSONDecoder().decode([String: [[Double]]].self, from: Data(text.utf8))
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
