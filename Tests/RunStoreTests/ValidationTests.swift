import Records
import RunStore
import TestSupport
import Testing

/// Evaluations on validation examples stand beside those on test examples, and a round is chosen by them; names and hashes
/// of data are kept.
struct ValidationTests {
  private static let description: RunDescription = {
    var run = Samples.run(clients: 2)
    for client in run.clients.indices { run.clients[client].validationSamples = 10 }
    return run
  }()

  private func evaluation(_ client: Int, _ accuracy: Double, _ split: ExampleSplit) -> EvaluationRecord {
    EvaluationRecord(
      subject: .client, client: client, model: .personal, normSource: .own, phase: .afterAggregation, split: split,
      samples: 10, subsetHash: split == .test ? "ab" : "cd", loss: 1 - accuracy, accuracy: accuracy)
  }

  /// Test accuracies rise from 0.25 to 1, those on validation examples fall.
  private func round(_ number: Int, validated: Bool = true) -> RoundRecord {
    var round = Samples.round(number, clients: 2)
    let test = 0.25 * Double(number)
    round.evaluations = [evaluation(0, test, .test), evaluation(1, test, .test)]
    if validated { round.evaluations += [evaluation(0, 1 - test, .validation), evaluation(1, 1 - test, .validation)] }
    return round
  }

  private func store(validated: Bool = true, keeping retention: CheckpointRetention = .all) throws -> TestStore {
    let test = try TestStore()
    let id = try test.beginRun(Self.description)
    for number in 1...4 {
      try test.store.append(
        round(number, validated: validated), checkpoint: Samples.checkpoint(number), keeping: retention, toRun: id)
    }
    return test
  }

  private static let validation = EvaluationSelection(split: .validation)

