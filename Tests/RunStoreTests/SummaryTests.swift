import Records
import TestSupport
import Testing

@testable import RunStore

struct SummaryTests {
  private static let accuracies = [0.5, 0.9, 0.2, 0.8, 0.7, 0.6, 0.3, 1.0, 0.4, 0.85, 0.95]

  /// A run of as many clients as any round here has, with test examples for all of them.
  private static let description: RunDescription = {
    var description = Samples.run(clients: 200)
    for index in description.clients.indices { description.clients[index].testSamples = 10_000 }
    return description
  }()

  /// Client k of 11 has accuracy `accuracies[k] − lowered`, loss k + 1 and 10 · (k + 1) samples.
  private func evaluations(_ source: NormSource, loweredBy lowered: Double = 0) -> [EvaluationRecord] {
    Self.accuracies.enumerated().map { client, accuracy in
      EvaluationRecord(
        subject: .client, client: client, model: .personal, normSource: source, phase: .afterAggregation, split: .test,
        samples: 10 * (client + 1), subsetHash: "", loss: Double(client + 1), accuracy: accuracy - lowered)
    }
  }

  /// `evaluations` and what is not to be mixed with them.
  private func round(_ number: Int, loweredBy lowered: Double = 0) -> RoundRecord {
    var round = Samples.round(number)
    round.evaluations = evaluations(.own, loweredBy: lowered) + evaluations(.batch, loweredBy: 0.1)
    for record in evaluations(.own) {
      var other = record
      (other.loss, other.accuracy) = (99, 0.01)
      other.phase = .afterTraining
      round.evaluations.append(other)
      (other.phase, other.model) = (.afterAggregation, .global)
      round.evaluations.append(other)
      (other.model, other.subject) = (.personal, .unseen)
      round.evaluations.append(other)
    }
    return round
  }

  private func numbers(_ sql: String, _ store: RunStore) throws -> [Double?] {
    try store.select(sql)[0].map { $0.flatMap { Double($0) } }
  }

  private func expect(_ values: [Double?], _ expected: [Double?], _ location: SourceLocation = #_sourceLocation) {
    #expect(values.count == expected.count, sourceLocation: location)
    for (value, expected) in zip(values, expected) {
      #expect((value == nil) == (expected == nil), "\(values)", sourceLocation: location)
      #expect(abs((value ?? 0) - (expected ?? 0)) < 1e-12, "\(values)", sourceLocation: location)
    }
  }

