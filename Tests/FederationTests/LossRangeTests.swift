import Datasets
import Networks
import Records
import Testing

@testable import Federation

/// A loss that is no number of use ends a run, in training and in evaluation, with the layer that first left ±2^20.
@Suite("losses that are no numbers of use", .timeLimit(.minutes(2)))
struct LossRangeTests {
  private static func network() throws -> Network {
    try Network(
      input: [5],
      layers: [
        Dense(name: "fc1", units: 6), ReLU(name: "relu1"), Dense(name: "fc2", units: 4), Dense(name: "fc3", units: 3),
      ])
  }

  /// A run whose initial weights of a layer are multiplied.
  private func configuration(
    _ layer: String, _ factor: Float, rounds: Int = 1, testCounts: [Int] = [6, 6], evaluateEvery: Int = 1,
    evaluation: EvaluationChoice = EvaluationChoice()
  ) throws -> RunConfiguration {
    let examples = ShiftedExamples(keys: [1, 2], trainCounts: [16, 16], testCounts: testCounts)
    let network = try Self.network()
    var initial = ModelState(initial: network.layout, seed: 1)
    for place in try #require(network.layout.tensor("\(layer).weight")).range { initial.values[place] *= factor }
    return RunConfiguration(
      arm: "a", seed: 1, rounds: rounds, dataset: try examples.dataset(), network: network, initialState: initial,
      optimizer: SGD(learningRate: 1e-30), work: LocalWork(batchSize: 8),
      recording: Recording(evaluateEvery: evaluateEvery), evaluation: evaluation)
  }

  @Test("in evaluation, on whichever data", arguments: ["fc1", "fc2", "fc3"])
  func evaluation(layer: String) throws {
    for (factor, loss) in [(Float(1e36), "is beyond 10^30"), (.infinity, "is not a finite number")] {
      for (testCounts, split) in [([6, 6], "test"), ([0, 0], "train")] {
        let run = try result(of: configuration(layer, factor, testCounts: testCounts))
        #expect(
          run.outcome
            == .failed(
              "round 0, client 0 (key1): the loss on its \(split) data \(loss); values first left ±2^20 in the output of layer '\(layer)'"
            ), "\(factor)")
        #expect(run.rounds.isEmpty)
      }
    }
  }

  @Test("in training") func training() throws {
    let examples = ShiftedExamples(keys: [1, 2], trainCounts: [16, 16], testCounts: [6, 6])
    for (rate, loss) in [(1e33, "is beyond 10^30"), (1e38, "is not a finite number")] {
      let configuration = RunConfiguration(
        arm: "a", seed: 1, rounds: 2, dataset: try examples.dataset(),
        network: try Network(input: [5], layers: [Dense(name: "fc1", units: 3)]),
        optimizer: SGD(learningRate: rate), work: LocalWork(batchSize: 8))
      let run = try result(of: configuration)
      #expect(
        run.outcome
          == .failed("round 1, client 0 (key1): the loss \(loss); values first left ±2^20 in the output of layer 'fc1'")
      )
      #expect(run.rounds.map(\.round) == [0])
    }
  }

  @Test("of all clients together, and after training") func otherSubjects() throws {
    let words = "the loss on its test data is beyond 10^30; values first left ±2^20 in the output of layer 'fc2'"
    let union = try configuration("fc2", 1e36, evaluation: EvaluationChoice(subjects: [.union]))
    #expect(try result(of: union).outcome == .failed("round 0, all clients together: \(words)"))
    // Training itself has the same loss; a step later than the first one only where nothing is evaluated before it.
    let after = EvaluationChoice(subjects: [.client], models: [.personal], phases: [.afterTraining])
    let run = try result(of: configuration("fc2", 1e36, evaluation: after))
    #expect(
      run.outcome
        == .failed(
          "round 1, client 0 (key1): the loss is beyond 10^30; values first left ±2^20 in the output of layer 'fc2'"))
  }

  @Test("in examples that are far too large") func examples() throws {
    var examples = ShiftedExamples(keys: [1, 2], trainCounts: [16, 16], testCounts: [6, 6])
    examples.magnitude = 1e35
    let configuration = RunConfiguration(
      arm: "a", seed: 1, rounds: 1, dataset: try examples.dataset(), network: try Self.network(),
      work: LocalWork(batchSize: 8))
    #expect(
      try result(of: configuration).outcome
        == .failed(
          "round 0, client 0 (key1): the loss on its test data is beyond 10^30; the examples have values beyond ±2^20 or that are not numbers"
        ))
  }

  @Test("values beyond ±2^20 alone are no error: they do no harm before a normalization", arguments: [Float(1e3), 1e7])
  func healthy(magnitude: Float) throws {
    var examples = ShiftedExamples(keys: [1, 2], trainCounts: [16, 16], testCounts: [6, 6])
    examples.magnitude = magnitude
    let configuration = RunConfiguration(
      arm: "a", seed: 1, rounds: 3, dataset: try examples.dataset(),
      network: try Network(input: [5], layers: [BatchNorm(name: "bn1"), Dense(name: "fc1", units: 3)]),
      work: LocalWork(batchSize: 8))
    let run = try result(of: configuration)
    #expect(run.outcome == .finished)
    #expect(run.rounds.allSatisfy { $0.evaluations.allSatisfy { $0.loss.isFinite } })
    // Untrained statistics make the first losses large.
    #expect(magnitude < 1e6 || (run.rounds[0].evaluations.first?.loss ?? 0) > 0x1p20)
  }

  @Test("which client is told does not depend on threads", arguments: [1, 4]) func order(threads: Int) throws {
    let run = try result(of: configuration("fc2", 1e36), threads: threads)
    guard case .failed(let message)? = run.outcome else { return #expect(Bool(false), "did not fail") }
    #expect(message.hasPrefix("round 0, client 0 (key1): "))
  }
}
