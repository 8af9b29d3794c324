internal import Foundation
internal import GRDB
internal import Records

extension RunStore {
  /// Copies the experiments and runs of another database into this one, with new numbers, in one transaction.
  ///
  /// All tables that have a `run_id` are copied: the list is the schema's own. The other database is only read; one of
  /// an older version is brought up to date in a copy. A run is there already if a run of an experiment with the same
  /// scenario and name has the same arm, seed and result hash. An experiment with the same scenario, name and time of
  /// creation is joined.
  ///
  /// - Parameter other: The other database's path.
  /// - Throws: `StoreError` of the other database when that cannot be opened, of which `sameFile`; nothing is copied
  ///   then.
  package func merge(_ other: String) throws(StoreError) -> MergeResult {
    if Self.isSameFile(other, path) { throw .sameFile(path: other) }
    let source: RunStore
    var copy: TemporaryCopy?
    do {
      source = try RunStore(path: other, access: .readOnly)
    } catch .olderVersion {
      let made = try TemporaryCopy(of: other)
      source = try RunStore(path: made.path, access: .readWrite)
      copy = made
    }
    defer { copy?.remove() }
    let live = Set(try source.allRuns().filter(\.isAlive).map(\.id))
    return try writingWithoutTransaction { database in
      try database.execute(sql: "ATTACH DATABASE ? AS source", arguments: [source.connections.readingAddress])
      defer { try? database.execute(sql: "DETACH DATABASE source") }
      var result = MergeResult()
      try database.inTransaction(.immediate) {
        result = try Merge(database: database, live: live, path: self.path).run()
        return .commit
      }
      return result
    }
  }

  /// Complains about what cannot be merged before anything is.
  ///
  /// - Throws: `StoreError` of the other database when that cannot be opened, and `sameFile`.
  package static func checkMergeable(_ other: String, into path: String) throws(StoreError) {
    if isSameFile(other, path) { throw .sameFile(path: other) }
    do {
      _ = try RunStore(path: other, access: .readOnly)
    } catch .olderVersion {
      // A copy of it is brought up to date.
    }
  }

  private static func isSameFile(_ a: String, _ b: String) -> Bool {
    func identity(_ path: String) -> [UInt64]? {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      return [UInt64(status.st_dev), UInt64(status.st_ino)]
    }
    return identity(a) != nil && identity(a) == identity(b)
  }
}

/// A copy of a database in a folder of its own, brought up to date by whoever opens it.
private struct TemporaryCopy {
  let path: String
  private let folder: ScratchFolder

  init(of original: String) throws(StoreError) {
    do {
      folder = try ScratchFolder(for: "merge")
      path = folder.path + "/copy.sqlite"
      let source = try RunStore.open(
        original, access: .readOnly, busySeconds: 30, isScratch: false, ofAnyVersion: true)
      defer { source.close() }
      try source.readers.backup(to: DatabaseQueue(path: path))
      // Who computes the original's runs shows in the file beside it.
      try FileManager.default.createSymbolicLink(
        atPath: RunLocks.file(of: path), withDestinationPath: RunLocks.file(of: original))
    } catch {
      throw StoreError(error, path: original, waited: 30)
    }
  }

  func remove() { folder.remove() }
}

/// One merge of the attached database `source` into `main`.
private struct Merge {
  let database: Database
  /// The numbers of the source's runs that a live process is computing.
  let live: Set<Int64>
  let path: String

  private struct SourceRun {
    let id: Int64
    let arm: String
    let seed: Int64
    let status: String
    let roundsDone: Int
    let resultHash: String?
  }

  func run() throws -> MergeResult {
    // A run's rows come table by table, in whatever order the tables have.
    try database.execute(sql: "PRAGMA defer_foreign_keys = ON")
    let tables = try String.fetchAll(
      database,
      sql: """
        SELECT name FROM main.sqlite_master m WHERE type = 'table' AND EXISTS
          (SELECT 1 FROM pragma_table_xinfo(m.name, 'main') c WHERE c.name = 'run_id') ORDER BY name
        """)
    var result = MergeResult()
    let experiments = try Row.fetchAll(
      database, sql: "SELECT id, name, scenario_hash, created_at FROM source.experiments ORDER BY id")
    for row in experiments {
      let values = RowValues(row: row, path: path)
      try merge(
        experiment: try values.required(0), name: try values.required(1), hash: try values.required(2),
        createdAt: try values.required(3), tables, &result)
    }
    result.runs.sort { $0.source < $1.source }
    return result
  }

