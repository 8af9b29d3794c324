internal import ArgumentParser
internal import Records
internal import RunStore
internal import Tensors

/// What becomes of runs that another instruction set computed.
struct InstructionSetOptions: ParsableArguments {
  @Flag(
    name: .customLong("allow-other-instruction-set"),
    help: "Also compute runs that another instruction set computed before: the bits are others then.")
  var allowsOther = false

  /// The recorded instruction set of a run where it is not the one that this process computes with; nil where it is, or
  /// none is recorded.
  static func other(_ recorded: String?) -> String? { recorded == InstructionSet.current ? nil : recorded }

  /// Returns the words that another instruction set computed a run.
  static func words(_ run: StoredRun, computedWith other: String) -> String {
    "run \(run.id) (\(run.name)) was computed with \(other), and this process computes with \(InstructionSet.current)"
  }

  /// Refuses to go on with runs whose rounds before another instruction set computed, unless that is allowed.
  ///
  /// - Throws: `CommandFailure` that names all of them, and `StoreError`.
  func check(_ runs: [StoredRun], _ store: RunStore, nothingWas done: String = "resumed") throws {
    var lines: [String] = []
    for run in runs {
      guard let other = Self.other(try store.instructionSetToGoOn(run: run.id)) else { continue }
      let words = Self.words(run, computedWith: other)
      lines.append(
        allowsOther ? "note: \(words): its result is not the one of an uninterrupted run" : "error: \(words)")
    }
    if lines.isEmpty { return }
    guard allowsOther else {
      throw CommandFailure(
        lines: lines + [
          "nothing was \(done); go on where those can be computed, or with --allow-other-instruction-set: the record then names both"
        ], status: .usage)
    }
    for line in lines { StandardError.write(line) }
  }
}
