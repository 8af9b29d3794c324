internal import Datasets
internal import Networks
internal import Tensors

/// The weights that arms start from.
extension ExperimentBuilder {
  mutating func initialState(_ arm: ArmSettings, _ network: Network) -> ModelState? {
    guard let node = arm.initFile, let file = node.scalar else { return nil }
    // Where each array lies and what it holds without the file: shapes follow the data, quirks change the order, and
    // policies that mix may start from another part.
    let tensors = network.layout.tensors.map { "\($0.name) \($0.shape) \($0.role) \($0.range) \($0.initializer)" }
    let key = "\(file) \(arm.initPrefix) \(tensors.joined(separator: ", "))"
    if let known = states[key] { return known }
    var made: ModelState?
    do {
      let contents = try SafetensorsFile(path: resolvedPath(file, in: scenario.baseDirectory))
      try initHashes.add(contents, of: arm)
      let state = try ModelState(file: contents, prefix: arm.initPrefix, layout: network.layout)
      if let problem = problem(of: state, network.layout) {
        report(node.mark, "init", "\(contents.path): \(problem)")
      } else {
        made = state
      }
    } catch {
      report(node.mark, "init", "\(error)", isMissingInput: isMissing(error))
    }
    states[key] = .some(made)
    return made
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
