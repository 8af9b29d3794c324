internal import Catalogs
internal import Yams

/// Where a value of a scenario was written.
public struct SourceMark: Sendable, Hashable {
  /// The file as the user named it, or the command-line option.
  public let file: String
  /// From 1; nil on the command line.
  public let line: Int?
  /// From 1.
  public let column: Int?

  /// The longest path, or option of the command line, that is shown whole.
  private static let longestFile = 1000

  /// `file:line:column`.
  public var text: String {
    let file = shownText(file, limit: Self.longestFile)
    guard let line else { return file }
    return "\(file):\(line)" + (column.map { ":\($0)" } ?? "")
  }
}

/// A value of a scenario together with where it was written.
struct ScenarioNode: Sendable {
  indirect enum Content: Sendable {
    /// Nothing: `null`, or no word at all.
    case null(isWritten: Bool)
    /// What `null` leaves of a key that was inherited or may be: it is not there, and its name is checked all the same.
    case unset
    case scalar(String, isQuoted: Bool)
    case list([ScenarioNode])
    case mapping([Entry])
  }

  struct Entry: Sendable {
    let key: String
    let keyMark: SourceMark
    var value: ScenarioNode
  }

  var content: Content
  let mark: SourceMark

  /// The value of a key; nil when absent or unset, or when this is no mapping.
  subscript(key: String) -> ScenarioNode? { entry(key)?.value }

  func entry(_ key: String) -> Entry? {
    guard let entry = entries.first(where: { $0.key == key }) else { return nil }
    if case .unset = entry.value.content { return nil }
    return entry
  }

  /// The entries of a mapping; empty for anything else.
  var entries: [Entry] { if case .mapping(let entries) = content { entries } else { [] } }

  /// The entries of a mapping that are not unset.
  var setEntries: [Entry] { entries.filter { if case .unset = $0.value.content { false } else { true } } }

  /// What stands in a list, each with its path, or this alone where it is no list.
  func entries(at path: String) -> [(node: ScenarioNode, path: String)] {
    guard case .list(let nodes) = content else { return [(self, path)] }
    return nodes.enumerated().map { ($1, "\(path)[\($0)]") }
  }

  /// Whether this is a list of nothing.
  var isEmptyList: Bool { if case .list(let values) = content { values.isEmpty } else { false } }

  /// The word or number that stands here, or nil.
  var scalar: String? { if case .scalar(let text, _) = content { text } else { nil } }

  /// What stands here, without marks.
  var raw: RawValue {
    switch content {
    case .null, .unset: .scalar("null", isQuoted: false)
    case .scalar(let text, let isQuoted): .scalar(text, isQuoted: isQuoted)
    case .list(let values): .list(values.map(\.raw))
    case .mapping: .mapping(Dictionary(setEntries.map { ($0.key, $0.value.raw) }) { first, _ in first })
    }
  }

  /// What stands here in one line, to be quoted in a message.
  var shownText: String { Catalogs.shownText(flowText) }

  /// The value in YAML's flow style, the same for equal values.
  var flowText: String {
    switch content {
    case .null, .unset: "null"
    case .scalar(let text, let isQuoted): isQuoted ? "\"" + escaped(text) + "\"" : text
    case .list(let values): "[" + values.map(\.flowText).joined(separator: ", ") + "]"
    case .mapping: "{" + setEntries.map { "\($0.key): \($0.value.flowText)" }.joined(separator: ", ") + "}"
    }
  }

  private func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default:
        // Control characters, what YAML takes for a line break or a byte order mark, and what it does not allow.
        if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
          || [0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF].contains(scalar.value)
        {
          let digits = String(scalar.value, radix: 16, uppercase: true)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
  }

  /// The value in YAML's flow style, so that reading it gives the same value.
  ///
  /// What was plain in block style may have commas and brackets; such text is quoted. Numbers, truth values and words
  /// never need it, so that none of them becomes text.
  private var safeText: String {
    switch content {
    case .null, .unset: "null"
    case .scalar(let text, let isQuoted): isQuoted || !isPlainEverywhere(text) ? "\"" + escaped(text) + "\"" : text
    case .list(let values): "[" + values.map(\.safeText).joined(separator: ", ") + "]"
    case .mapping(let entries):
      "{" + entries.map { "\(keyText($0.key)): \($0.value.safeText)" }.joined(separator: ", ") + "}"
    }
  }

