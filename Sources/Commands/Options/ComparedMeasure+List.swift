internal import Catalogs
internal import Reports

extension ComparedMeasure {
  /// Why a name is refused that to most readers means the area under the ROC curve, in lower case; nil of others.
  private static func refusal(_ name: String) -> String? {
    switch name {
    case "auc": "the area under the learning curve is 'area'; ROC AUC is not there yet"
    case "roc_auc", "roc-auc", "rocauc", "auroc":
      "ROC AUC is not there yet; the area under the learning curve is 'area'"
    default: nil
    }
  }

  /// The measures that a list names, as `accuracy,jain`; each once.
  ///
  /// - Throws: `MeasureListError` for a name that there is not, or an empty list.
  static func list(_ text: String) throws(MeasureListError) -> [ComparedMeasure] {
    var measures: [ComparedMeasure] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let name = part.filter { $0 != " " }
      guard let measure = all.first(where: { $0.name == name }) else {
        throw MeasureListError(
          name: name, reason: refusal(name.lowercased()), nearest: nearestName(to: name, in: all.map(\.name)))
      }
      if !measures.contains(measure) { measures.append(measure) }
    }
    return measures
  }
}
