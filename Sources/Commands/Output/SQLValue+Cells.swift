internal import Foundation
internal import RunStore
internal import Tables

extension SQLValue {
  var isNumberOrNull: Bool {
    switch self {
    case .integer, .real, .null: true
    case .text, .blob: false
    }
  }

  /// The value with all its digits.
  var cell: Cell {
    switch self {
    case .null: .missing
    case .integer(let value): .integer(Int(value))
    case .real(let value): .number(value, digits: 6)
    case .text(let text): .text(text)
    case .blob(let count): .text(counted(count, "byte"))
    }
  }

  /// The value as people see it: a real number with up to six digits.
  var cellForPeople: Cell {
    guard case .real(let value) = self else { return cell }
    return .text(String(format: "%.6g", value))
  }
}
