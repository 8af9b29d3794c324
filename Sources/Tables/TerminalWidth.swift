/// How much room text takes in a terminal, where `漢` and `🙂` are two columns wide and a combining accent none.
package enum TerminalWidth {
  /// Returns the columns that `text` takes.
  package static func of(_ text: some StringProtocol) -> Int {
    text.reduce(0) { $0 + of($1) }
  }

  /// Returns the columns that one character takes: 0, 1 or 2.
  ///
  /// Source: Unicode Standard Annex #11, East Asian Width (W and F are wide); a sequence that asks for emoji
  /// presentation is wide.
  package static func of(_ character: Character) -> Int {
    var width = 0
    for scalar in character.unicodeScalars {
      if scalar.value == 0xFE0F || isWide(scalar) { return 2 }
      if !isInvisible(scalar) { width = 1 }
    }
    return width
  }

  /// Returns `text` as it is where it fits, and otherwise its beginning, `…` and its end in at most `width` columns.
  ///
  /// The end stays because the values of a sweep stand there: `fedavg…rate=0.1`.
  package static func truncated(_ text: String, to width: Int) -> String {
    if of(text) <= width { return text }
    let beginning = fitting(text, in: width / 2)
    let end = String(fitting(String(text.reversed()), in: width - 1 - of(beginning)).reversed())
    return beginning + "…" + end
  }

  /// The longest beginning of `text` that takes at most `width` columns.
  private static func fitting(_ text: String, in width: Int) -> String {
    var used = 0
    return String(
      text.prefix { character in
        used += of(character)
        return used <= width
      })
  }

  /// Returns `text` with a space for each hidden character, so that a name cannot move the cursor or change colours.
  package static func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { HiddenCharacters.contains($0) ? " " : $0 }))
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: true
    default: false
    }
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x1100 { return false }
    return scalar.properties.isEmojiPresentation || wideRanges.contains { $0.contains(scalar.value) }
  }

  /// The blocks of wide and full-width characters, without the emoji that Unicode's own property knows.
  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97C,
    0xAC00...0xD7A3,
    0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF,
    0x1AFF0...0x1B2FF,
    0x1F200...0x1F265, 0x20000...0x3FFFD,
  ]
}
