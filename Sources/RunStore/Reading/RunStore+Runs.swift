internal import Algorithms
internal import Catalogs
internal import GRDB
package import Records

extension RunStore {
  /// The runs that `name` means, in the order of their numbers; never none.
  ///
  /// A name is a run's number; `latest`, the newest run; `experiment/arm/seed`, one run; `experiment/arm` or
  /// `experiment`, all of their runs; `tag:NAME`, all runs that have the tag. Where several experiments share the name,
  /// the newest counts that has such a run, and `name#number` means the one with this number. A name that could be
  /// several of these is the first.
  ///
  /// - Throws: `StoreError`, of which `noRuns` when there are none at all, and `unknownRun` with the nearest name
  ///   there is.
  package func resolve(_ name: String) throws(StoreError) -> [StoredRun] {
    try reading { database in
      guard let latest = try self.storedRuns(database, "ORDER BY runs.id DESC LIMIT 1").first else {
        throw StoreError.noRuns(path: self.path)
      }
      if name == "latest" { return [latest] }
      // An experiment's name holds no colon.
      if name.hasPrefix("tag:") { return try self.taggedRuns(String(name.dropFirst(4)), database) }
      if let id = Int64(name) {
        let runs = try self.storedRuns(database, "WHERE runs.id = ?", [id])
        if !runs.isEmpty { return runs }
      }
      for meaning in Self.meanings(of: name) {
        let runs = try self.newestRuns(meaning, database)
        if !runs.isEmpty { return runs }
      }
      for meaning in Self.meanings(of: name) {
        guard let numbered = NumberedExperiment(meaning.experiment) else { continue }
        let runs = try self.newestRuns(
          (numbered.name, meaning.arm, meaning.seed), database, experiment: numbered.number)
        if !runs.isEmpty { return runs }
      }
      if Int64(name) != nil { throw StoreError.unknownRun(name, numbers: try self.numbers(database)) }
      throw StoreError.unknownRun(
        name, nearest: try self.nearestRunNames(to: name, database),
        experiments: try self.newestExperiments(database))
    }
  }

  /// The runs that several names mean, each once, in the order in which they are named.
  ///
  /// - Throws: `StoreError` as `resolve`.
  package func runs(named names: [String]) throws(StoreError) -> [StoredRun] {
    var runs: [StoredRun] = []
    for name in names { runs += try resolve(name) }
    return runs.uniqued { $0.id }
  }

  /// The runs of an experiment in the order of their numbers.
  ///
  /// - Throws: `StoreError`, of which `unknownExperiment`.
  package func runs(ofExperiment id: Int64) throws(StoreError) -> [StoredRun] {
    _ = try experiment(id: id)
    return try reading { try self.storedRuns($0, "WHERE experiment_id = ? ORDER BY runs.id", [id]) }
  }

  /// The newest runs, the newest first.
  ///
  /// - Parameter limit: How many at most; nil for all.
  /// - Throws: `StoreError` when the database cannot be read.
  package func allRuns(limit: Int? = nil) throws(StoreError) -> [StoredRun] {
    try reading { try self.storedRuns($0, "ORDER BY runs.id DESC LIMIT ?", [limit ?? -1]) }
  }

  /// An experiment by its number.
  ///
  /// - Throws: `StoreError`, of which `unknownExperiment`.
  package func experiment(id: Int64) throws(StoreError) -> StoredExperiment {
    try reading { database in
      let selection = "SELECT \(ExperimentRecord.columnList), created_at FROM experiments WHERE id = ?"
      guard let row = try Row.fetchOne(database, sql: selection, arguments: [id]) else {
        throw StoreError.unknownExperiment(id: id)
      }
      let values = RowValues(row: row, path: self.path)
      return StoredExperiment(
        id: id, createdAt: try values.required(ExperimentRecord.columns.count), record: try ExperimentRecord(values))
    }
  }

  /// The runs that meet `condition`, which may also order and limit them.
  func storedRuns(
    _ database: Database, _ condition: String, _ arguments: StatementArguments = []
  ) throws -> [StoredRun] {
    try Row.fetchAll(database, sql: StoredRun.selection + " " + condition, arguments: arguments)
      .map { try StoredRun(RowValues(row: $0, path: self.path)) }
  }

