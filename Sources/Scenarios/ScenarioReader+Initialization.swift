internal import Catalogs

extension ScenarioReader {
  /// The file that an arm starts from, and how its arrays become those of the model: a path, with `init_prefix` beside it,
  /// or a mapping.
  mutating func initialization(_ root: ScenarioNode) -> (file: ScenarioNode?, naming: ArmSettings.Naming) {
    var naming = ArmSettings.Naming()
    let prefix = value(root, "init_prefix", .text, path: "")
    guard let node = root["init"] else {
      if let prefix = root["init_prefix"] { report(prefix.mark, "init_prefix", "has no 'init' to select from") }
      return (nil, naming)
    }
    guard case .mapping = node.content else {
      if accepted(node, .text, path: "init") == nil { return (nil, naming) }
      naming.prefix = prefix?.text ?? ""
      return (node, naming)
    }
    checkKeys(node, initKeys, path: "init")
    if let other = root.entry("init_prefix") {
      report(other.keyMark, "init_prefix", "can't be combined with a mapping at 'init'; write 'init.prefix'")
    }
    if node["file"] == nil {
      report(node.mark, "init.file", "is missing (allowed: the path of a safetensors file)")
    }
    _ = value(node, "file", .text, path: "init")
    naming.prefixKey = "init.prefix"
    naming.prefix = value(node, "prefix", .text, path: "init")?.text ?? ""
    if let rename = node["rename"] {
      if case .mapping = rename.content {
        for entry in rename.setEntries {
          guard let to = entry.value.scalar else {
            report(
              entry.value.mark, "init.rename.\(entry.key)",
              Self.notAllowed(entry.value, "text, \"\" for nothing"))
            continue
          }
          naming.renamings.append((entry.key, to, entry.keyMark))
        }
      } else {
        report(
          rename.mark, "init.rename",
          Self.notAllowed(rename, "a mapping of how names begin in the file to how they begin in the model"))
      }
    }
    if let patterns = node["allow_missing"] {
      let kind = OptionKind.either([.list(.text, count: 0...10_000), .text])
      if accepted(patterns, kind, path: "init.allow_missing") != nil {
        if case .list(let nodes) = patterns.content {
          for (index, node) in nodes.enumerated() {
            naming.allowMissing.append((node.scalar ?? "", node.mark, "init.allow_missing[\(index)]"))
          }
        } else {
          naming.allowMissing.append((patterns.scalar ?? "", patterns.mark, "init.allow_missing"))
        }
      }
    }
    return (node["file"], naming)
  }
}
