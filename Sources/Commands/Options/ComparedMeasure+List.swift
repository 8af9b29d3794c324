internal import Catalogs
internal import Reports

extension ComparedMeasure {
  /// Why a name is refused that to most readers means the area under the ROC curve, in lower case; nil of others.
  private static func refusal(_ name: String) -> String? {
    switch name {
    case "auc", "rocauc", "auroc": "the area under the ROC curve is 'roc_auc', that under the learning curve 'area'"
    default: nil
    }
  }

  /// The names of all measures but those of single classes.
  static var names: [String] {
    all.map(\.name) + ComparedMetric.names.filter { name in !all.contains { $0.name == name } }
  }

  /// The measures that a list names, as `accuracy,jain`; each once.
  ///
  /// - Throws: `MeasureListError` for a name that there is not, or an empty list.
  static func list(_ text: String) throws(MeasureListError) -> [ComparedMeasure] {
    var measures: [ComparedMeasure] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let name = part.filter { $0 != " " }
      guard let measure = named(name) else {
        throw MeasureListError(
          name: name, reason: refusal(name.lowercased()), nearest: nearestName(to: name, in: names))
      }
      if !measures.contains(measure) { measures.append(measure) }
    }
    return measures
  }
}
