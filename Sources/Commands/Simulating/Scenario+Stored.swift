internal import Records
internal import Scenarios

extension Scenario {
  /// The scenario of an experiment that is kept.
  ///
  /// - Throws: `ScenarioError`.
  init(stored: StoredExperiment) throws(ScenarioError) {
    try self.init(
      text: stored.record.scenario, file: "experiment \(stored.id) (\(stored.record.name))",
      baseDirectory: stored.record.baseDirectory, isRecorded: true)
  }
}