  /// What `name` could stand for, with the most specific reading first; an arm's name may hold slashes.
  private static func meanings(of name: String) -> [(experiment: String, arm: String?, seed: UInt64?)] {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard let experiment = parts.first else { return [] }
    if parts.count == 1 { return [(experiment, nil, nil)] }
    var meanings: [(experiment: String, arm: String?, seed: UInt64?)] = []
    if parts.count >= 3, let seed = parts.last.flatMap(UInt64.init) {
      meanings.append((experiment, parts[1..<(parts.count - 1)].joined(separator: "/"), seed))
    }
    meanings.append((experiment, parts[1...].joined(separator: "/"), nil))
    return meanings
  }

  private func newestRuns(
    _ meaning: (experiment: String, arm: String?, seed: UInt64?), _ database: Database, experiment: Int64? = nil
  ) throws -> [StoredRun] {
    var condition = "experiments.name = ?"
    var arguments: StatementArguments = [meaning.experiment]
    if let experiment {
      condition += " AND experiments.id = ?"
      arguments += [experiment]
    }
    if let arm = meaning.arm {
      condition += " AND arm = ?"
      arguments += [arm]
    }
    if let seed = meaning.seed {
      condition += " AND seed = ?"
      arguments += [Int64(bitPattern: seed)]
    }
    let runs = try storedRuns(database, "WHERE \(condition) ORDER BY runs.id", arguments)
    let newest = runs.map(\.experimentID).max()
    return runs.filter { $0.experimentID == newest }
  }

  /// The numbers that runs have, as "1 to 4, 7 and 9"; of more than four pieces the last ones.
  private func numbers(_ database: Database) throws -> String {
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT MIN(id), MAX(id) FROM (SELECT id, id - ROW_NUMBER() OVER (ORDER BY id) AS piece FROM runs)
        GROUP BY piece ORDER BY piece
        """)
    var pieces = try rows.suffix(4).map { row in
      let values = RowValues(row: row, path: self.path)
      let (first, last): (Int64, Int64) = (try values.required(0), try values.required(1))
      return first == last ? "\(first)" : "\(first) to \(last)"
    }
    if rows.count > 4 { pieces.insert("…", at: 0) }
    return pieces.count == 1 ? pieces[0] : pieces.dropLast().joined(separator: ", ") + " and " + (pieces.last ?? "")
  }

  /// The names of the newest five experiments, the newest first, and "…" where there are more.
  private func newestExperiments(_ database: Database) throws -> [String] {
    let names: [String] = try Self.all(
      "SELECT name FROM experiments GROUP BY name ORDER BY MAX(id) DESC LIMIT 6", [], database, path
    ) { try $0.required(0) }
    return names.count > 5 ? names.prefix(5) + ["…"] : names
  }

  /// The names nearest to `name` among those of the newest runs, of as many parts as `name` has, before them arms that
  /// are called so; three at most.
  private func nearestRunNames(to name: String, _ database: Database) throws -> [String] {
    let selection = """
      SELECT DISTINCT experiments.name, arm, seed, experiments.id FROM runs JOIN experiments ON experiments.id = experiment_id
      ORDER BY runs.id DESC LIMIT 1000
      """
    let slashCount = name.count { $0 == "/" }
    let isNumbered = name.split(separator: "/").first.flatMap { NumberedExperiment(String($0)) } != nil
    var arms: [String] = []
    let names = try Row.fetchAll(database, sql: selection).map { row in
      let values = RowValues(row: row, path: self.path)
      let seed: Int64 = try values.required(2)
      let parts: [String] = [try values.required(0), try values.required(1), String(UInt64(bitPattern: seed))]
      let arm = "\(parts[0])/\(parts[1])"
      if parts[1] == name, !arms.contains(arm) { arms.append(arm) }
      let numbered = NumberedExperiment(name: parts[0], number: try values.required(3)).text
      return ([isNumbered ? numbered : parts[0]] + parts.dropFirst()).prefix(slashCount + 1).joined(separator: "/")
    }
    let nearest = nearestNames(to: name, in: names + (slashCount == 0 ? ["latest"] : []), limit: 3)
    return Array((arms + nearest).prefix(3))
  }
}
