import Foundation
import Records
import RunStore
import Testing

struct RoundTripTests {
  @Test func everyRecordComesBackAsItWas() throws {
    let test = try TestStore()
    let description = Samples.run(seed: .max)
    let begun = try test.store.begin(
      Samples.experiment(), runs: [description], threads: 2, host: "here", version: "1.0")
    let id = begun.runs[0]
    try test.store.append(Samples.round(4), checkpoint: Samples.checkpoint(4), keeping: .all, toRun: id)
    let run = try #require(try test.store.resolve(String(id)).first)
    #expect(run.seed == .max)
    #expect(run.name == "digits/fedbn/18446744073709551615")
    #expect((run.arm, run.strategy, run.norm) == ("fedbn", "fedavg", "fedbn"))
    #expect((run.status, run.roundsPlanned, run.roundsDone, run.threads) == (.running, 40, 4, 2))
    #expect((run.host, run.version, run.error, run.resultHash, run.finishedAt) == ("here", "1.0", nil, nil, nil))
    #expect(run.isAlive)
    #expect(run.startedAt.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    let experiment = try test.store.experiment(id: begun.experiment)
    #expect(experiment.record == Samples.experiment())
    #expect(experiment.createdAt.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    #expect(try test.store.clients(run: id) == description.clients)
    #expect(try test.store.normLayers(run: id) == description.normLayers)
    #expect(try test.store.round(4, run: id) == Samples.round(4))
    #expect(try test.store.round(5, run: id) == nil)
    #expect(try test.store.checkpoint(run: id, round: nil) == Samples.checkpoint(4))
    #expect(try test.store.participations(run: id).map(\.round) == [4, 4, 4])
  }

  @Test func valuesThatAreMissingAndExtremesComeBack() throws {
    let test = try TestStore()
    let id = try test.beginRun(Samples.run(clients: 0))
    var round = RoundRecord(round: 0)
    // The most that the record takes for a number that a run could have.
    round.flops = 1 << 62
    round.participations = [
      ParticipationRecord(
        client: 0, samples: 0, steps: 0, skippedBatches: 0, trainLoss: nil, trainAccuracy: nil, updateNorm: nil,
        updateCosine: nil,
        bytesUp: 0, bytesDown: 0, outcome: .untrained, staleness: nil)
    ]
    round.evaluations = [
      EvaluationRecord(
        subject: .union, client: -1, model: .global, normSource: .global, phase: .afterAggregation, split: .train,
        samples: 1,
        subsetHash: "", loss: .infinity, accuracy: nil)
    ]
    round.normDrift = [
      NormDriftRecord(
        client: 0, layer: "größe", meanShift: nil, varianceLogRatio: nil, kl: nil, w2: nil,
        affineDistance: .leastNonzeroMagnitude)
    ]
    try test.store.append(round, checkpoint: nil, keeping: .all, toRun: id)
    #expect(try test.store.round(0, run: id) == round)
    #expect(try test.store.clients(run: id).isEmpty)
  }

  @Test func aLossThatIsNotANumberStaysOne() throws {
    let test = try TestStore()
    let id = try test.beginRun()
    var round = Samples.round(1)
    round.evaluations[1].loss = .nan
    round.layerDrift[0].meanKL = .nan
    round.trainLoss = .nan
    try test.store.append(round, checkpoint: nil, keeping: .all, toRun: id)
    let read = try #require(try test.store.round(1, run: id))
    #expect(read.evaluations[1].loss.isNaN)
    #expect(read.layerDrift[0].meanKL.isNaN)
    #expect(read.trainLoss == nil)
    let row = try #require(try test.store.rounds(run: id).first)
    #expect(row.meanLoss == nil, "never a mean over the rest")
    #expect(row.meanKL == nil)
    #expect(row.meanAccuracy != nil)
  }

  @Test func everyWordIsAccepted() throws {
    let test = try TestStore()
    let id = try test.beginRun(Samples.run(clients: 0))
    var round = RoundRecord(round: 1)
    var client = 0
    for subject in EvaluationSubject.allCases {
      for model in EvaluationModel.allCases {
        for source in NormSource.allCases {
          for phase in EvaluationPhase.allCases {
            for split in ExampleSplit.allCases {
              round.evaluations.append(
                EvaluationRecord(
                  subject: subject, client: client, model: model, normSource: source, phase: phase, split: split,
                  samples: 1,
                  subsetHash: "", loss: 0, accuracy: 0))
              client += 1
            }
          }
        }
      }
    }
    for (client, outcome) in ParticipationOutcome.allCases.enumerated() {
      var record = Samples.round(1).participations[0]
      record.client = client
      record.outcome = outcome
      round.participations.append(record)
    }
    try test.store.append(round, checkpoint: nil, keeping: .all, toRun: id)
    let read = try #require(try test.store.round(1, run: id))
    #expect(Set(read.evaluations.map(\.client)) == Set(0..<client))
    #expect(read.participations == round.participations)
    for status in RunStatus.allCases where status != .running {
      let id = try test.beginRun()
      try test.store.finish(run: id, status: status, error: status == .failed ? "loss is not a number" : nil)
      let run = try #require(try test.store.resolve(String(id)).first)
      #expect(run.status == status)
      #expect(run.error == (status == .failed ? "loss is not a number" : nil))
      #expect(run.finishedAt != nil)
      #expect((run.resultHash != nil) == (status == .finished))
      #expect(!run.isAlive)
    }
  }

  @Test func queriesSelectRoundsClientsAndLayers() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...5)
    _ = try test.run(rounds: 0...2)
    let store = test.store
    #expect(try store.participations(run: id, rounds: 2...3).map(\.round) == [2, 2, 2, 3, 3, 3])
    #expect(
      try store.participations(run: id, rounds: 4...9, client: 1).map(\.record)
        == [4, 5].map { Samples.round($0).participations[1] })
    #expect(try store.evaluations(run: id, rounds: 1...1, client: 2).map(\.record) == [Samples.round(1).evaluations[2]])
    #expect(try store.evaluations(run: id, client: -1).isEmpty)
    #expect(try store.normDrift(run: id, client: 1, layer: "norm2").map(\.round) == Array(0...5))
    #expect(try store.normDrift(run: id, rounds: 3...3, layer: "norm1").map(\.record.client) == [0, 1, 2])
    #expect(
      try store.layerDrift(run: id, rounds: 3...4, layer: "norm2").map(\.record) == [
        Samples.round(3).layerDrift[1], Samples.round(4).layerDrift[1],
      ])
    #expect(try store.rounds(run: id, last: 2).map(\.round) == [4, 5])
    #expect(try store.rounds(run: id, in: 1...3, last: 2).map(\.round) == [2, 3])
    #expect(try store.rounds(run: id, in: 90...99).isEmpty)
    #expect(throws: StoreError.unknownRun("99", nearest: nil)) { try store.rounds(run: 99) }
    #expect(throws: StoreError.unknownRun("99", nearest: nil)) { try store.clients(run: 99) }
  }

  @Test func aRecordInARoundIsOneFlatObject() throws {
    let row = InRound(round: 3, record: Samples.round(3).layerDrift[0])
    #expect(row.meanKL == 0.125)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = try encoder.encode(row)
    #expect(
      String(decoding: json, as: UTF8.self)
        == #"{"betweenShare":0.25,"layer":"norm1","maxKL":0.5,"meanKL":0.125,"round":3}"#)
    #expect(try JSONDecoder().decode(InRound<LayerDriftRecord>.self, from: json) == row)
  }
}
