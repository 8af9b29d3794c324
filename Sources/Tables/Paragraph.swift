/// Sentences broken into lines of a terminal's width.
package enum Paragraph {
  /// Returns `text` in lines of at most `width` columns, broken at spaces and each ended by a newline. Spaces before the
  /// first word and several in a row stay, but for those where a line is broken.
  ///
  /// - Parameters:
  ///   - text: Words; control characters become spaces.
  ///   - width: The columns of a line; nil means one line. A word that is longer stays whole.
  ///   - indent: How many spaces begin each line but the first.
  package static func wrapped(_ text: String, width: Int?, indent: Int = 2) -> String {
    let text = TerminalWidth.printable(text)
    guard let width else { return text + "\n" }
    var lines: [String] = []
    var line = ""
    var rest = text[...]
    while !rest.isEmpty {
      let gap = rest.prefix { $0 == " " }
      let word = rest[gap.endIndex...].prefix { $0 != " " }
      rest = rest[word.endIndex...]
      if word.isEmpty { break }
      if line.isEmpty || TerminalWidth.of(line) + gap.count + TerminalWidth.of(word) <= width {
        line += gap + word
      } else {
        lines.append(line)
        line = String(repeating: " ", count: indent) + word
      }
    }
    lines.append(line)
    return lines.joined(separator: "\n") + "\n"
  }
}
