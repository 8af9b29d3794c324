/// Text of a user as a message quotes it: in one line, without a character that would change what a terminal shows,
/// and not longer than `limit` characters, of which the last is "…" where some are left out.
public func shownText(_ text: String, limit: Int = 60) -> String {
  // Three characters less, so that a text is never longer for having lost its end.
  let end = text.unicodeScalars.index(text.startIndex, offsetBy: limit, limitedBy: text.endIndex)
  guard let end, end != text.endIndex else { return visibleText(text) }
  let cut = text.unicodeScalars.index(end, offsetBy: -3)
  return visibleText(String(text.unicodeScalars[..<cut])) + "…"
}

/// The text with control characters, line breaks, marks of direction and characters that stand for none written as
/// `\u001B`.
public func visibleText(_ text: String) -> String {
  if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    if isInvisible(scalar) {
      let digits = String(scalar.value, radix: 16, uppercase: true)
      let isLong = digits.count > 4
      result.append(contentsOf: (isLong ? "\\U" : "\\u").unicodeScalars)
      result.append(contentsOf: String(repeating: "0", count: (isLong ? 8 : 4) - digits.count).unicodeScalars)
      result.append(contentsOf: digits.unicodeScalars)
    } else {
      result.append(scalar)
    }
  }
  return String(result)
}

/// Whether a character shows nothing by itself or moves what stands around it.
private func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F...0x9F: true
  // Marks of direction, breaks of lines and paragraphs, byte order marks.
  case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
  case 0xFDD0...0xFDEF: true
  default: scalar.value & 0xFFFE == 0xFFFE
  }
}
