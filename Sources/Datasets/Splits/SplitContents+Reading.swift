internal import Catalogs
internal import Formats
internal import Tensors

extension SplitContents {
  private static let allowed =
    "a file of covey data split, JSON of clients with their rows, CSV with a column of clients, or a NumPy archive with arrays train_<client> and test_<client>, client and split, or indices and offsets"

  /// Reads a file of any of the forms, which its content tells.
  ///
  /// - Parameter columns: Those of a table with rows and with clients.
  /// - Throws: `DataFileError.malformed`.
  init(_ bytes: [UInt8], path: String, columns: (row: String?, client: String?)) throws {
    self.init(path: path)
    let start = Array(bytes.prefix(ForeignFormat.byteCount))
    let kind = ForeignFormat.name(of: start)
    let first = start.first { !$0.isBlank && ![0xEF, 0xBB, 0xBF].contains($0) }
    let isArchive =
      start.starts(with: [0x50, 0x4B]) && kind?.contains("NumPy") != false || kind == "an empty zip archive"
    let isJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    if isPickle(start) {
      throw problem(
        "is a Python pickle, which is never opened (allowed: \(Self.allowed); the converter covey-data split turns it into JSON)"
      )
    }
    if isArchive || isJSON, let column = columns.row ?? columns.client {
      throw problem(
        "is \(isJSON ? "JSON" : "a NumPy archive") and has no column '\(printable(column))' ('row' and 'client' name columns of CSV)"
      )
    }
    if isArchive {
      try read(NPZFile(bytes: bytes, path: path))
    } else if isJSON {
      try read(JSONValue.parse(Self.withQuotedKeys(bytes), path: path))
    } else {
      if kind == "empty" { throw problem("is empty (allowed: \(Self.allowed))") }
      if let kind, !start.starts(with: [0x1F, 0x8B]), !kind.contains("text") {
        throw problem(
          "is \(kind), which is no list of who has which examples (allowed: \(Self.allowed); the converter covey-data split turns others into JSON)"
        )
      }
      try read(CSVTable(bytes: bytes, path: path), columns: columns)
    }
  }

  /// A pickle of any protocol: 2 and later begin with their number, older ones are known by their name.
  private func isPickle(_ start: [UInt8]) -> Bool {
    if start.count > 1, start[0] == 0x80, start[1] < 16 { return true }
    let name = path.lowercased()
    return name.hasSuffix(".pkl") || name.hasSuffix(".pickle")
  }

  // MARK: JSON

  /// The text with quotes around keys that are bare whole numbers, as NIID-Bench and FedML write `net_dataidx_map.txt`;
  /// other texts as they are.
  private static func withQuotedKeys(_ bytes: [UInt8]) -> [UInt8] {
    let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    let start = content.drop { $0.isBlank }
    guard start.first == UInt8(ascii: "{"),
      let key = start.dropFirst().first(where: { !$0.isBlank }), key.isDigit
    else { return bytes }
    var quoted: [UInt8] = []
    quoted.reserveCapacity(content.count + 64)
    var place = content.startIndex
    while place < content.endIndex {
      guard content[place].isDigit else {
        quoted.append(content[place])
        place += 1
        continue
      }
      let digits = content[place...].prefix { $0.isDigit }
      let isKey = content[digits.endIndex...].first { !$0.isBlank } == UInt8(ascii: ":")
      quoted += isKey ? [UInt8(ascii: "\"")] + digits + [UInt8(ascii: "\"")] : Array(digits)
      place = digits.endIndex
    }
    return quoted
  }

  private mutating func read(_ value: JSONValue) throws {
    switch value {
    case .list(let values):
      try readList(values)
    case .object(let object):
      if let format = object["format"] {
        guard format == .text("covey-split") else {
          throw problem("has the format \(Self.shown(format)) (allowed: covey-split)")
        }
        try readOwn(object)
      } else if let indices = object["data_indices"] {
        guard case .list(let values) = indices else {
          throw problem("'data_indices' is \(Self.shown(indices)) (allowed: a list of clients)")
        }
        try readList(values)
      } else {
        clients = try object.keys.map { name in
          guard let value = object[name] else { return Client(name: name) }
          return try client(name, value)
        }
        sortClients()
      }
    default: throw problem("is \(Self.shown(value)) (allowed: \(Self.allowed))")
    }
  }

