import Foundation
import Records
import RunStore
import TestSupport
import Testing

/// An experiment that gets more rounds and runs, and what is recorded of why runs ended.
struct ExtendingTests {
  private static let longer = ExperimentRecord(
    name: "digits", scenario: "name: digits\nrounds: 50\n",
    scenarioHash: RunStore.sha256(of: "name: digits\nrounds: 50\n"), baseDirectory: "/elsewhere")

  private static func description(rounds: Int) -> RunDescription {
    var description = Samples.run()
    description.roundsPlanned = rounds
    return description
  }

  private func extend(
    _ test: TestStore, _ longer: [LongerRun], added: [RunDescription] = [], from experiment: StoredExperiment? = nil
  ) throws -> [Int64] {
    try test.store.extend(
      experiment ?? test.store.experiment(id: 1), to: Self.longer, longer: longer, added: added, threads: 3,
      host: "there",
      version: "1.1")
  }

  /// A run of three rounds that is finished.
  private func finished() throws -> TestStore {
    let test = try TestStore()
    let id = try test.beginRun(Self.description(rounds: 3))
    for round in 0...3 {
      try test.store.append(Samples.round(round), checkpoint: Samples.checkpoint(round), keeping: .last(1), toRun: id)
    }
    try test.store.finish(run: id, status: .finished, error: nil)
    return test
  }

  @Test(arguments: [true, false], [true, false])
  func aLongerRunLacksWhatOnlyItsLastRoundHad(keepsEvaluations: Bool, keepsDrift: Bool) throws {
    let test = try finished()
    var description = Self.description(rounds: 50)
    description.normLayers[0].statistics = "averaged"
    let run = LongerRun(
      run: 1, description: description, keepsEvaluations: keepsEvaluations, keepsDrift: keepsDrift)
    let added = try extend(test, [run], added: [Samples.run(arm: "new")])
    #expect(added == [2])
    for (table, keeps) in [
      ("evaluations", keepsEvaluations), ("evaluation_summaries", keepsEvaluations), ("norm_drift", keepsDrift),
      ("layer_drift", keepsDrift), ("rounds", true), ("participations", true), ("checkpoints", true),
    ] {
      #expect(try test.number("SELECT MAX(round) FROM \(table) WHERE run_id = 1") == (keeps ? 3 : 2), "\(table)")
    }
    let runs = try test.store.runs(ofExperiment: 1)
    #expect((runs[0].status, runs[0].roundsPlanned, runs[0].roundsDone) == (.interrupted, 50, 3))
    #expect((runs[0].resultHash, runs[0].finishedAt, runs[0].stopReason) == (nil, nil, nil))
    #expect((runs[1].status, runs[1].arm, runs[1].isAlive) == (.running, "new", true))
    #expect(try test.store.normLayers(run: 1) == description.normLayers)
    let record = try test.store.experiment(id: 1).record
    #expect((record.scenario, record.scenarioHash) == (Self.longer.scenario, Self.longer.scenarioHash))
    #expect((record.name, record.baseDirectory) == ("digits", Samples.experiment().baseDirectory))
    #expect(try test.store.reopen(run: 1, threads: 1, host: "", version: "").checkpoint == Samples.checkpoint(3))
  }

  @Test func whatCanNotBeExtendedChangesNothing() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    let process = Int(ProcessInfo.processInfo.processIdentifier)
    let run = LongerRun(
      run: id, description: Self.description(rounds: 50), keepsEvaluations: true, keepsDrift: true)
    let before = try test.store.experiment(id: 1)
    #expect(throws: StoreError.runIsActive(run: id, process: process)) { try extend(test, [run]) }
    try test.store.finish(run: id, status: .interrupted, error: nil)
    // An arm and seed that is there already.
    let error = #expect(throws: StoreError.self) { try extend(test, [run], added: [Samples.run()]) }
    #expect(error?.description.contains("rejects a record: UNIQUE constraint failed") == true)
    #expect(try test.store.experiment(id: 1) == before && test.store.runs(ofExperiment: 1)[0].roundsPlanned == 40)
    #expect(try extend(test, [run]) == [])
    #expect(throws: StoreError.changed(path: test.store.path)) { try extend(test, [run], from: before) }
  }

  @Test func aFailedRunStaysFailed() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    try test.store.finish(run: id, status: .failed, error: "loss is not a number")
    let before = try test.store.runs(ofExperiment: 1)[0]
    _ = try extend(
      test, [LongerRun(run: id, description: Self.description(rounds: 50), keepsEvaluations: true, keepsDrift: true)])
    let after = try test.store.runs(ofExperiment: 1)[0]
    #expect((after.status, after.error, after.roundsPlanned) == (.failed, before.error, 50))
    #expect(after.finishedAt == before.finishedAt && before.finishedAt != nil)
  }

  @Test func whyARunEndedIsPartOfItsResult() throws {
    var hashes: Set<String> = []
    for reason in StopReason.allCases {
      let test = try TestStore()
      let id = try test.beginRun(Self.description(rounds: 1))
      for round in 0...1 {
        try test.store.append(
          Samples.round(round), checkpoint: Samples.checkpoint(round), keeping: .all, toRun: id)
      }
      try test.store.finish(run: id, status: .finished, error: nil, reason: reason)
      let run = try test.store.runs(ofExperiment: 1)[0]
      let hash = try test.store.resultHash(run: id)
      #expect(run.stopReason == reason && run.resultHash == hash)
      hashes.insert(try #require(run.resultHash))
      #expect(try test.store.check(isQuick: false).problems.isEmpty)
      // Short of its rounds it is sound only where a rule ended it.
      try test.store.execute("UPDATE runs SET rounds_planned = 7")
      let problems = try test.store.check(isQuick: true).problems.map(\.text)
      #expect(problems.isEmpty == reason.isByRule, "\(problems)")
    }
    #expect(hashes.count == 3)
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    try test.store.finish(run: id, status: .interrupted, error: nil, reason: .patience)
    #expect(try test.store.runs(ofExperiment: 1)[0].stopReason == nil)
  }

  @Test func olderRunsHaveNoReason() throws {
    let test = try finished()
    let hash = try test.store.resultHash(run: 1, encoding: .fourth)
    try test.store.forgetStopReasons()
    let migrated = try RunStore(path: test.store.path, access: .readWrite)
    #expect(try migrated.runs(ofExperiment: 1)[0].stopReason == nil)
    #expect(try migrated.resultHash(run: 1, encoding: .fourth) == hash)
  }
}
