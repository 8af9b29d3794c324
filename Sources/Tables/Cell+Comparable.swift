extension Cell {
  /// The cell's number in the unit that programs see, to be compared with others; nil for words and missing values.
  package var comparable: Double? {
    switch value {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value, _, _), .percent(let value), .points(let value), .bytes(let value), .duration(let value):
      value
    case .time(let date): date.timeIntervalSince1970
    case .text, .list, .boolean, .missing: nil
    }
  }
}
