/// Why a page can't be asked for like this; its description is one line.
package enum PageQueryError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is no such field.
  case unknownField(String, nearest: String?, allowed: [String])
  /// A field may not hold this.
  case badValue(field: String, value: String, allowed: String)
  /// A field that can be there once is there twice.
  case repeated(field: String)
  /// There is no such figure.
  case unknownFigure(String, nearest: String?, allowed: [String])

  /// The words for the user.
  package var description: String {
    switch self {
    case .unknownField(let name, let nearest, let allowed): Self.unknown("field", name, nearest, allowed)
    case .badValue(let field, let value, let allowed): "\(field)=\(value) is not allowed (allowed: \(allowed))"
    case .repeated(let field): "'\(field)' is there twice"
    case .unknownFigure(let name, let nearest, let allowed): Self.unknown("figure", name, nearest, allowed)
    }
  }

  private static func unknown(_ kind: String, _ name: String, _ nearest: String?, _ allowed: [String]) -> String {
    "there is no \(kind) '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
      + " (allowed: \(allowed.joined(separator: ", ")))"
  }
}
