internal import Foundation
internal import GRDB
package import Records

extension RunStore {
  /// Records an experiment and its runs, all `running` and computed by this process.
  ///
  /// - Parameters:
  ///   - threads: Worker threads.
  ///   - host: The machine's name.
  ///   - version: The program's version.
  ///   - instructionSet: What computes them; nil where that is not to be recorded, nor then what they read.
  /// - Returns: The numbers of the experiment and, in the order given, of its runs.
  /// - Throws: `StoreError`, of which `rejected` when two runs share arm and seed, or two clients or layers of a run
  ///   their name; nothing is recorded then.
  package func begin(
    _ experiment: ExperimentRecord, runs: [RunDescription], threads: Int, host: String, version: String,
    instructionSet: String? = nil
  ) throws(StoreError) -> (experiment: Int64, runs: [Int64]) {
    var locked: [Int64] = []
    var isRecorded = false
    // Nobody sees the runs before they are locked, nor locks of runs that are not recorded.
    defer { if !isRecorded { locked.forEach(locks.unlock) } }
    let begun = try writing { database in
      try ExperimentRecord.insert([experiment], into: database)
      let experimentID = database.lastInsertedRowID
      let runIDs = try runs.map { run in
        try self.insertBegun(
          run, experiment: experimentID, threads: threads, host: host, version: version,
          instructionSet: instructionSet, locked: &locked, database)
      }
      return (experimentID, runIDs)
    }
    isRecorded = true
    return begun
  }

  /// Records a run that this process computes from now on; returns its number, which is added to `locked` if it is locked.
  func insertBegun(
    _ run: RunDescription, experiment: Int64, threads: Int, host: String, version: String, instructionSet: String?,
    locked: inout [Int64], _ database: Database
  ) throws -> Int64 {
    try Self.insert(run, experiment: experiment, threads: threads, host: host, version: version, into: database)
    let id = database.lastInsertedRowID
    if try claim(id, isNew: true, database) { locked.append(id) }
    try Self.replaceInputs(of: id, by: run.inputs, database)
    if let instructionSet { try Self.note(instructionSet: instructionSet, from: 0, run: id, database) }
    try ClientRecord.insert(run.clients, owner: ["run_id": id], into: database)
    try Self.insert(run.normLayers, run: id, database)
    return id
  }

  /// Records what a run's policy does to its normalization layers, in their order.
  static func insert(_ layers: [NormLayerRecord], run id: Int64, _ database: Database) throws {
    for (position, layer) in layers.enumerated() {
      try NormLayerRecord.insert([layer], owner: ["run_id": id, "position": Int64(position)], into: database)
    }
  }

  /// Records a round and, when given, the state after it, in one transaction.
  ///
  /// - Parameter retention: Which checkpoints of the run to keep when there is a new one.
  /// - Throws: `StoreError`, of which `unknownRun`, `runIsNotOurs` when this process is not computing the run, and
  ///   `rejected` when the round is recorded already, two of its records share their key, or one is of a client that the run
  ///   does not have or of more examples than it has; nothing is recorded then.
  /// - Precondition: `checkpoint` is of this round.
  package func append(
    _ round: RoundRecord, checkpoint: CheckpointRecord?, keeping retention: CheckpointRetention, toRun id: Int64
  ) throws(StoreError) {
    precondition(
      checkpoint == nil || checkpoint?.round == round.round, "a checkpoint of another round than \(round.round)")
    let digest = checkpoint.map { StoredCheckpoint.digest(of: $0.state) }
    let summaries = EvaluationSummary.summaries(of: round.evaluations)
    try writing { database in
      try Self.requireClaim(id, roundsDone: round.round, database)
      try self.refuseContradictions(in: round, of: id, database)
      try RoundRecord.insert([round], owner: ["run_id": id], into: database)
      let owner: KeyValuePairs = ["run_id": id, "round": Int64(round.round)]
      try ParticipationRecord.insert(round.participations, owner: owner, into: database)
      try EvaluationRecord.insert(round.evaluations, owner: owner, into: database)
      try EvaluationSummary.write(summaries, run: id, round: Int64(round.round), into: database)
      try NormDriftRecord.insert(round.normDrift, owner: owner, into: database)
      try LayerDriftRecord.insert(round.layerDrift, owner: owner, into: database)
      guard let checkpoint, let digest else { return }
      try StoredCheckpoint.write(checkpoint, run: id, sha256: digest, database)
      try self.prune(retention, run: id, database)
    }
  }

