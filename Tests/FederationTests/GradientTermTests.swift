import Catalogs
import Datasets
import Networks
import Records
import Tensors
import Testing

@testable import Federation

/// What a strategy adds to the gradient takes part in training, without anything else that has to be said.
@Suite("gradient terms")
struct GradientTermTests {
  /// FedAvg whose gradients all gain 1; it says nothing of it but in `train`.
  private struct Pushing: Strategy {
    func train(_ round: ClientRound) throws {
      let ones = [Float](repeating: 1, count: round.sharedCount)
      try round.run { step in step.gradient.add(1, ones) }
    }
    func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] { update.moved() }
  }

  /// A strategy of the server alone.
  private struct Plain: Strategy {
    func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] { update.moved() }
  }

  private func configuration(
    _ strategy: any Strategy, network: Network? = nil, examples: ShiftedExamples = .four
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 3, rounds: 1, dataset: try examples.dataset(),
      network: try network ?? Network(input: [5], layers: [Dense(name: "fc1", units: 3)]),
      strategy: Named("s", strategy), optimizer: SGD(learningRate: 0.01),
      work: LocalWork(batchSize: 64, amount: .steps(1)))
  }

  @Test("a term that is written has its effect") func effect() throws {
    let (plain, pushed) = (try configuration(FedAvg()), try configuration(Pushing()))
    let (before, after) = (try result(of: plain).state(plain).state, try result(of: pushed).state(pushed).state)
    // One step whose gradient is larger by 1.
    for (a, b) in zip(before.values, after.values) { #expect(abs(a - 0.01 - b) <= 1e-6) }
  }

  @Test("a term has its effect where steps could be put off") func whereStepsCouldBePutOff() throws {
    let examples = ShiftedExamples(
      keys: Array(1...20), trainCounts: [Int](repeating: 5, count: 20), testCounts: [Int](repeating: 1, count: 20),
      sampleShape: [600])
    let network = try Network(input: [600], layers: [Dense(name: "fc1", units: 64), Dense(name: "fc2", units: 3)])
    let plain = try configuration(FedAvg(), network: network, examples: examples)
    let pushed = try configuration(Pushing(), network: network, examples: examples)
    for run in [plain, pushed] { #expect(Deferral(run, cohort: Array(0..<20)) != nil) }
    let (before, after) = (try result(of: plain).state(plain).state, try result(of: pushed).state(pushed).state)
    for (a, b) in zip(before.values, after.values) { #expect(abs(a - 0.01 - b) <= 1e-5) }
  }

  @Test("a strategy that says nothing is FedAvg, to the bit") func none() throws {
    let (plain, silent) = (try configuration(FedAvg()), try configuration(Plain()))
    #expect(try result(of: plain).state(plain).state == result(of: silent).state(silent).state)
  }

  @Test("terms see the values of the step and those that were received, local ones too", arguments: normCatalog.names)
  func values(norm: String) throws {
    /// Moves every value back to where it was, whatever the gradient is.
    struct Returning: Strategy {
      func train(_ round: ClientRound) throws {
        let trainable = round.received.count
        try round.run { step in
          precondition(step.received.count == trainable && step.gradient.count == trainable)
          precondition(step.sharedReceived.count == step.sharedCount)
          for place in 0..<step.gradient.count { step.gradient[place] = 0 }
          step.gradient.add(20, step.current - step.received)
        }
      }
      func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] { update.moved() }
    }
    var run = RunConfiguration(
      arm: "a", seed: 3, rounds: 3, dataset: try ShiftedExamples.four.dataset(), network: try ExampleNetworks.dense(),
      strategy: Named("s", Returning()), norm: Named(norm, try normCatalog.make(norm)),
      optimizer: SGD(learningRate: 0.05), work: LocalWork(batchSize: 8))
    run.rounds = 3
    let layout = run.network.layout
    let initial = ModelState(initial: layout, seed: run.seed)
    for client in [nil, 0, 3] as [Int?] {
      let state = try result(of: run).state(run, client: client).state
      #expect(
        largestDifference(state.values[..<layout.trainableCount], initial.values[..<layout.trainableCount]) <= 1e-5)
    }
  }
}
