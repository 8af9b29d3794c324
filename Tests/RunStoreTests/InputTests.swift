import Foundation
import Records
import RunStore
import Testing

/// What runs read, what computed them, and that their rounds fit their clients.
struct InputTests {
  private static let data = InputRecord(kind: .data, name: "a.safetensors", sha256: "aa")
  private static let model = InputRecord(kind: .initialModel, name: "m.safetensors", sha256: "mm")

  /// A run that reads files.
  private static func reading(_ inputs: [InputRecord], seed: UInt64 = 7) -> RunDescription {
    var run = Samples.run(seed: seed)
    run.inputs = inputs
    return run
  }

  private func begin(
    _ inputs: [InputRecord], seed: UInt64 = 7, _ store: RunStore, instructionSet: String? = "set one"
  ) throws -> Int64 {
    return try store.begin(
      Samples.experiment(), runs: [Self.reading(inputs, seed: seed)], threads: 2, host: "here", version: "1.0",
      instructionSet: instructionSet
    ).runs[0]
  }

  @Test func inputsAreRecordedInTheirOrder() throws {
    let test = try TestStore()
    let inputs = [Self.data, InputRecord(kind: .data, name: "A", sha256: "00"), Self.model]
    let id = try begin(inputs, test.store)
    #expect(try test.store.inputs(runs: [id, 99])[id] == RunInputs(isRecorded: true, records: inputs))
    #expect(try test.store.inputs(runs: [99])[99] == RunInputs(isRecorded: false, records: []))
    #expect(try test.store.resolve("latest")[0].instructionSet == "set one")
    try test.store.finish(run: id, status: .interrupted, error: nil)
    _ = try test.store.remove(runs: [id])
    #expect(try test.number("SELECT COUNT(*) FROM inputs") == 0)
    #expect(try test.number("SELECT COUNT(*) FROM instruction_sets") == 0)
  }

  @Test func theyAreNoPartOfTheResult() throws {
    let test = try TestStore()
    let hashes = try [[], [Self.data], [Self.data, Self.model]].map { inputs in
      let id = try begin(inputs, test.store, instructionSet: "set \(inputs.count)")
      try test.store.append(Samples.round(0), checkpoint: Samples.checkpoint(0), keeping: .all, toRun: id)
      return try test.store.resultHash(run: id)
    }
    #expect(Set(hashes).count == 1)
  }

