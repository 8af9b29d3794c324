import Records
import RunStore
import Testing

struct AppendingTests {
  private static let tables = ["rounds", "participations", "evaluations", "norm_drift", "layer_drift", "checkpoints"]

  @Test func aRoundWithAnErrorInItsLastRowLeavesNothing() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 1...1)
    let before = try Self.tables.map { try test.number("SELECT COUNT(*) FROM \($0)") }
    var duplicateEvaluation = Samples.round(2)
    duplicateEvaluation.evaluations.append(duplicateEvaluation.evaluations[0])
    #expect(
      throws: StoreError.rejected(
        path: test.store.path,
        reason:
          "UNIQUE constraint failed: evaluations.run_id, evaluations.round, evaluations.subject, evaluations.client, "
          + "evaluations.model, evaluations.norm_source, evaluations.phase, evaluations.split")
    ) {
      try test.store.append(duplicateEvaluation, checkpoint: Samples.checkpoint(2), keeping: .last(1), toRun: id)
    }
    var duplicateLayer = Samples.round(2)
    duplicateLayer.layerDrift.append(duplicateLayer.layerDrift[0])
    #expect(throws: StoreError.self) {
      try test.store.append(duplicateLayer, checkpoint: Samples.checkpoint(2), keeping: .last(1), toRun: id)
    }
    #expect(throws: StoreError.self) {
      try test.store.append(Samples.round(1), checkpoint: nil, keeping: .all, toRun: id)
    }
    #expect(try Self.tables.map { try test.number("SELECT COUNT(*) FROM \($0)") } == before)
    #expect(try test.store.resolve("latest")[0].roundsDone == 1)
    try test.store.append(Samples.round(2), checkpoint: Samples.checkpoint(2), keeping: .last(1), toRun: id)
    #expect(try test.store.resolve("latest")[0].roundsDone == 2)
  }

  @Test func anExperimentIsBegunWholeOrNotAtAll() throws {
    let test = try TestStore()
    #expect(
      throws: StoreError.rejected(
        path: test.store.path, reason: "UNIQUE constraint failed: runs.experiment_id, runs.arm, runs.seed")
    ) {
      try test.store.begin(
        Samples.experiment(), runs: [Samples.run(), Samples.run()], threads: 1, host: "", version: "")
    }
    #expect(try test.number("SELECT COUNT(*) FROM experiments") == 0)
    #expect(try test.number("SELECT COUNT(*) FROM clients") == 0)
  }

  @Test(arguments: [
    // The best so far stays beside the newest; of equals the first.
    ([0.5, 0.7, 0.6, 0.7, 0.4], ["1"], [1, 1, 1, 1, 1]),
    ([0.5, 0.7, 0.6, 0.8, 0.4], ["3"], [0, 1, 1, 3, 3]),
    ([0.9, 0.1, 0.1, 0.1, 0.1], ["0"], [0, 0, 0, 0, 0]),
  ])
  func theBestCheckpointIsKept(accuracies: [Double], best: [String], sofar: [Int]) throws {
    let test = try TestStore()
    let id = try test.beginRun()
    for (round, accuracy) in accuracies.enumerated() {
      var record = Samples.round(round)
      record.evaluations = (0..<3).map { Samples.evaluation(client: $0, accuracy: accuracy) }
      try test.store.append(
        record, checkpoint: Samples.checkpoint(round), keeping: CheckpointRetention(), toRun: id)
      #expect(try test.store.bestCheckpoint(run: id)?.round == (round == 0 ? 0 : sofar[round]))
    }
    let kept = try test.store.select("SELECT round FROM checkpoints WHERE run_id = \(id) ORDER BY round").map { $0[0] }
    #expect(kept == best + ["4"])
    #expect(try test.store.checkpoint(run: id, round: Int(best[0])) == Samples.checkpoint(Int(best[0]) ?? -1))
  }

  @Test func anInterruptionDoesNotChangeWhichIsTheBest() throws {
    let test = try TestStore()
    let id = try test.beginRun()
    // Round 3 was better, but only an interruption made a checkpoint of it.
    for (round, accuracy) in [(0, 0.1), (2, 0.5), (3, 0.9), (4, 0.4), (6, 0.3)] {
      var record = Samples.round(round)
      record.evaluations = [Samples.evaluation(client: 0, accuracy: accuracy)]
      try test.store.append(
        record, checkpoint: Samples.checkpoint(round), keeping: CheckpointRetention(every: 2), toRun: id)
    }
    let kept = try test.store.select("SELECT round FROM checkpoints WHERE run_id = \(id) ORDER BY round").map { $0[0] }
    #expect(kept == ["2", "6"])
    #expect(try test.store.bestCheckpoint(run: id)?.round == 2)
  }

  @Test func withoutAccuracyTheLeastLossIsBestAndWithoutEvaluationNothing() throws {
    let test = try TestStore()
    let id = try test.beginRun()
    for (round, loss) in [3.0, 1, 2, 5].enumerated() {
      var record = Samples.round(round)
      record.evaluations = [Samples.evaluation(client: 0, accuracy: nil, loss: loss)]
      try test.store.append(record, checkpoint: Samples.checkpoint(round), keeping: CheckpointRetention(), toRun: id)
    }
    #expect(try test.store.bestCheckpoint(run: id)?.round == 1)
    let bare = try test.beginRun()
    for round in 0...3 {
      var record = Samples.round(round)
      record.evaluations = []
      try test.store.append(record, checkpoint: Samples.checkpoint(round), keeping: CheckpointRetention(), toRun: bare)
    }
    #expect(try test.store.bestCheckpoint(run: bare)?.round == nil)
    #expect(try test.number("SELECT COUNT(*) FROM checkpoints WHERE run_id = \(bare)") == 1)
  }

  @Test func theNewestCheckpointsAreKept() throws {
    let test = try TestStore()
    let id = try test.beginRun()
    let other = try test.run(rounds: 1...3)
    func append(_ round: Int, keep: Int?) throws {
      try test.store.append(
        Samples.round(round), checkpoint: Samples.checkpoint(round),
        keeping: CheckpointRetention(last: keep, best: false), toRun: id)
    }
    func rounds(_ id: Int64) throws -> [String?] {
      try test.store.select("SELECT round FROM checkpoints WHERE run_id = \(id) ORDER BY round").map { $0[0] }
    }
    for round in 1...4 { try append(round, keep: 2) }
    #expect(try rounds(id) == ["3", "4"])
    for round in 5...6 { try append(round, keep: nil) }
    #expect(try rounds(id) == ["3", "4", "5", "6"])
    try append(7, keep: 1)
    #expect(try rounds(id) == ["7"])
    #expect(try rounds(other) == ["1", "2", "3"])
  }

  @Test func onlyTheProcessThatComputesARunWritesToIt() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    try test.store.finish(run: id, status: .interrupted, error: nil)
    #expect(throws: StoreError.runIsNotOurs(run: id)) {
      try test.store.append(Samples.round(2), checkpoint: nil, keeping: .all, toRun: id)
    }
    #expect(throws: StoreError.runIsNotOurs(run: id)) { try test.store.finish(run: id, status: .finished, error: nil) }
    #expect(throws: StoreError.unknownRun("9", nearest: nil)) {
      try test.store.append(Samples.round(2), checkpoint: nil, keeping: .all, toRun: 9)
    }
    #expect(throws: StoreError.unknownRun("9", nearest: nil)) {
      try test.store.finish(run: 9, status: .failed, error: "")
    }
  }

  @Test func deletingAnExperimentDeletesAllOfIt() throws {
    let test = try TestStore()
    _ = try test.run(rounds: 0...2)
    try test.store.execute("DELETE FROM experiments")
    for table in Self.tables + ["runs", "clients", "norm_layers"] {
      #expect(try test.number("SELECT COUNT(*) FROM \(table)") == 0, "\(table)")
    }
  }

  @Test func aFullDiskIsSaid() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    let pages = try #require(try test.number("PRAGMA page_count"))
    try test.store.execute("PRAGMA max_page_count = \(pages)")
    let error = #expect(throws: StoreError.self) {
      for round in 2...50 {
        try test.store.append(
          Samples.round(round), checkpoint: Samples.checkpoint(round), keeping: .all, toRun: id)
      }
    }
    #expect(error?.description == "cannot write to database '\(test.store.path)': the disk is full")
    let done = try test.store.resolve("latest")[0].roundsDone
    #expect(try test.number("SELECT MAX(round) FROM rounds") == done)
    #expect(try test.store.round(done, run: id) == Samples.round(done))
  }
}
