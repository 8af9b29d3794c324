internal import Catalogs
internal import Datasets
internal import Federation
internal import Networks
internal import Tensors

/// The weights that arms start from.
extension ExperimentBuilder {
  mutating func initialState(_ arm: ArmSettings, _ network: Network, seed: UInt64) -> ModelState? {
    guard let node = arm.initFile, let file = node.scalar else { return nil }
    // Where each array lies and what it holds without the file: shapes follow the data, quirks change the order, and
    // policies that mix may start from another part.
    let tensors = network.layout.tensors.map { "\($0.name) \($0.shape) \($0.role) \($0.range) \($0.initializer)" }
    let naming = arm.initNaming.naming
    // What the file lacks starts as the seed has it.
    let drawn = naming.allowMissing.isEmpty ? "" : " \(seed)"
    let key = "\(file) \(naming)\(drawn) \(tensors.joined(separator: ", "))"
    if let known = states[key] {
      if let reading = known { remark(on: reading, arm, file) }
      return known?.state
    }
    var made: StateReading?
    do {
      let contents = try SafetensorsFile(path: resolvedPath(file, in: scenario.baseDirectory))
      try initHashes.add(contents, of: arm)
      let reading =
        checkNames(arm, contents, network.layout)
        ? try ModelState.reading(contents, naming, layout: network.layout, seed: seed) : nil
      if let reading, let problem = problem(of: reading.state, network.layout) {
        report(node.mark, "init", "\(contents.path): \(problem)")
      } else {
        made = reading
      }
    } catch {
      report(node.mark, "init", "\(error)", isMissingInput: isMissing(error))
    }
    states[key] = .some(made)
    if let made { remark(on: made, arm, file) }
    return made?.state
  }

  /// Complains of renamings that replace nothing, and of patterns of names that the model has not; false where there are
  /// any.
  private mutating func checkNames(_ arm: ArmSettings, _ file: SafetensorsFile, _ layout: StateLayout) -> Bool {
    let naming = arm.initNaming
    let before = diagnostics.count
    let behind = naming.prefix.isEmpty ? "" : " behind '\(shownText(naming.prefix))'"
    let arrays = NamedArrays(file, naming.naming)
    let names = file.entries.keys.filter { $0.hasPrefix(naming.prefix) }.map { $0.dropFirst(naming.prefix.count) }
    for (index, renaming) in naming.renamings.enumerated() where arrays.uses[index] == 0 {
      let path = "init.rename.\(renaming.from)"
      if names.contains(where: { $0.hasPrefix(renaming.from) }) {
        report(renaming.mark, path, "replaces nothing: of each name that begins so, a longer beginning is renamed")
      } else {
        // Beginnings end with a dot, as names of layers do.
        let beginnings = Set(names.flatMap(Self.beginnings)).sorted()
        let hint = nearestName(to: renaming.from, in: beginnings).map { "; did you mean '\($0)'?" } ?? ""
        report(renaming.mark, path, "begins no name of \(file.path)\(behind)\(hint)")
      }
    }
    for (pattern, mark, path) in naming.allowMissing {
      let own = NamePattern(pattern)
      guard !layout.tensors.contains(where: { own.matches($0.name) }) else { continue }
      let names = layout.tensors.map(\.name)
      let layers = layout.tensors.map(\.layer)
      let ends = names.compactMap { $0.split(separator: ".").last.map { "*.\($0)" } }
      let hint = nearestName(to: pattern, in: layers.map { "\($0).*" } + names + ends)
      let shown = Array(Set(layers)).sorted().prefix(20).joined(separator: ", ")
      report(
        mark, path,
        "'\(shownText(pattern))' matches no name of the model\(hint.map { "; did you mean '\($0)'?" } ?? "") (allowed: names and patterns of layers \(shown)\(Set(layers).count > 20 ? ", …" : ""))"
      )
    }
    return diagnostics.count == before
  }

  /// "encoder." and "encoder.bn." of "encoder.bn.weight".
  private static func beginnings(_ name: Substring) -> [String] {
    name.indices.filter { name[$0] == "." }.prefix(12).map { String(name[...$0]) }
  }

  /// Tells what of the model the file lacks and may lack, what of the file the model has not, and patterns that were not
  /// needed.
  private mutating func remark(on reading: StateReading, _ arm: ArmSettings, _ file: String) {
    func list(_ names: [String]) -> String {
      names.prefix(4).map { "'\(shownText($0))'" }.joined(separator: ", ")
        + (names.count > 4 ? " and \(names.count - 4) more" : "")
    }
    func counted(_ count: Int) -> String { "\(count) array\(count == 1 ? "" : "s")" }
    if !reading.kept.isEmpty {
      armNotes.add(
        "\(counted(reading.kept.count)) of the model \(reading.kept.count == 1 ? "is" : "are") not in '\(shownText(file))' and \(reading.kept.count == 1 ? "keeps" : "keep") initial values: \(list(reading.kept))",
        of: arm.name)
    }
    for (pattern, _, path) in arm.initNaming.allowMissing
    where !reading.kept.contains(where: { NamePattern(pattern).matches($0) }) {
      armNotes.add(
        "'\(path)' matches nothing that '\(shownText(file))' lacks: all that '\(shownText(pattern))' names is read from it",
        of: arm.name)
    }
    // A path by itself is documented to pass others over.
    if arm.initNaming.prefixKey == "init.prefix", !reading.passedOver.isEmpty {
      armNotes.add(
        "\(counted(reading.passedOver.count)) of '\(shownText(file))' \(reading.passedOver.count == 1 ? "is" : "are") none of the model's and passed over: \(list(reading.passedOver))",
        of: arm.name)
    }
  }

  /// What no model can start from, or nil.
  private func problem(of state: ModelState, _ layout: StateLayout) -> String? {
    for tensor in layout.tensors {
      if tensor.role == .batchCount {
        let count = state.counters[tensor.range.lowerBound]
        if count < 0 || count > 1 << 53 { return "'\(tensor.name)' is \(count) (allowed: a number of batches)" }
        continue
      }
      if let bad = state.values[tensor.range].first(where: { !$0.isFinite }) {
        return "'\(tensor.name)' has the value \(bad) (allowed: finite numbers)"
      }
      if tensor.role == .runningVariance, let bad = state.values[tensor.range].first(where: { $0 < 0 }) {
        return "'\(tensor.name)' has the value \(bad) (allowed: numbers ≥ 0)"
      }
    }
    return nil
  }
}
