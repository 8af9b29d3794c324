import Catalogs
import Datasets
import Networks
import Records
import Testing

@testable import Federation

/// Which rows there are of what is evaluated and measured, and what is NULL in them, as the documents say.
@Suite("rows that are recorded")
struct RecordedRowsTests {
  @Test("after-training rows are of the cohort's clients that trained, in evaluated rounds")
  func afterTraining() throws {
    let examples = ShiftedExamples(keys: [1, 2, 3], trainCounts: [24, 1, 17], testCounts: [8, 5, 6])
    let configuration = RunConfiguration(
      arm: "a", seed: 1, rounds: 5, dataset: try examples.dataset(), network: try ExampleNetworks.dense(),
      work: LocalWork(batchSize: 8), cohort: UniformCohort(.count(2)), recording: Recording(evaluateEvery: 2),
      evaluation: EvaluationChoice(subjects: [.client], models: [.personal], phases: [.afterTraining]))
    let run = try result(of: configuration)
    #expect(run.outcome == .finished)
    for round in run.rounds {
      // Round 0 and every second one are evaluated, and the last one.
      let isEvaluated = round.round > 0 && (round.round % 2 == 0 || round.round == 5)
      let trained = round.participations.filter { $0.outcome == .reported }.map(\.client)
      #expect(round.evaluations.map(\.client) == (isEvaluated ? trained : []), "round \(round.round)")
      #expect(round.evaluations.allSatisfy { $0.phase == .afterTraining })
    }
    #expect(run.rounds.contains { $0.participations.contains { $0.outcome == .untrained } })
  }

  @Test("drift has a row for each layer with numbers of its own, and NULL where a measure has nothing to measure")
  func drift() throws {
    let network = try Network(
      input: [5],
      layers: [
        Dense(units: 6), BatchNorm(name: "whole"), Dense(units: 6), BatchNorm(name: "untracked", track: false),
        Dense(units: 6), BatchNorm(name: "plain", center: false, scale: false), Dense(units: 6),
        BatchNorm(name: "nothing", center: false, scale: false, track: false), Dense(units: 6),
        GroupNorm(name: "group", groups: 2), Dense(units: 6),
        GroupNorm(name: "groups", groups: 2, center: false, scale: false), Dense(units: 3),
      ])
    let examples = ShiftedExamples(keys: [1, 2, 3], trainCounts: [24, 1, 17], testCounts: [8, 5, 6])
    let configuration = RunConfiguration(
      arm: "a", seed: 1, rounds: 4, dataset: try examples.dataset(), network: network, work: LocalWork(batchSize: 8),
      recording: Recording(driftEvery: 3))
    let run = try result(of: configuration)
    for round in run.rounds {
      guard round.round == 3 || round.round == 4 else {
        #expect(round.normDrift.isEmpty && round.layerDrift.isEmpty, "round \(round.round)")
        continue
      }
      #expect(round.layerDrift.map(\.layer) == ["whole", "plain"])
      // Client 1 has nothing to train on.
      #expect(Set(round.normDrift.map(\.client)) == [0, 2])
      #expect(Set(round.normDrift.map(\.layer)) == ["whole", "untracked", "plain", "group"])
      for row in round.normDrift {
        let ofStatistics = [row.meanShift, row.varianceLogRatio, row.kl, row.w2, row.effectiveMomentum]
        let hasStatistics = ["whole", "plain"].contains(row.layer)
        #expect(ofStatistics.allSatisfy { ($0 != nil) == hasStatistics }, "\(row.layer)")
        #expect((row.affineDistance != nil) == (row.layer != "plain"), "\(row.layer)")
      }
    }
  }

  @Test("a first batch_norm counts two passes of three, for its running statistics alone as well")
  func operations() throws {
    let (inputs, units) = (7, 5)
    let (norm, dense) = (8 * inputs, 2 * inputs * units)
    for (layer, first) in [
      (BatchNorm(), norm), (BatchNorm(center: false, scale: false), norm),
      // Without a number of its own it is none, and the layer behind it is the first.
      (BatchNorm(center: false, scale: false, track: false), dense), (BatchNorm(track: false), norm),
    ] {
      let network = try Network(input: [inputs], layers: [layer, Dense(units: units)])
      #expect(network.forwardFLOPs == norm + dense)
      #expect(network.trainingFLOPs == 3 * (norm + dense) - first)
    }
  }
}
