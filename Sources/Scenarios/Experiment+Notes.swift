internal import Datasets
internal import Federation

extension Experiment {
  /// What is to be said of values that are allowed and may mean something else than was meant.
  static func settingNotes(_ scenario: Scenario, _ runs: [Run]) -> [String] {
    seedNotes(scenario) + domainNotes(scenario, runs) + equalArmNotes(scenario)
  }

  /// As many notes are told.
  private static let noteCount = 100

  /// The first notes, and how many more there are.
  static func bounded(_ notes: [String]) -> [String] {
    notes.count <= noteCount ? notes : notes.prefix(noteCount) + ["and \(notes.count - noteCount) more notes"]
  }

  /// Larger numbers are seeds that somebody chose, not counts of them.
  private static let largestCount: UInt64 = 1000

  /// A number of seeds is easily taken for a count.
  private static func seedNotes(_ scenario: Scenario) -> [String] {
    var notes: [String] = []
    for arm in scenario.arms where arm.hasBareSeed {
      guard let seed = arm.seeds.first, (2...largestCount).contains(seed) else { continue }
      let list = seed <= 5 ? (1...seed).map(String.init).joined(separator: ", ") : "1, 2, …, \(seed)"
      let note = "'seeds: \(seed)' is one seed, the number \(seed); \(seed) seeds are a list: 'seeds: [\(list)]'"
      if notes.last != note, !notes.contains(note) { notes.append(note) }
    }
    return notes
  }

  /// A partition that knows no domains makes clients of several.
  private static func domainNotes(_ scenario: Scenario, _ runs: [Run]) -> [String] {
    var groups = NoteGroups()
    var known: Set<String> = []
    let datasets = Dictionary(runs.map { ($0.configuration.arm, $0.configuration.dataset) }) { first, _ in first }
    for arm in scenario.arms where known.insert(arm.name).inserted {
      guard let dataset = datasets[arm.name], dataset.mixesDomains else { continue }
      let count = dataset.source.domains.count
      groups.add(
        "partition '\(arm.data.partitionName)' mixes the \(count) domains: each client has examples of several; 'by-domain' keeps them apart",
        of: arm.name)
    }
    return groups.notes(of: scenario.arms.count)
  }

  /// Arms that differ in nothing are one arm that is computed again.
  private static func equalArmNotes(_ scenario: Scenario) -> [String] {
    let groups = scenario.armDifferences.equalArms
    let notes = groups.prefix(5).map { arms in
      "\(armList(arms.map { scenario.arms[$0].name })) differ in nothing but their names"
    }
    return notes
      + (groups.count > 5 ? ["\(groups.count - 5) more groups of arms differ in nothing but their names"] : [])
  }

  /// "arms 'a', 'b', 'c' and 5 more".
  static func armList(_ names: [String]) -> String {
    let more = names.count > 3 ? " and \(names.count - 3) more" : ""
    return "arm\(names.count == 1 ? "" : "s") " + names.prefix(3).map { "'\($0)'" }.joined(separator: ", ") + more
  }
}

/// Notes that several arms may share, each told once with the arms that it is about.
struct NoteGroups {
  private var texts: [String] = []
  private var arms: [String: [String]] = [:]

  /// Adds a note about an arm.
  mutating func add(_ text: String, of arm: String) {
    if arms[text] == nil { texts.append(text) }
    if arms[text]?.last != arm { arms[text, default: []].append(arm) }
  }

  /// The notes in order, each with its arms; one that is about as many arms as there are names none.
  func notes(of count: Int? = nil) -> [String] {
    texts.map { text in
      let names = arms[text] ?? []
      return names.count == count ? text : "\(Experiment.armList(names)): \(text)"
    }
  }
}
