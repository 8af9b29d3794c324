internal import Catalogs

/// Reads checked values out of a scenario's tree and collects what is wrong with it, so that all of it can be told at
/// once.
struct ScenarioReader {
  private(set) var diagnostics: [Diagnostic] = []

  mutating func report(_ mark: SourceMark, _ path: String, _ message: String, isMissingInput: Bool = false) {
    diagnostics.append(Diagnostic(mark, path, message, isMissingInput: isMissingInput))
  }

  /// The words for a value that is not allowed.
  static func notAllowed(_ node: ScenarioNode, _ allowed: String, nearest: String? = nil) -> String {
    "'\(node.shownText)' is not allowed" + (nearest.map { "; did you mean '\($0)'?" } ?? "") + " (allowed: \(allowed))"
  }

  /// Complains about keys of a mapping that are not among `keys`; about the node itself when it is no mapping.
  mutating func checkKeys(_ node: ScenarioNode, _ keys: [String], path: String) {
    guard case .mapping(let entries) = node.content else {
      report(node.mark, path, Self.notAllowed(node, "a mapping of \(keys.joined(separator: ", "))"))
      return
    }
    for entry in entries where !keys.contains(entry.key) {
      let hint = nearestName(to: entry.key, in: keys).map { "; did you mean '\($0)'?" } ?? ""
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
    if case .group(let options) = kind, case .mapping(let entries) = node.content {
      checkKeys(node, options.map(\.name), path: path)
      var values: [String: OptionValue] = [:]
      for option in options {
        guard let entry = entries.first(where: { $0.key == option.name }) else { continue }
        values[option.name] = accepted(entry.value, option.kind, path: joined(path, option.name))
      }
      return .group(values)
    }
    if case .components = kind, case .list(let nodes) = node.content, !nodes.isEmpty {
      return layerValues(nodes, path: path)
    }
    if case .list(let element, let count) = kind, case .list(let nodes) = node.content, count.contains(nodes.count) {
      let values = nodes.enumerated().compactMap { accepted($1, element, path: "\(path)[\($0)]") }
      return values.count == nodes.count ? .list(values) : nil
    }
    if let value = kind.accept(node.raw) { return value }
    var nearest: String?
    // A single letter or digit is near to all others.
    if case .choice(let words) = kind, let text = node.scalar, text.count > 1 {
      nearest = nearestName(to: text, in: words)
    }
    report(node.mark, path, Self.notAllowed(node, kind.allowed, nearest: nearest))
    return nil
  }

  /// The options of a mapping, beside keys that someone else reads; nil when any is wrong.
  mutating func options(
    _ node: ScenarioNode, _ options: [Option], besides others: [String] = [], path: String
  ) -> Options? {
    let before = diagnostics.count
    checkKeys(node, others + options.map(\.name), path: path)
    var values: [String: OptionValue] = [:]
    for option in options {
      values[option.name] = value(node, option.name, option.kind, path: path)
      if node[option.name] == nil, option.defaultValue == nil, !option.isOptional {
        report(node.mark, joined(path, option.name), "is missing (allowed: \(option.kind.allowed))")
      }
    }
    guard diagnostics.count == before else { return nil }
    do {
      return try Options(declared: options, given: values)
    } catch {
      report(problem: error, node, path: path)
      return nil
    }
  }

  /// A component of a catalog: a name, a name with the value of the option that it has a shorthand for in parentheses,
  /// or a mapping whose `kind` is either; nil when it is absent or wrong.
  mutating func component<Product>(
    _ node: ScenarioNode?, _ catalog: Catalog<Product>, kindKey: String = "kind", defaultKind: String? = nil,
    besides others: [String] = [], path: String
  ) -> (name: String, product: Product)? {
    guard let node else { return nil }
    let written: String
    var optionsNode: ScenarioNode
    switch node.content {
    case .scalar(let text, _):
      written = text
      optionsNode = ScenarioNode(content: .mapping([]), mark: node.mark)
    case .mapping:
      if let kind = node[kindKey], kind.scalar == nil {
        report(kind.mark, joined(path, kindKey), Self.notAllowed(kind, catalog.names.joined(separator: ", ")))
        return nil
      }
      guard let kind = node[kindKey]?.scalar ?? defaultKind else {
        report(node.mark, path, "needs a '\(kindKey)' (allowed: \(catalog.names.joined(separator: ", ")))")
        return nil
      }
      written = kind
      optionsNode = node
    default:
      report(node.mark, path, Self.notAllowed(node, "a \(catalog.kind) by name, or a mapping with '\(kindKey)'"))
      return nil
    }
    let (name, argument) = Self.call(written)
    guard let entry = catalog[name] else {
      let hint = nearestName(to: name, in: catalog.names).map { "; did you mean '\($0)'?" } ?? ""
      report(
        node[kindKey]?.mark ?? node.mark, path,
        "unknown \(catalog.kind) '\(name)'\(hint) (allowed: \(catalog.names.joined(separator: ", ")))")
      return nil
    }
    if let argument {
      let mark = node[kindKey]?.mark ?? node.mark
      guard let shorthand = entry.shorthand else {
        let names = ([kindKey] + entry.options.map(\.name)).joined(separator: ", ")
        report(
          mark, path,
          "'\(written)' is not allowed (allowed: \(name)"
            + (entry.options.isEmpty ? ")" : ", or a mapping of \(names))"))
        return nil
      }
      if let other = optionsNode.entry(shorthand) {
        report(other.keyMark, joined(path, shorthand), "is given in '\(written)' already")
        return nil
      }
      let value = ScenarioNode(content: .scalar(argument, isQuoted: false), mark: mark)
      let entry = ScenarioNode.Entry(key: shorthand, keyMark: mark, value: value)
      optionsNode = ScenarioNode(content: .mapping(optionsNode.entries + [entry]), mark: optionsNode.mark)
    }
    return made(entry, optionsNode, besides: [kindKey] + others, path: path).map { (name, $0) }
  }

  /// The parts of `name(argument)`; a mere name has no argument.
  private static func call(_ text: String) -> (name: String, argument: String?) {
    guard text.hasSuffix(")"), let bracket = text.firstIndex(of: "(") else { return (text, nil) }
    return (String(text[..<bracket]), String(text[text.index(after: bracket)...].dropLast()))
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

  func joined(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
