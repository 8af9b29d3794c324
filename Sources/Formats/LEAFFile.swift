internal import Tensors

/// Examples by user, as LEAF writes them in JSON.
///
/// Source: Caldas et al. 2018, "LEAF: A Benchmark for Federated Settings", and its repository.
/// Differs: everything is checked; examples are numbers, lists of numbers of one shape, texts or lists of texts.
package struct LEAFFile: Sendable, Equatable {
  /// The inputs or the labels of a user's examples.
  package enum Values: Sendable, Equatable {
    /// `[N] + shape` finite numbers, row by row; the shape is empty where an example is one number.
    case numbers([Float], shape: [Int])
    /// `[N] + shape` texts, row by row; the shape is empty or one extent. Numbers among texts are as written.
    case texts([String], shape: [Int])
  }

  /// What one user has.
  package struct User: Sendable, Equatable {
    /// The user's name.
    package let name: String
    /// The user's entry in `hierarchies`; nil where the file has none.
    package let group: String?
    /// The number of examples; may be 0.
    package let count: Int
    /// The inputs.
    package let x: Values
    /// The labels or targets.
    package let y: Values
  }

  /// In the order of `users`.
  package let users: [User]

  /// Reads the file at `path`.
  ///
  /// - Parameter limit: The most bytes that the text may have, and that users and examples may take.
  /// - Throws: `DataFileError`, `.malformed` when the file is no such JSON, a user stands twice or in one of `users` and
  ///   `user_data` only, counts disagree, examples of a user differ in shape, or a number is not finite.
  /// - Complexity: O(bytes).
  package static func read(path: String, limit: Int = MemoryLimit.standard) throws(DataFileError) -> LEAFFile {
    try LEAFFile(bytes: fileBytes(path, limit: limit), path: path, limit: limit)
  }

  /// Parses a file that is in memory.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `DataFileError.malformed` as `read(path:)` does.
  package init(
    bytes: consuming [UInt8], path: String, limit: Int = MemoryLimit.standard
  ) throws(DataFileError) {
    let text = try textBytes(bytes, path: path, wanted: "a JSON text of LEAF", limit: limit)
    if let foreign = DataFileError.foreign(
      path: path, start: text, wanted: "a JSON text of LEAF", allowed: "JSON with users, num_samples and user_data",
      except: ["a JSON text", "a text"])
    {
      throw foreign
    }
    var parser = LEAFParser(limit: limit)
    var failure: DataFileError?
    text.withUnsafeBufferPointer { buffer in
      var scanner = JSONScanner(buffer)
      do throws(JSONScanner.Problem) {
        try parser.parse(&scanner)
      } catch {
        failure = error.error(path: path, in: buffer)
      }
    }
    if let failure { throw failure }
    do throws(LEAFProblem) { users = try parser.users() } catch {
      throw .malformed(path: path, reason: error.reason)
    }
  }
}

/// What is wrong with the content of a file whose JSON is right.
private struct LEAFProblem: Error {
  let reason: String
}

/// Reads the members of a LEAF file in any order.
private struct LEAFParser {
  private var names: [String]?
  private var counts: [Double]?
  private var groups: [String]?
  private var data: [String: (x: LEAFFile.Values, xCount: Int, y: LEAFFile.Values, yCount: Int)]?
  /// The users of `data` in the order of the file.
  private var order: [String] = []
  /// The bytes that users and examples may still take.
  private var room: Int

  init(limit: Int) { room = limit }

  mutating func parse(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) {
    try scanner.object { (scanner, key) throws(JSONScanner.Problem) in
      switch key {
      case "users": names = try Self.texts(&scanner, of: "users")
      case "hierarchies": groups = try Self.texts(&scanner, of: "hierarchies")
      case "num_samples":
        var counts: [Double] = []
        try scanner.array { (scanner) throws(JSONScanner.Problem) in counts.append(try scanner.number()) }
        self.counts = counts
      case "user_data": try parseData(&scanner)
      default: try scanner.skipValue(depth: 1)
      }
    }
    try scanner.end()
  }

  /// The users, once all members were read and agree.
  func users() throws(LEAFProblem) -> [LEAFFile.User] {
    for (key, isThere) in [("users", names != nil), ("num_samples", counts != nil), ("user_data", data != nil)]
    where !isThere {
      throw LEAFProblem(reason: "has no '\(key)' (expected: users, num_samples, user_data)")
    }
    guard let names, let counts, let data else { return [] }
    guard counts.count == names.count else {
      throw LEAFProblem(reason: "has \(names.count) users and \(counts.count) num_samples")
    }
    // An empty list is what some programs write where there are none.
    let groups = groups?.isEmpty == true ? nil : groups
    if let groups, groups.count != names.count {
      throw LEAFProblem(reason: "has \(names.count) users and \(groups.count) hierarchies")
    }
    var seen: Set<String> = []
    var users: [LEAFFile.User] = []
    for (place, name) in names.enumerated() {
      let shown = "user '\(printable(name))'"
      guard seen.insert(name).inserted else { throw LEAFProblem(reason: "\(shown) stands twice in users") }
      guard let user = data[name] else { throw LEAFProblem(reason: "\(shown) is not in user_data") }
      guard user.xCount == user.yCount else {
        throw LEAFProblem(reason: "\(shown) has \(user.xCount) x and \(user.yCount) y")
      }
      guard counts[place] == Double(user.xCount) else {
        throw LEAFProblem(
          reason: "\(shown): num_samples says \(numberText(counts[place])), user_data has \(user.xCount) examples")
      }
      users.append(
        LEAFFile.User(name: name, group: groups?[place], count: user.xCount, x: user.x, y: user.y))
    }
    if let other = order.first(where: { !seen.contains($0) }) {
      throw LEAFProblem(reason: "user '\(printable(other))' of user_data is not in users")
    }
    return users
  }

  private mutating func parseData(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) {
    var data: [String: (x: LEAFFile.Values, xCount: Int, y: LEAFFile.Values, yCount: Int)] = [:]
    var order: [String] = []
    try scanner.object { (scanner, user) throws(JSONScanner.Problem) in
      let start = scanner.start()
      room -= 500
      var parts: [String: (LEAFFile.Values, Int)] = [:]
      try scanner.object { (scanner, key) throws(JSONScanner.Problem) in
        if key == "x" || key == "y" {
          parts[key] = try LEAFValues.read(&scanner, what: "user '\(printable(user))': \(key)", room: &room)
        } else {
          try scanner.skipValue(depth: 3)
        }
      }
      guard let x = parts["x"], let y = parts["y"] else {
        throw JSONScanner.Problem(
          reason: "user '\(printable(user))' has no \(parts["x"] == nil ? "x" : "y")", position: start)
      }
      data[user] = (x.0, x.1, y.0, y.1)
      order.append(user)
    }
    (self.data, self.order) = (data, order)
  }

  /// A list of texts; names that are numbers are as written.
  private static func texts(_ scanner: inout JSONScanner, of key: String) throws(JSONScanner.Problem) -> [String] {
    var texts: [String] = []
    try scanner.array { (scanner) throws(JSONScanner.Problem) in
      let start = scanner.start()
      let text = try scanner.string()
      guard text.utf8.count <= 10_000, hasShortMarkRuns(text) else {
        throw JSONScanner.Problem(reason: "a text of \(key) is no name", position: start)
      }
      texts.append(text)
    }
    return texts
  }
}
