internal import Catalogs
internal import GRDB
internal import Measures

extension Condition {
  /// The condition in SQL: names are those of `columns`, values are bound and never part of the text.
  ///
  /// As in SQL, a missing value meets no comparison, nor the opposite of one.
  ///
  /// - Parameters:
  ///   - columns: What may be named, and is offered to whoever names something else.
  ///   - others: What may be named beside them.
  func sql(
    _ columns: [Listing.Column], others: [Listing.Column], _ values: inout BoundValues
  ) throws(ConditionError) -> String {
    func found(_ name: String) throws(ConditionError) -> Listing.Column {
      try Listing.column(name, in: columns, others: others, option: "--where")
    }
    switch self {
    case .both(let first, let second):
      let left = try first.sql(columns, others: others, &values)
      return "(\(left) AND \(try second.sql(columns, others: others, &values)))"
    case .either(let first, let second):
      let left = try first.sql(columns, others: others, &values)
      return "(\(left) OR \(try second.sql(columns, others: others, &values)))"
    case .not(let condition):
      return "(NOT \(try condition.sql(columns, others: others, &values)))"
    case .isNull(let name):
      return "(\(try found(name).sql) IS NULL)"
    case .comparison(let name, let comparison, let value):
      let column = try found(name)
      let sign = comparison == .unequal ? "<>" : comparison.rawValue
      return "(\(column.comparable) \(sign) \(values.bind(try column.value(value))))"
    case .isBetween(let name, let lower, let upper):
      let column = try found(name)
      let first = values.bind(try column.value(lower))
      return "(\(column.comparable) BETWEEN \(first) AND \(values.bind(try column.value(upper))))"
    case .isOneOf(let name, let texts):
      let column = try found(name)
      var all: [DatabaseValue] = []
      for text in texts { all.append(try column.value(text)) }
      return "(\(column.comparable) IN \(values.list(all)))"
    case .isLike(let name, let pattern):
      let column = try found(name)
      guard column.kind.isText else {
        throw .noPattern(column: name, columns: columns.filter(\.kind.isText).map(\.key))
      }
      return "(\(column.sql) LIKE \(values.bind(pattern)))"
    }
  }
}

extension Listing {
  /// The column of a name among `columns` or `others`.
  static func column(
    _ name: String, in columns: [Column], others: [Column], option: String
  ) throws(ConditionError) -> Column {
    // Wherever a column is named, - stands for _.
    let recorded = Measure.recordedName(name)
    if let column = (columns + others).first(where: { $0.key == name || $0.key == recorded }) { return column }
    let keys = columns.map(\.key)
    throw .unknownColumn(name, option: option, nearest: nearestName(to: name, in: keys), columns: keys)
  }
}

extension Listing.Column {
  /// A value as the column's are kept: words as they are, of numbers also percentages.
  fileprivate func value(_ text: String) throws(ConditionError) -> DatabaseValue {
    if kind.isText { return text.databaseValue }
    if let number = Int64(text) { return number.databaseValue }
    let number = text.hasSuffix("%") ? Self.fraction(percent: text.dropLast()) : Double(text)
    guard let number, number.isFinite else { throw .notANumber(text, column: key) }
    return number.databaseValue
  }

  /// The fraction of a percentage: the number nearest to its decimal, so that 9.7 gives the same as 0.097, which
  /// dividing by 100 does not.
  private static func fraction(percent text: Substring) -> Double? {
    guard let number = Double(text) else { return nil }
    let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    let exponent = parts.count == 1 ? 0 : Int(parts[1])
    // Other ways to write numbers, as 0x1p-3, have no decimal.
    guard let exponent, (-10_000...10_000).contains(exponent), !text.contains(where: { "xXpP".contains($0) }) else {
      return number / 100
    }
    return Double("\(parts[0])e\(exponent - 2)")
  }
}