  /// Records how a run ended; for a run that is `finished` also its result hash.
  ///
  /// - Parameters:
  ///   - error: Why it failed; nil for any other status.
  ///   - reason: Why it is finished; of no account for any other status.
  /// - Throws: `StoreError`, of which `unknownRun`, and `runIsNotOurs` when this process is not computing the run.
  /// - Precondition: `status` is not `running`.
  package func finish(
    run id: Int64, status: RunStatus, error: String?, reason: StopReason = .rounds
  ) throws(StoreError) {
    precondition(status != .running, "a run does not end as running")
    // Nobody else writes to the run, so that its hash can be computed without keeping other writers waiting.
    let ended = status == .finished ? reason : nil
    let hash: String?
    if let ended { hash = try resultHash(run: id, endedBy: ended) } else { hash = nil }
    try writing { database in
      try Self.requireClaim(id, roundsDone: nil, database)
      let statement = try database.cachedStatement(
        sql: """
          UPDATE runs SET status = ?, error = ?, result_hash = ?, stop_reason = ?, finished_at = \(Self.now) WHERE id = ?
          """)
      try statement.execute(arguments: [status.rawValue, error, hash, ended?.rawValue, id])
    }
    locks.unlock(id)
    recordedClients.withLock { $0[id] = nil }
  }

  /// The present as ISO 8601 in UTC with milliseconds, in SQL.
  static let now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

  private static func insert(
    _ run: RunDescription, experiment: Int64, threads: Int, host: String, version: String, into database: Database
  ) throws {
    let statement = try database.cachedStatement(
      sql: """
        INSERT INTO runs (experiment_id, arm, strategy, norm, seed, status, rounds_planned, rounds_done, started_at,
          version, threads, host, process, data_hash, split_hash, class_names, bound)
        VALUES (?, ?, ?, ?, ?, 'running', ?, 0, \(now), ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    try statement.execute(arguments: [
      experiment, run.arm, run.strategy, run.norm, Int64(bitPattern: run.seed), run.roundsPlanned, version, threads,
      host,
      ProcessIdentity.current.text, run.hashes.data, run.hashes.split, try names(run.classNames),
      run.bound.rawValue,
    ])
  }

  /// Names as JSON.
  private static func names(_ names: [String]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return String(decoding: try encoder.encode(names), as: UTF8.self)
  }

  /// Records the hashes and the names of the data of a run that a version began which recorded neither.
  static func addNames(of run: RunDescription, to id: Int64, _ database: Database) throws {
    let statement = try database.cachedStatement(
      sql: "UPDATE runs SET data_hash = ?, split_hash = ?, class_names = ? WHERE id = ? AND class_names IS NULL")
    try statement.execute(arguments: [run.hashes.data, run.hashes.split, try names(run.classNames), id])
    guard database.changesCount > 0 else { return }
    let client = try database.cachedStatement(
      sql:
        "UPDATE clients SET name = ?, group_name = ?, validation_samples = ?, shift_levels = ? WHERE run_id = ? AND client = ?"
    )
    for record in run.clients {
      try client.execute(arguments: [
        record.name, record.group, record.validationSamples, record.shiftLevelsText, id, record.client,
      ])
    }
  }

  /// Records what a run is that a version began which did not record whether it is a bound.
  static func addBound(of run: RunDescription, to id: Int64, _ database: Database) throws {
    try database.cachedStatement(sql: "UPDATE runs SET bound = ? WHERE id = ? AND bound = 'none'")
      .execute(arguments: [run.bound.rawValue, id])
  }

  /// Locks a run that this process computes from now on, and records the process with it.
  ///
  /// - Returns: Whether the run is locked; where nothing can be locked the process alone says who computes it.
  /// - Throws: `StoreError.runIsActive` when somebody else has locked it. A lock on the number of a new run is one that is
  ///   about to be given back.
  func claim(_ id: Int64, isNew: Bool, _ database: Database) throws -> Bool {
    var process = ProcessIdentity.current
    switch locks.lock(id) {
    case .locked: process.hasLock = true
    case .unavailable: break
    case .taken where isNew: break
    case .taken: throw StoreError.runIsActive(run: id, process: try self.process(of: id, database))
    }
    try database.cachedStatement(sql: "UPDATE runs SET process = ? WHERE id = ?").execute(arguments: [process.text, id])
    return process.hasLock
  }

  /// Makes sure that this process is computing the run, and notes how far it got.
  private static func requireClaim(_ id: Int64, roundsDone: Int?, _ database: Database) throws {
    let statement = try database.cachedStatement(
      sql: """
        UPDATE runs SET rounds_done = COALESCE(?, rounds_done)
        WHERE id = ? AND status = 'running' AND process IN \(ProcessIdentity.currentTexts)
        """)
    try statement.execute(arguments: [roundsDone, id])
    guard database.changesCount == 0 else { return }
    try requireRun(id, database)
    throw StoreError.runIsNotOurs(run: id)
  }

  /// Deletes the run's checkpoints that are not kept.
  private func prune(_ retention: CheckpointRetention, run id: Int64, _ database: Database) throws {
    guard let last = retention.last else { return }
    let best = retention.best ? try bestCheckpoint(of: id, every: retention.every, database) : nil
    let statement = try database.cachedStatement(
      sql: """
        DELETE FROM checkpoints WHERE run_id = ?1 AND round IS NOT ?3 AND round <=
          (SELECT round FROM checkpoints WHERE run_id = ?1 ORDER BY round DESC LIMIT 1 OFFSET ?2)
        """)
    try statement.execute(arguments: [id, last, best?.round])
  }
}
