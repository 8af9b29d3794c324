/// A column to sort by.
package struct SortTerm: Sendable, Equatable {
  /// The column's name.
  package let column: String
  /// Whether the largest comes first.
  package let isDescending: Bool

  /// Makes a term.
  package init(_ column: String, descending: Bool = false) {
    self.column = column
    isDescending = descending
  }

  /// Reads terms as `accuracy:desc,round`.
  ///
  /// - Throws: `ConditionError.unknownDirection`.
  package static func terms(_ text: String) throws(ConditionError) -> [SortTerm] {
    var terms: [SortTerm] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pieces = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let column = String(pieces[0])
      switch pieces.count > 1 ? pieces[1] : "asc" {
      case "asc": terms.append(SortTerm(column))
      case "desc": terms.append(SortTerm(column, descending: true))
      case let other: throw .unknownDirection(String(other), column: column)
      }
    }
    return terms
  }
}
