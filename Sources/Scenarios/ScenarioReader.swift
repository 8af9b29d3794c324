internal import Catalogs

/// Reads checked values out of a scenario's tree and collects what is wrong with it, so that all of it can be told at
/// once.
struct ScenarioReader {
  /// Whether the scenario was run already, and may have a name that none can have any more.
  let isRecorded: Bool
  /// What is wrong, each thing once: what arms inherit is read once for each of them.
  private(set) var diagnostics: [Diagnostic] = []
  private var told: Set<Diagnostic> = []
  /// For as many mistakes hints are looked for; so many are never shown.
  private static let hintedCount = 1000
  /// How often something wrong was found, also what is told already.
  private(set) var mistakeCount = 0
  /// What the arm that is read has at each key.
  var resolved: [ResolvedValue] = []

  /// Where relative paths start.
  let baseDirectory: String

  /// Makes a reader.
  init(isRecorded: Bool = false, baseDirectory: String = "/") {
    self.isRecorded = isRecorded
    self.baseDirectory = baseDirectory
  }

  mutating func report(_ mark: SourceMark, _ path: String, _ message: String, isMissingInput: Bool = false) {
    mistakeCount += 1
    let diagnostic = Diagnostic(mark, path, message, isMissingInput: isMissingInput)
    if told.insert(diagnostic).inserted { diagnostics.append(diagnostic) }
  }

  /// The words for a value that is not allowed.
  static func notAllowed(_ node: ScenarioNode, _ allowed: String, nearest: String? = nil) -> String {
    if case .null(isWritten: false) = node.content { return "has no value (allowed: \(allowed))" }
    return "'\(node.shownText)' is not allowed" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
      + " (allowed: \(allowed))"
  }

  /// Complains about keys of a mapping that are not among `keys`; about the node itself when it is no mapping.
  mutating func checkKeys(_ node: ScenarioNode, _ keys: [String], path: String) {
    guard case .mapping(let entries) = node.content else {
      report(node.mark, path, Self.notAllowed(node, "a mapping of \(keys.joined(separator: ", "))"))
      return
    }
    for entry in entries where !keys.contains(entry.key) {
      let hint = mistakeCount < Self.hintedCount ? keyHint(entry.key, among: keys, path: path) : ""
      report(entry.keyMark, joined(path, entry.key), "unknown key\(hint) (allowed: \(keys.joined(separator: ", ")))")
    }
  }

  /// The value of `key` if it is there and allowed.
  mutating func value(_ node: ScenarioNode?, _ key: String, _ kind: OptionKind, path: String) -> OptionValue? {
    guard let value = node?[key] else { return nil }
    return accepted(value, kind, path: joined(path, key))
  }

  /// The value of a node if it is allowed; otherwise the complaint points at the part that is not.
  mutating func accepted(_ node: ScenarioNode, _ kind: OptionKind, path: String) -> OptionValue? {
    if case .group(let options) = kind, case .mapping = node.content {
      checkKeys(node, options.map(\.name), path: path)
      var values: [String: OptionValue] = [:]
      for option in options {
        guard let entry = node.entry(option.name) else { continue }
        values[option.name] = accepted(entry.value, option.kind, path: joined(path, option.name))
      }
      return .group(values)
    }
    if case .either = kind, case .mapping = node.content, let options = kind.groupOptions {
      return accepted(node, .group(options), path: path)
    }
    if case .components = kind, case .list(let nodes) = node.content, !nodes.isEmpty {
      return layerValues(nodes, path: path)
    }
    if case .component(let family) = kind, let place = componentPlaces.first(where: { $0.family == family }) {
      return componentValue(node, of: place, path: path)
    }
    if case .list(let element, let count) = kind, case .list(let nodes) = node.content, count.contains(nodes.count) {
      let values = nodes.enumerated().compactMap { accepted($1, element, path: "\(path)[\($0)]") }
      return values.count == nodes.count ? .list(values) : nil
    }
    if let value = kind.accept(node.raw) { return value }
    if let problem = kind.singlePrecisionProblem(node.raw) {
      report(node.mark, path, "'\(node.shownText)' \(problem), in which runs compute (allowed: \(kind.allowed))")
      return nil
    }
    var nearest: String?
    // A single letter or digit is near to all others.
    if case .choice(let words) = kind, let text = node.scalar, text.utf8.count > 1 {
      nearest = nearestName(to: text, in: words)
    }
    // Words of options are often those of components.
    if case .choice = kind, !path.contains("."), nearest == nil, let text = node.scalar,
      let hint = misplaced(text, argument: nil)
    {
      report(node.mark, path, "'\(node.shownText)' is not allowed\(hint) (allowed: \(kind.allowed))")
      return nil
    }
    report(node.mark, path, Self.notAllowed(node, kind.allowed, nearest: nearest))
    return nil
  }

  /// The options of a mapping, beside keys that someone else reads; nil when any is wrong.
  mutating func options(
    _ node: ScenarioNode, _ options: [Option], besides others: [String] = [], path: String
  ) -> Options? {
    let before = mistakeCount
    checkKeys(node, others + options.map(\.name), path: path)
    var values: [String: OptionValue] = [:]
    for option in options {
      values[option.name] = value(node, option.name, option.kind, path: path)
      if node[option.name] == nil, option.isMissing(besides: { node[$0] != nil }) {
        report(node.mark, joined(path, option.name), "is missing (allowed: \(option.kind.allowed))")
      }
    }
    guard mistakeCount == before else { return nil }
    do {
      return try Options(declared: options, given: values)
    } catch {
      report(problem: error, node, path: path)
      return nil
    }
  }

  /// What an entry makes of the options that stand in a mapping.
  mutating func made<Product>(
    _ entry: CatalogEntry<Product>, _ node: ScenarioNode, besides others: [String], path: String
  ) -> Product? {
    options(node, entry.options, besides: others, path: path).flatMap { made(entry, $0, node, path: path) }
  }

  /// What an entry makes of options that were read from a mapping.
  mutating func made<Product>(
    _ entry: CatalogEntry<Product>, _ options: Options, _ node: ScenarioNode, path: String
  ) -> Product? {
    do {
      return try entry.make(options)
    } catch {
      report(problem: error, node, path: path)
      return nil
    }
  }

  /// Reports an `OptionProblem` at the option that it names.
  mutating func report(problem error: any Error, _ node: ScenarioNode, path: String) {
    guard let problem = error as? OptionProblem else { return report(node.mark, path, "\(error)") }
    guard let option = problem.option else { return report(node.mark, path, problem.message) }
    // The option of a mapping within is named by its path.
    var place = node
    for key in option.split(separator: ".") { place = place[String(key)] ?? place }
    report(place.mark, joined(path, option), problem.message)
  }

  func joined(_ path: String, _ key: String) -> String { joinedPath(path, key) }
}
