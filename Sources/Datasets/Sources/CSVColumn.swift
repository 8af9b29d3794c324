/// A column of inputs of all rows that are kept.
enum CSVColumn {
  /// NaN where one is missing.
  case numbers([Float])
  /// The names of levels, and each row's place among them; −1 where one is missing.
  case levels([String], [Int32])

  /// Whether each row lacks a value.
  var missing: [Bool] {
    switch self {
    case .numbers(let numbers): numbers.map(\.isNaN)
    case .levels(_, let places): places.map { $0 < 0 }
    }
  }

  /// Some of the rows.
  func picking(_ rows: [Int]) -> CSVColumn {
    switch self {
    case .numbers(let numbers): .numbers(rows.map { numbers[$0] })
    case .levels(let names, let places): .levels(names, rows.map { places[$0] })
    }
  }

  /// The rows of this column and of the same one of another file.
  func appending(_ other: CSVColumn) -> CSVColumn {
    switch (self, other) {
    case (.numbers(let own), .numbers(let others)): return .numbers(own + others)
    case (.levels(var names, let own), .levels(let otherNames, let others)):
      // By bytes, as a file's own levels are told apart.
      var numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { (Array($1.utf8), Int32($0)) })
      let places = otherNames.map { name in
        if let place = numbers[Array(name.utf8)] { return place }
        numbers[Array(name.utf8)] = Int32(names.count)
        names.append(name)
        return Int32(names.count - 1)
      }
      return .levels(names, own + others.map { $0 < 0 ? -1 : places[Int($0)] })
    default: return self
    }
  }
}
