internal import Reports

/// A list that names something that is no measure.
struct MeasureListError: Error, Equatable, CustomStringConvertible {
  /// What was named.
  let name: String
  /// Why the name is no measure, where there is something to say; nil else.
  let reason: String?
  /// The measure with the nearest name.
  let nearest: String?

  var description: String {
    let hint = reason.map { ": \($0)" } ?? nearest.map { "; did you mean '\($0)'?" } ?? ""
    return "'--metric' names no number '\(name)'\(hint)"
      + " (allowed: \(ComparedMeasure.names.joined(separator: ", ")))"
  }
}
