/// A value of JSON in memory, for texts of modest size: splits, lines of examples.
package enum JSONValue: Sendable, Equatable {
  case text(String)
  /// Finite.
  case number(Double)
  case bool(Bool)
  case null
  case list([JSONValue])
  case object(JSONObject)

  /// Reads a file that is one value.
  ///
  /// - Throws: `DataFileError`, `.malformed` with line and byte for what is no JSON in UTF-8, has a key twice or is nested
  ///   deeper than 64 levels.
  package static func read(path: String, limit: Int = 1 << 30) throws(DataFileError) -> JSONValue {
    try parse(fileBytes(path, limit: limit), path: path)
  }

  /// Parses bytes that are one value.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `DataFileError.malformed` as `read(path:)` does.
  package static func parse(_ bytes: [UInt8], path: String) throws(DataFileError) -> JSONValue {
    let text = try textBytes(bytes, path: path, wanted: "a JSON text", limit: bytes.count + (1 << 26))
    return try scanned(text[...], line: 1, path: path)
  }

  /// The value under a key, or under keys with dots between them: `meta.client`; nil where it is not there.
  ///
  /// A key that has the dots itself comes first.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let object) = self else { return nil }
    if let value = object[key] { return value }
    guard let dot = key.firstIndex(of: ".") else { return nil }
    return object[String(key[..<dot])]?[String(key[key.index(after: dot)...])]
  }

  /// The value that bytes of UTF-8 are.
  static func scanned(_ text: ArraySlice<UInt8>, line: Int, path: String) throws(DataFileError) -> JSONValue {
    var failure: DataFileError?
    let value = text.withUnsafeBufferPointer { buffer -> JSONValue in
      var scanner = JSONScanner(buffer)
      do throws(JSONScanner.Problem) {
        let value = try JSONValue(&scanner, depth: 0)
        try scanner.end()
        return value
      } catch {
        failure = error.error(path: path, in: buffer, line: line)
        return .null
      }
    }
    if let failure { throw failure }
    return value
  }

  private init(_ scanner: inout JSONScanner, depth: Int) throws(JSONScanner.Problem) {
    try scanner.requireDepth(depth)
    switch try scanner.kind() {
    case .text: self = .text(try scanner.string())
    case .number: self = .number(try scanner.number())
    case .word: self = try scanner.word().map { .bool($0) } ?? .null
    case .array:
      var values: [JSONValue] = []
      try scanner.array { (scanner) throws(JSONScanner.Problem) in
        values.append(try JSONValue(&scanner, depth: depth + 1))
      }
      self = .list(values)
    case .object:
      var object = JSONObject()
      try scanner.object { (scanner, key) throws(JSONScanner.Problem) in
        object.append(key, try JSONValue(&scanner, depth: depth + 1))
      }
      self = .object(object)
    }
  }
}

/// The members of a JSON object in the order of the text.
package struct JSONObject: Sendable, Equatable {
  /// The keys in order; no two are alike.
  package private(set) var keys: [String] = []
  private var values: [String: JSONValue] = [:]

  /// Makes an object without members.
  package init() {}

  /// The value under a key; nil where it is not there.
  package subscript(key: String) -> JSONValue? { values[key] }

  mutating func append(_ key: String, _ value: JSONValue) {
    keys.append(key)
    values[key] = value
  }
}

/// A text file with a JSON value a line.
package enum JSONLines {
  /// The values at `path`, with their lines, counted from 1; empty lines at the end are passed over.
  ///
  /// - Throws: `DataFileError` as `parse(_:path:)` does, or when the file can't be read.
  package static func read(
    path: String, limit: Int = MemoryLimit.standard
  ) throws(DataFileError) -> [(line: Int, value: JSONValue)] {
    try parse(fileBytes(path, limit: limit), path: path, limit: limit)
  }

  /// The values of a text that is in memory, with their lines.
  ///
  /// - Throws: `DataFileError.malformed` with line and byte for a line that is no JSON, also an empty one.
  package static func parse(
    _ bytes: consuming [UInt8], path: String, limit: Int = MemoryLimit.standard
  ) throws(DataFileError) -> [(line: Int, value: JSONValue)] {
    let text = try textBytes(bytes, path: path, wanted: "a text of JSON lines", limit: limit)
    var values: [(line: Int, value: JSONValue)] = []
    var start = 0
    var line = 1
    let last = text.lastIndex { $0 != 0x0A && $0 != 0x0D && $0 != 0x20 && $0 != 0x09 } ?? -1
    while start <= last {
      let end = text[start...].firstIndex(of: 0x0A) ?? text.count
      values.append((line, try JSONValue.scanned(text[start..<end], line: line, path: path)))
      (start, line) = (end + 1, line + 1)
    }
    return values
  }
}
