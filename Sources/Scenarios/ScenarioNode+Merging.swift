/// Keys of which a mapping has one or the other, so that an override of one takes the other away.
private let alternatives = [
  ["epochs", "steps"], ["count", "fraction"], ["domains", "clients"], ["norm", "value"], ["target", "patience"],
  ["target", "min_delta"],
]

extension ScenarioNode {
  /// Whether the value takes away what would be inherited.
  var unsets: Bool {
    switch content {
    case .null(let isWritten): isWritten
    case .unset: true
    case .scalar, .list, .mapping: false
    }
  }

  /// The mapping without some keys.
  func without(_ keys: [String]) -> ScenarioNode {
    ScenarioNode(content: .mapping(entries.filter { !keys.contains($0.key) }), mark: mark)
  }

  /// This value with another over it, as an arm stands over its scenario: mappings are merged key by key, `null` unsets
  /// a key, and a component of another kind replaces the whole component.
  ///
  /// - Parameters:
  ///   - path: Where both stand.
  ///   - isOverride: Whether this value itself is going to stand over another, so that a kind that it does not name is
  ///     not the default one.
  func merged(with other: ScenarioNode, at path: String = "", isOverride: Bool = false) -> ScenarioNode {
    if other.unsets { return ScenarioNode(content: .unset, mark: other.mark) }
    if let place = componentPlacesByPath[path] {
      return place.merged(self, with: other, isOverride: isOverride)
    }
    guard case .mapping = content, case .mapping = other.content else { return other.settled(at: path) }
    return mergedKeys(with: other, at: path, isOverride: isOverride)
  }

  /// The value as it is where nothing is inherited: a `null` in its mappings stands for a key that is not there.
  func settled(at path: String) -> ScenarioNode {
    guard case .mapping(let added) = content else { return self }
    return ScenarioNode(
      content: .mapping(
        added.map { entry in
          let inner =
            entry.value.unsets
            ? ScenarioNode(content: .unset, mark: entry.value.mark)
            : entry.value.settled(at: joinedPath(path, entry.key))
          return Entry(key: entry.key, keyMark: entry.keyMark, value: inner)
        }), mark: mark)
  }

  /// This mapping with another's entries over it.
  func mergedKeys(with other: ScenarioNode, at path: String, isOverride: Bool = false) -> ScenarioNode {
    var entries = entries
    let added = other.entries
    let given = added.filter { !$0.value.unsets }.map(\.key)
    for pair in alternatives where pair.contains(where: given.contains) {
      entries.removeAll { pair.contains($0.key) && !given.contains($0.key) }
    }
    var places = Dictionary(zip(entries.map(\.key), entries.indices)) { first, _ in first }
    for entry in added {
      let inner = joinedPath(path, entry.key)
      if let index = places[entry.key] {
        let old = entries[index]
        let value = old.value.merged(with: entry.value, at: inner, isOverride: isOverride)
        // A mapping of which keys are changed stays where it was written.
        var keyMark = entry.keyMark
        if case .mapping = old.value.content, case .mapping = entry.value.content { keyMark = old.keyMark }
        entries[index] = Entry(key: entry.key, keyMark: keyMark, value: value)
      } else {
        let value =
          entry.value.unsets
          ? ScenarioNode(content: .unset, mark: entry.value.mark) : entry.value.settled(at: inner)
        places[entry.key] = entries.count
        entries.append(Entry(key: entry.key, keyMark: entry.keyMark, value: value))
      }
    }
    return ScenarioNode(content: .mapping(entries), mark: mark)
  }

  /// The mapping with the value of a key replaced, whatever it was.
  func setting(_ key: String, to value: ScenarioNode) -> ScenarioNode {
    var entries = entries
    let entry = Entry(key: key, keyMark: value.mark, value: value)
    if let index = entries.firstIndex(where: { $0.key == key }) {
      entries[index] = entry
    } else {
      entries.append(entry)
    }
    return ScenarioNode(content: .mapping(entries), mark: mark)
  }

