/// Finds runs of combining marks that no text needs.
///
/// Swift compares and hashes texts by their canonical form, for which the marks behind a letter are sorted, in a time
/// that is the square of their number. Where texts come from outside they are checked first, so that all that is done
/// with them takes a time in proportion to their length.
public struct CombiningMarks {
  /// As many marks may follow one another. Unicode's stream-safe text format (UAX #15) has the same limit.
  public static let limit = 30

  /// Where the first mark stands that is too many, counted in characters from 1; nil when there is none.
  public let place: (line: Int, column: Int)?

  /// What is to be said of such a text.
  public static let complaint = "has more than \(limit) combining marks in a row"

  /// Looks through a text.
  ///
  /// - Parameter hasEscapes: Whether `\u0301` is a mark, too, as in quoted YAML.
  /// - Complexity: O(n).
  public init(_ text: String, hasEscapes: Bool = false) {
    place = Self.find(Array(text.unicodeScalars), hasEscapes: hasEscapes)
  }

  private static func find(_ scalars: [Unicode.Scalar], hasEscapes: Bool) -> (line: Int, column: Int)? {
    var (line, column, run, index) = (1, 1, 0, 0)
    while index < scalars.count {
      let scalar = scalars[index]
      var length = 1
      var meant: Unicode.Scalar? = scalar
      if hasEscapes, scalar == "\\" { (meant, length) = escape(scalars, at: index) }
      // Nothing at all, as a line break behind a backslash is, parts no marks.
      if let meant { run = isMark(meant) ? run + 1 : 0 }
      if run > limit { return (line, column) }
      for passed in scalars[index..<(index + length)] {
        (line, column) = passed == "\n" ? (line + 1, 1) : (line, column + 1)
      }
      index += length
    }
    return nil
  }

  /// What an escape stands for, nil for nothing, and how long it is.
  private static func escape(_ scalars: [Unicode.Scalar], at index: Int) -> (Unicode.Scalar?, Int) {
    guard index + 1 < scalars.count else { return ("\\", 1) }
    if scalars[index + 1] == "\n" || scalars[index + 1] == "\r" {
      let end = scalars[(index + 1)...].firstIndex { ![" ", "\t", "\n", "\r"].contains($0) } ?? scalars.count
      return (nil, end - index)
    }
    guard let digits = ["x": 2, "u": 4, "U": 8][scalars[index + 1]], index + 2 + digits <= scalars.count else {
      return ("\\", 2)
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[(index + 2)..<(index + 2 + digits)])
    return (UInt32(String(text), radix: 16).flatMap(Unicode.Scalar.init) ?? "\\", 2 + digits)
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x300 { return false }
    // Three vowels are no marks themselves, and their canonical form is nothing but marks.
    return [0x0F73, 0x0F75, 0x0F81].contains(scalar.value)
      || scalar.properties.canonicalCombiningClass != .notReordered
  }
}
