internal import Catalogs

/// What a command line changes of a scenario before it is read.
public struct ScenarioEdits: Sendable, Equatable {
  /// `key=value` pairs: a dotted path, arms by name, and a value in YAML.
  public var settings: [String]
  /// The seeds instead of the scenario's.
  public var seeds: [UInt64]?
  /// The arms that are kept, by name.
  public var arms: [String]?
  /// The number of rounds instead of the scenario's, for every arm.
  public var rounds: Int?

  /// Makes edits.
  public init(settings: [String] = [], seeds: [UInt64]? = nil, arms: [String]? = nil, rounds: Int? = nil) {
    self.settings = settings
    self.seeds = seeds
    self.arms = arms
    self.rounds = rounds
  }

  /// Whether nothing is changed.
  public var isEmpty: Bool { settings.isEmpty && seeds == nil && arms == nil && rounds == nil }

  func apply(to root: ScenarioNode, _ reader: inout ScenarioReader) -> ScenarioNode {
    var root = root
    for setting in settings { root = applying(setting, to: root, &reader) }
    if let arms { root = keeping(arms, of: root, &reader) }
    if let seeds {
      let mark = SourceMark(file: "--seeds", line: nil, column: nil)
      let values = seeds.map { ScenarioNode(content: .scalar(String($0), isQuoted: false), mark: mark) }
      root = root.settingEverywhere("seeds", to: ScenarioNode(content: .list(values), mark: mark))
    }
    if let rounds {
      let mark = SourceMark(file: "--rounds", line: nil, column: nil)
      root = root.settingEverywhere(
        "rounds", to: ScenarioNode(content: .scalar(String(rounds), isQuoted: false), mark: mark))
    }
    return root
  }

  private func keeping(_ names: [String], of root: ScenarioNode, _ reader: inout ScenarioReader) -> ScenarioNode {
    let mark = SourceMark(file: "--arms", line: nil, column: nil)
    var nodes: [ScenarioNode] = []
    var known = [root.nameOfOnlyArm]
    if let arms = root["arms"] {
      guard case .list(let listed) = arms.content, !listed.isEmpty else { return root }
      nodes = listed
      known = nodes.compactMap { $0["name"]?.scalar }
    }
    if names.isEmpty { reader.report(mark, "", "names no arm (allowed: \(Self.list(known)))") }
    if names.contains(where: { CombiningMarks($0).place != nil }) {
      reader.report(mark, "", "a name \(CombiningMarks.complaint)")
      return root
    }
    let (knownNames, wanted) = (Set(known), Set(names))
    for name in names where !knownNames.contains(name) {
      let hint = nearestName(to: name, in: known).map { "; did you mean '\($0)'?" } ?? ""
      reader.report(mark, "", "there is no arm '\(shownText(name))'\(hint) (allowed: \(Self.list(known)))")
    }
    let kept = nodes.filter { wanted.contains($0["name"]?.scalar ?? "") }
    // With none left it is said already what is wrong.
    guard let arms = root["arms"], !kept.isEmpty else { return root }
    return root.setting("arms", to: ScenarioNode(content: .list(kept), mark: arms.mark))
  }

  /// Names in a message: up to 20, and how many more there are.
  private static func list(_ names: [String]) -> String {
    names.prefix(20).map { shownText($0) }.joined(separator: ", ")
      + (names.count > 20 ? " and \(names.count - 20) more" : "")
  }

