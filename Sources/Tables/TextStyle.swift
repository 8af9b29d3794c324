/// Whether text for a terminal may hold escape sequences.
package enum TextStyle: Sendable, Equatable {
  /// No escape sequences: for files, pipes, `NO_COLOR` and tests.
  case plain
  /// Bold, dim and colours by ANSI escape sequences (ECMA-48 SGR 0, 1, 2 and 31 to 36).
  case ansi

  /// Returns `text` as strong as asked, where this style can.
  package func apply(_ emphasis: Cell.Emphasis, to text: String) -> String {
    switch (self, emphasis) {
    case (.plain, _), (_, .normal): text
    case (.ansi, .bold): "\u{1B}[1m\(text)\u{1B}[0m"
    case (.ansi, .dim): "\u{1B}[2m\(text)\u{1B}[0m"
    }
  }

  /// Returns `text` in the colour of the curve with this index, where this style can; six colours, then again the
  /// first.
  package func applyColor(_ index: Int, to text: String) -> String {
    // Cyan, yellow, magenta, green, blue, red: the first ones are told apart best, on dark and on light.
    let codes = [36, 33, 35, 32, 34, 31]
    return self == .plain ? text : "\u{1B}[\(codes[index % codes.count])m\(text)\u{1B}[0m"
  }

  /// The escape sequence that `text` begins with, if it is one that a style makes.
  package static func sequence(at text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView? {
    let beginning = text.prefix(5)
    guard beginning.starts(with: "\u{1B}[".unicodeScalars), let end = beginning.firstIndex(of: "m") else { return nil }
    let code = String(beginning.dropFirst(2).prefix { $0 != "m" })
    return ["0", "1", "2", "31", "32", "33", "34", "35", "36"].contains(code) ? text[...end] : nil
  }
}
