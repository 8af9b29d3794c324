/// One value of a row that somebody's own statement selects.
package enum SQLValue: Sendable, Equatable {
  /// NULL.
  case null
  /// An integer.
  case integer(Int64)
  /// A real number.
  case real(Double)
  /// A text.
  case text(String)
  /// A blob, of which only the length is told.
  case blob(byteCount: Int)
}