  private func applying(_ setting: String, to root: ScenarioNode, _ reader: inout ScenarioReader) -> ScenarioNode {
    let mark = SourceMark(file: "--set \(setting)", line: nil, column: nil)
    guard CombiningMarks(setting, hasEscapes: true).place == nil else {
      reader.report(mark, "", "the setting \(CombiningMarks.complaint)")
      return root
    }
    guard let split = setting.firstIndex(of: "="), split > setting.startIndex else {
      reader.report(mark, "", "is not allowed (allowed: key=value, as client.epochs=2)")
      return root
    }
    let written = setting[setting.index(after: split)...]
    let keys = setting[..<split].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard written.contains(where: { !$0.isWhitespace }) else {
      reader.report(mark, keys.joined(separator: "."), "has no value (allowed: key=value)")
      return root
    }
    let value: ScenarioNode
    do throws(Diagnostic) {
      value = try ScenarioNode(yaml: String(written), file: mark.file).marked(mark)
    } catch {
      reader.report(mark, keys.joined(separator: "."), error.message)
      return root
    }
    if keys.first == "sweep" {
      return Self.sweeping(root, axis: keys.dropFirst().joined(separator: "."), value, mark, &reader)
    }
    guard keys.first == "arms" else {
      guard let first = keys.first, armKeys.contains(first) || ["name", "description"].contains(first),
        !keys.contains("")
      else {
        let allowed = ["name", "description"] + armKeys + ["sweep"]
        let hint = reader.keyHint(keys.first ?? "", among: allowed, path: "")
        reader.report(
          mark, keys.joined(separator: "."), "unknown key\(hint) (allowed: \(allowed.joined(separator: ", ")))")
        return root
      }
      let path = keys.joined(separator: ".")
      if let axis = root["sweep"]?.entries.first(where: { "\(path).".hasPrefix("\($0.key).") }) {
        reader.report(mark, path, "has no effect: 'sweep' sets '\(axis.key)'")
      }
      if value.unsets, root.value(at: keys) == nil {
        reader.report(
          mark, path,
          "unsets nothing: the scenario has no '\(shownText(path))' (of an arm: --set arms.NAME.\(shownText(path))=null)"
        )
        return root
      }
      let changed = root.overriding(keys, with: value).withoutUnset
      if armKeys.contains(first), case .list(let arms)? = root["arms"]?.content, !arms.isEmpty,
        changed.without(["arms"]).canonical().flowText != root.without(["arms"]).canonical().flowText,
        arms.allSatisfy({
          let before = root.without(["arms"]).merged(with: $0).canonical().flowText
          return before == changed.without(["arms"]).merged(with: $0).canonical().flowText
        })
      {
        let name = arms[0]["name"]?.scalar ?? "NAME"
        reader.report(
          mark, keys.joined(separator: "."),
          "has no effect: every arm sets '\(first)' itself; name the arm, as --set arms.\(name).\(setting)")
      }
      return changed
    }
    guard let arms = root["arms"], case .list(var nodes) = arms.content else {
      reader.report(mark, keys.joined(separator: "."), "the scenario has no list of arms")
      return root
    }
    let known = nodes.compactMap { $0["name"]?.scalar }
    // A name may have dots in it; the longest that fits is meant.
    let rest = keys.dropFirst().joined(separator: ".")
    let named = known.filter { "\(rest).".hasPrefix("\($0).") }.max { $0.utf8.count < $1.utf8.count }
    guard keys.count >= 2, let named, let index = nodes.firstIndex(where: { $0["name"]?.scalar == named }) else {
      let name = keys.count > 1 ? keys[1] : ""
      let hint = nearestName(to: name, in: known).map { "; did you mean '\($0)'?" } ?? ""
      reader.report(
        mark, keys.joined(separator: "."),
        "there is no arm '\(shownText(name))'\(hint) (allowed: \(Self.list(known)))")
      return root
    }
    let below = rest.dropFirst(named.count + 1).split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard !below.contains("") else {
      reader.report(
        mark, keys.joined(separator: "."), "names no key of the arm (allowed: \(armKeys.joined(separator: ", ")))")
      return root
    }
    nodes[index] = nodes[index].overriding(below, with: value, isOverride: true)
    return root.setting("arms", to: ScenarioNode(content: .list(nodes), mark: arms.mark))
  }
}

extension ScenarioEdits {
  /// The scenario with another sweep, or with other values on one of its axes; `null` takes it away.
  ///
  /// - Parameter axis: The key that is swept; "" for the sweep as a whole.
  private static func sweeping(
    _ root: ScenarioNode, axis: String, _ value: ScenarioNode, _ mark: SourceMark, _ reader: inout ScenarioReader
  ) -> ScenarioNode {
    let path = axis.isEmpty ? "sweep" : "sweep.\(axis)"
    let sweep = root["sweep"]
    guard value.unsets else {
      if axis.isEmpty { return root.setting("sweep", to: value) }
      let base = sweep ?? ScenarioNode(content: .mapping([]), mark: mark)
      return root.setting("sweep", to: base.setting(axis, to: value))
    }
    let axes = sweep?.entries.map(\.key) ?? []
    guard sweep != nil, axis.isEmpty || axes.contains(axis) else {
      let there = axes.isEmpty ? "" : " (axes: \(list(axes)))"
      reader.report(mark, path, "unsets nothing: the scenario has no '\(shownText(path))'\(there)")
      return root
    }
    let others = axis.isEmpty ? nil : sweep?.without([axis])
    guard let others, !others.entries.isEmpty else { return root.without(["sweep"]) }
    return root.setting("sweep", to: others)
  }
}

extension ScenarioNode {
  /// The value with one mark everywhere.
  func marked(_ mark: SourceMark) -> ScenarioNode {
    let content: Content =
      switch content {
      case .null, .unset, .scalar: content
      case .list(let values): .list(values.map { $0.marked(mark) })
      case .mapping(let entries):
        .mapping(entries.map { Entry(key: $0.key, keyMark: mark, value: $0.value.marked(mark)) })
      }
    return ScenarioNode(content: content, mark: mark)
  }

  /// The scenario with a key set at the top and removed from its arms and its sweep.
  func settingEverywhere(_ key: String, to value: ScenarioNode) -> ScenarioNode {
    var root = setting(key, to: value)
    if let sweep = root["sweep"], case .mapping(let axes) = sweep.content, axes.contains(where: { $0.key == key }) {
      let others = sweep.without([key])
      root = others.entries.isEmpty ? root.without(["sweep"]) : root.setting("sweep", to: others)
    }
    guard let arms = root["arms"], case .list(let nodes) = arms.content else { return root }
    return root.setting("arms", to: ScenarioNode(content: .list(nodes.map { $0.without([key]) }), mark: arms.mark))
  }
}
