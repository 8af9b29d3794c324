import Records
import RunStore
import TestSupport
import Testing

/// Participations with times and turns, and databases of before they had any.
struct ParticipationTurnTests {
  /// Makes participations those of a version that recorded no turns.
  private func forgetTurns(_ store: RunStore) throws {
    let columns = """
      run_id, round, client, samples, steps, skipped_batches, train_loss, train_accuracy, update_norm, update_cosine,
      bytes_up, bytes_down, outcome, staleness
      """
    try store.forgetSplits()
    try store.execute("CREATE TABLE kept AS SELECT \(columns) FROM participations")
    try store.execute("DROP TABLE participations")
    try store.execute(
      """
      CREATE TABLE participations (
        run_id INTEGER NOT NULL,
        round INTEGER NOT NULL,
        client INTEGER NOT NULL CHECK (client >= 0),
        samples INTEGER NOT NULL,
        steps INTEGER NOT NULL,
        skipped_batches INTEGER NOT NULL,
        train_loss REAL,
        train_accuracy REAL,
        update_norm REAL,
        update_cosine REAL,
        bytes_up INTEGER NOT NULL,
        bytes_down INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        staleness INTEGER,
        PRIMARY KEY (run_id, round, client),
        FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
      ) WITHOUT ROWID
      """)
    try store.execute("INSERT INTO participations SELECT * FROM kept")
    try store.execute("DROP TABLE kept")
    try store.execute(
      "DELETE FROM grdb_migrations WHERE identifier IN ('time participations', 'tell turns of clients apart')")
  }

  @Test func olderParticipationsKeepTheirValuesAndHashesAndHaveTheirTurnsCounted() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...3)
    try test.store.execute("DELETE FROM participations WHERE round = 2 AND client = 1")
    let hash = try test.store.resultHash(run: id, encoding: .second)
    let schema = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    let now = try test.store.select(schema)
    let before = try test.store.participations(run: id)
    try forgetTurns(test.store)
    let migrated = try RunStore(path: test.store.path, access: .readWrite)
    #expect(try migrated.select(schema) == now)
    #expect(try migrated.resultHash(run: id, encoding: .second) == hash)
    #expect(
      try migrated.participations(run: id, client: 1).map { [$0.round, $0.turn] } == [[0, 1], [1, 2], [3, 3]])
    #expect(
      try migrated.participations(run: id).map(\.record)
        == before.enumerated().map { index, part in
          var record = part.record
          record.turn = before[...index].count { $0.client == part.client }
          (record.baseVersion, record.lag, record.startedAt, record.arrivedAt) = (nil, nil, nil, nil)
          record.measures = [:]
          return record
        })
    try migrated.execute("UPDATE runs SET result_hash = '\(hash)'")
    #expect(!(try migrated.check(isQuick: false).problems.map(\.text).contains { $0.contains("result hash") }))
    try migrated.execute("UPDATE participations SET steps = 99 WHERE round = 1")
    #expect(try migrated.check(isQuick: false).problems.map(\.text).contains { $0.contains("result hash") })
  }

  @Test func aClientMayHaveSeveralTurnsInARound() throws {
    let test = try TestStore()
    let id = try test.beginRun()
    var round = Samples.round(1)
    var again = round.participations[1]
    again.turn += 1
    again.outcome = .late
    var lost = round.participations[1]
    lost.turn += 2
    (lost.outcome, lost.arrivedAt, lost.lag) = (.dropped, nil, nil)
    round.participations.insert(contentsOf: [again, lost], at: 2)
    try test.store.append(round, checkpoint: nil, keeping: .all, toRun: id)
    #expect(try test.store.round(1, run: id) == round)
    #expect(try test.store.participations(run: id, client: 1).map(\.outcome) == [.reported, .late, .dropped])
    let history = "SELECT turn, outcome, accuracy FROM client_history WHERE client = 1 ORDER BY turn"
    let rows = try test.store.select(history)
    #expect(rows.map { $0[1] } == ["reported", "late", "dropped"])
    #expect(Set(rows.map { $0[2] }).count == 1, "beside each stands the client's evaluation")
    #expect(try test.store.select("SELECT COUNT(*) FROM client_history WHERE round = 1") == [["5"]])
    round.round = 2
    round.participations[2].turn -= 1
    #expect(throws: StoreError.self, "no turn twice") {
      try test.store.append(round, checkpoint: nil, keeping: .all, toRun: id)
    }
  }
}
