internal import Records
internal import RunStore
internal import Scenarios

extension Experiment {
  /// The experiment that is kept in a record of runs, with its data opened again.
  ///
  /// - Throws: `ScenarioError`, as when the data are not there any more; `StoreError.changedScenario`.
  init(stored: StoredExperiment) throws {
    try self.init(Scenario(recorded: stored))
  }

  /// The run of an arm and seed.
  ///
  /// - Throws: `CommandFailure` when the scenario has none.
  func run(arm: String, seed: UInt64, id: Int64) throws -> Run {
    guard let run = runs.first(where: { $0.configuration.arm == arm && $0.configuration.seed == seed }) else {
      throw CommandFailure("error: the recorded scenario of run \(id) has no arm '\(arm)' with seed \(seed)", .data)
    }
    return run
  }
}
