internal import Catalogs
internal import Reports

extension ComparedMeasure {
  /// The measures that a list names, as `accuracy,jain`; each once.
  ///
  /// - Throws: `MeasureListError` for a name that there is not, or an empty list.
  static func list(_ text: String) throws(MeasureListError) -> [ComparedMeasure] {
    var measures: [ComparedMeasure] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let name = part.filter { $0 != " " }
      guard let measure = all.first(where: { $0.name == name }) else {
        throw MeasureListError(name: name, nearest: nearestName(to: name, in: all.map(\.name)))
      }
      if !measures.contains(measure) { measures.append(measure) }
    }
    return measures
  }
}

/// A list that names something that is no measure.
struct MeasureListError: Error, Equatable, CustomStringConvertible {
  /// What was named.
  let name: String
  /// The measure with the nearest name.
  let nearest: String?

  var description: String {
    "'--metric' names no number '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
      + " (allowed: \(ComparedMeasure.all.map(\.name).joined(separator: ", ")))"
  }
}
