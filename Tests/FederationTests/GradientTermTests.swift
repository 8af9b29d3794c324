import Catalogs
import Datasets
import Networks
import Records
import Testing

@testable import Federation

/// A strategy's gradient term takes part in training whether or not the strategy says that it has one.
@Suite("gradient terms")
struct GradientTermTests {
  /// FedAvg whose gradients all gain 1; it says nothing of it.
  private struct Pushing: Strategy {
    func gradientTerm(_ received: ReceivedState) -> GradientTerm? {
      let count = received.sharedCount
      return { gradients, _ in for place in 0..<count { gradients[place] += 1 } }
    }
    func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout SlotMemory) -> [Float] { update.mean }
  }

  /// The same, denying it.
  private struct Denying: Strategy {
    var hasGradientTerm: Bool { false }
    func gradientTerm(_ received: ReceivedState) -> GradientTerm? { Pushing().gradientTerm(received) }
    func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout SlotMemory) -> [Float] { update.mean }
  }

  /// A strategy of the server alone that does not say so.
  private struct Plain: Strategy {
    func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout SlotMemory) -> [Float] { update.mean }
  }

  private func configuration(_ strategy: any Strategy) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 3, rounds: 1, dataset: try ShiftedExamples.four.dataset(),
      network: try Network(input: [5], layers: [Dense(name: "fc1", units: 3)]), strategy: Named("s", strategy),
      optimizer: SGD(learningRate: 0.01), work: LocalWork(batchSize: 64, amount: .steps(1)))
  }

  @Test("a term that is written has its effect") func effect() throws {
    let (plain, pushed) = (try configuration(FedAvg()), try configuration(Pushing()))
    let (before, after) = (try result(of: plain).state(plain).state, try result(of: pushed).state(pushed).state)
    // One step whose gradient is larger by 1.
    for (a, b) in zip(before.values, after.values) { #expect(abs(a - 0.01 - b) <= 1e-6) }
  }

  @Test("a strategy that says nothing and has none is FedAvg") func none() throws {
    let (plain, silent) = (try configuration(FedAvg()), try configuration(Plain()))
    let (a, b) = (try result(of: plain).state(plain).state, try result(of: silent).state(silent).state)
    #expect(largestDifference(a.values, b.values) <= 1e-6)
  }

  @Test("a term that is denied is an error of the run, not silently left out") func denied() throws {
    #expect(
      try result(of: configuration(Denying())).outcome
        == .failed(
          "round 1, client 0 (key1): strategy 's' has a gradient term, and its 'hasGradientTerm' says that it has none")
    )
  }

  /// What a client of any strategy could receive: nothing is zero, and nothing is missing.
  private func received(_ strategy: any Strategy, _ values: UnsafePointer<Float>, count: Int) -> ReceivedState {
    func memory(_ slots: [MemorySlot], _ first: Int) -> SlotMemory {
      SlotMemory(
        Dictionary(
          uniqueKeysWithValues: slots.enumerated().map { number, slot in
            (slot.name, (0..<count).map { 0.1 + Float($0 + first + number) })
          }))
    }
    return ReceivedState(
      trainableBlocks: [(0..<count, values)], sharedCount: count,
      server: memory(strategy.serverSlots.filter(\.isSent), 0), own: memory(strategy.clientSlots, 9))
  }

  @Test("a strategy of the catalog says what it has", arguments: strategyCatalog.names)
  func declared(name: String) throws {
    let strategy = try strategyCatalog.make(name)
    let values: [Float] = [1, 2, 3, 4]
    let term = values.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { strategy.gradientTerm(received(strategy, $0, count: 4)) != nil } ?? false
    }
    #expect(term == strategy.hasGradientTerm, "\(name): layers put steps off where there is none, and only there")
  }

  @Test("a term of the catalog changes training", arguments: strategyCatalog.names)
  func changes(name: String) throws {
    let strategy = try strategyCatalog.make(name)
    guard strategy.hasGradientTerm else { return }
    /// The strategy with its term left out.
    struct Without: Strategy {
      let whole: any Strategy
      var serverSlots: [MemorySlot] { whole.serverSlots }
      var clientSlots: [MemorySlot] { whole.clientSlots }
      var returnedVectors: [String] { whole.returnedVectors }
      func influence(steps: Int) -> Double { whole.influence(steps: steps) }
      func contribution(
        _ received: ReceivedState, _ trained: TrainedState, memory: inout SlotMemory
      ) -> [String: [Float]] {
        whole.contribution(received, trained, memory: &memory)
      }
      func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
        whole.next(global: global, update: update, memory: &memory)
      }
    }
    func state(_ strategy: any Strategy) throws -> ModelState {
      var run = try configuration(strategy)
      run.rounds = 3
      run.work = LocalWork(batchSize: 4, amount: .epochs(2))
      return try result(of: run).state(run).state
    }
    #expect(try largestDifference(state(strategy).values, state(Without(whole: strategy)).values) > 1e-6)
  }
}
