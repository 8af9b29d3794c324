/// Why somebody's own statement was not executed to its end; its description is one line.
package enum SQLProblem: Error, Equatable, CustomStringConvertible {
  /// There is no statement.
  case empty
  /// There is more than one statement.
  case several
  /// The statement does something else than read.
  case notReading(String)
  /// The statement has placeholders for values.
  case placeholders
  /// SQLite does not understand it, or fails to compute it, and says why.
  case wrong(message: String, nearest: String?)
  /// `interrupt` ended it.
  case interrupted

  /// The problem in one line.
  package var description: String {
    switch self {
    case .empty: "there is no statement"
    case .several: "there is more than one statement (allowed: one)"
    case .notReading(let what): "the statement \(what) (allowed: what reads, as SELECT, WITH, VALUES and EXPLAIN)"
    case .placeholders: "the statement has placeholders, for which there are no values"
    case .wrong(let message, let nearest): message + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .interrupted: "interrupted"
    }
  }
}
