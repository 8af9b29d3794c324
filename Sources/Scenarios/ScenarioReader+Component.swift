internal import Catalogs

extension ScenarioReader {
  /// A component of a catalog: a name, a name with the value of the option that it has a shorthand for in parentheses,
  /// or a mapping whose `kind` is either; nil when it is absent or wrong.
  mutating func component<Product>(
    _ node: ScenarioNode?, _ axis: ComponentAxis<Product>, path otherPath: String? = nil
  ) -> (name: String, product: Product)? {
    let (catalog, kindKey, path) = (axis.catalog, axis.place.kindKey, otherPath ?? axis.place.path)
    guard var node else { return absent(axis, axis.place.absentKind) }
    if case .list = node.content, let mapping = axis.place.expanded(node) { node = mapping }
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
      guard let kind = node[kindKey]?.scalar ?? axis.place.impliedKind else {
        report(node.mark, path, "needs a '\(kindKey)' (allowed: \(catalog.names.joined(separator: ", ")))")
        return nil
      }
      written = kind
      optionsNode = node
    default:
      report(
        node.mark, path,
        Self.notAllowed(node, "\(article(catalog.kind)) \(catalog.kind) by name, or a mapping with '\(kindKey)'"))
      return nil
    }
    let (name, argument) = componentCall(written)
    guard let entry = catalog[name] else {
      let hint = componentHint(name, argument: argument, among: catalog.names)
      report(
        node[kindKey]?.mark ?? node.mark, path,
        "unknown \(catalog.kind) '\(shownText(name))'\(hint) (allowed: \(catalog.names.joined(separator: ", ")))")
      return nil
    }
    if let argument {
      let mark = node[kindKey]?.mark ?? node.mark
      guard let shorthand = entry.shorthand else {
        let names = ([kindKey] + entry.options.map(\.name)).joined(separator: ", ")
        report(
          mark, path,
          "'\(shownText(written))' is not allowed (allowed: \(name)"
            + (entry.options.isEmpty ? ")" : ", or a mapping of \(names))"))
        return nil
      }
      if let other = optionsNode.entry(shorthand) {
        report(other.keyMark, joined(path, shorthand), "is given in '\(shownText(written))' already")
        return nil
      }
      let value = ScenarioNode(content: .scalar(argument, isQuoted: false), mark: mark)
      let entry = ScenarioNode.Entry(key: shorthand, keyMark: mark, value: value)
      optionsNode = ScenarioNode(content: .mapping(optionsNode.entries + [entry]), mark: optionsNode.mark)
    }
    guard let options = options(optionsNode, entry.options, besides: [kindKey] + axis.place.otherKeys, path: path),
      let product = made(entry, options, optionsNode, path: path)
    else { return nil }
    // An element of a list is no value of its own.
    if otherPath == nil { resolve(path, kindKey: kindKey, name: name, entry.options, options) }
    return (name, product)
  }

  /// A component that is an option of another: its name and the values of its options; nil when any is wrong.
  mutating func componentValue(_ node: ScenarioNode, of place: ComponentPlace, path: String) -> OptionValue? {
    let names = place.components.map(\.name).joined(separator: ", ")
    var optionsNode = node
    if node.scalar != nil { optionsNode = ScenarioNode(content: .mapping([]), mark: node.mark) }
    guard let kind = node.scalar.map({ _ in node }) ?? node[place.kindKey], let name = kind.scalar else {
      report(
        (node[place.kindKey] ?? node).mark, path,
        Self.notAllowed(node, "\(article(place.family)) \(place.family) by name, or a mapping with '\(place.kindKey)'"))
      return nil
    }
    guard let component = place[name] else {
      let hint = componentHint(name, among: place.components.map(\.name))
      report(kind.mark, path, "unknown \(place.family) '\(shownText(name))'\(hint) (allowed: \(names))")
      return nil
    }
    return options(optionsNode, component.options, besides: [place.kindKey], path: path)
      .map { .component(name, $0.values) }
  }

  /// The component of an axis where nothing stands, with its defaults; nil where there is none then.
  mutating func absent<Product>(
    _ axis: ComponentAxis<Product>, _ kind: String?
  ) -> (name: String, product: Product)? {
    guard let name = kind, let entry = axis.catalog[name],
      let options = try? Options(declared: entry.options, given: [:]), let product = try? entry.make(options)
    else { return nil }
    resolve(axis.place.path, kindKey: axis.place.kindKey, name: name, entry.options, options)
    return (name, product)
  }

  /// Keeps what a component has ended up with, its defaults included.
  private mutating func resolve(
    _ path: String, kindKey: String, name: String, _ declared: [Option], _ options: Options
  ) {
    resolved.append(ResolvedValue(joined(path, kindKey), name))
    for option in declared { resolve(joined(path, option.name), option, options.value(option.name)) }
  }

  private mutating func resolve(_ path: String, _ option: Option, _ value: OptionValue?) {
    // A mapping that is absent has its own defaults.
    if case .group(let inner) = option.kind {
      var given: [String: OptionValue] = [:]
      if case .group(let values)? = value { given = values }
      for option in inner { resolve(joined(path, option.name), option, given[option.name] ?? option.defaultValue) }
    } else if let value {
      resolved.append(ResolvedValue(path, value.text))
    }
  }
}
