internal import Catalogs
internal import Datasets
internal import Formats
internal import Tensors

/// The data of arms: opened once, divided once a seed, and what is to be said of them.
extension ExperimentBuilder {
  mutating func source(_ arm: ArmSettings, seed: UInt64) -> (any ExampleSource)? {
    let data = arm.data
    let own = data.node.without(dataKeys).flowText
    let key = data.source.dependsOnSeed ? "\(own) \(seed)" : own
    if let known = sources[key] { return known }
    for file in data.manifestFiles {
      guard let problem = file.problem else { continue }
      report(file.mark, "data.from", problem)
      sources[key] = .some(nil)
      return nil
    }
    var opened: (any ExampleSource)?
    do {
      opened = try data.source.open(scenario.baseDirectory, seed)
    } catch let problem as OptionProblem {
      // What only the files show, as a class that is not among `classes`.
      let key = problem.option
      let first = key.map { String($0.prefix { $0 != "." }) }
      report(
        (first.flatMap { data.node[$0] } ?? data.node).mark, key.map { "data.\($0)" } ?? "data", problem.message)
    } catch {
      let key = ["root", "file", "files"].first { data.node[$0] != nil }
      report(
        (key.flatMap { data.node[$0] } ?? data.node).mark, key.map { "data.\($0)" } ?? "data", "\(error)",
        isMissingInput: isMissing(error))
    }
    sources[key] = .some(opened)
    return opened
  }

  func isMissing(_ error: any Error) -> Bool {
    switch error {
    case let error as DataFileError: error.isMissing
    case SafetensorsError.missing: true
    default: false
    }
  }

  /// The data of an arm and seed; nil where there is a mistake, which is reported.
  ///
  /// - Parameter isWhole: Whether limits on examples, and the clients that never train, are left aside.
  mutating func dataset(_ arm: ArmSettings, seed: UInt64, isWhole: Bool = false) -> FederatedDataset? {
    let key = "\(arm.data.identity) \(seed) \(isWhole)"
    if let known = datasets[key] { return known }
    var made: FederatedDataset?
    if let source = source(arm, seed: seed), let partitioner = partitioner(arm) {
      do {
        let dataset = try FederatedDataset(
          source: source, partitioner: partitioner,
          trainPerClient: isWhole && !source.isGenerated ? nil : arm.data.trainPerClient,
          testPerClient: isWhole && !source.isGenerated ? nil : arm.data.testPerClient, heldOut: arm.data.heldOut,
          unseen: isWhole ? nil : arm.data.unseen, shift: isWhole ? [] : arm.data.shift,
          normalization: isWhole ? .none : arm.data.normalization, seed: seed)
        for remark in dataset.divisionRemarks { note(remark) }
        if let words = dataset.untestedWords { note(words) }
        for remark in dataset.normalizationRemarks { note(remark) }
        made = dataset
      } catch let problem as UnseenProblem {
        report(problem, arm.data.node)
      } catch let problem as ShiftProblem {
        report(problem, arm.data.node)
      } catch let problem as NormalizationProblem {
        let option = arm.data.node["normalize"]?[problem.option]
        report((option ?? arm.data.node).mark, "data.normalize.\(problem.option)", problem.description)
      } catch {
        report(arm.data.node["partition"]?.mark ?? arm.data.node.mark, "data.partition", "\(error)")
      }
    }
    datasets[key] = .some(made)
    return made
  }

  /// The partition of an arm with what its files say; nil where they can't be read, which is reported.
  private mutating func partitioner(_ arm: ArmSettings) -> (any Partitioner)? {
    do {
      return try arm.data.partitioner.opened(in: scenario.baseDirectory)
    } catch {
      let node = arm.data.node["partition"]
      report(
        (node?["path"] ?? node ?? arm.data.node).mark, "data.partition.path", "\(error)",
        isMissingInput: isMissing(error))
      return nil
    }
  }

  private mutating func report(_ problem: ShiftProblem, _ data: ScenarioNode) {
    let node = data["shift"]
    guard case .list(let elements)? = node?.content, elements.indices.contains(problem.entry) else {
      return report((node ?? data).mark, "data.shift", problem.description)
    }
    report(elements[problem.entry].mark, "data.shift[\(problem.entry)]", problem.description)
  }

  private mutating func report(_ problem: UnseenProblem, _ data: ScenarioNode) {
    let option = data["unseen"]?[problem.option]
    var mark = (option ?? data).mark
    var path = "data.unseen.\(problem.option)"
    if let index = problem.index, case .list(let elements)? = option?.content, elements.indices.contains(index) {
      mark = elements[index].mark
      path += "[\(index)]"
    }
    report(mark, path, problem.description)
  }
}
