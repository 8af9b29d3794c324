internal import Tables

/// Text as it goes to people: the one place where what is no text is taken out of it.
enum TerminalText {
  /// Whether a name can be shown as it is.
  static func isSafe(_ name: String) -> Bool { !name.unicodeScalars.contains(where: HiddenCharacters.contains) }

  /// Returns `text` with a space for each hidden character but for newlines, tabs and the sequences of a style.
  static func safe(_ text: String, style: TextStyle = .plain) -> String {
    let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x09 }
    if isPlain { return text }
    var result = String.UnicodeScalarView()
    var rest = Substring(text).unicodeScalars
    while let scalar = rest.first {
      if scalar == "\u{1B}", style == .ansi, let sequence = TextStyle.sequence(at: rest) {
        result.append(contentsOf: sequence)
        rest = rest.dropFirst(sequence.count)
        continue
      }
      let isSafe = scalar == "\n" || scalar == "\t" || !HiddenCharacters.contains(scalar)
      result.append(isSafe ? scalar : " ")
      rest = rest.dropFirst()
    }
    return String(result)
  }
}
