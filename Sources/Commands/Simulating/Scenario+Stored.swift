internal import Records
internal import RunStore
internal import Scenarios

extension Scenario {
  /// The scenario of an experiment that is kept, if it is the one that was run.
  ///
  /// - Throws: `ScenarioError`, `StoreError.changedScenario`.
  init(recorded stored: StoredExperiment) throws {
    guard RunStore.sha256(of: stored.record.scenario) == stored.record.scenarioHash else {
      throw StoreError.changedScenario(experiment: stored.id, name: stored.record.name)
    }
    try self.init(stored: stored)
  }

  /// The scenario of an experiment that is kept.
  ///
  /// - Throws: `ScenarioError`.
  init(stored: StoredExperiment) throws(ScenarioError) {
    try self.init(
      text: stored.record.scenario, file: "experiment \(stored.id) (\(stored.record.name))",
      baseDirectory: stored.record.baseDirectory, isRecorded: true)
  }
}
