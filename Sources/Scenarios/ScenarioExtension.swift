internal import Catalogs

/// What is added to a scenario that was run: rounds, seeds and arms.
public struct ScenarioExtension: Sendable, Equatable {
  /// The number of rounds instead of the scenario's; nil leaves it.
  public var rounds: Int?
  /// Seeds beside the scenario's; those that it has already are no mistake.
  public var seeds: [UInt64]
  /// A file with arms that come behind the scenario's; nil is none.
  public var armsFile: String?
  /// The arms that get the rounds and the seeds, by name; nil is all of them, also those of the file.
  public var arms: [String]?

  /// Makes an extension.
  public init(rounds: Int? = nil, seeds: [UInt64] = [], armsFile: String? = nil, arms: [String]? = nil) {
    self.rounds = rounds
    self.seeds = seeds
    self.armsFile = armsFile
    self.arms = arms
  }
}

extension Scenario {
  /// The scenario with more in it. Its name, its folder and all that it says of what was run before stay.
  ///
  /// - Throws: `ScenarioError` with everything that is wrong.
  public func extended(by more: ScenarioExtension) throws(ScenarioError) -> Scenario {
    var reader = ScenarioReader(isRecorded: true, baseDirectory: baseDirectory)
    var root = self.root
    if let file = more.armsFile { root = try root.adding(armsOf: file, &reader) }
    for (key, isGiven) in [("rounds", more.rounds != nil), ("seeds", !more.seeds.isEmpty)] where isGiven {
      if let axis = root["sweep"]?.entry(key) {
        reader.report(
          axis.keyMark, "sweep.\(key)", "names arms by their \(key), so that they can't get others (allowed: --arms)")
      }
    }
    if more.arms != nil, let sweep = root["sweep"] {
      reader.report(
        sweep.mark, "sweep",
        "makes several arms of one, which get rounds and seeds together (allowed: the whole experiment)"
      )
    }
    guard reader.diagnostics.isEmpty else { throw ScenarioError(reader.diagnostics) }
    if let arms = more.arms, root["arms"] != nil {
      root = root.changingArms { arm in
        guard let name = arm["name"]?.scalar, arms.contains(name) else { return arm }
        var arm = arm
        if let rounds = more.rounds { arm = arm.setting("rounds", to: .number(String(rounds), "--rounds")) }
        if !more.seeds.isEmpty { arm = arm.adding(more.seeds, to: arm["seeds"] ?? root["seeds"]) }
        return arm
      }
    } else {
      if let rounds = more.rounds {
        root = root.settingEverywhere("rounds", to: .number(String(rounds), "--rounds"))
      }
      if !more.seeds.isEmpty {
        root = root.adding(more.seeds, to: root["seeds"]).changingArms { arm in
          arm["seeds"].map { arm.adding(more.seeds, to: $0) } ?? arm
        }
      }
    }
    return try Scenario(root: root, &reader, text: nil, file: file, baseDirectory: baseDirectory)
  }
}

extension ScenarioNode {
  /// A number of the command line.
  fileprivate static func number(_ text: String, _ option: String) -> ScenarioNode {
    ScenarioNode(
      content: .scalar(text, isQuoted: false), mark: SourceMark(file: option, line: nil, column: nil))
  }

  /// The mapping with seeds behind those of a node, each once; without a node behind the default.
  fileprivate func adding(_ seeds: [UInt64], to node: ScenarioNode?) -> ScenarioNode {
    var texts: [String]
    switch node?.content {
    case .scalar(let text, _): texts = [text]
    case .list(let nodes): texts = nodes.compactMap(\.scalar)
    default: texts = ["1"]
    }
    for seed in seeds.map(String.init) where !texts.contains(seed) { texts.append(seed) }
    let mark = node?.mark ?? SourceMark(file: "--seeds", line: nil, column: nil)
    return setting(
      "seeds", to: ScenarioNode(content: .list(texts.map { .number($0, "--seeds") }), mark: mark))
  }

  /// The scenario with each of its arms changed; as it is without a list of arms.
  fileprivate func changingArms(_ change: (ScenarioNode) -> ScenarioNode) -> ScenarioNode {
    guard let arms = self["arms"], case .list(let nodes) = arms.content else { return self }
    return setting("arms", to: ScenarioNode(content: .list(nodes.map(change)), mark: arms.mark))
  }

  /// The scenario with the arms of a file behind its own; one without a list of arms gets a list with its only one.
  ///
  /// - Throws: `ScenarioError` when the file can't be read.
  fileprivate func adding(armsOf file: String, _ reader: inout ScenarioReader) throws(ScenarioError) -> ScenarioNode {
    let text = try Scenario.text(ofFile: file)
    let written: ScenarioNode
    do throws(Diagnostic) {
      written = try ScenarioNode(yaml: text, file: file)
    } catch {
      throw ScenarioError([error])
    }
    var added = written
    if case .mapping = written.content {
      for entry in written.entries where entry.key != "arms" {
        reader.report(
          entry.keyMark, entry.key,
          "is not read here: arms that are added inherit what the experiment says (allowed: arms)")
      }
      guard let arms = written["arms"] else {
        reader.report(written.mark, "arms", "is missing (allowed: a list of arms, each a mapping with a 'name')")
        return self
      }
      added = arms
    }
    guard case .list(let nodes) = added.content, !nodes.isEmpty else {
      reader.report(
        added.mark, "arms", ScenarioReader.notAllowed(added, "a list of arms, each a mapping with a 'name'"))
      return self
    }
    // Names that a record may have and a new arm may not.
    let strict = ScenarioReader()
    for node in nodes {
      if let name = node["name"], let problem = name.scalar.flatMap(strict.nameProblem) {
        reader.report(
          name.mark, "arms.name", "'\(name.shownText)' is not allowed: \(problem) (allowed: another name)")
      }
    }
    var all: [ScenarioNode] = []
    if let arms = self["arms"], case .list(let own) = arms.content {
      all = own
    } else {
      let name = ScenarioNode(content: .scalar(nameOfOnlyArm, isQuoted: false), mark: mark)
      all = [ScenarioNode(content: .mapping([Entry(key: "name", keyMark: mark, value: name)]), mark: mark)]
    }
    return setting("arms", to: ScenarioNode(content: .list(all + nodes), mark: self["arms"]?.mark ?? added.mark))
  }
}
