internal import Catalogs

/// The arms of a scenario: every arm once for each combination of the sweep, with everything of the scenario merged
/// into it.
struct ArmExpansion {
  /// Nil when the name is wrong, which was reported; the rest is checked all the same.
  let name: String?
  let nameMark: SourceMark
  let node: ScenarioNode
}

extension ScenarioReader {
  /// The arms that a scenario describes, those without a right name among them; where it describes none, what it says
  /// of all arms, as an arm without a name, so that this is checked.
  mutating func expansions(_ root: ScenarioNode) -> [ArmExpansion] {
    let base = root.without(["name", "description", "arms", "sweep"])
    var arms: [ArmExpansion] = []
    switch root["arms"]?.content {
    case nil:
      // Without a list, the scenario is one arm named after its norm policy.
      arms = [ArmExpansion(name: root.nameOfOnlyArm, nameMark: root.mark, node: base)]
    case .list(let nodes)?:
      if nodes.isEmpty { report(root["arms"]?.mark ?? root.mark, "arms", "has no arm") }
      for (index, node) in nodes.enumerated() {
        let path = "arms[\(index)]"
        checkKeys(node, ["name", "description"] + armKeys, path: path)
        guard case .mapping = node.content else { continue }
        _ = value(node, "description", .text, path: path)
        let name = armName(node, others: arms, path: path)
        arms.append(
          ArmExpansion(
            name: name, nameMark: (node["name"] ?? node).mark,
            node: base.merged(with: node.without(["name", "description"]))))
      }
    case .some:
      if let node = root["arms"] {
        report(node.mark, "arms", Self.notAllowed(node, "a list of arms, each a mapping with a 'name'"))
      }
    }
    if arms.isEmpty { arms = [ArmExpansion(name: nil, nameMark: root.mark, node: base)] }
    let swept = swept(arms, root["sweep"])
    var names: Set<String> = []
    for name in swept.compactMap(\.name) where !names.insert(name).inserted {
      report(root["sweep"]?.mark ?? root.mark, "sweep", "makes two arms called '\(name)'")
    }
    return swept
  }

  /// The name of an arm of the list; nil, and a complaint, when it is missing, not allowed or another arm's.
  private mutating func armName(_ node: ScenarioNode, others: [ArmExpansion], path: String) -> String? {
    guard let nameNode = node["name"], let name = nameNode.scalar else {
      report(
        (node["name"] ?? node).mark, "\(path).name",
        node["name"].map { Self.notAllowed($0, "a name") } ?? "is missing (allowed: a name)")
      return nil
    }
    guard isName(name) else {
      report(
        nameNode.mark, "\(path).name",
        Self.notAllowed(nameNode, "letters a-z, digits, '-', '_' and '.', at most 100"))
      return nil
    }
    guard !others.contains(where: { $0.name == name }) else {
      report(nameNode.mark, "\(path).name", "another arm is called '\(name)'")
      return nil
    }
    return name
  }

  func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 100
      && text.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("0"..."9").contains($0) || "-_.".unicodeScalars.contains($0)
      }
  }

  private mutating func swept(_ arms: [ArmExpansion], _ sweep: ScenarioNode?) -> [ArmExpansion] {
    guard let sweep else { return arms }
    guard case .mapping(let axes) = sweep.content else {
      report(sweep.mark, "sweep", Self.notAllowed(sweep, "a mapping of keys to lists of values"))
      return arms
    }
    var result = arms
    for axis in axes {
      guard case .list(let values) = axis.value.content, !values.isEmpty else {
        report(axis.value.mark, "sweep.\(axis.key)", Self.notAllowed(axis.value, "a list of values"))
        continue
      }
      let keys = axis.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard let first = keys.first, armKeys.contains(first), !keys.contains("") else {
        let hint = nearestName(to: keys.first ?? "", in: armKeys).map { "; did you mean '\($0)'?" } ?? ""
        report(
          axis.keyMark, "sweep.\(axis.key)",
          "unknown key\(hint) (allowed: \(armKeys.joined(separator: ", ")), and keys below them)")
        continue
      }
      guard result.count * values.count <= 10_000 else {
        report(axis.keyMark, "sweep.\(axis.key)", "makes more than 10000 arms")
        return arms
      }
      let label = keys.last ?? axis.key
      result = result.flatMap { arm in
        values.map { value in
          let text = value.flowText.filter { !" {}[]()\"".contains($0) }.replacing("/", with: "_")
          return ArmExpansion(
            name: arm.name.map { "\($0),\(label)=\(text)" }, nameMark: arm.nameMark,
            node: arm.node.setting(keys, to: value))
        }
      }
    }
    return result
  }
}

/// Keys of which a mapping has one or the other, so that an override of one takes the other away.
private let alternatives = [["epochs", "steps"], ["count", "fraction"], ["domains", "clients"]]

extension ScenarioNode {
  /// What the arm of a scenario without a list of arms is called: as its norm policy.
  var nameOfOnlyArm: String {
    guard let norm = self["norm"] else { return "fedavg" }
    return norm.scalar ?? norm["kind"]?.scalar ?? "matrix"
  }

  /// The mapping without some keys.
  func without(_ keys: [String]) -> ScenarioNode {
    ScenarioNode(content: .mapping(entries.filter { !keys.contains($0.key) }), mark: mark)
  }

  /// This mapping with another's entries over it: mappings are merged key by key, but one that names its `kind` (or
  /// `source`, or `layers`) replaces the whole component.
  func merged(with other: ScenarioNode) -> ScenarioNode {
    guard case .mapping(var entries) = content, case .mapping(let added) = other.content else { return other }
    let names = ["kind", "source", "layers"]
    if added.contains(where: { names.contains($0.key) && $0.value.flowText != self[$0.key]?.flowText }) { return other }
    for pair in alternatives {
      let given = added.filter { pair.contains($0.key) }.map(\.key)
      if !given.isEmpty { entries.removeAll { pair.contains($0.key) && !given.contains($0.key) } }
    }
    for entry in added {
      if let index = entries.firstIndex(where: { $0.key == entry.key }) {
        entries[index] = Entry(
          key: entry.key, keyMark: entry.keyMark, value: entries[index].value.merged(with: entry.value))
      } else {
        entries.append(entry)
      }
    }
    return ScenarioNode(content: .mapping(entries), mark: mark)
  }

  /// The mapping with the value below a path of keys replaced; a component given by name becomes a mapping with that
  /// `kind` (data: that `source`) when a key below it is set.
  func setting(_ keys: [String], to value: ScenarioNode, of parent: String = "") -> ScenarioNode {
    guard let key = keys.first else { return value }
    var entries = entries
    if case .scalar(_, _) = content {
      entries = [Entry(key: parent == "data" ? "source" : "kind", keyMark: mark, value: self)]
    }
    if let pair = alternatives.first(where: { $0.contains(key) }) {
      entries.removeAll { pair.contains($0.key) && $0.key != key }
    }
    let rest = Array(keys.dropFirst())
    if let index = entries.firstIndex(where: { $0.key == key }) {
      let old = entries[index]
      // Marks of the command line stay with the key that it set, so that a complaint points there.
      let keyMark = rest.isEmpty ? value.mark : old.keyMark
      entries[index] = Entry(key: key, keyMark: keyMark, value: old.value.setting(rest, to: value, of: key))
    } else {
      let empty = ScenarioNode(content: .mapping([]), mark: value.mark)
      entries.append(Entry(key: key, keyMark: value.mark, value: empty.setting(rest, to: value)))
    }
    return ScenarioNode(content: .mapping(entries), mark: mark)
  }
}
