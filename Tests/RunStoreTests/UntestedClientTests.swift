import Records
import RunStore
import TestSupport
import Testing

/// A client without test examples has no test value, whatever its row of training examples says.
struct UntestedClientTests {
  /// A client's evaluation; of training examples where it has no others.
  private func evaluation(
    _ client: Int, _ accuracy: Double, _ split: ExampleSplit = .test, subject: EvaluationSubject = .client,
    model: EvaluationModel = .personal, source: NormSource = .own
  ) -> EvaluationRecord {
    EvaluationRecord(
      subject: subject, client: client, model: model, normSource: source, phase: .afterAggregation, split: split,
      samples: 10, subsetHash: "ab", loss: 1 - accuracy, accuracy: accuracy)
  }

  private func round(_ number: Int, _ evaluations: [EvaluationRecord]) -> RoundRecord {
    var round = Samples.round(number, clients: 4)
    round.evaluations = evaluations
    return round
  }

  /// Clients 0 and 2 have test examples, 1 and 3 are right on all that they trained on.
  private func mixed(_ number: Int, _ first: Double = 0.25) -> RoundRecord {
    round(
      number, [evaluation(0, first), evaluation(1, 1, .train), evaluation(2, 0.75), evaluation(3, 1, .train)])
  }

  private func store(_ rounds: [RoundRecord], checkpointed: Bool = false) throws -> TestStore {
    let test = try TestStore()
    let id = try test.beginRun(Samples.run(clients: 4))
    for round in rounds {
      try test.store.append(
        round, checkpoint: checkpointed ? Samples.checkpoint(round.round) : nil, keeping: .all, toRun: id)
    }
    return test
  }

