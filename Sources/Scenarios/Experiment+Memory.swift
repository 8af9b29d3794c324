public import Federation
internal import Networks

extension Experiment {
  /// Complains about runs that would take more memory than there is: about those that do so by themselves, else about
  /// the largest of those that do so together.
  ///
  /// - Parameters:
  ///   - runs: Runs of experiments, which are computed together.
  ///   - threads: How many threads compute them.
  ///   - limit: How much memory there is.
  /// - Throws: `ScenarioError` with the places, how many bytes are wanted, and how many there are.
  public static func checkMemory(
    _ runs: [(experiment: Experiment, run: Run)], threads: Int, limit: MemoryLimit = .current
  ) throws(ScenarioError) {
    let whole = MemoryDemand(of: runs.map(\.run.configuration), threads: threads, limit: limit)
    guard whole.bytes > limit.bytes else { return }
    let alone = MemoryDemand.alone(runs.map(\.run.configuration), threads: threads, limit: limit)
    var diagnostics: [Diagnostic] = []
    var seen: Set<String> = []
    for ((experiment, run), demand) in zip(runs, alone) where demand.bytes > limit.bytes {
      // Seeds and arms with the same model in the same place say the same.
      let place = experiment.place(of: run, demand, limit)
      guard seen.insert("\(place.mark.text) \(place.path)").inserted else { continue }
      diagnostics.append(
        Diagnostic(
          place.mark, place.path,
          "arm '\(run.configuration.arm)' takes \(words(demand, run.configuration.network, threads: threads, limit))"))
    }
    if diagnostics.isEmpty, let largest = alone.indices.max(by: { alone[$0].bytes < alone[$1].bytes }) {
      let (experiment, run) = runs[largest]
      let place = experiment.place(of: run, whole, limit)
      diagnostics.append(
        Diagnostic(
          place.mark, place.path,
          "the \(runs.count) runs together, the largest of them of arm '\(run.configuration.arm)', take "
            + words(whole, run.configuration.network, threads: threads, limit)))
    }
    throw ScenarioError(diagnostics)
  }

  /// "157.9 GB (157897850880 bytes) of memory, more than …".
  private static func words(_ demand: MemoryDemand, _ network: Network, threads: Int, _ limit: MemoryLimit) -> String {
    var text = "\(byteText(demand.bytes)) of memory, more than the \(byteText(limit.bytes)) \(limit.words)"
    if let (purpose, bytes) = demand.largest {
      text += ": \(byteText(bytes)) are for \(purpose.rawValue)"
      switch purpose {
      case .training, .evaluation:
        if let index = network.largestLayer {
          let layer = network.layers[index]
          text += " on \(threads == 1 ? "1 thread" : "\(threads) threads"), most of them for layer '\(layer.name)', "
          text += "which puts out \(layer.resolved.output.count) values a sample"
        }
      case .model: text += ", which has \(network.layout.valueCount) values"
      case .clients, .data, .threads: break
      }
    }
    return text
  }

  /// Where in the scenario the most of a demand comes from.
  private func place(of run: Run, _ demand: MemoryDemand, _ limit: MemoryLimit) -> (mark: SourceMark, path: String) {
    guard let arm = scenario.arms.first(where: { $0.name == run.configuration.arm }) else {
      return (scenario.root.mark, "")
    }
    let network = run.configuration.network
    switch demand.largest?.purpose {
    case .training
    where network.leastActivationBytes(batch: 1, isTraining: true) * 16 < limit.bytes
      && run.configuration.work.batchSize > 1:
      return (arm.workMark, "client.batch_size")
    case .training, .evaluation:
      // Where composites were taken apart, numbers of layers are not those of the list.
      if case .inline(_, let layers, let node) = arm.model, layers.count == network.layers.count,
        let index = network.largestLayer
      {
        let place = ScenarioReader.place([LayerPlace(option: "layers", index: index)], in: node)
        return (place.mark, place.path)
      }
      return (arm.modelMark, "model")
    case .clients:
      if case .count? = (arm.cohort as? UniformCohort)?.amount { return (arm.cohortMark, "cohort.count") }
      return (arm.cohortMark, "cohort")
    case .data: return (arm.data.node.mark, "data")
    case .model, .threads, nil: return (arm.modelMark, "model")
    }
  }
}

/// "157.9 GB (157897850880 bytes)".
private func byteText(_ bytes: Double) -> String {
  let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB"]
  var (value, unit) = (bytes, 0)
  while value >= 999.95, unit + 1 < units.count { (value, unit) = (value / 1000, unit + 1) }
  guard bytes < 0x1p63 else { return "\((value * 10).rounded() / 10) \(units[unit])" }
  return "\((value * 10).rounded() / 10) \(units[unit]) (\(Int(bytes)) bytes)"
}
