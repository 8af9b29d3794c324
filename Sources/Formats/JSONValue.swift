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
  /// - Parameter limit: The most bytes that the text may have, and that the value may take.
  /// - Throws: `DataFileError`, `.malformed` with line and byte for what is no JSON in UTF-8, has a key twice or is nested
  ///   deeper than 64 levels.
  package static func read(
    path: String, limit: Int = MemoryLimit.standard
  ) throws(DataFileError) -> JSONValue {
    try parse(fileBytes(path, limit: limit), path: path, limit: limit)
  }

  /// Parses bytes that are one value.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `DataFileError.malformed` as `read(path:)` does.
  package static func parse(
    _ bytes: consuming [UInt8], path: String, limit: Int = MemoryLimit.standard
  ) throws(DataFileError) -> JSONValue {
    let text = try textBytes(bytes, path: path, wanted: "a JSON text", limit: limit)
    var room = limit
    return try scanned(text[...], line: 1, room: &room, path: path)
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
  ///
  /// - Parameter room: The bytes that values may still take; what this one takes is taken off.
  static func scanned(
    _ text: ArraySlice<UInt8>, line: Int, room: inout Int, path: String
  ) throws(DataFileError) -> JSONValue {
    var failure: DataFileError?
    let value = text.withUnsafeBufferPointer { buffer -> JSONValue in
      var scanner = JSONScanner(buffer)
      do throws(JSONScanner.Problem) {
        let value = try JSONValue(&scanner, depth: 0, room: &room)
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

  private init(_ scanner: inout JSONScanner, depth: Int, room: inout Int) throws(JSONScanner.Problem) {
    try scanner.requireDepth(depth)
    let start = scanner.start()
    // Of a list or an object of one value, which takes the most.
    room -= 96
    switch try scanner.kind() {
    case .text:
      let text = try scanner.string()
      room -= text.utf8.count
      self = .text(text)
    case .number: self = .number(try scanner.number())
    case .word: self = try scanner.word().map { .bool($0) } ?? .null
    case .array:
      var values: [JSONValue] = []
      try scanner.array { (scanner) throws(JSONScanner.Problem) in
        values.append(try JSONValue(&scanner, depth: depth + 1, room: &room))
      }
      self = .list(values)
    case .object:
      var object = JSONObject()
      try scanner.object { (scanner, key) throws(JSONScanner.Problem) in
        room -= 96 + key.utf8.count
        object.append(key, try JSONValue(&scanner, depth: depth + 1, room: &room))
      }
      self = .object(object)
    }
    guard room >= 0 else { throw JSONScanner.Problem(reason: "more values than there is memory for", position: start) }
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
    var room = limit
    var (start, line) = (0, 1)
    let last = text.lastIndex { $0 != 0x0A && $0 != 0x0D && $0 != 0x20 && $0 != 0x09 } ?? -1
    while start <= last {
      let end = text[start...].firstIndex(of: 0x0A) ?? text.count
      values.append((line, try JSONValue.scanned(text[start..<end], line: line, room: &room, path: path)))
      (start, line) = (end + 1, line + 1)
    }
    return values
  }
}
