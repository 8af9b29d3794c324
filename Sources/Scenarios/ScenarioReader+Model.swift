internal import Catalogs
internal import Networks

extension ScenarioReader {
  /// A named model, or one whose layers stand in the scenario; nil when something is wrong.
  mutating func model(_ node: ScenarioNode?, root: ScenarioNode) -> ArmSettings.Model? {
    guard let node else {
      report(
        root.mark, "model",
        "is missing (allowed: \(modelCatalog.names.joined(separator: ", ")), or {input: …, layers: […]})")
      return nil
    }
    guard node["layers"] != nil || node["input"] != nil else {
      return component(node, modelAxis).map { .named($0.product) }
    }
    checkKeys(node, modelKeys, path: "model")
    let kind = OptionKind.list(.integer(1...1_000_000), count: 1...3)
    let input = value(node, "input", kind, path: "model")
    if node["input"] == nil {
      report(node.mark, "model.input", "is missing (allowed: \(kind.allowed), as [28, 28, 3])")
    }
    guard let layersNode = node["layers"], case .list(let nodes) = layersNode.content, !nodes.isEmpty else {
      let place = node["layers"]?.mark ?? node.mark
      report(place, "model.layers", "is missing or empty (allowed: a list of layers)")
      return nil
    }
    let layers = nodes.enumerated().compactMap { layer($1, path: "model.layers[\($0)]") }
    guard layers.count == nodes.count, case .list(let extents)? = input else { return nil }
    let sizes = extents.compactMap { if case .integer(let extent) = $0 { extent } else { nil } }
    resolved.append(ResolvedValue("model.input", "\(sizes)"))
    resolved.append(ResolvedValue("model.layers", OptionValue.list(layers.map(\.value)).text))
    return .inline(input: sizes, layers: layers.map(\.layer), node: node)
  }

  /// The layers of a list that is an option of another layer, as values; nil when any is wrong.
  mutating func layerValues(_ nodes: [ScenarioNode], path: String) -> OptionValue? {
    let values = nodes.enumerated().compactMap { layer($1, path: "\(path)[\($0)]")?.value }
    return values.count == nodes.count ? .list(values) : nil
  }

  /// Where a layer stands whose lists, from the model's to the innermost, are given, and its path.
  static func place(_ places: [LayerPlace], in model: ScenarioNode) -> (mark: SourceMark, path: String) {
    var (node, path) = (model, "model")
    for (depth, place) in places.enumerated() {
      if depth > 0, let kind = node.entries.first {
        node = kind.value
        path += ".\(kind.key)"
      }
      // A bare list is the option that the layer has a shorthand for.
      if let list = node[place.option] { node = list }
      if case .list(let nodes) = node.content, nodes.indices.contains(place.index) { node = nodes[place.index] }
      path += ".\(place.option)[\(place.index)]"
    }
    return (node.mark, path)
  }

  /// `relu`, `{max_pool2d: 2}` or `{conv2d: {filters: 16, …}}`: the layer, and the value that makes it again.
  private mutating func layer(_ node: ScenarioNode, path: String) -> (layer: any Layer, value: OptionValue)? {
    let kind: String
    let kindMark: SourceMark
    var optionsNode = ScenarioNode(content: .mapping([]), mark: node.mark)
    switch node.content {
    case .scalar(let text, _):
      kind = text
      kindMark = node.mark
    case .mapping(let entries) where entries.count == 1:
      kind = entries[0].key
      kindMark = entries[0].keyMark
      optionsNode = entries[0].value
    default:
      report(node.mark, path, Self.notAllowed(node, "a layer's kind, or a mapping of one kind to its options"))
      return nil
    }
    guard let entry = layerCatalog[kind] else {
      let hint = componentHint(kind, among: layerCatalog.names)
      report(
        kindMark, path,
        "unknown layer '\(shownText(kind))'\(hint) (allowed: \(layerCatalog.names.joined(separator: ", ")))")
      return nil
    }
    switch optionsNode.content {
    case .null, .unset:
      optionsNode = ScenarioNode(content: .mapping([]), mark: optionsNode.mark)
    case .scalar, .list:
      guard let shorthand = entry.shorthand else {
        report(
          optionsNode.mark, "\(path).\(kind)",
          Self.notAllowed(optionsNode, "a mapping of \(entry.options.map(\.name).joined(separator: ", "))"))
        return nil
      }
      let entry = ScenarioNode.Entry(key: shorthand, keyMark: optionsNode.mark, value: optionsNode)
      optionsNode = ScenarioNode(content: .mapping([entry]), mark: optionsNode.mark)
    case .mapping: break
    }
    let path = "\(path).\(kind)"
    guard let options = options(optionsNode, entry.options, path: path) else { return nil }
    return made(entry, options, optionsNode, path: path).map { ($0, .component(kind, options.values)) }
  }
}
