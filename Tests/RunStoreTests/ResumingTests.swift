import Foundation
import Records
import RunStore
import Testing

struct ResumingTests {
  private func reopen(_ id: Int64, _ store: RunStore) throws -> CheckpointRecord? {
    try store.reopen(run: id, threads: 5, host: "there", version: "1.1").checkpoint
  }

  @Test func aResumedRunRecordsTheSame() throws {
    let whole = try TestStore()
    let uninterrupted = try whole.run(rounds: 0...9, checkpointEvery: 3)
    let test = try TestStore()
    let id = try test.run(rounds: 0...8, checkpointEvery: 3)
    try test.store.execute("DELETE FROM checkpoints WHERE round > 6")
    try test.store.finish(run: id, status: .interrupted, error: nil)
    #expect(try test.store.resumableRuns().map(\.id) == [id])
    #expect(try reopen(id, test.store) == Samples.checkpoint(6))
    #expect(try test.store.resumableRuns().isEmpty)
    for table in ["rounds", "participations", "evaluations", "norm_drift", "layer_drift"] {
      #expect(try test.number("SELECT MAX(round) FROM \(table)") == 6, "\(table)")
    }
    let run = try test.store.resolve("latest")[0]
    #expect((run.status, run.roundsDone, run.threads, run.host, run.version) == (.running, 6, 5, "there", "1.1"))
    #expect((run.error, run.finishedAt, run.resultHash, run.isAlive) == (nil, nil, nil, true))
    for round in 7...9 {
      let checkpoint = round % 3 == 0 ? Samples.checkpoint(round) : nil
      try test.store.append(Samples.round(round), checkpoint: checkpoint, keeping: .all, toRun: id)
    }
    #expect(try test.store.resultHash(run: id) == whole.store.resultHash(run: uninterrupted))
  }

  @Test func aRunThatIsComputedOrFinishedIsNotReopened() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    let process = Int(ProcessInfo.processInfo.processIdentifier)
    let error = #expect(throws: StoreError.runIsActive(run: id, process: process)) { try reopen(id, test.store) }
    #expect(error?.description == "run 1 is being computed by process \(process)")
    try test.store.finish(run: id, status: .finished, error: nil)
    let finished = #expect(throws: StoreError.runIsFinished(run: id)) { try reopen(id, test.store) }
    #expect(finished?.description == "run 1 is finished; there is nothing to resume")
    #expect(throws: StoreError.unknownRun("8", nearest: nil)) { try reopen(8, test.store) }
    #expect(try test.store.rounds(run: id).count == 2)
  }

  /// Numbers of processes that ended, never were, or are now others.
  @Test(arguments: ["4194305:1", "1:999999999999", "x", ""])
  func aRunWhoseProcessIsGoneCanBeResumed(process: String) throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...3, checkpointEvery: 2)
    try test.store.execute("UPDATE runs SET process = '\(process)'")
    #expect(try test.store.resumableRuns().map(\.id) == [id])
    #expect(try !test.store.resolve("latest")[0].isAlive)
    #expect(try reopen(id, test.store)?.round == 2)
  }

  @Test func failedRunsAreReopenedOnlyWhenAskedFor() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    try test.store.finish(run: id, status: .failed, error: "loss is not a number")
    #expect(try test.store.resumableRuns().isEmpty)
    #expect(try reopen(id, test.store)?.round == 1)
  }

  @Test(arguments: [
    "state = zeroblob(length(state))", "state = substr(state, 1, length(state) - 9)", "state = x''", "state = x'00'",
    "state = x'ffffffffffffffff00'", "state = x'ffffffff0300000078'", "sha256 = replace(sha256, '1', '2')",
    "state = CAST(substr(state, 1, 40) || x'5555' || substr(state, 43) AS BLOB)",
  ])
  func aDamagedCheckpointIsNotUsed(damage: String) throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...5, checkpointEvery: 2)
    try test.store.execute("UPDATE checkpoints SET \(damage) WHERE round = 4")
    let error = #expect(throws: StoreError.damagedCheckpoint(run: id, round: 4)) {
      try test.store.checkpoint(run: id, round: nil)
    }
    #expect(error?.description == "the checkpoint of round 4 of run 1 is damaged")
    #expect(try test.store.checkpoint(run: id, round: 2) == Samples.checkpoint(2))
    try test.store.finish(run: id, status: .interrupted, error: nil)
    let reopened = try test.store.reopen(run: id, threads: 5, host: "there", version: "1.1")
    #expect(reopened.checkpoint == Samples.checkpoint(2))
    #expect(reopened.damaged == [4])
    #expect(try test.number("SELECT MAX(round) FROM rounds") == 2)
    #expect(try test.number("SELECT MAX(round) FROM checkpoints") == 2)
  }

  @Test func withoutASoundCheckpointTheRunStartsOver() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...5, checkpointEvery: 2)
    let clients = try test.store.clients(run: id)
    try test.store.execute("UPDATE checkpoints SET state = x'00'")
    try test.store.finish(run: id, status: .interrupted, error: nil)
    #expect(try reopen(id, test.store) == nil)
    #expect(try test.store.rounds(run: id).isEmpty)
    #expect(try test.store.clients(run: id) == clients)
    #expect(try test.number("SELECT COUNT(*) FROM norm_drift") == 0)
    #expect(try test.store.resolve("latest")[0].roundsDone == 0)
    try test.store.append(Samples.round(0), checkpoint: nil, keeping: .all, toRun: id)
  }

  @Test func checkpointsThatAreNotThere() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...5, checkpointEvery: 2)
    let empty = try test.beginRun()
    func message(_ id: Int64, _ round: Int?) -> String? {
      #expect(throws: StoreError.self) { try test.store.checkpoint(run: id, round: round) }?.description
    }
    #expect(message(id, 3) == "run 1 has no checkpoint of round 3 (there are: 0, 2, 4)")
    #expect(message(empty, nil) == "run 2 has no checkpoint")
    #expect(message(empty, 1) == "run 2 has no checkpoint of round 1")
    #expect(message(77, nil) == "unknown run '77'")
  }
}