  @Test func eachSplitHasItsSummary() throws {
    let test = try store()
    #expect(try test.store.rounds(run: 1).map(\.meanAccuracy) == [0.25, 0.5, 0.75, 1])
    #expect(try test.store.rounds(run: 1, of: Self.validation).map(\.meanAccuracy) == [0.75, 0.5, 0.25, 0])
    #expect(try test.store.rounds(run: 1, of: Self.validation).map(\.untestedClients) == [0, 0, 0, 0])
    #expect(
      try test.store.select(
        "SELECT split, clients, samples, mean_accuracy FROM evaluation_summaries WHERE round = 1 ORDER BY split")
        == [
          ["test", "2", "20", "0.25"], ["validation", "2", "20", "0.75"],
        ])
    #expect(try test.store.evaluations(run: 1, round: 1, of: EvaluationSelection()).map(\.split) == [.test, .test])
    #expect(try test.store.evaluations(run: 1, round: 1, of: Self.validation).map(\.accuracy) == [0.75, 0.75])
    #expect(try test.store.round(3, run: 1)?.evaluations.map(\.split) == [.test, .validation, .test, .validation])
    #expect(try test.store.evaluationKinds(run: 1).map(\.split) == [.test, .validation])
    #expect(try test.store.check(isQuick: false).problems.isEmpty)
  }

  @Test func viewsAndListingsAreOfTestExamples() throws {
    let test = try store()
    #expect(try test.store.select("SELECT mean_accuracy FROM round_summary WHERE round = 4") == [["1.0"]])
    #expect(try test.store.select("SELECT mean_accuracy, evaluated FROM arm_summary") == [["1.0", "1"]])
    #expect(
      try test.store.select("SELECT client, accuracy FROM client_history WHERE round = 1") == [
        ["0", "0.25"], ["1", "0.25"],
      ])
    var scope = ListingScope(runs: [1])
    scope.lastRounds = 1
    scope.evaluations = EvaluationSelection()
    var query = ListingQuery(.clients, scope, metric: "accuracy")
    #expect(try test.store.rows(query).map(\.last) == [.number(1), .number(1)])
    scope.evaluations = Self.validation
    query.scope = scope
    #expect(try test.store.rows(query).map(\.last) == [.number(0), .number(0)])
    query = ListingQuery(.evaluations, scope, metric: "accuracy")
    #expect(try test.store.rows(query).map(\.last) == [.number(0)])
    query.scope.evaluations = nil
    #expect(try test.store.rows(query).map(\.last) == [.number(1), .number(0)])
    #expect(
      try test.store.evaluations(run: 1, rounds: [2], clients: [0], of: EvaluationSelection(normSource: .own))
        .map(\.record.split) == [.test])
    var last = Self.validation
    last.normSource = .own
    #expect(try test.store.lastEvaluations(run: 1, of: last).map(\.accuracy) == [0, 0])
    #expect(try test.store.accuracyCurves([1], pieces: 5).map(\.value) == [0.25, 0.5, 0.75, 1])
  }

  @Test func theBestCheckpointIsChosenOnValidationExamples() throws {
    let validated = try store()
    #expect(try validated.store.bestCheckpoint(run: 1) == BestCheckpoint(round: 1, chosenOn: .validation))
    let bare = try store(validated: false)
    #expect(try bare.store.bestCheckpoint(run: 1) == BestCheckpoint(round: 4, chosenOn: .test))
    let kept = try store(keeping: CheckpointRetention(last: 1, best: true))
    #expect(try kept.store.select("SELECT round FROM checkpoints ORDER BY round") == [["1"], ["4"]])
  }

  @Test func moreValidationExamplesThanAClientHasAreRefused() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.description)
    var wrong = round(1)
    wrong.evaluations[2].samples = 11
    let error = #expect(throws: StoreError.self) {
      try test.store.append(wrong, checkpoint: nil, keeping: .all, toRun: id)
    }
    #expect(error?.description.contains("1 rows of 'evaluations' are of more examples than their clients have") == true)
    try test.store.append(round(1), checkpoint: nil, keeping: .all, toRun: id)
    try test.store.execute("UPDATE evaluations SET samples = 11 WHERE split = 'validation' AND client = 1")
    #expect(
      try test.store.check(isQuick: false).problems.map(\.text).contains(
        "1 rows of 'evaluations' are of more examples than their clients have, the first of them in round 1"))
  }

  private static let named: RunDescription = {
    var run = Samples.run(clients: 2)
    run.clients = run.clients.map {
      ClientRecord(
        client: $0.client, domain: $0.domain, trainSamples: $0.trainSamples, testSamples: $0.testSamples,
        labelHistogram: $0.labelHistogram)
    }
    run.classNames = ["healthy", "ill / \"x\""]
    run.hashes = DataHashes(data: "d1", split: "s1")
    run.clients[0].name = "bern"
    run.clients[0].group = "alps"
    run.clients[0].validationSamples = 3
    run.clients[0].shiftLevels = [0.25, nil]
    return run
  }()

  @Test func namesAndHashesAreKept() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.named)
    let run = try #require(try test.store.allRuns().first)
    #expect(run.hashes == DataHashes(data: "d1", split: "s1"))
    #expect(run.classNames == ["healthy", "ill / \"x\""])
    #expect(try test.store.clients(run: id) == Self.named.clients)
    #expect(
      try test.store.select("SELECT name, group_name, validation_samples, shift_levels FROM clients") == [
        ["bern", "alps", "3", "[0.25,null]"], ["", "", "0", "[]"],
      ])
    try test.store.execute("UPDATE runs SET class_names = '{}'")
    #expect(throws: StoreError.self) { try test.store.allRuns() }
  }

  @Test(arguments: [
    "UPDATE runs SET data_hash = 'd2'", "UPDATE runs SET split_hash = NULL",
    "UPDATE clients SET name = 'basel' WHERE client = 0",
    "UPDATE clients SET group_name = 'jura'", "UPDATE clients SET validation_samples = 4 WHERE client = 0",
    "UPDATE clients SET shift_levels = '[]'",
  ])
  func theyArePartOfTheResult(change: String) throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.named)
    try test.store.append(Samples.round(1, clients: 2), checkpoint: nil, keeping: .all, toRun: id)
    let (hash, third) = (try test.store.resultHash(run: id), try test.store.resultHash(run: id, encoding: .third))
    try test.store.execute(change)
    #expect(try test.store.resultHash(run: id) != hash)
    #expect(try test.store.resultHash(run: id, encoding: .third) == third)
  }

  @Test func aRunOfAnOlderVersionIsKeptAndGetsItsNamesWhenItGoesOn() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    // A version that recorded no names recorded no measures either.
    let summary = """
      SELECT run_id, round, train_loss, norm_source, evaluated_clients, mean_accuracy, worst_accuracy, mean_loss, mean_kl,
        accuracy_sd, jain, loss_sd, untested_clients FROM round_summary
      """
    let (third, rounds) = (
      try test.store.resultHash(run: id, encoding: .third), try test.store.select(summary)
    )
    let schema = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    let now = try test.store.select(schema)
    try test.store.finish(run: id, status: .interrupted, error: nil)
    try test.store.forgetSplits()
    let migrated = try RunStore(path: test.store.path, access: .readWrite)
    #expect(try migrated.select(schema) == now)
    #expect(try migrated.select(summary) == rounds)
    #expect(try migrated.resultHash(run: id, encoding: .third) == third)
    let old = try #require(try migrated.allRuns().first)
    #expect(old.hashes == DataHashes() && old.classNames == nil)
    #expect(try migrated.check(isQuick: false).problems.isEmpty)
    var named = Samples.run()
    named.hashes = DataHashes(data: "d1", split: "s1")
    named.clients[2].name = "oslo"
    _ = try migrated.reopen(run: id, threads: 1, host: "", version: "", description: named)
    let reopened = try #require(try migrated.allRuns().first)
    #expect(reopened.hashes == named.hashes && reopened.classNames == named.classNames)
    #expect(try migrated.clients(run: id) == named.clients)
    // What is recorded stays what it is.
    named.hashes.split = "s2"
    try migrated.finish(run: id, status: .interrupted, error: nil)
    _ = try migrated.reopen(run: id, threads: 1, host: "", version: "", description: named)
    #expect(try migrated.allRuns().first?.hashes.split == "s1")
  }
}
