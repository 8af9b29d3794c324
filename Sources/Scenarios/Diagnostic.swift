internal import Catalogs

/// One thing that is wrong with a scenario: where, which key, what, and what is allowed.
///
/// What it quotes of the user's is shortened and shows no control character, whoever makes it.
public struct Diagnostic: Error, Sendable, Hashable, CustomStringConvertible {
  /// Stands in a message for the arms of which it is told: one that several arms share is told once, with all of them.
  static let arms = "\u{0}arms\u{0}"

  /// The longest path and message, in characters.
  private static let (longestPath, longestMessage) = (300, 4000)

  /// Where it was written.
  public let mark: SourceMark
  /// The key's path, as `client.optimizer.learning_rate`; "" for the file as a whole.
  public let path: String
  /// What is wrong, and what is allowed, around the arms.
  private let words: [String]
  /// The arms in which it is so, where it depends on the arm.
  fileprivate(set) var armNames: [String]
  /// Whether something that the scenario names is not there, rather than wrong: its exit code differs.
  public let isMissingInput: Bool

  /// Makes a diagnostic.
  public init(_ mark: SourceMark, _ path: String, _ message: String, isMissingInput: Bool = false) {
    self.init(mark, path, message, arm: nil, isMissingInput: isMissingInput)
  }

  /// Makes a diagnostic of an arm, whose message has `arms` where the arm is named.
  init(_ mark: SourceMark, _ path: String, _ message: String, arm: String?, isMissingInput: Bool = false) {
    self.mark = mark
    self.path = shownText(path, limit: Self.longestPath)
    let parts =
      arm == nil ? [message] : message.split(separator: Self.arms, omittingEmptySubsequences: false).map(String.init)
    words = parts.map { shownText($0, limit: Self.longestMessage) }
    armNames = arm.map { [$0] } ?? []
    self.isMissingInput = isMissingInput
  }

  /// What is wrong, and what is allowed.
  public var message: String {
    let shown = armNames.prefix(3).map { "'\(shownText($0))'" }.joined(separator: ", ")
    let more = armNames.count > 3 ? " and \(armNames.count - 3) more" : ""
    return words.joined(separator: "arm\(armNames.count == 1 ? "" : "s") \(shown)\(more)")
  }

  /// `file:line:column: path: message`.
  public var description: String { "\(mark.text): " + (path.isEmpty ? "" : "\(path): ") + message }

  /// The same for whatever arm.
  fileprivate var withoutArms: Diagnostic {
    var diagnostic = self
    diagnostic.armNames = []
    return diagnostic
  }
}

/// Everything that is wrong with a scenario, in the order of the file.
public struct ScenarioError: Error, Sendable, Equatable, CustomStringConvertible {
  /// As many mistakes are told.
  private static let shownCount = 100
  /// As many bytes are told, so that the first hundred always are unless they quote long lists.
  private static let shownBytes = 60_000

  /// What is wrong, at least one thing, each once.
  public let diagnostics: [Diagnostic]

  init(_ diagnostics: [Diagnostic]) {
    var places: [Diagnostic: Int] = [:]
    var unique: [Diagnostic] = []
    for diagnostic in diagnostics {
      let key = diagnostic.withoutArms
      guard let place = places[key] else {
        places[key] = unique.count
        unique.append(diagnostic)
        continue
      }
      for arm in diagnostic.armNames where unique[place].armNames.last != arm { unique[place].armNames.append(arm) }
    }
    self.diagnostics = unique.enumerated().sorted { a, b in
      let left = (a.element.mark.line ?? Int.max, a.element.mark.column ?? 0, a.offset)
      let right = (b.element.mark.line ?? Int.max, b.element.mark.column ?? 0, b.offset)
      return left < right
    }.map(\.element)
  }

  /// Whether all that is wrong is that inputs are missing.
  public var isMissingInput: Bool { diagnostics.allSatisfy(\.isMissingInput) }

  /// The first hundred of what is wrong, a line each, and how many more there are.
  public var lines: [String] {
    var lines: [String] = []
    var bytes = 0
    for diagnostic in diagnostics.prefix(Self.shownCount) {
      let line = diagnostic.description
      bytes += line.utf8.count + 1
      if bytes > Self.shownBytes { break }
      lines.append(line)
    }
    let more = diagnostics.count - lines.count
    if more > 0 { lines.append("and \(Self.grouped(more)) more error\(more == 1 ? "" : "s")") }
    return lines
  }

  public var description: String { lines.joined(separator: "\n") }

  /// 99900 as "99,900".
  private static func grouped(_ count: Int) -> String {
    let digits = String(count)
    return digits.enumerated().reduce(into: "") { text, digit in
      if digit.offset > 0, (digits.count - digit.offset).isMultiple(of: 3) { text += "," }
      text.append(digit.element)
    }
  }
}