  @Test func theyAreCountedAndInNoMean() throws {
    let test = try store([mixed(1)])
    let row = try #require(try test.store.rounds(run: 1).first)
    #expect((row.evaluatedClients, row.untestedClients) == (2, 2))
    #expect((row.meanAccuracy, row.sampleWeightedAccuracy) == (0.5, 0.5))
    #expect((row.worstAccuracy, row.bottomDecileAccuracy, row.accuracySD) == (0.25, 0.25, 0.25))
    #expect((row.meanLoss, row.worstLoss, row.bottomDecileLoss, row.lossSD) == (0.5, 0.75, 0.75, 0.25))
    #expect(row.jain == 0.8)
    #expect(row.untested(.client).words == "2 of 4 clients without test examples")
    #expect(
      try test.store.select(
        "SELECT clients, samples, untested_clients, mean_accuracy FROM evaluation_summaries") == [
          ["2", "20", "2", "0.5"]
        ])
    #expect(
      try test.store.select("SELECT evaluated_clients, untested_clients, mean_accuracy FROM round_summary") == [
        ["2", "2", "0.5"]
      ])
    #expect(try test.store.select("SELECT untested_clients, mean_accuracy FROM arm_summary") == [["2", "0.5"]])
    #expect(
      try test.store.select("SELECT client, loss, accuracy FROM client_history WHERE round = 1 ORDER BY client") == [
        ["0", "0.75", "0.25"], ["1", nil, nil], ["2", "0.25", "0.75"], ["3", nil, nil],
      ])
    // Its row stays: it says that the client learned.
    #expect(try test.store.evaluations(run: 1).map(\.split) == [.test, .train, .test, .train])
    #expect(try test.store.check(isQuick: false).problems.isEmpty)
  }

  @Test func whereNobodyHasAnyThereIsNoValue() throws {
    let test = try store([round(1, (0...3).map { evaluation($0, 1, .train) })])
    let row = try #require(try test.store.rounds(run: 1).first)
    #expect((row.evaluatedClients, row.untestedClients) == (0, 4))
    #expect(row.meanAccuracy == nil && row.meanLoss == nil && row.worstAccuracy == nil && row.jain == nil)
    #expect(row.untested(.client).isEveryone && row.isEvaluated)
    #expect(try test.store.check(isQuick: false).problems.isEmpty)
  }

  @Test func theyChooseNoCheckpoint() throws {
    // By all rows round 1 is better: 0.85 against 0.825.
    let fitted = round(1, [evaluation(0, 0.7), evaluation(1, 1, .train)])
    let tested = round(2, [evaluation(0, 0.75), evaluation(1, 0.9, .train)])
    let test = try store([fitted, tested], checkpointed: true)
    #expect(try test.store.bestCheckpoint(run: 1)?.round == 2)
    let none = try store([round(1, [evaluation(0, 1, .train)])], checkpointed: true)
    #expect(try none.store.bestCheckpoint(run: 1)?.round == nil)
    let kept = try TestStore()
    let id = try kept.beginRun(Samples.run(clients: 4))
    for round in [mixed(1, 0.75), mixed(2, 0.25), round(3, [evaluation(0, 0.1), evaluation(1, 1, .train)])] {
      try kept.store.append(
        round, checkpoint: Samples.checkpoint(round.round), keeping: CheckpointRetention(last: 1, best: true), toRun: id
      )
    }
    #expect(try kept.store.select("SELECT round FROM checkpoints ORDER BY round") == [["1"], ["3"]])
  }

  @Test func unseenClientsAndTheUnionAreNoOther() throws {
    let unseen = [
      evaluation(3, 0.5, subject: .unseen, model: .global, source: .global),
      evaluation(4, 1, .train, subject: .unseen, model: .global, source: .global),
    ]
    let union = [evaluation(-1, 0.6, subject: .union, model: .global, source: .global)]
    let test = try TestStore()
    var run = Samples.run(clients: 5)
    for client in [1, 4] { run.clients[client].testSamples = 0 }
    let id = try test.beginRun(run)
    try test.store.append(
      round(1, [evaluation(0, 0.5), evaluation(1, 1, .train), evaluation(2, 0.5)] + unseen + union), checkpoint: nil,
      keeping: .all, toRun: id)
    func row(_ subject: EvaluationSubject) throws -> RoundRow {
      try #require(try test.store.rounds(run: id, of: EvaluationSelection(subject: subject)).first)
    }
    #expect(try row(.unseen).meanAccuracy == 0.5)
    #expect(try row(.unseen).untested(.unseen).words == "1 of 2 clients without test examples")
    #expect(try row(.client).untested(.client).words == "1 of 3 clients without test examples")
    // Client 1 adds nothing to the union; client 4 is not in it.
    #expect(try row(.union).meanAccuracy == 0.6)
    #expect(try row(.union).untested(.union).words == "1 client without test examples")
  }

  @Test func olderDatabasesAreSummarizedAnew() throws {
    let test = try store([mixed(1), mixed(2)])
    let now = "SELECT * FROM evaluation_summaries"
    let written = try test.store.select(now)
    let hash = try test.store.resultHash(run: 1, encoding: .third)
    // As a version before counted them.
    try test.store.forgetSplits()
    try test.store.execute("ALTER TABLE evaluation_summaries DROP COLUMN untested_clients")
    try test.store.execute("UPDATE evaluation_summaries SET clients = 4, samples = 40, mean_accuracy = 0.75")
    try test.store.execute(
      """
      DELETE FROM grdb_migrations
      WHERE identifier IN ('count clients without test examples', 'tell turns of clients apart')
      """)
    let migrated = try RunStore(path: test.store.path, access: .readWrite)
    #expect(try migrated.select(now) == written)
    #expect(try migrated.resultHash(run: 1, encoding: .third) == hash, "what is recorded is as it was")
    #expect(try migrated.check(isQuick: false).problems.isEmpty)
  }

  @Test func aWrongCountIsFound() throws {
    let test = try store([mixed(1)])
    try test.store.execute("UPDATE evaluation_summaries SET untested_clients = 1")
    #expect(
      try test.store.check(isQuick: false).problems.map(\.text) == [
        "the summary of evaluations does not fit them in round 1"
      ])
  }
}
