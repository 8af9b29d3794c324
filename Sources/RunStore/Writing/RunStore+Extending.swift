internal import GRDB
package import Records

/// A recorded run that is to have more rounds.
package struct LongerRun: Sendable {
  /// The run's number.
  package var run: Int64
  /// What it is with all of its rounds.
  package var description: RunDescription
  /// Whether the round that was its last planned one is evaluated in the longer run, too.
  package var keepsEvaluations: Bool
  /// Whether drift is recorded of that round in the longer run, too.
  package var keepsDrift: Bool

  /// Makes a value.
  package init(run: Int64, description: RunDescription, keepsEvaluations: Bool, keepsDrift: Bool) {
    self.run = run
    self.description = description
    self.keepsEvaluations = keepsEvaluations
    self.keepsDrift = keepsDrift
  }
}

extension RunStore {
  /// Makes an experiment a larger one, in one transaction: with another scenario, more rounds of some runs, and new runs,
  /// which are `running` and computed by this process.
  ///
  /// A run that gets more rounds is `interrupted` then, as if it had been asked for so many at once and been stopped: what
  /// was recorded of its last round only because that was the last is taken away, and with it the hash of its result. All
  /// else stays, its checkpoints too. One that failed stays failed.
  ///
  /// - Parameters:
  ///   - experiment: The experiment as it was read.
  ///   - record: The experiment as it will be; its name and folder stay.
  /// - Returns: The numbers of the new runs, in the order given.
  /// - Throws: `StoreError`, of which `changed` when the experiment is not what was read any more, `unknownRun`, `runIsActive`
  ///   when a live process is computing a run that is to have more rounds, and `rejected`; nothing is changed then.
  package func extend(
    _ experiment: StoredExperiment, to record: ExperimentRecord, longer: [LongerRun], added: [RunDescription],
    threads: Int, host: String, version: String, instructionSet: String? = nil
  ) throws(StoreError) -> [Int64] {
    var locked: [Int64] = []
    var isRecorded = false
    defer { if !isRecorded { locked.forEach(locks.unlock) } }
    let runs = try writing { database in
      try database.execute(
        sql: "UPDATE experiments SET scenario = ?, scenario_hash = ? WHERE id = ? AND scenario_hash = ?",
        arguments: [record.scenario, record.scenarioHash, experiment.id, experiment.record.scenarioHash])
      guard database.changesCount == 1 else { throw StoreError.changed(path: self.path) }
      for run in longer { try self.lengthen(run, database) }
      return try added.map { run in
        try self.insertBegun(
          run, experiment: experiment.id, threads: threads, host: host, version: version,
          instructionSet: instructionSet, locked: &locked, database)
      }
    }
    isRecorded = true
    return runs
  }

  private func lengthen(_ longer: LongerRun, _ database: Database) throws {
    let id = longer.run
    guard let run = try storedRuns(database, "WHERE runs.id = ?", [id]).first else {
      throw StoreError.unknownRun(String(id), nearest: nil)
    }
    if run.isAlive { throw StoreError.runIsActive(run: id, process: try process(of: id, database)) }
    var tables: [String] = []
    if !longer.keepsEvaluations { tables += [EvaluationRecord.table, EvaluationSummary.table] }
    if !longer.keepsDrift { tables += [NormDriftRecord.table, LayerDriftRecord.table] }
    for table in tables {
      try database.execute(
        sql: "DELETE FROM \(table) WHERE run_id = ? AND round = ?", arguments: [id, run.roundsPlanned])
    }
    // A policy that changes on the way may do so in the longer run alone.
    try database.execute(sql: "DELETE FROM \(NormLayerRecord.table) WHERE run_id = ?", arguments: [id])
    try Self.insert(longer.description.normLayers, run: id, database)
    try database.execute(
      sql: """
        UPDATE runs SET rounds_planned = ?, status = CASE status WHEN 'failed' THEN status ELSE 'interrupted' END,
          finished_at = CASE status WHEN 'failed' THEN finished_at END, result_hash = NULL, stop_reason = NULL
        WHERE id = ?
        """, arguments: [longer.description.roundsPlanned, id])
  }
}
