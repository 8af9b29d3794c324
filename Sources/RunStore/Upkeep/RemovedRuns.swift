/// What was, or is to be, removed with some runs.
package struct RemovedRuns: Sendable, Equatable {
  /// The runs' numbers in ascending order.
  package var runs: [Int64]
  /// The numbers of the experiments that are left without a run and go, too, in ascending order.
  package var experiments: [Int64]
  /// The recorded rounds, round 0 included.
  package var rounds: Int
  /// The checkpoints.
  package var checkpoints: Int
  /// Bytes of the file that are free for other records afterwards; 0 before the removal.
  package var freedBytes: Int

  /// Makes a value.
  package init(runs: [Int64], experiments: [Int64], rounds: Int, checkpoints: Int, freedBytes: Int) {
    self.runs = runs
    self.experiments = experiments
    self.rounds = rounds
    self.checkpoints = checkpoints
    self.freedBytes = freedBytes
  }
}
