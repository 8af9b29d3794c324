internal import Catalogs
internal import Datasets
internal import Federation
internal import Networks
internal import Tensors

/// Whether a loss fits the data's targets.
extension ExperimentBuilder {
  /// What the arm's loss takes the data's targets as; nil where it has nothing to compare with them, which was reported.
  mutating func target(_ arm: ArmSettings, _ dataset: FederatedDataset) -> TargetKind? {
    let loss = arm.loss
    guard let target = loss.component.target(for: dataset.target) else {
      let fitting = lossCatalog.entries.filter {
        (try? lossCatalog.make($0.name))?.target(for: dataset.target) != nil
      }
      report(
        arm.lossNode.mark, "loss",
        "'\(loss.name)' has nothing to compare with these targets: the data have \(dataset.target.dataWords) (allowed: \(fitting.map(\.name).joined(separator: ", ")))"
      )
      return nil
    }
    if case .labels = target, let words = dataset.firstNonLabel {
      let others = lossCatalog.entries.filter {
        if case .values? = (try? lossCatalog.make($0.name))?.target(for: dataset.target) { true } else { false }
      }
      report(
        arm.lossNode.mark, "loss",
        "'\(loss.name)' takes labels, 0 or 1, and \(words) (allowed for numbers: \(others.map(\.name).joined(separator: ", ")))"
      )
      return nil
    }
    return target
  }

  /// Complains about options of the loss that do not fit the data.
  mutating func checkLoss(_ arm: ArmSettings, _ run: RunConfiguration) {
    let output = run.network.output
    let width = output.rank == 2 ? output.channels : output.count
    for problem in run.loss.problems(with: run.target, width: width) {
      report(
        (problem.option.flatMap { arm.lossNode[$0] } ?? arm.lossNode).mark,
        ["loss", problem.option].compactMap { $0 }.joined(separator: "."), problem.message)
    }
  }
}

extension TargetKind {
  /// Outputs of a model for an example, or for a step of it.
  var outputCount: Int {
    switch self {
    case .classes(let count), .labels(let count), .values(let count), .tokens(let count): count
    }
  }

  /// What the data have, in words behind "the data have".
  var dataWords: String {
    switch self {
    case .classes(let count): "\(count) labels"
    case .labels(let count): count == 1 ? "a label, 0 or 1, an example" : "\(count) labels, each 0 or 1, an example"
    case .values(let count): count == 1 ? "a number an example" : "\(count) numbers an example"
    case .tokens(let count): "one of \(count) classes for each step"
    }
  }
}

extension FederatedDataset {
  /// Where the first number stands that is no label, 0 or 1, and which it is, in words; nil where there is none.
  fileprivate var firstNonLabel: String? {
    guard let held = source as? HeldSource else { return nil }
    let width = targetCount
    for split in DataSplit.allCases {
      guard case .values(let values)? = held.data.splits[split]?.targets,
        let place = values.firstIndex(where: { $0 != 0 && $0 != 1 })
      else { continue }
      return "\(split.rawValue) example \(place / width) has \(values[place]) at [\(place % width)]"
    }
    return nil
  }
}
