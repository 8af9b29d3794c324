internal import GRDB
internal import Records

extension RunStore {
  /// Checks the database as it is at one instant: SQLite's own structures, references between tables, the schema, and
  /// what is always true of runs.
  ///
  /// - Parameter isQuick: Whether to leave out what takes long: result hashes, summaries and the bytes of checkpoints.
  /// - Throws: `StoreError` when the database cannot be read for another reason than damage.
  package func check(isQuick: Bool) throws(StoreError) -> StoreCheck {
    var check = StoreCheck()
    do {
      try reading { database in
        var parts = [Self.checkStructure, self.checkReferences, self.checkSchema, self.checkScenarios, self.checkRuns]
        if !isQuick { parts += [self.checkHashes, self.checkClients, self.checkSummaries, self.checkCheckpoints] }
        for part in parts {
          do {
            try part(database, &check)
          } catch {
            // What can't be read for damage is a finding; the other parts may still say more.
            try check.complain(of: StoreError(error, path: self.path, waited: 0))
          }
        }
      }
    } catch {
      // Damage may also keep the reading from ending as it should.
      try check.complain(of: error)
    }
    return check
  }

  private static func checkStructure(_ database: Database, _ check: inout StoreCheck) throws {
    for line in try String.fetchAll(database, sql: "PRAGMA integrity_check") where line != "ok" {
      // SQLite puts several findings, and a heading, into one text.
      for part in line.split(separator: "\n") where !part.hasPrefix("***") { check.complain("SQLite: \(part)") }
    }
  }

  private func checkReferences(_ database: Database, _ check: inout StoreCheck) throws {
    var counts: [String: Int] = [:]
    let rows = try Row.fetchCursor(database, sql: "PRAGMA foreign_key_check")
    while let row = try rows.next() {
      let values = RowValues(row: row, path: path)
      let (table, parent): (String, String) = (try values.required(0), try values.required(2))
      counts["of '\(table)' belong to nothing in '\(parent)'", default: 0] += 1
    }
    for (words, count) in counts.sorted(by: { $0.key < $1.key }) { check.complain("\(count) rows \(words)") }
  }

  /// Compares with what the migrations make of an empty database. What others added is no problem.
  private func checkSchema(_ database: Database, _ check: inout StoreCheck) throws {
    let model = try DatabaseQueue()
    try Schema.migrator.migrate(model)
    let selection = "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    let expected = try model.read { try Row.fetchAll($0, sql: selection) }
    var found: [String: String] = [:]
    for row in try Row.fetchAll(database, sql: selection) {
      let values = RowValues(row: row, path: path)
      found[try values.required(0)] = try values.required(2)
    }
    for row in expected {
      let (name, type, sql): (String, String, String) = (row[0], row[1], row[2])
      if found[name] == nil {
        check.complain("the \(type) '\(name)' is missing")
      } else if found[name] != sql {
        check.complain("the \(type) '\(name)' is not as this version of covey makes it")
      }
    }
  }

  /// Compares the scenarios, of which runs are resumed and verified, with their hashes.
  private func checkScenarios(_ database: Database, _ check: inout StoreCheck) throws {
    let sql = "SELECT id, name, scenario, scenario_hash FROM experiments ORDER BY id"
    let rows = try Row.fetchCursor(database, sql: sql)
    while let row = try rows.next() {
      let values = RowValues(row: row, path: path)
      let (id, name): (Int64, String) = (try values.required(0), try values.required(1))
      let (scenario, hash): (String, String) = (try values.required(2), try values.required(3))
      if Self.sha256(of: scenario) != hash {
        check.complain(StoreError.changedScenario(experiment: id, name: name).description)
      }
    }
  }

  private func checkRuns(_ database: Database, _ check: inout StoreCheck) throws {
    for run in try storedRuns(database, "ORDER BY runs.id") {
      check.runs += 1
      if run.isCutOff { check.cutOffRuns.append(run.id) }
      let row = try Row.fetchOne(
        database, sql: "SELECT COUNT(*), MIN(round), MAX(round) FROM rounds WHERE run_id = ?", arguments: [run.id])
      guard let row else { continue }
      let values = RowValues(row: row, path: path)
      let count: Int = try values.required(0)
      let (first, last): (Int?, Int?) = (try values.optional(1), try values.optional(2))
      check.rounds += count
      // Round 0, the initial model, is the first; a run without it begins with 1.
      if let first, let last, count != last - first + 1 || first > 1 {
        check.complain("rounds are missing: there are \(count) up to round \(last)", run: run.id)
      }
      if last ?? 0 != run.roundsDone {
        check.complain(
          "\(run.roundsDone) rounds are said to be done, and the last one is \(last.map(String.init) ?? "none")",
          run: run.id)
      }
      if run.status == .finished, run.roundsDone != run.roundsPlanned, run.stopReason?.isByRule != true {
        check.complain("it is finished after \(run.roundsDone) of \(run.roundsPlanned) rounds", run: run.id)
      }
      if run.status == .finished, run.resultHash == nil {
        check.complain("it is finished without a result hash", run: run.id)
      }
    }
  }

  private func checkHashes(_ database: Database, _ check: inout StoreCheck) throws {
    for run in try storedRuns(database, "WHERE result_hash IS NOT NULL ORDER BY runs.id") {
      guard let recorded = run.resultHash else { continue }
      check.hashes += 1
      let now = try resultHash(run: run.id, encoding: .current, database)
      if now == recorded { continue }
      // Earlier versions stored hashes that cover less.
      if try ResultEncoding.earlier.contains(where: {
        try resultHash(run: run.id, encoding: $0, database) == recorded
      }) {
        continue
      }
      check.complain(
        "what is recorded does not fit its result hash: recorded \(recorded.prefix(12))…, now \(now.prefix(12))…",
        run: run.id)
    }
  }

  /// Compares the summaries of evaluations, which no hash covers, with what they are made of.
  private func checkSummaries(_ database: Database, _ check: inout StoreCheck) throws {
    var wrong: [Int64: [Int64]] = [:]
    try EvaluationSummary.forEachRound(database, path: path) { run, round, expected in
      let found = try EvaluationSummary.read(run: run, round: round, database, path: self.path)
      if !EvaluationSummary.agree(found, expected) { wrong[run, default: []].append(round) }
    }
    let left = try Row.fetchAll(
      database,
      sql: "SELECT run_id, round FROM \(EvaluationSummary.table) EXCEPT SELECT run_id, round FROM evaluations")
    for row in left {
      let values = RowValues(row: row, path: path)
      wrong[try values.required(0), default: []].append(try values.required(1))
    }
    for (run, rounds) in wrong.sorted(by: { $0.key < $1.key }) {
      let which = rounds.count == 1 ? "round" : "\(rounds.count) rounds, the first of them"
      check.complain(
        "the summary of evaluations does not fit them in \(which) \(rounds.min() ?? 0)", run: run)
    }
  }

  private func checkCheckpoints(_ database: Database, _ check: inout StoreCheck) throws {
    let rows = try Row.fetchAll(database, sql: "SELECT run_id, round FROM checkpoints ORDER BY run_id, round")
    for row in rows {
      let values = RowValues(row: row, path: path)
      let (run, round): (Int64, Int) = (try values.required(0), try values.required(1))
      check.checkpoints += 1
      if try Self.soundCheckpoint(of: run, round: round, database) == nil {
        check.complain("the checkpoint of round \(round) is damaged", run: run)
      }
    }
  }
}
