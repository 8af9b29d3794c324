internal import Catalogs
internal import Federation
internal import Records

/// The arms of a scenario: every arm once for each combination of the sweep, with everything of the scenario merged
/// into it.
struct ArmExpansion {
  /// Nil when the name is wrong, which was reported; the rest is checked all the same.
  let name: String?
  let nameMark: SourceMark
  let node: ScenarioNode
  /// Keys of the scenario that the arm's bound leaves aside.
  var leftAside: [String] = []

  /// Keys that say something of a federation, which a bound is none: what it inherits of them is left aside.
  private static let federationKeys = [
    "strategy", "personal", "aggregator", "attack", "transforms", "cohort", "schedule", "devices", "availability",
    "dropouts", "privacy", "secure_aggregation",
  ]

  /// What is said of some clients, where one has the examples of all.
  static let overridesKey = "client.overrides"

  /// Those that a bound leaves aside.
  static func keysOutside(_ bound: String) -> [String] {
    switch bound {
    case Bound.central.rawValue: federationKeys
    case Bound.local.rawValue: federationKeys.filter { $0 != "strategy" && $0 != "cohort" }
    default: []
    }
  }

  /// The arm without what its bound leaves aside; what the arm itself says is a mistake, and stays.
  ///
  /// - Parameter own: The keys that the arm itself has.
  func leavingAside(unless own: [String]) -> ArmExpansion {
    guard let bound = node["bound"]?.scalar else { return self }
    var keys = Self.keysOutside(bound).filter { node[$0] != nil && !own.contains($0) }
    var left = node.without(keys)
    if bound == Bound.central.rawValue, let client = node["client"], let overrides = client["overrides"],
      !overrides.isEmptyList, !own.contains(Self.overridesKey)
    {
      keys.append(Self.overridesKey)
      left = left.setting("client", to: client.without(["overrides"]))
    }
    return keys.isEmpty
      ? self : ArmExpansion(name: name, nameMark: nameMark, node: left, leftAside: leftAside + keys)
  }
}

extension ScenarioReader {
  /// The arms that a scenario describes, those without a right name among them; where it describes none, what it says
  /// of all arms, as an arm without a name, so that this is checked.
  mutating func expansions(_ root: ScenarioNode) -> [ArmExpansion] {
    let base = root.without(["name", "description", "arms", "sweep"])
    var arms: [ArmExpansion] = []
    var names: Set<String> = []
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
        let name = armName(node, others: &names, path: path)
        let arm = ArmExpansion(
          name: name, nameMark: (node["name"] ?? node).mark,
          node: base.merged(with: node.without(["name", "description"])))
        let own = node.setEntries.map(\.key)
        let saysOverrides = node["client"]?["overrides"] != nil
        arms.append(arm.leavingAside(unless: own + (saysOverrides ? [ArmExpansion.overridesKey] : [])))
      }
    case .some:
      if let node = root["arms"] {
        report(node.mark, "arms", Self.notAllowed(node, "a list of arms, each a mapping with a 'name'"))
      }
    }
    if arms.isEmpty { arms = [ArmExpansion(name: nil, nameMark: root.mark, node: base)] }
    let swept = swept(arms, root["sweep"])
    names = []
    for name in swept.compactMap(\.name) {
      let mark = root["sweep"]?.mark ?? root.mark
      if !names.insert(name).inserted { report(mark, "sweep", "makes two arms called '\(shownText(name))'") }
      if root["sweep"] != nil, name.utf8.count > Self.longestSweptName {
        report(
          mark, "sweep",
          "makes an arm with a name of \(name.utf8.count) bytes (allowed: \(Self.longestSweptName) or fewer)")
      }
    }
    return swept
  }

  /// The name of an arm of the list; nil, and a complaint, when it is missing, not allowed or another arm's.
  private mutating func armName(_ node: ScenarioNode, others: inout Set<String>, path: String) -> String? {
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
    if let problem = nameProblem(name) {
      report(nameNode.mark, "\(path).name", "'\(shownText(name))' is not allowed: \(problem) (allowed: another name)")
      return nil
    }
    guard others.insert(name).inserted else {
      report(nameNode.mark, "\(path).name", "another arm is called '\(name)'")
      return nil
    }
    return name
  }

  /// The longest name of an arm of a sweep, in bytes; its values are in it.
  private static let longestSweptName = 1000

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
        report(
          axis.keyMark, "sweep.\(axis.key)",
          "unknown key\(keyHint(keys.first ?? "", among: armKeys, path: "")) (allowed: \(armKeys.joined(separator: ", ")), and keys below them)"
        )
        continue
      }
      guard result.count * values.count <= 10_000 else {
        report(axis.keyMark, "sweep.\(axis.key)", "makes more than 10000 arms")
        return arms
      }
      let label = keys.last ?? axis.key
      result = result.flatMap { arm in
        values.map { value in
          let text = visibleText(value.flowText.filter { !" {}[]()\"".contains($0) }.replacing("/", with: "_"))
          let made = ArmExpansion(
            name: arm.name.map { "\($0),\(label)=\(text)" }, nameMark: arm.nameMark,
            node: arm.node.overriding(keys, with: value), leftAside: arm.leftAside)
          return keys == ["bound"] ? made.leavingAside(unless: []) : made
        }
      }
    }
    return result
  }
}

extension ScenarioNode {
  /// What the arm of a scenario without a list of arms is called: as its norm policy.
  var nameOfOnlyArm: String {
    guard let norm = self["norm"] else { return normAxis.place.absentKind ?? "" }
    let kind = norm.scalar ?? norm[normAxis.place.kindKey]?.scalar ?? normAxis.place.impliedKind ?? ""
    return componentCall(kind).name
  }
}