  @Test func aRoundInOneLine() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.description)
    try test.store.append(round(1), checkpoint: nil, keeping: .all, toRun: id)
    // Σ = 7.2; Σ 10(k+1)a_k = 458.5 of 660; the worst two of eleven are 0.2 and 0.3.
    let expected = [11, 7.2 / 11, 458.5 / 660, 0.2, 0.25, 6, 0.25, 0.5]
    let row = try #require(try test.store.rounds(run: id).first)
    expect(
      [
        Double(row.evaluatedClients), row.meanAccuracy, row.sampleWeightedAccuracy, row.worstAccuracy,
        row.bottomDecileAccuracy,
        row.meanLoss, row.meanKL, row.betweenShare,
      ], expected)
    #expect(row.normSource == .own)
    let columns =
      "evaluated_clients, mean_accuracy, sample_weighted_accuracy, worst_accuracy, bottom_decile_accuracy, mean_loss, "
      + "mean_kl, between_share"
    expect(try numbers("SELECT \(columns) FROM round_summary WHERE run_id = 1 AND round = 1", test.store), expected)
    #expect(
      try test.store.select("SELECT norm_source, flops FROM round_summary") == [
        ["own", String(Samples.round(1).flops)]
      ])
    let record = Samples.round(1)
    #expect(
      (row.cohortSize, row.reported, row.seconds, row.simulatedSeconds) == (
        3, 2, record.seconds, record.simulatedSeconds
      ))
    #expect((row.bytesUp, row.bytesDown, row.flops) == (record.bytesUp, record.bytesDown, record.flops))
    #expect((row.trainLoss, row.trainAccuracy) == (record.trainLoss, record.trainAccuracy))
  }

  @Test func otherEvaluationsCanBeSelected() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.description)
    try test.store.append(round(1), checkpoint: nil, keeping: .all, toRun: id)
    let selections: [(EvaluationSelection, NormSource?, Double?)] = [
      (EvaluationSelection(), .own, 7.2 / 11), (EvaluationSelection(normSource: .batch), .batch, 7.2 / 11 - 0.1),
      (EvaluationSelection(phase: .afterTraining), .own, 0.01), (EvaluationSelection(model: .global), .own, 0.01),
      (EvaluationSelection(subject: .unseen, model: .personal), .own, 0.01),
      (EvaluationSelection(subject: .unseen), nil, nil), (EvaluationSelection(normSource: .pooled), nil, nil),
    ]
    for (selection, source, mean) in selections {
      let row = try #require(try test.store.rounds(run: id, of: selection).first)
      #expect(row.normSource == source && row.evaluatedClients == (source == nil ? 0 : 11))
      expect([row.meanAccuracy], [mean])
      let rows = try test.store.evaluations(run: id).map(\.record).selected(selection)
      #expect(rows.count == row.evaluatedClients && rows.allSatisfy { $0.normSource == source })
    }
    #expect(try test.store.lastEvaluatedRound(run: id) == 1)
  }

  @Test func aMeanIsOverAllClientsOrNone() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.description)
    var partial = round(1)
    partial.evaluations[3].accuracy = nil
    var bare = RoundRecord(round: 2)
    bare.evaluations = []
    for round in [partial, bare] { try test.store.append(round, checkpoint: nil, keeping: .all, toRun: id) }
    let rows = try test.store.rounds(run: id)
    expect(
      [rows[0].meanAccuracy, rows[0].sampleWeightedAccuracy, rows[0].worstAccuracy, rows[0].meanLoss],
      [nil, nil, nil, 6])
    #expect(rows[0].bottomDecileAccuracy == nil)
    expect([rows[1].meanAccuracy, rows[1].meanLoss, rows[1].meanKL], [nil, nil, nil])
    #expect((rows[1].evaluatedClients, rows[1].normSource) == (0, nil))
    let columns =
      "mean_accuracy, sample_weighted_accuracy, worst_accuracy, bottom_decile_accuracy, mean_loss, evaluated_clients"
    expect(
      try numbers("SELECT \(columns) FROM round_summary WHERE round = 1", test.store), [nil, nil, nil, nil, 6, 11])
    expect(
      try numbers("SELECT \(columns) FROM round_summary WHERE round = 2", test.store), [nil, nil, nil, nil, nil, 0])
  }

  @Test(arguments: [(1, 1), (9, 1), (10, 1), (11, 2), (20, 2), (21, 3)])
  func theWorstTenthIsRoundedUp(clients: Int, worst: Int) throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.description)
    try test.store.append(Samples.round(1, clients: clients), checkpoint: nil, keeping: .all, toRun: id)
    let accuracies = Samples.round(1, clients: clients).evaluations.compactMap(\.accuracy).sorted().prefix(worst)
    let expected = accuracies.reduce(0, +) / Double(worst)
    expect([try test.store.rounds(run: id)[0].bottomDecileAccuracy], [expected])
    expect(try numbers("SELECT bottom_decile_accuracy FROM round_summary", test.store), [expected])
  }

  @Test func anArmOverItsSeeds() throws {
    let test = try TestStore()
    func run(_ arm: String, _ seed: UInt64) -> RunDescription {
      var run = Self.description
      (run.arm, run.seed) = (arm, seed)
      return run
    }
    let begun = try test.store.begin(
      Samples.experiment(), runs: [1, 2, 3].map { run("fedbn", $0) } + [run("fedavg", 1)],
      threads: 1,
      host: "", version: "")
    // The last round of each run has no evaluations: the one before it counts.
    for (index, lowered) in [0.0, 0.1].enumerated() {
      for number in 1...3 {
        var record = round(number, loweredBy: number == 2 ? lowered : 0.15)
        if number == 3 { record.evaluations = [] }
        try test.store.append(record, checkpoint: nil, keeping: .all, toRun: begun.runs[index])
      }
    }
    try test.store.finish(run: begun.runs[0], status: .finished, error: nil)
    let columns =
      "runs, finished, evaluated, rounds_done, mean_accuracy, lowest_mean_accuracy, highest_mean_accuracy, "
      + "worst_accuracy, mean_loss"
    expect(
      try numbers("SELECT \(columns) FROM arm_summary WHERE experiment_id = 1 AND arm = 'fedbn'", test.store),
      [3, 1, 2, 0, 7.2 / 11 - 0.05, 7.2 / 11 - 0.1, 7.2 / 11, 0.15, 6])
    expect(
      try numbers("SELECT \(columns) FROM arm_summary WHERE arm = 'fedavg'", test.store),
      [1, 0, 0, 0, nil, nil, nil, nil, nil])
  }

  @Test func aClientsHistory() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.description)
    try test.store.append(round(1), checkpoint: nil, keeping: .all, toRun: id)
    let columns =
      "round, client, domain, steps, accuracy, loss, accuracy_after_training, loss_after_training, staleness"
    #expect(
      try test.store.select("SELECT \(columns) FROM client_history WHERE run_id = 1 AND client = 1")
        == [["1", "1", "domain 1", "4", "0.9", "2.0", "0.01", "99.0", "2"]])
    #expect(
      try test.store.select("SELECT \(columns) FROM client_history WHERE run_id = 1 AND client = 10")
        == [["1", "10", "domain 10", nil, "0.95", "11.0", "0.01", "99.0", nil]])
    expect(
      try numbers("SELECT mean_kl FROM client_history WHERE client = 1", test.store), [Samples.round(1).normDrift[2].kl]
    )
    #expect(try test.number("SELECT COUNT(*) FROM client_history") == 11)
  }

  private static let summaryColumns = """
    round, subject, model, norm_source, phase, clients, samples, mean_accuracy, sample_weighted_accuracy,
    worst_accuracy, bottom_decile_accuracy, accuracy_sd, mean_loss, sample_weighted_loss, worst_loss,
    bottom_decile_loss, loss_sd, jain
    """

  @Test func aSummaryOfEachKind() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.description)
    try test.store.append(round(1), checkpoint: nil, keeping: .all, toRun: id)
    #expect(
      try test.store.select(
        "SELECT subject, model, norm_source, phase, clients, samples FROM evaluation_summaries WHERE run_id = 1") == [
          ["client", "global", "own", "after-aggregation", "11", "660"],
          ["client", "personal", "batch", "after-aggregation", "11", "660"],
          ["client", "personal", "own", "after-aggregation", "11", "660"],
          ["client", "personal", "own", "after-training", "11", "660"],
          ["unseen", "personal", "own", "after-aggregation", "11", "660"],
        ])
    // Losses 1 to 11 with weights of the same proportions: Σk²/Σk = 506/66, the worst two 11 and 10, s² = 10.
    // Accuracies: Σ = 7.2 and Σ² = 5.465, s² = (5.465 − 7.2²/11)/11, Jain's index 7.2²/(11 · 5.465).
    let spread = ((5.465 - 7.2 * 7.2 / 11) / 11).squareRoot()
    let columns = "accuracy_sd, jain, sample_weighted_loss, worst_loss, bottom_decile_loss, loss_sd"
    let expected = [spread, 7.2 * 7.2 / (11 * 5.465), 506.0 / 66, 11, 10.5, 10.0.squareRoot()]
    let own = "model = 'personal' AND norm_source = 'own' AND phase = 'after-aggregation' AND subject = 'client'"
    expect(try numbers("SELECT \(columns) FROM evaluation_summaries WHERE \(own)", test.store), expected)
    expect(try numbers("SELECT \(columns) FROM round_summary", test.store), expected)
    let row = try #require(try test.store.rounds(run: id).first)
    expect(
      [row.accuracySD, row.jain, row.sampleWeightedLoss, row.worstLoss, row.bottomDecileLoss, row.lossSD], expected)
    // All of the clients have the same in this kind.
    let equal = try #require(try test.store.rounds(run: id, of: EvaluationSelection(phase: .afterTraining)).first)
    #expect((equal.accuracySD, equal.jain, equal.lossSD) == (0, equal.jain, 0) && abs((equal.jain ?? 0) - 1) < 1e-12)
  }

  @Test func oneClientHasNoSpreadAndNaNNoNumbers() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.description)
    var one = round(1)
    one.evaluations = [one.evaluations[0]]
    one.evaluations[0].accuracy = 0
    var notANumber = round(2)
    notANumber.evaluations[0].loss = .nan
    for round in [one, notANumber] { try test.store.append(round, checkpoint: nil, keeping: .all, toRun: id) }
    let rows = try test.store.rounds(run: id)
    #expect((rows[0].accuracySD, rows[0].jain, rows[0].worstAccuracy, rows[0].lossSD) == (0, nil, 0, 0))
    #expect((rows[1].meanLoss, rows[1].worstLoss, rows[1].lossSD) == (nil, nil, nil))
    #expect(rows[1].jain != nil && rows[1].evaluatedClients == 11)
  }

  @Test func theMigrationWritesWhatARoundWrites() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.description)
    var partial = round(2)
    partial.evaluations[3].accuracy = nil
    var bare = round(3)
    bare.evaluations = []
    for round in [round(1), partial, bare, round(4, loweredBy: 0.1)] {
      try test.store.append(round, checkpoint: nil, keeping: .all, toRun: id)
    }
    let other = try test.run(rounds: 0...2)
    #expect(other != id)
    let all = "SELECT run_id, \(Self.summaryColumns) FROM evaluation_summaries ORDER BY run_id, \(Self.summaryColumns)"
    let written = try test.store.select(all)
    #expect(written.count == 3 * 5 + 3)
    let hash = try test.store.resultHash(run: id, encoding: .third)
    try test.store.forgetSplits()
    try test.store.execute("DROP TABLE evaluation_summaries")
    try test.store.execute(
      """
      DELETE FROM grdb_migrations WHERE identifier IN ('summarize evaluations', 'count clients without test examples')
      """)
    let migrated = try RunStore(path: test.store.path, access: .readWrite)
    #expect(try migrated.select(all) == written)
    #expect(try migrated.resultHash(run: id, encoding: .third) == hash, "a summary is no part of the result")
    #expect(try migrated.rounds(run: id).count == 4)
  }

  @Test func aSummaryGoesWithItsRound() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...3)
    try test.store.execute("DELETE FROM rounds WHERE run_id = \(id) AND round > 1")
    #expect(try test.store.select("SELECT round FROM evaluation_summaries") == [["0"], ["1"]])
  }

  @Test func kindsAndSelectedRowsAreFoundByKey() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.description)
    try test.store.append(round(1), checkpoint: nil, keeping: .all, toRun: id)
    let kinds = try test.store.evaluationKinds(run: id)
    #expect(kinds.count == 5 && kinds.contains(EvaluationSelection(normSource: .batch)))
    #expect(try test.store.evaluationKinds(run: try test.beginRun(Self.description)).isEmpty)
    let rows = try test.store.evaluations(run: id).map(\.record)
    for kind in kinds + [EvaluationSelection(), EvaluationSelection(subject: .union)] {
      #expect(try test.store.evaluations(run: id, round: 1, of: kind) == rows.selected(kind))
    }
    #expect(try test.store.domains(run: id).filter { $0.key < 3 } == [0: "domain 0", 1: "domain 1", 2: "domain 2"])
    // A later round may have less, as where nobody trained.
    var less = round(2)
    less.evaluations.removeAll { $0.normSource == .batch || $0.subject == .union }
    try test.store.append(less, checkpoint: nil, keeping: .all, toRun: id)
    #expect(try test.store.evaluationKinds(run: id) == kinds)
  }

  @Test func aSummaryIsReadBackAsItWasWritten() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.description)
    var partial = round(1)
    partial.evaluations[3].accuracy = nil
    try test.store.append(partial, checkpoint: nil, keeping: .all, toRun: id)
    let read = try test.store.reading { database in
      try RunStore.all(
        "SELECT \(EvaluationSummary.columnList) FROM evaluation_summaries WHERE run_id = ?", [id], database, "",
        EvaluationSummary.init)
    }
    let written = EvaluationSummary.summaries(of: partial.evaluations)
    #expect(read.count == written.count && written.allSatisfy { read.contains($0) })
    #expect(read.contains { $0.accuracy == nil && $0.loss != nil })
  }
}
