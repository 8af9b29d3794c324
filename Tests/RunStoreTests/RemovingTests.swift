import Records
import RunStore
import Testing

struct RemovingTests {
  /// Runs 1 and 2 of one experiment, 3 of another; all ended, with rounds 0 to 2 and everything that belongs to a run.
  private func store() throws -> TestStore {
    let test = try TestStore()
    let first = try test.store.begin(
      Samples.experiment(),
      runs: [UInt64(1), 2].map { seed in
        var run = Samples.run(seed: seed)
        run.inputs = [InputRecord(kind: .data, name: "data.safetensors", sha256: "00")]
        return run
      }, threads: 1, host: "", version: "", instructionSet: "a set")
    let second = try test.store.begin(
      Samples.experiment("cifar"), runs: [Samples.run()], threads: 1, host: "", version: "")
    for id in first.runs + second.runs {
      for round in 0...2 {
        try test.store.append(
          Samples.round(round), checkpoint: Samples.checkpoint(round), keeping: .all, toRun: id)
      }
      try test.store.finish(run: id, status: .interrupted, error: nil)
      try test.store.add(tags: ["tag"], toRuns: [id])
      try test.store.setNote("note", ofRuns: [id])
    }
    try test.store.execute("INSERT INTO checkpoint_pieces SELECT run_id, round, 1, x'00' FROM checkpoints")
    return test
  }

  @Test func aRunGoesWithEverythingThatBelongsToIt() throws {
    let test = try store()
    let hash = try test.store.resultHash(run: 1)
    let planned = RemovedRuns(runs: [2], experiments: [], rounds: 3, checkpoints: 3, freedBytes: 0)
    #expect(try test.store.removal(ofRuns: [2]) == planned)
    #expect(try test.number("SELECT COUNT(*) FROM runs") == 3, "a plan changes nothing")
    var removed = try test.store.remove(runs: [2, 2])
    let freePages = try #require(try test.number("PRAGMA freelist_count"))
    #expect(removed.freedBytes == freePages * 4096)
    removed.freedBytes = 0
    #expect(removed == planned)
    let tables = try test.store.select(
      "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'run_id'")
    #expect(tables.count >= 10)
    for table in tables.compactMap({ $0[0] }) {
      #expect(try test.number("SELECT COUNT(*) FROM \(table) WHERE run_id = 2") == 0, "\(table)")
      #expect(try test.number("SELECT COUNT(*) FROM \(table) WHERE run_id = 1") ?? 0 > 0, "\(table)")
    }
    #expect(try test.store.resultHash(run: 1) == hash)
    #expect(try test.store.allRuns().map(\.id) == [3, 1])
  }

  @Test func anExperimentWithoutRunsGoes() throws {
    let test = try store()
    #expect(try test.store.removal(ofRuns: [3]).experiments == [2])
    #expect(try test.store.remove(runs: [3]).experiments == [2])
    #expect(try test.store.remove(runs: [1, 2]).experiments == [1])
    #expect(try test.number("SELECT COUNT(*) FROM experiments") == 0)
  }

  @Test func runsThatAreBeingComputedStay() throws {
    let test = try store()
    let live = try test.beginRun()
    let error = #expect(throws: StoreError.self) { try test.store.remove(runs: [1, live]) }
    #expect(error?.description.hasPrefix("run 4 is being computed by process ") == true)
    #expect(try test.store.allRuns().count == 4)
    // Its process ended without a word.
    try test.store.execute("UPDATE runs SET process = '1:0' WHERE id = \(live)")
    #expect(try test.store.remove(runs: [1, live]).runs == [1, live])
  }

  @Test func unknownRunsRemoveNothing() throws {
    let test = try store()
    #expect(throws: StoreError.unknownRun("9", nearest: nil)) { try test.store.remove(runs: [1, 9]) }
    #expect(try test.store.allRuns().count == 3)
  }
}