  /// Clients by their place.
  private mutating func readList(_ values: [JSONValue]) throws {
    clients = try values.enumerated().map { number, value in try client(String(number), value) }
  }

  private mutating func readOwn(_ object: JSONObject) throws {
    isOwn = true
    guard object["version"] == .number(1) else {
      throw problem(
        "has the version \(object["version"].map(Self.shown) ?? "none") of covey-split (allowed: 1)")
    }
    for key in object.keys {
      guard
        ["format", "version", "data_sha256", "seed", "partition", "clients", "unseen", "rows", "examples"].contains(key)
      else {
        throw problem("has the unknown key '\(printable(key))'")
      }
    }
    if let hash = object["data_sha256"] {
      guard case .text(let text) = hash else {
        throw problem("'data_sha256' is \(Self.shown(hash)) (allowed: a text)")
      }
      dataHash = text
    }
    if let counts = object["examples"] {
      guard case .object(let members) = counts else {
        throw problem("'examples' is \(Self.shown(counts)) (allowed: how many the source has of train, val and test)")
      }
      for key in members.keys {
        guard let split = Self.split(key), case .number(let number)? = members[key], let count = Int(exactly: number)
        else { throw problem("'examples' has '\(printable(key))' (allowed: numbers of train, val and test)") }
        sourceCounts[split] = count
      }
    }
    guard case .object(let members)? = object["clients"] else {
      throw problem("has no 'clients' (allowed: a mapping of clients)")
    }
    clients = try members.keys.map { name in
      guard let value = members[name], case .object(let entry) = value else {
        throw problem("client '\(printable(name))' is no mapping (allowed: domain, train, val, test)")
      }
      var own = try client(name, value, besides: ["domain"])
      if let domain = entry["domain"] {
        guard case .text(let text) = domain else {
          throw problem("client '\(printable(name))' has the domain \(Self.shown(domain)) (allowed: a text)")
        }
        own.domain = text
      }
      return own
    }
    if let names = object["unseen"] {
      guard case .list(let values) = names else { throw problem("'unseen' is \(Self.shown(names)) (allowed: a list)") }
      unseen = try values.map { value in
        guard case .text(let name) = value else {
          throw problem("'unseen' has \(Self.shown(value)) (allowed: names of clients)")
        }
        return name
      }
    }
    guard case .object(let counted)? = object["rows"] else { return }
    for key in counted.keys {
      guard let split = Self.split(key), split != .train, case .text(let name)? = counted[key],
        name == "train" || name == key
      else { throw problem("'rows' has '\(printable(key))' (allowed: val and test, as train or themselves)") }
      homes[split] = name == "train" ? .train : split
    }
  }

  private static func split(_ name: String) -> DataSplit? { splitNames.first { $0.name == name }?.split }

  /// A client's rows: a list of training examples, or lists by split.
  private func client(_ name: String, _ value: JSONValue, besides others: [String] = []) throws -> Client {
    var client = Client(name: name)
    switch value {
    case .list(let values): client.rows[.train] = try rows(values, name, "train")
    case .object(let object):
      for key in object.keys where !others.contains(key) {
        guard let split = Self.split(key), case .list(let values)? = object[key] else {
          throw problem(
            "client '\(printable(name))' has '\(printable(key))' (allowed: lists of rows called train, val and test)")
        }
        client.rows[split] = try rows(values, name, key)
      }
    default:
      throw problem("client '\(printable(name))' has \(Self.shown(value)) (allowed: a list of rows, or lists by split)")
    }
    return client
  }

  private func rows(_ values: [JSONValue], _ name: String, _ split: String) throws -> [Int] {
    try values.enumerated().map { place, value in
      guard case .number(let number) = value, let row = Int(exactly: number), row >= 0 else {
        throw problem(
          "client '\(printable(name))' has \(Self.shown(value)) in '\(split)' at [\(place)] (allowed: rows, whole numbers from 0)"
        )
      }
      return row
    }
  }

  private static func shown(_ value: JSONValue) -> String {
    switch value {
    case .text(let text): "'\(printable(text))'"
    case .number(let number): shortText(number)
    case .bool(let value): String(value)
    case .null: "null"
    case .list: "a list"
    case .object: "a mapping"
    }
  }

