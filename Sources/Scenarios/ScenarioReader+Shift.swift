internal import Catalogs
internal import Datasets

extension ScenarioReader {
  /// What makes clients' examples look different: an entry, or a list in its order; nil when something is wrong.
  mutating func shift(_ node: ScenarioNode?) -> [ShiftEntry]? {
    guard let node else { return [] }
    let path = shiftAxis.place.path
    var entries: [ShiftEntry] = []
    for element in node.entries(at: path) {
      guard let entry = component(element.node, shiftAxis, path: element.path)?.product else { return nil }
      if entries.contains(where: { $0.name == entry.name && $0.unit == entry.unit }) {
        let whose = entry.unit.map { " by \($0.rawValue)" } ?? ""
        report(element.node.mark, element.path, "names '\(entry.name)'\(whose) twice")
        return nil
      }
      entries.append(entry)
    }
    if !entries.isEmpty { resolved.append(ResolvedValue(path, entries.map(\.text).joined(separator: ", "))) }
    return entries
  }

  /// How inputs are normalized; nil when something is wrong.
  mutating func normalization(_ data: ScenarioNode) -> Normalization? {
    guard let normalization = component(data["normalize"], normalizationAxis)?.product else { return nil }
    // Mean and deviation of 'image' would be taken before, and constants are of values that they are not taken of.
    if normalization != .none, let key = ["mean", "std"].lazy.compactMap({ data["image"]?.entry($0) }).first {
      report(
        key.keyMark, "data.image.\(key.key)",
        "can't be combined with 'data.normalize: \(normalization.name)'; give one of them")
      return nil
    }
    return normalization
  }
}
