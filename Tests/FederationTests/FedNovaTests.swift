import Networks
import Records
import Testing

@testable import Federation

/// What normalized averaging must give, by hand and in runs.
@Suite("fednova")
struct FedNovaTests {
  private func configuration(
    _ examples: ShiftedExamples = .four, norm: String = "fedavg", rounds: Int = 1,
    amount: LocalWork.Amount = .epochs(2), weighting: Weighting = .samples, strategy: any Strategy = FedNova()
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: norm, seed: 7, rounds: rounds, dataset: try examples.dataset(), network: try ExampleNetworks.dense(),
      strategy: Named("s", strategy), norm: Named(norm, try normCatalog.make(norm)),
      optimizer: SGD(learningRate: 0.05), work: LocalWork(batchSize: 8, amount: amount, shuffle: false),
      weighting: weighting, recording: Recording(checkpointEvery: 1))
  }

  @Test("the server's half, by hand")
  func serverHalf() {
    // Δ_k = (2, 0), p = (1/4, 3/4), τ = (2, 6): τ_eff = 5, Σp_kΔ_k/τ_k = 1/4, so w⁺ = 1 + 5/4.
    // Σp_k/τ_k = 1/4 and Δ = (1/8·2 + 1/8·0)/(1/4) = 1.
    var memory = SlotMemory()
    let members = [CohortUpdate.Member(weight: 0.25, steps: 2), .init(weight: 0.75, steps: 6)]
    let next = FedNova().next(CohortUpdate(received: [1], delta: [1], members: members), memory: &memory)
    #expect(next == [2.25])
    #expect(memory.isEmpty)
    for (steps, influence) in [(1, 1.0), (4, 0.25)] {
      var update = ClientUpdate(steps: steps, delta: [1])
      FedNova().arrived(&update)
      #expect(update.influence == influence)
    }
  }

  @Test("clients with unequal steps, by the paper's equation", arguments: [Weighting.samples, .uniform])
  func unequalSteps(weighting: Weighting) throws {
    for norm in normCatalog.names where try normCatalog.make(norm).trainsPlainly {
      let configuration = try configuration(norm: norm, weighting: weighting)
      let run = try result(of: configuration)
      // 17 and 9 examples end in a batch of one, which is skipped and is no step.
      let (sizes, steps) = ([24.0, 17, 30, 9], [6.0, 4, 8, 2])
      #expect(run.rounds.last?.participations.map(\.steps) == [6, 4, 8, 2])
      let p = weighting == .uniform ? [0.25, 0.25, 0.25, 0.25] : sizes.map { $0 / 80 }
      let initial = ModelState(initial: configuration.network.layout, seed: configuration.seed)
      let trained = try (0..<4).map { try locallyTrained(configuration, client: $0, from: initial) }
      let effective = zip(p, steps).reduce(0) { $0 + $1.0 * $1.1 }
      let global = try run.state(configuration).state
      for place in 0..<configuration.sharedTrainableCount {
        let start = Double(initial.values[place])
        var direction = 0.0
        for client in 0..<4 { direction += p[client] * (start - Double(trained[client].values[place])) / steps[client] }
        #expect(abs(Double(global.values[place]) - (start - effective * direction)) <= 1e-6)
      }
    }
  }

  // Averages weigh γ and β as they weigh weights, and statistics by p_k alone: those of fedavg to the bit.
  @Test("statistics are averaged as under fedavg, γ and β as weights are")
  func normalization() throws {
    let states = try [FedNova() as any Strategy, FedAvg()].map { strategy in
      let configuration = try configuration(strategy: strategy)
      return try result(of: configuration).state(configuration).state
    }
    let layout = try configuration().network.layout
    let statistics = layout.trainableCount..<layout.valueCount
    #expect(states[0].values[statistics] == states[1].values[statistics])
    #expect(states[0].counters == states[1].counters)
    // A bias in front of batch normalization has no gradient but rounding.
    for tensor in layout.tensors where tensor.role.isTrainable && !["fc1.bias", "fc2.bias"].contains(tensor.name) {
      #expect(states[0].values[tensor.range] != states[1].values[tensor.range], "\(tensor.name)")
    }
  }

  @Test("with equal steps it is fedavg", arguments: normCatalog.names, [Weighting.samples, .uniform])
  func equalSteps(norm: String, weighting: Weighting) throws {
    for rounds in [1, 3] {
      let states = try [FedNova() as any Strategy, FedAvg()].map { strategy in
        let configuration = try configuration(
          norm: norm, rounds: rounds, amount: .steps(5), weighting: weighting, strategy: strategy)
        return try result(of: configuration).state(configuration, client: 1).state
      }
      let limit: Float = rounds == 1 ? 2e-7 : 1e-5
      #expect(zip(states[0].values, states[1].values).allSatisfy { abs($0 - $1) <= limit * max(1, abs($1)) })
      #expect(states[0].counters == states[1].counters)
    }
  }

  @Test("with one client it is that client, to the bit")
  func oneClient() throws {
    let examples = ShiftedExamples(keys: [3], trainCounts: [29], testCounts: [5])
    let configuration = try configuration(examples, rounds: 3)
    let initial = ModelState(initial: configuration.network.layout, seed: configuration.seed)
    let local = try locallyTrained(configuration, client: 0, from: initial, rounds: 3)
    #expect(try result(of: configuration).state(configuration).state == local)
  }
}
