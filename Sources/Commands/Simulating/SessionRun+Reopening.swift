internal import Federation
internal import Foundation
internal import Records
internal import RunStore
internal import Scenarios
internal import Tensors

extension SimulationSession.SessionRun {
  /// A recorded run that goes on behind its newest sound checkpoint, which is not kept in memory until the run's turn comes.
  ///
  /// - Throws: `StoreError` as `reopen`; `CheckpointProblem`.
  init(
    reopening run: StoredRun, _ chosen: Experiment.Run, in store: RunStore, threads: Int, isQuiet: Bool
  ) throws {
    let (checkpoint, damaged) = try store.reopen(
      run: run.id, threads: threads, host: ProcessInfo.processInfo.hostName, version: coveyVersion,
      instructionSet: InstructionSet.current, description: chosen.description)
    for round in damaged {
      StandardError.write("\(run.name): the checkpoint of round \(round) is damaged and not used")
    }
    if !isQuiet {
      StandardError.write(
        "\(run.name): going on " + (checkpoint.map { "after round \($0.round)" } ?? "from the start"))
    }
    self.init(
      id: run.id, experiment: run.experimentID, name: run.name,
      planned: try Self.planned(chosen.configuration, run.id, checkpoint, store), retention: chosen.retention)
  }

  private static func planned(
    _ configuration: RunConfiguration, _ id: Int64, _ checkpoint: CheckpointRecord?, _ store: RunStore
  ) throws -> PlannedRun {
    guard let checkpoint else { return PlannedRun(configuration) }
    let round = checkpoint.round
    return try PlannedRun(configuration, from: checkpoint) { try store.checkpoint(run: id, round: round) }
  }
}
