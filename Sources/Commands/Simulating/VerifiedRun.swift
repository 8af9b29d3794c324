internal import Records
internal import Tables
internal import Tensors

/// What `covey verify` says of one run.
struct VerifiedRun {
  /// How a result compares with the recorded one.
  enum Outcome: String {
    /// The result is the same.
    case same
    /// The result is the same in what an earlier version of covey recorded.
    case sameAsRecorded = "same-as-recorded"
    /// The result differs.
    case differs
    /// What the run would read is not what it read; it was not computed.
    case otherData = "other-data"
    /// Another instruction set computed it; it was not computed, for want of leave.
    case otherInstructionSet = "other-instruction-set"
  }

  /// The recorded run.
  let run: StoredRun
  /// How the results compare.
  var outcome: Outcome
  /// The hash of the result of now; nil where there is none.
  var now: String?
  /// What computed the recorded run, where that is not what computes now.
  let other: String?
  /// What the run would read that is not what it read.
  let differences: [InputDifference]

  /// A run that is not computed, as yet.
  init(run: StoredRun, other: String?, differences: [InputDifference]) {
    self.run = run
    self.other = other
    self.differences = differences
    outcome = differences.isEmpty ? .otherInstructionSet : .otherData
  }

  /// A line for people.
  var text: String {
    let before = run.resultHash ?? ""
    let sets = other.map { "recorded with \($0), computed now with \(InstructionSet.current)" }
    let behind = sets.map { "; \($0)" } ?? ""
    switch outcome {
    case .same: return "\(run.name): same result, \(now ?? "none")\(behind)"
    case .sameAsRecorded:
      return "\(run.name): same result, \(before), in all that its version of covey recorded\(behind)"
    case .differs: return "\(run.name): differs: recorded \(before), now \(now ?? "none")\(behind)"
    case .otherData:
      return "\(run.name): other data, not computed again: \(differences.map(\.name).joined(separator: ", "))"
    case .otherInstructionSet:
      return "\(run.name): other instruction set, not computed again: recorded with \(other ?? "nothing")"
    }
  }

  /// The table for programs.
  static var table: Table {
    Table(
      columns: [
        "run", "name", "outcome", "recorded", "now", "instruction_set_recorded", "instruction_set", "other_inputs",
      ].map { .words($0) })
  }

  /// The row of that table.
  var cells: [Cell] {
    [
      .integer(Int(run.id)), .text(run.name), .text(outcome.rawValue), .text(run.resultHash), .text(now),
      .text(run.instructionSet), .text(InstructionSet.current), .list(differences.map(\.name)),
    ]
  }

  /// What the command ends with: the gravest of what was found, with what kept runs from being computed; nil where all
  /// results are the same.
  static func failure(of runs: [VerifiedRun]) -> CommandFailure? {
    var lines = RecordedInputs.lines(runs.flatMap { run in run.differences.map { (run.run, $0) } })
    var status = lines.isEmpty ? nil : ExitStatus.data
    for run in runs where run.outcome == .otherInstructionSet {
      lines.append("error: \(InstructionSetOptions.words(run.run, computedWith: run.other ?? "nothing"))")
      status = status ?? .usage
    }
    if status == .usage { lines.append("--allow-other-instruction-set computes such runs again, to other bits") }
    if runs.contains(where: { $0.outcome == .differs }) { status = .runFailed }
    return status.map { CommandFailure(lines: lines, status: $0) }
  }
}