  /// The value with another over what stands below a path of keys, as an arm would have it there.
  ///
  /// A component given by name becomes a mapping when a key below it is set. A path that ends in a component's kind sets
  /// that alone, and its options stay.
  func overriding(
    _ keys: [String], with value: ScenarioNode, at path: String = "", isOverride: Bool = false
  ) -> ScenarioNode {
    guard let key = keys.first else { return merged(with: value, at: path, isOverride: isOverride) }
    let place = componentPlacesByPath[path]
    if case .list(let elements) = content,
      let index = elements.firstIndex(where: { place?.isKind(key, of: $0) == true })
    {
      var elements = elements
      elements[index] = elements[index].overriding(
        Array(keys.dropFirst()), with: value, at: path, isOverride: isOverride)
      return ScenarioNode(content: .list(elements), mark: mark)
    }
    let whole = place?.expanded(self) ?? self
    let rest = Array(keys.dropFirst())
    var entries = whole.entries
    if rest.isEmpty, !value.unsets {
      for pair in alternatives where pair.contains(key) {
        entries.removeAll { pair.contains($0.key) && $0.key != key }
      }
    }
    let index = entries.firstIndex { $0.key == key }
    let old = index.map { entries[$0].value } ?? ScenarioNode(content: .mapping([]), mark: value.mark)
    let new: ScenarioNode
    if rest.isEmpty, index == nil || key == place?.kindKey {
      new = value.unsets ? ScenarioNode(content: .unset, mark: value.mark) : value.settled(at: joinedPath(path, key))
    } else {
      new = old.overriding(rest, with: value, at: joinedPath(path, key), isOverride: isOverride)
    }
    // Marks of the command line stay with the key that it set, so that a complaint points there.
    let keyMark = rest.isEmpty ? value.mark : index.map { entries[$0].keyMark } ?? value.mark
    let entry = Entry(key: key, keyMark: keyMark, value: new)
    if let index { entries[index] = entry } else { entries.append(entry) }
    return ScenarioNode(content: .mapping(entries), mark: mark)
  }

  /// What stands below a path of keys; nil where nothing does. A component given by name has a kind.
  func value(at keys: [String], path: String = "") -> ScenarioNode? {
    guard let key = keys.first else { return self }
    let place = componentPlacesByPath[path]
    if case .list(let elements) = content {
      return elements.first { place?.isKind(key, of: $0) == true }?.value(at: Array(keys.dropFirst()), path: path)
    }
    let whole = place?.expanded(self) ?? self
    return whole[key]?.value(at: Array(keys.dropFirst()), path: joinedPath(path, key))
  }

  /// The value with every component as a mapping with its kind, however it was written: equal components are equal texts.
  func canonical(at path: String = "") -> ScenarioNode {
    let place = componentPlacesByPath[path]
    var whole = place?.expanded(self) ?? self
    if let place, let kind = whole[place.kindKey], let text = kind.scalar {
      whole = whole.setting(place.kindKey, to: ScenarioNode(content: .scalar(text, isQuoted: false), mark: kind.mark))
    }
    if place != nil, case .list(let elements) = whole.content {
      return ScenarioNode(content: .list(elements.map { $0.canonical(at: path) }), mark: mark)
    }
    guard case .mapping(let entries) = whole.content else { return whole }
    return ScenarioNode(
      content: .mapping(
        entries.map {
          Entry(key: $0.key, keyMark: $0.keyMark, value: $0.value.canonical(at: joinedPath(path, $0.key)))
        }), mark: mark)
  }

  /// The mapping without the keys that are unset; lists stay as they are.
  var withoutUnset: ScenarioNode {
    guard case .mapping = content else { return self }
    return ScenarioNode(
      content: .mapping(setEntries.map { Entry(key: $0.key, keyMark: $0.keyMark, value: $0.value.withoutUnset) }),
      mark: mark)
  }
}

