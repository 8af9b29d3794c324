/// Texts in which no more than 30 combining marks follow one another.
///
/// Comparing and hashing texts sorts the marks of each letter, which takes a time that grows with the square of how many
/// there are: minutes for a name of 60,000 marks. So what is read of a record is made into the form that Unicode has for
/// streams: where more marks follow one another, an invisible combining grapheme joiner (U+034F) stands after every 30th.
/// No text of a language is changed by that. Result hashes are over what is stored.
///
/// Source: Unicode Standard Annex #15, "Stream-Safe Text Format".
enum StreamSafeText {
  /// Marks that may follow one another.
  private static let longest = 30
  /// Letters before U+0300, the first mark, take up to two bytes.
  private static let firstMark: UInt8 = 0xCC

  /// `text` with joiners where it needs them.
  ///
  /// - Complexity: O(n); what has few letters beyond Latin is looked at byte by byte.
  static func of(_ text: String) -> String {
    guard text.utf8.count > 2 * longest, text.utf8.contains(where: { $0 >= firstMark }) else { return text }
    var marks = 0
    var result: String.UnicodeScalarView?
    for (place, scalar) in zip(text.unicodeScalars.indices, text.unicodeScalars) {
      let isMark = scalar.value >= 0x300 && scalar.properties.canonicalCombiningClass != .notReordered
      marks = isMark ? marks + 1 : 0
      if marks > longest {
        if result == nil { result = String.UnicodeScalarView(text.unicodeScalars[..<place]) }
        result?.append("\u{34F}")
        marks = 1
      }
      result?.append(scalar)
    }
    return result.map { String($0) } ?? text
  }
}