  /// A key in YAML: keys of the scenario are plain, those that a user makes need not be.
  private func keyText(_ key: String) -> String { isPlainEverywhere(key) ? key : "\"" + escaped(key) + "\"" }

  /// Whether another has the same words at the same places; whether they are quoted does not count.
  func hasValues(of other: ScenarioNode) -> Bool {
    switch (content, other.content) {
    case (.null, .null): true
    // An arm's key that is unset is written as null.
    case (.null, .unset): true
    case (.scalar(let text, _), .scalar(let otherText, _)): text.utf8.elementsEqual(otherText.utf8)
    case (.list(let values), .list(let others)):
      values.count == others.count && zip(values, others).allSatisfy { $0.hasValues(of: $1) }
    case (.mapping(let entries), .mapping(let others)):
      entries.count == others.count
        && zip(entries, others).allSatisfy { $0.key == $1.key && $0.value.hasValues(of: $1.value) }
    default: false
    }
  }

  private func isPlainEverywhere(_ text: String) -> Bool {
    text.unicodeScalars.contains { $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0) }
      && text.unicodeScalars.allSatisfy {
        $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0) || "_./+-".unicodeScalars.contains($0)
      }
  }

  /// The value as YAML in block style, so that reading it gives the same value.
  func blockText(indent: Int = 0) -> String {
    let space = String(repeating: " ", count: indent)
    guard case .mapping(let entries) = content, !entries.isEmpty else { return space + safeText + "\n" }
    return entries.map { entry in
      if case .mapping(let inner) = entry.value.content, !inner.isEmpty {
        return "\(space)\(keyText(entry.key)):\n" + entry.value.blockText(indent: indent + 2)
      }
      if case .list(let values) = entry.value.content, values.contains(where: { !$0.entries.isEmpty }) {
        return "\(space)\(keyText(entry.key)):\n" + values.map { "\(space)  - \($0.safeText)\n" }.joined()
      }
      return "\(space)\(keyText(entry.key)): \(entry.value.safeText)\n"
    }.joined()
  }
}

extension ScenarioNode {
  /// Values in a file beyond this number are refused: aliases can make a small file a large tree.
  private static let nodeLimit = 100_000

  private static let tooDeep = "values are nested more than 64 deep"
  private static let oddKey = "a key is a list, a mapping or an alias (allowed: a word)"

  /// Reads YAML.
  ///
  /// - Parameter file: What messages call it.
  /// - Throws: `Diagnostic` with the place of the first thing that is not YAML.
  init(yaml: String, file: String) throws(Diagnostic) {
    let start = SourceMark(file: file, line: 1, column: 1)
    if let place = CombiningMarks(yaml, hasEscapes: true).place {
      let mark = SourceMark(file: file, line: place.line, column: place.column)
      throw Diagnostic(mark, "", "the text \(CombiningMarks.complaint)")
    }
    if let place = AliasedKeys(yaml).place {
      throw Diagnostic(SourceMark(file: file, line: place.line, column: place.column), "", Self.oddKey)
    }
    do {
      guard let node = try Yams.compose(yaml: yaml) else { throw Diagnostic(start, "", "the file is empty") }
      var left = Self.nodeLimit
      self = try Self.converted(node, file: file, left: &left, fallback: start, depth: 0)
    } catch let diagnostic as Diagnostic {
      throw diagnostic
    } catch let error as YamlError {
      throw Self.diagnostic(error, yaml: yaml, file: file)
    } catch {
      throw Diagnostic(start, "", "the file can't be read as YAML: \(error)")
    }
  }