/// A key's path below another.
func joinedPath(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

extension ComponentPlace {
  /// A component by name, `name(value)` or mapping as a mapping, with the value in parentheses at its option; nil for
  /// what is none of these. What says the same option twice stays as it is, so that it is found.
  func expanded(_ node: ScenarioNode) -> ScenarioNode? {
    let mapping: ScenarioNode
    switch node.content {
    case .scalar:
      mapping = ScenarioNode(
        content: .mapping([ScenarioNode.Entry(key: kindKey, keyMark: node.mark, value: node)]), mark: node.mark)
    case .mapping: mapping = node
    case .list:
      guard let listOption, let impliedKind else { return nil }
      let kind = ScenarioNode(content: .scalar(impliedKind, isQuoted: false), mark: node.mark)
      return ScenarioNode(
        content: .mapping([
          ScenarioNode.Entry(key: kindKey, keyMark: node.mark, value: kind),
          ScenarioNode.Entry(key: listOption, keyMark: node.mark, value: node),
        ]), mark: node.mark)
    case .null, .unset: return nil
    }
    guard let kind = mapping[kindKey], let text = kind.scalar else { return mapping }
    let (name, argument) = componentCall(text)
    guard let argument, let option = self[name]?.shorthand, mapping[option] == nil else { return mapping }
    return
      mapping
      .setting(kindKey, to: ScenarioNode(content: .scalar(name, isQuoted: false), mark: kind.mark))
      .setting(option, to: ScenarioNode(content: .scalar(argument, isQuoted: false), mark: kind.mark))
  }

  /// Whether an element of a list is of a kind.
  func isKind(_ kind: String, of element: ScenarioNode) -> Bool { expanded(element).flatMap(namedKind) == kind }

  /// The kind that a mapping names; a model whose layers stand in the scenario has a kind of its own.
  private func namedKind(_ node: ScenarioNode) -> String? {
    if path == modelAxis.place.path, node["layers"] != nil || node["input"] != nil { return "" }
    return node[kindKey]?.scalar.map { componentCall($0).name }
  }

  /// The kind that a mapping has where it stands over a component of another; nil where it takes that one's.
  ///
  /// Options that only the implied kind has mean that: `{affine: local}` over `fedbn` is the matrix. Optimizers have the
  /// same options, so that a key that one of them lacks is a mistake rather than another optimizer.
  private func kind(of node: ScenarioNode, over kind: String) -> String? {
    if let named = namedKind(node) { return named }
    guard isImpliedByOptions, let impliedKind, kind != impliedKind, let known = self[kind],
      let implied = self[impliedKind]
    else { return nil }
    let keys = node.entries.map(\.key).filter { $0 != kindKey }
    let fits = keys.allSatisfy { key in known.options.contains { $0.name == key } }
    let isImplied = keys.allSatisfy { key in implied.options.contains { $0.name == key } }
    return !fits && isImplied ? impliedKind : nil
  }

  /// A component with another over it.
  func merged(_ base: ScenarioNode, with other: ScenarioNode, isOverride: Bool) -> ScenarioNode {
    guard let mine = expanded(base), var theirs = expanded(other) else { return other.settled(at: path) }
    if let known = namedKind(mine) ?? (isOverride ? nil : impliedKind), let wanted = kind(of: theirs, over: known),
      wanted != known
    {
      // What it unsets of the other kind is gone with that.
      let unset = theirs.entries.filter { $0.value.unsets && mine.entry($0.key) != nil }.map(\.key)
      return theirs.without(unset).settled(at: path)
    }
    if let kind = theirs[kindKey]?.scalar, componentCall(kind).argument == nil, mine[kindKey] != nil {
      // As the scenario has it, so that equal components are equal texts.
      theirs = theirs.without([kindKey])
    }
    return mine.mergedKeys(with: theirs, at: path, isOverride: isOverride)
  }
}