  @Test func differencesOfOneScenarioAreByName() {
    let now = [InputRecord(kind: .data, name: "b", sha256: "1"), Self.model]
    #expect(
      [Self.data, Self.model].differences(from: now) == [
        InputDifference(kind: .data, name: "a.safetensors", first: "aa", second: nil),
        InputDifference(kind: .data, name: "b", first: nil, second: "1"),
      ])
    #expect([Self.model, Self.data].differences(from: [Self.data, Self.model]).isEmpty)
  }

  @Test func instructionSetsFollowTheRoundsThatAreKept() throws {
    let test = try TestStore()
    let id = try begin([Self.data], test.store)
    for round in 0...4 {
      let checkpoint = round % 2 == 0 ? Samples.checkpoint(round) : nil
      try test.store.append(Samples.round(round), checkpoint: checkpoint, keeping: .all, toRun: id)
    }
    func goOn(with set: String) throws -> String? {
      try test.store.finish(run: id, status: .interrupted, error: nil)
      _ = try test.store.reopen(
        run: id, threads: 1, host: "", version: "", instructionSet: set, description: Self.reading([Self.model]))
      return try test.store.resolve("latest")[0].instructionSet
    }
    #expect(try test.store.instructionSetToGoOn(run: id) == "set one")
    #expect(try goOn(with: "set one") == "set one")
    #expect(try goOn(with: "set two") == "set one; from round 5 set two")
    #expect(try test.store.instructionSetToGoOn(run: id) == "set one")
    try test.store.append(Samples.round(5), checkpoint: Samples.checkpoint(5), keeping: .all, toRun: id)
    #expect(try test.store.instructionSetToGoOn(run: id) == "set two")
    #expect(try goOn(with: "set one") == "set one; from round 5 set two; from round 6 set one")
    #expect(try test.store.instructionSets(run: id).map(\.fromRound) == [0, 5, 6])
    try test.store.execute("DELETE FROM checkpoints")
    #expect(try test.store.instructionSetToGoOn(run: id) == nil)
    #expect(try goOn(with: "set two") == "set two")
    // What was recorded at the beginning is not replaced.
    #expect(try test.store.inputs(runs: [id])[id]?.records == [Self.data])
  }

  @Test func whatWasNotRecordedAtTheBeginningIsAddedBehindTheRest() throws {
    let test = try TestStore()
    let id = try begin([Self.data], test.store, instructionSet: nil)
    let windows = InputRecord(kind: .availability, name: "there.csv", sha256: "ww")
    let unread = RunInputs(isRecorded: true, records: [Self.data])
    #expect(unread.isSilent(on: .availability) && !unread.isSilent(on: .data) && !unread.isSilent(on: .initialModel))
    for _ in 0..<2 {
      try test.store.finish(run: id, status: .interrupted, error: nil)
      _ = try test.store.reopen(
        run: id, threads: 1, host: "", version: "",
        description: Self.reading([Self.model, InputRecord(kind: .data, name: "x", sha256: "y"), windows]))
      #expect(try test.store.inputs(runs: [id])[id]?.records == [Self.data, windows])
    }
    #expect(try test.store.inputs(runs: [id])[id]?.isSilent(on: .availability) == false)
  }

  /// Inputs of before there were other kinds.
  @Test func theTableOfInputsIsMadeAnew() throws {
    let test = try TestStore()
    let id = try begin([Self.data, Self.model], test.store, instructionSet: nil)
    try test.store.execute("DROP TABLE inputs")
    try test.store.execute(
      """
      CREATE TABLE inputs (run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, position INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('data', 'init')), name TEXT NOT NULL, sha256 TEXT NOT NULL,
        PRIMARY KEY (run_id, position)) WITHOUT ROWID
      """)
    try test.store.execute(
      "INSERT INTO inputs VALUES (\(id), 0, 'data', 'd.safetensors', 'dd'), (\(id), 1, 'init', 'm.safetensors', 'mm')")
    try test.store.execute("DELETE FROM grdb_migrations WHERE identifier = 'record inputs of any kind'")

    let store = try RunStore(path: test.store.path, access: .readWrite)
    defer { store.close() }
    #expect(
      try store.inputs(runs: [id])[id]?.records == [
        InputRecord(kind: .data, name: "d.safetensors", sha256: "dd"), Self.model,
      ])
    try store.execute("INSERT INTO inputs VALUES (\(id), 2, 'availability', 'a.csv', 'aa')")
    #expect(try store.select("SELECT COUNT(*) FROM inputs") == [["3"]])
  }

  @Test func anOlderRunGetsWhatItGoesOnWith() throws {
    let test = try TestStore()
    let id = try begin([], test.store, instructionSet: nil)
    try test.store.append(Samples.round(0), checkpoint: Samples.checkpoint(0), keeping: .all, toRun: id)
    try test.store.finish(run: id, status: .interrupted, error: nil)
    #expect(try test.store.resolve("latest")[0].instructionSet == nil)
    _ = try test.store.reopen(
      run: id, threads: 1, host: "", version: "", instructionSet: "set two", description: Self.reading([Self.data]))
    #expect(try test.store.resolve("latest")[0].instructionSet == "from round 1 set two")
    #expect(try test.store.inputs(runs: [id])[id]?.records == [Self.data])
  }

  @Test(arguments: [
    ("participations", "are of clients that the run does not have"),
    ("evaluations", "are of clients that the run does not have"),
    ("norm_drift", "are of clients that the run does not have"),
    ("participations", "have another number of training examples than their clients"),
    ("evaluations", "are of more examples than their clients have"),
  ])
  func aRoundThatContradictsTheClientsIsRefused(table: String, words: String) throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    var round = Samples.round(2)
    let isUnknown = words.contains("does not have")
    switch table {
    case "participations":
      if isUnknown { round.participations[2].client = 3 } else { round.participations[2].samples -= 1 }
    case "evaluations": if isUnknown { round.evaluations[2].client = 3 } else { round.evaluations[2].samples += 1 }
    default: round.normDrift[5].client = 3
    }
    let error = #expect(throws: StoreError.self) {
      try test.store.append(round, checkpoint: nil, keeping: .all, toRun: id)
    }
    #expect(
      error?.description
        == "database '\(test.folder.file())' rejects a record: run 1, round 2: 1 rows of '\(table)' \(words)")
    #expect(try test.number("SELECT MAX(round) FROM rounds") == 1)
    #expect(try test.number("SELECT rounds_done FROM runs") == 1)
    // A database that has such a round is found out.
    #expect(try test.store.check(isQuick: false).problems.isEmpty)
    let change =
      switch (table, isUnknown) {
      case (_, true):
        "client = 3 WHERE client = 2 AND round = 1" + (table == "norm_drift" ? " AND layer = 'norm1'" : "")
      case ("participations", false): "samples = 1 WHERE client = 2 AND round = 1"
      default: "samples = 1000 WHERE client = 2 AND round = 1"
      }
    try test.store.execute("UPDATE \(table) SET \(change)")
    let found = try test.store.check(isQuick: false).problems.filter { $0.text.contains(words) }
    #expect(found == [.init(run: id, text: "1 rows of '\(table)' \(words), the first of them in round 1")])
  }

  @Test func runsWithoutRecordedClientsContradictNothing() throws {
    let test = try TestStore()
    let id = try test.beginRun(Samples.run(clients: 0))
    try test.store.append(Samples.round(0), checkpoint: nil, keeping: .all, toRun: id)
    #expect(try test.store.check(isQuick: false).problems.isEmpty)
  }

  @Test func aUnionHasNoClient() throws {
    let test = try TestStore()
    let id = try test.beginRun()
    var round = Samples.round(0)
    round.evaluations.append(
      EvaluationRecord(
        subject: .union, client: -1, model: .global, normSource: .global, phase: .afterAggregation, split: .test,
        samples: 5000, subsetHash: "u", loss: 1, accuracy: 0.5))
    try test.store.append(round, checkpoint: nil, keeping: .all, toRun: id)
    #expect(try test.store.check(isQuick: false).problems.isEmpty)
  }
}
