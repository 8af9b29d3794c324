internal import Datasets
internal import Federation

/// What the user should know of the data, and would not see in the numbers.
extension ExperimentBuilder {
  /// Notes what is unusual in a run's data.
  mutating func remarkOnData(_ arm: ArmSettings, _ run: RunConfiguration) {
    // Which classes have no example is said below, of those that clients train on.
    let gaps = (run.dataset.source as? HeldSource)?.data.gapRemark
    for remark in run.dataset.source.remarks where remark != gaps { note(remark) }
    remarkOnValidation(arm, run)
    if run.dataset.testOnlyCount > 0 { remarkOnTestOnly(arm, run) }
    let key = "\(arm.data.identity) \(run.seed)"
    let texts = labelRemarks[key] ?? run.dataset.labelCensus().map(Self.remarks) ?? []
    labelRemarks[key] = texts
    for text in texts { note(text, of: "\(arm.name)/\(run.seed)") }
  }

  /// A round is chosen by those alone that have validation examples, which are fewer than those that are tested.
  private mutating func remarkOnValidation(_ arm: ArmSettings, _ run: RunConfiguration) {
    let dataset = run.dataset
    guard dataset.hasValidationExamples else { return }
    let count = (0..<dataset.clientCount).count { dataset.count($0, .validation) == 0 }
    guard count > 0 else { return }
    note(
      "\(count) of \(dataset.clientCount) clients \(count == 1 ? "has" : "have") no validation examples: a round is chosen by the others",
      of: "\(arm.name)/\(run.seed)")
  }

  private mutating func remarkOnTestOnly(_ arm: ArmSettings, _ run: RunConfiguration) {
    let data = run.dataset
    let idle = (data.clientCount..<data.clientCount + data.unseenCount).filter {
      data.trainCount($0) == 0 && data.testCount($0) == 0 && data.count($0, .validation) > 0
    }
    if !idle.isEmpty {
      let names = idle.prefix(3).map { data.name($0) }.joined(separator: ", ") + (idle.count > 3 ? ", …" : "")
      note(
        idle.count == 1
          ? "\(names) has validation examples only: it never trains and nothing is evaluated of it"
          : "\(idle.count) clients (\(names)) have validation examples only: they never train and nothing is evaluated of them",
        of: "\(arm.name)/\(run.seed)")
    }
    let count = data.testOnlyCount - idle.count
    guard count > 0 else { return }
    let domains = run.dataset.testOnlyDomains
    let shown = domains.prefix(3).joined(separator: ", ") + (domains.count > 3 ? ", …" : "")
    let isEvaluated = arm.evaluation.subjects?.contains(.unseen) ?? true
    let fate =
      isEvaluated
      ? (count == 1 ? "is evaluated as unseen" : "are evaluated as unseen")
      : "'evaluation.subject' leaves \(count == 1 ? "it" : "them") out (allowed: unseen)"
    note(
      count == 1
        ? "\(shown) has test examples only: it never trains and \(fate)"
        : "\(count) clients (\(shown)) have test examples only: they never train and \(fate)",
      of: "\(arm.name)/\(run.seed)")
  }

  /// What is to be said of labels that nobody trains on.
  private static func remarks(on census: LabelCensus) -> [String] {
    var remarks: [String] = []
    let outputs = "a model has an output for each of the \(census.classCount) labels from 0 on"
    if census.absent.count == 1 {
      let isFirst = census.absent == [0]
      remarks.append(
        "no client trains on label \(census.absent[0]), and no test example has it: \(outputs)"
          + (isFirst ? "; labels count from 0, and these seem to begin at 1" : ""))
    } else if !census.absent.isEmpty {
      remarks.append(
        "no client trains on \(census.absent.count) of \(census.classCount) labels (\(rangesText(census.absent))), and no test example has them: \(outputs)"
      )
    }
    if census.untrainedTestCount > 0 {
      let count = census.untrainedTestCount
      remarks.append(
        "\(count) of \(census.testCount) test examples \(count == 1 ? "has a label" : "have labels") that no client trains on (\(rangesText(census.untrained))): they count, and a model gets them wrong"
      )
    }
    return remarks
  }
}

/// Ascending numbers as "3, 7 to 9 and 12"; "…" stands for what is behind the first eight pieces.
func rangesText(_ numbers: [Int]) -> String {
  var pieces: [ClosedRange<Int>] = []
  for number in numbers {
    if let last = pieces.last, last.upperBound == number - 1 {
      pieces[pieces.count - 1] = last.lowerBound...number
    } else {
      pieces.append(number...number)
    }
  }
  let words = pieces.prefix(8).map { piece in
    switch piece.count {
    case 1: "\(piece.lowerBound)"
    case 2: "\(piece.lowerBound), \(piece.upperBound)"
    default: "\(piece.lowerBound) to \(piece.upperBound)"
    }
  }
  return words.joined(separator: ", ") + (pieces.count > 8 ? ", …" : "")
}

/// Why nothing can be trained on data yet; nil where it can.
func untrainable(_ dataset: FederatedDataset) -> String? {
  switch dataset.source.target {
  case .classes(let count):
    if count == 0 { return "has no labelled example" }
  case .labels, .values, .tokens: break
  }
  if let held = dataset.source as? HeldSource, held.hasTokens {
    return
      "has tokens as inputs, and models have no layer for them so far (allowed: images, sequences, vectors; 'covey data info' and 'covey import' take tokens)"
  }
  return nil
}
