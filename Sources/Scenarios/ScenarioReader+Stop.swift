internal import Catalogs
internal import Federation
internal import Records

extension ScenarioReader {
  /// When a run ends before its last round; nil is never, or where something is wrong, which was reported.
  mutating func stop(_ node: ScenarioNode?) -> StopRule? {
    guard let node else { return nil }
    let path = "stop"
    let before = mistakeCount
    checkKeys(node, stopKeys, path: path)
    guard case .mapping = node.content else { return nil }
    let names = WatchedMeasure.all.map(\.name)
    let measure = value(node, "measure", .choice(names), path: path).flatMap { WatchedMeasure(named: $0.text) }
    if node["measure"] == nil {
      report(node.mark, "\(path).measure", "is missing (allowed: \(names.joined(separator: ", ")))")
    }
    let split = value(node, "on", .choice(["validation", "test"]), path: path).flatMap {
      JudgedSplit(rawValue: $0.text)
    }
    let range = measure?.range.map { NumberRange($0.lowerBound, $0.upperBound) } ?? .any
    let target = value(node, "target", .number(range), path: path)
    let patience = value(node, "patience", .integer(1...1_000_000), path: path).flatMap(integer)
    let minDelta = value(node, "min_delta", .number(.atLeast(0)), path: path)
    if let entry = node.entry("patience"), node["target"] != nil {
      report(entry.keyMark, "\(path).patience", "can't be combined with 'stop.target'; give one of them")
    } else if node["target"] == nil, node["patience"] == nil {
      report(
        node.mark, path,
        "has neither 'target' nor 'patience' (allowed: one of them, a value of the measure or a number of evaluations)")
    } else if let entry = node.entry("min_delta"), node["patience"] == nil {
      report(entry.keyMark, "\(path).min_delta", "has no 'stop.patience', whose best value it is of")
    }
    guard mistakeCount == before, let measure else { return nil }
    if case .number(let target)? = target { return StopRule(measure, on: split, .target(target)) }
    guard let patience else { return nil }
    if case .number(let delta)? = minDelta { return StopRule(measure, on: split, .patience(patience, minDelta: delta)) }
    return StopRule(measure, on: split, .patience(patience, minDelta: 0))
  }
}