  private static func converted(
    _ node: Node, file: String, left: inout Int, fallback: SourceMark, depth: Int
  ) throws(Diagnostic) -> ScenarioNode {
    let mark = node.mark.map { SourceMark(file: file, line: $0.line, column: $0.column) } ?? fallback
    left -= 1
    guard left > 0 else {
      throw Diagnostic(mark, "", "the file has more than \(nodeLimit) values, each use of an alias counted")
    }
    guard depth < 64 else { throw Diagnostic(mark, "", tooDeep) }
    switch node {
    case .scalar(let scalar):
      let isQuoted = scalar.style != .plain && scalar.style != .any
      try check(scalar.string, mark)
      if !isQuoted, scalar.string.isEmpty || scalar.string == "null" || scalar.string == "~" {
        return ScenarioNode(content: .null(isWritten: !scalar.string.isEmpty), mark: mark)
      }
      return ScenarioNode(content: .scalar(scalar.string, isQuoted: isQuoted), mark: mark)
    case .sequence(let sequence):
      var values: [ScenarioNode] = []
      for value in sequence {
        values.append(try converted(value, file: file, left: &left, fallback: mark, depth: depth + 1))
      }
      return ScenarioNode(content: .list(values), mark: mark)
    case .mapping(let mapping):
      var entries: [Entry] = []
      for (key, value) in mapping {
        let keyMark = key.mark.map { SourceMark(file: file, line: $0.line, column: $0.column) } ?? mark
        guard case .scalar(let scalar) = key else {
          throw Diagnostic(keyMark, "", oddKey)
        }
        try check(scalar.string, keyMark)
        let value = try converted(value, file: file, left: &left, fallback: keyMark, depth: depth + 1)
        entries.append(Entry(key: scalar.string, keyMark: keyMark, value: value))
      }
      return ScenarioNode(content: .mapping(entries), mark: mark)
    case .alias:
      throw Diagnostic(mark, "", "an alias without its anchor")
    }
  }

  /// - Throws: Where a text has what escapes can write and the record can't hold, as it ends there.
  private static func check(_ text: String, _ mark: SourceMark) throws(Diagnostic) {
    if text.utf8.contains(0) {
      throw Diagnostic(mark, "", "the text has the character U+0000, which a record can't hold")
    }
  }

  private static func diagnostic(_ error: YamlError, yaml: String, file: String) -> Diagnostic {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let place = SourceMark(file: file, line: mark.line, column: mark.column)
      if problem.contains("nesting level") { return Diagnostic(place, "", tooDeep) }
      let context = context?.text.trimmingPrefix(while: \.isWhitespace) ?? ""
      // The library has both "expected …" with "but found …" and "found …" with "while scanning …".
      let words = problem.hasPrefix("but ") ? ["\(context),", problem] : [problem, String(context)]
      return Diagnostic(place, "", "not YAML: " + words.filter { !$0.isEmpty }.joined(separator: " "))
    case .duplicatedKeysInMapping(let duplicates, let context):
      let shown = duplicates.sorted().prefix(10).map { "'\(Catalogs.shownText($0))'" }
      let more = duplicates.count - shown.count
      let keys = shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
      return Diagnostic(
        SourceMark(file: file, line: context.mark.line, column: context.mark.column), "",
        "\(duplicates.count == 1 ? "the key \(keys) is" : "the keys \(keys) are") given again below, in the same mapping"
      )
    case .reader(let problem, _, _, _):
      return Diagnostic(unreadablePlace(yaml, file: file), "", "not YAML: \(problem)")
    default:
      return Diagnostic(SourceMark(file: file, line: 1, column: nil), "", "not YAML: \(error)")
    }
  }

  /// Where the first character stands that YAML does not allow; the library counts it in bytes of an encoding of its
  /// own.
  private static func unreadablePlace(_ yaml: String, file: String) -> SourceMark {
    var (line, column) = (1, 1)
    for scalar in yaml.unicodeScalars {
      let isControl = scalar.value < 0x20 && !["\t", "\n", "\r"].contains(scalar)
      if isControl || (0x7F...0x9F).contains(scalar.value) && scalar.value != 0x85
        || [0xFFFE, 0xFFFF].contains(scalar.value) || scalar.value == 0xFEFF && (line, column) != (1, 1)
      {
        return SourceMark(file: file, line: line, column: column)
      }
      (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
    }
    return SourceMark(file: file, line: 1, column: 1)
  }
}