  private func merge(
    experiment: Int64, name: String, hash: String, createdAt: String, _ tables: [String], _ result: inout MergeResult
  ) throws {
    let known = try Int64.fetchOne(
      database, sql: "SELECT id FROM main.experiments WHERE name = ? AND scenario_hash = ? AND created_at = ?",
      arguments: [name, hash, createdAt])
    var target = known
    var isJoined = false
    for run in try runs(ofExperiment: experiment) {
      var merged = MergedRun(
        source: run.id, name: "\(name)/\(run.arm)/\(UInt64(bitPattern: run.seed))", outcome: .copied, run: nil)
      if live.contains(run.id) {
        merged.outcome = .running
      } else if let (outcome, there) = try standing(in: target, name, hash, run) {
        (merged.outcome, merged.run) = (outcome, there)
      } else {
        if target == nil {
          target = try copy("experiments", id: experiment, replacing: [:])
          result.addedExperiments += 1
        }
        let id = try copy("runs", id: run.id, replacing: ["experiment_id": target ?? 0])
        for table in tables { try copyRows(table, run: run.id, to: id) }
        merged.run = id
        isJoined = known != nil
      }
      result.runs.append(merged)
    }
    if isJoined { result.joinedExperiments += 1 }
  }

  private func runs(ofExperiment id: Int64) throws -> [SourceRun] {
    let selection = """
      SELECT id, arm, seed, status, rounds_done, result_hash FROM source.runs WHERE experiment_id = ? ORDER BY id
      """
    return try Row.fetchAll(database, sql: selection, arguments: [id]).map { row in
      let values = RowValues(row: row, path: path)
      return SourceRun(
        id: try values.required(0), arm: try values.required(1), seed: try values.required(2),
        status: try values.required(3), roundsDone: try values.required(4), resultHash: try values.optional(5))
    }
  }

  /// The run of `main` that keeps `run` from being copied; nil where none does.
  private func standing(
    in experiment: Int64?, _ name: String, _ hash: String, _ run: SourceRun
  ) throws -> (MergedRun.Outcome, Int64)? {
    if let resultHash = run.resultHash {
      let same = """
        SELECT r.id FROM main.runs r JOIN main.experiments e ON e.id = r.experiment_id
        WHERE e.name = ? AND e.scenario_hash = ? AND r.arm = ? AND r.seed = ? AND r.result_hash = ?
        """
      let id = try Int64.fetchOne(database, sql: same, arguments: [name, hash, run.arm, run.seed, resultHash])
      if let id { return (.there, id) }
    }
    guard let experiment else { return nil }
    let row = try Row.fetchOne(
      database,
      sql: "SELECT id, status, rounds_done FROM main.runs WHERE experiment_id = ? AND arm = ? AND seed = ?",
      arguments: [experiment, run.arm, run.seed])
    guard let row else { return nil }
    let values = RowValues(row: row, path: path)
    let isSame = try values.required(1) == run.status && values.required(2) == run.roundsDone && run.resultHash == nil
    return (isSame ? .there : .differs, try values.required(0))
  }

  /// Copies the row `id` of a table with new values in some columns; returns its new number.
  private func copy(_ table: String, id: Int64, replacing: [String: Int64]) throws -> Int64 {
    let columns = try columns(of: table).filter { $0 != "id" }
    let selected = columns.map { replacing[$0].map(String.init) ?? "\"\($0)\"" }
    try database.execute(
      sql: """
        INSERT INTO main.\(table) (\(columns.map { "\"\($0)\"" }.joined(separator: ", ")))
        SELECT \(selected.joined(separator: ", ")) FROM source.\(table) WHERE id = ?
        """, arguments: [id])
    return database.lastInsertedRowID
  }

  /// Copies the rows of a run.
  private func copyRows(_ table: String, run: Int64, to id: Int64) throws {
    let columns = try columns(of: table)
    let selected = columns.map { $0 == "run_id" ? String(id) : "\"\($0)\"" }
    try database.execute(
      sql: """
        INSERT INTO main."\(table)" (\(columns.map { "\"\($0)\"" }.joined(separator: ", ")))
        SELECT \(selected.joined(separator: ", ")) FROM source."\(table)" WHERE run_id = ?
        """, arguments: [run])
  }

  /// The columns of a table that hold values of their own.
  private func columns(of table: String) throws -> [String] {
    try String.fetchAll(
      database, sql: "SELECT name FROM pragma_table_xinfo(?, 'main') WHERE hidden = 0 ORDER BY cid", arguments: [table])
  }
}
