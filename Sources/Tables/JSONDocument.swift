/// Scalars, lists and tables under stable keys: the one JSON object that a command prints.
package struct JSONDocument: Sendable, Equatable {
  private enum Member: Sendable, Equatable {
    case scalar(Cell)
    case list([Cell])
    case table(Table)
  }

  private var members: [(key: String, member: Member)] = []

  /// Makes an empty object.
  package init() {}

  /// Adds a scalar.
  ///
  /// - Precondition: The key is new.
  package mutating func add(_ key: String, _ scalar: Cell) {
    add(key, member: .scalar(scalar))
  }

  /// Adds a list of scalars.
  ///
  /// - Precondition: The key is new.
  package mutating func add(_ key: String, list: [Cell]) {
    add(key, member: .list(list))
  }

  /// Adds a table as an array of objects.
  ///
  /// - Precondition: The key is new.
  package mutating func add(_ key: String, _ table: Table) {
    add(key, member: .table(table))
  }

  /// Returns the object as JSON, its keys in the order in which they were added; ended by a newline.
  package func json() -> String {
    if members.isEmpty { return "{}\n" }
    return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
  }

  /// Returns the beginning of the object with one more member, whose value, two spaces deep, the caller writes next,
  /// and behind it `ending`.
  ///
  /// - Precondition: The key is new.
  package func beginning(before key: String) -> String {
    precondition(!members.contains { $0.key == key }, "two members with the key \(key)")
    return "{\n" + lines.map { $0 + ",\n" }.joined() + "  \(JSONText.string(key)): "
  }

  /// What stands behind the value that `beginning` is followed by.
  package static let ending = "\n}\n"

  private var lines: [String] {
    members.map { key, member in
      let value =
        switch member {
        case .scalar(let cell): cell.json
        case .list(let cells): "[" + cells.map(\.json).joined(separator: ", ") + "]"
        case .table(let table): table.jsonValue(indent: 2)
        }
      return "  \(JSONText.string(key)): \(value)"
    }
  }

  /// Whether both hold the same under the same keys in the same order.
  package static func == (left: JSONDocument, right: JSONDocument) -> Bool {
    left.members.elementsEqual(right.members) { $0.key == $1.key && $0.member == $1.member }
  }

  private mutating func add(_ key: String, member: Member) {
    precondition(!members.contains { $0.key == key }, "two members with the key \(key)")
    members.append((key, member))
  }
}
