internal import Catalogs
internal import Datasets
internal import Federation
internal import Records

extension ScenarioReader {
  /// What is evaluated; keys that are absent have their defaults.
  mutating func evaluation(_ node: ScenarioNode?) -> EvaluationChoice {
    EvaluationChoice(
      subjects: words(node, .subject), models: words(node, .model), phases: words(node, .phase),
      normSources: normSources(node))
  }

  /// The elements of a list, or a value that stands for a list of one; each with its path.
  private mutating func elements(_ node: ScenarioNode?, _ key: EvaluationKey) -> [(node: ScenarioNode, path: String)]? {
    guard let value = node?[key.rawValue] else { return nil }
    let path = "evaluation.\(key.rawValue)"
    guard case .list(let nodes) = value.content else { return [(value, path)] }
    if nodes.isEmpty { report(value.mark, path, "is an empty list") }
    return nodes.enumerated().map { ($1, "\(path)[\($0)]") }
  }

  private mutating func words<Word: RawRepresentable<String> & CaseIterable & Hashable>(
    _ node: ScenarioNode?, _ key: EvaluationKey
  ) -> [Word]? {
    guard let elements = elements(node, key) else { return nil }
    var words: [Word] = []
    for (element, path) in elements {
      guard let value = accepted(element, .choice(Word.allCases.map(\.rawValue)), path: path),
        let word = Word(rawValue: value.text)
      else { continue }
      if words.contains(word) { report(element.mark, path, "names '\(word.rawValue)' twice") }
      words.append(word)
    }
    return words
  }

  private mutating func normSources(_ node: ScenarioNode?) -> [any NormValueSource]? {
    guard let elements = elements(node, .normSource) else { return nil }
    var sources: [any NormValueSource] = []
    for (element, path) in elements {
      guard let called = called(element, path: path),
        let source = component(called, normSourceAxis, path: path)?.product
      else { continue }
      // Rows are told apart by the word alone.
      if sources.contains(where: { $0.word == source.word }) {
        report(element.mark, path, "names '\(source.word.rawValue)' twice")
      }
      sources.append(source)
    }
    return sources
  }

  /// `recalibrated(64)` as `{kind: recalibrated, samples: 64}`; anything else as it is, nil when it is wrong.
  private mutating func called(_ node: ScenarioNode, path: String) -> ScenarioNode? {
    guard let text = node.scalar, text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { return node }
    let name = String(text[..<open])
    // A name that there is not is told of as one.
    guard let entry = normSourceCatalog[name] else {
      return ScenarioNode(content: .scalar(name, isQuoted: false), mark: node.mark)
    }
    guard let option = entry.shorthand else {
      report(node.mark, path, "'\(name)' takes nothing in parentheses")
      return nil
    }
    let value = ScenarioNode(
      content: .scalar(String(text[text.index(after: open)...].dropLast()), isQuoted: false), mark: node.mark)
    let kind = ScenarioNode(content: .scalar(name, isQuoted: false), mark: node.mark)
    return ScenarioNode(
      content: .mapping([
        ScenarioNode.Entry(key: "kind", keyMark: node.mark, value: kind),
        ScenarioNode.Entry(key: option, keyMark: node.mark, value: value),
      ]), mark: node.mark)
  }

  /// The clients that never train, or nil.
  mutating func unseen(_ node: ScenarioNode?) -> UnseenClients? {
    guard let node else { return nil }
    let path = "data.unseen"
    let before = mistakeCount
    checkKeys(node, unseenKeys, path: path)
    let domains = value(node, "domains", .list(.text, count: 1...10_000), path: path)
    let clients = value(
      node, "clients",
      .either([
        .integer(1...10_000_000), .number(NumberRange(0, 1, lowerIsOpen: true, upperIsOpen: true)),
        .list(.text, count: 1...100_000),
      ]), path: path)
    guard mistakeCount == before else { return nil }
    switch (domains, clients) {
    case (.list(let names)?, nil): return .domains(names.map(\.text))
    case (nil, .list(let names)?): return .names(names.map(\.text))
    case (nil, .integer(let count)?): return .count(count)
    case (nil, .number(let share)?): return .share(share)
    default:
      report(node.mark, path, "needs exactly one of 'domains' and 'clients'")
      return nil
    }
  }
}

extension ScenarioNode {
  /// Where a value of a key of evaluations stands: the element of a list that names it, or the key's value.
  func mark(ofEvaluation key: EvaluationKey, value: String) -> SourceMark {
    guard let node = self[key.rawValue] else { return mark }
    guard case .list(let elements) = node.content else { return node.mark }
    return elements.first { element in
      let name = element.scalar ?? element["kind"]?.scalar ?? ""
      return name == value || name.hasPrefix(value + "(")
    }?.mark ?? node.mark
  }
}
