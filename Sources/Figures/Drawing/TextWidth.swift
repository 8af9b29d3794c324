internal import Tables

/// How much room text takes in a figure, estimated without the font: who looks may have another one.
///
/// The widths are those of a wide sans-serif font (DejaVu Sans), so that text in a narrower one fits as well.
enum TextWidth {
  /// Returns the width of `text` in pixels at a font size.
  static func of(_ text: some StringProtocol, size: Double) -> Double {
    text.reduce(0) { $0 + em($1) } * size
  }

  /// Returns `text`, or its beginning, `…` and its end where it is wider than `width`.
  static func fitted(_ text: String, size: Double, in width: Double) -> String {
    // A name of megabytes need not be measured whole.
    if text.utf8.count <= 4000, of(text, size: size) <= width { return text }
    let room = width / size - em("…")
    let beginning = prefix(text, room: room * 0.55)
    let end = String(prefix(String(text.suffix(400).reversed()), room: room * 0.45).reversed())
    return beginning + "…" + end
  }

  private static func prefix(_ text: String, room: Double) -> String {
    var used = 0.0
    return String(
      text.prefix { character in
        used += em(character)
        return used <= room
      })
  }

  private static func em(_ character: Character) -> Double {
    switch character {
    case "i", "j", "l", "I", "'", "|", ".", ",", ":", ";", " ", "!": 0.34
    case "f", "r", "t", "(", ")", "[", "]", "/", "-": 0.42
    case "m", "w", "M", "W", "%", "@", "—", "…": 0.98
    case "0"..."9": 0.64
    default:
      if character.isASCII {
        character.isUppercase ? 0.7 : 0.62
      } else {
        max(0.7, 0.7 * Double(TerminalWidth.of(character)))
      }
    }
  }
}