  private mutating func sortClients() {
    let order = Dictionary(
      uniqueKeysWithValues: NameOrder.sortedAsClients(clients.map(\.name)).enumerated().map { ($1, $0) })
    clients.sort { order[$0.name, default: 0] < order[$1.name, default: 0] }
  }

  // MARK: Entries of examples

  /// Clients by the owner of each example.
  ///
  /// - Parameters:
  ///   - names: The client's name of each; "" or "-1" is nobody.
  ///   - rows: The row of each; nil is its place.
  private mutating func deal(_ names: [String], _ splits: [DataSplit], rows: [Int]?) {
    var numbers: [String: Int] = [:]
    for (place, name) in names.enumerated() where !name.isEmpty && name != "-1" {
      let number = numbers[name] ?? clients.count
      if number == clients.count {
        numbers[name] = number
        clients.append(Client(name: name))
      }
      clients[number].rows[splits.isEmpty ? .train : splits[place], default: []].append(rows?[place] ?? place)
    }
    sortClients()
  }

  private mutating func read(_ table: CSVTable, columns: (row: String?, client: String?)) throws {
    let names = try table.texts(columns.client ?? "client")
    if let wrong = names.firstIndex(where: { $0.utf8.count > 10_000 }) {
      throw problem(
        "line \(table.line(ofRow: wrong)): the client's name has \(names[wrong].utf8.count) bytes (allowed: 10000)")
    }
    let splits =
      table.columns.contains("split") ? try storedSplits(try table.texts("split"), path: "\(path): column 'split'") : []
    let rows = try columns.row.map { name in
      try table.texts(name).enumerated().map { place, text in
        guard let row = Int(text.drop { $0 == " " }), row >= 0 else {
          throw problem(
            "line \(table.line(ofRow: place)): column '\(printable(name))' has '\(printable(text))' (allowed: rows, whole numbers from 0)"
          )
        }
        return row
      }
    }
    deal(names, splits, rows: rows)
  }

  // MARK: NumPy archives

  private mutating func read(_ file: NPZFile) throws {
    if file.names.contains("client") {
      try requireArrays(file, ["client", "split"])
      let array = try file.array("client")
      let names = try storedNames(array, count: array.shape.first ?? 0, path: path)
      exampleCount = names.count
      let splits =
        file.names.contains("split")
        ? try storedSplits(storedNames(try file.array("split"), count: names.count, path: path), path: path) : []
      deal(names, splits, rows: nil)
    } else if file.names.contains("indices") || file.names.contains("offsets") {
      try requireArrays(file, ["indices", "offsets"])
      let indices = try rows(of: file.array("indices"))
      let offsets = try rows(of: file.array("offsets"))
      guard offsets.first == 0, offsets.last == indices.count,
        zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
      else {
        throw problem(
          "array 'offsets' is no list of bounds (allowed: from 0 to the \(indices.count) of 'indices', ascending)")
      }
      clients = zip(offsets, offsets.dropFirst()).enumerated().map { number, bounds in
        Client(name: String(number), rows: [.train: Array(indices[bounds.0..<bounds.1])])
      }
    } else {
      var numbers: [String: Int] = [:]
      for name in file.names {
        guard let (split, prefix) = Self.splitNames.first(where: { name.hasPrefix($0.name + "_") }),
          name.utf8.count > prefix.utf8.count + 1
        else { throw problem("has the array '\(printable(name))' (allowed: \(Self.allowed))") }
        let client = String(name.dropFirst(prefix.count + 1))
        let number = numbers[client] ?? clients.count
        if number == clients.count {
          numbers[client] = number
          clients.append(Client(name: client))
        }
        clients[number].rows[split] = try rows(of: file.array(name))
      }
      sortClients()
    }
  }

  private func requireArrays(_ file: NPZFile, _ names: [String]) throws {
    if let other = file.names.first(where: { !names.contains($0) }) {
      throw problem("has the array '\(printable(other))' (allowed beside '\(names[0])': '\(names[1])')")
    }
  }

  private func rows(of array: StoredArray) throws -> [Int] {
    guard array.shape.count == 1 else { throw problem("array \(array.described) is no list of rows") }
    return try array.wholeNumbers(path: path).enumerated().map { place, number in
      guard number >= 0, let row = Int(exactly: number) else {
        throw problem("array \(array.described) has \(number) at [\(place)] (allowed: rows, whole numbers from 0)")
      }
      return row
    }
  }
}

extension UInt8 {
  fileprivate var isBlank: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
