import Networks
import Records
import Testing

@testable import Federation

/// What control variates must do, by hand and against a second, plain implementation.
@Suite("scaffold")
struct ScaffoldTests {
  private func configuration(
    _ examples: ShiftedExamples = .four, norm: String = "fedavg", rounds: Int = 3, weighting: Weighting = .uniform,
    cohort: any CohortSampler = Everyone()
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: norm, seed: 7, rounds: rounds, dataset: try examples.dataset(), network: try ExampleNetworks.dense(),
      strategy: Named("scaffold", Scaffold()), norm: Named(norm, try normCatalog.make(norm)),
      optimizer: SGD(learningRate: 0.05), work: LocalWork(batchSize: 8, amount: .epochs(2), shuffle: false),
      weighting: weighting, cohort: cohort, recording: Recording(checkpointEvery: 1))
  }

  private func lastState(_ configuration: RunConfiguration) throws -> RunState {
    try RunState(#require(try result(of: configuration).checkpoints.last), of: configuration)
  }

  // MARK: By hand

  @Test("two rounds of the server's half, by hand")
  func serverHalf() {
    var memory = SlotMemory()
    let members = [CohortUpdate.Member(weight: 0.9, steps: 3), .init(weight: 0.1, steps: 1)]
    let first = CohortUpdate(
      received: [1, 2], delta: [4, 4], vectors: ["control": [2, -4]], members: members, population: 8)
    #expect(Scaffold().next(first, memory: &memory) == [5, 6])
    #expect(memory == SlotMemory(["control": [0.5, -1]]))
    let second = CohortUpdate(
      received: [5, 6], delta: [2, 2], vectors: ["control": [4, 4]], members: members, population: 8)
    #expect(Scaffold().next(second, memory: &memory) == [7, 8])
    #expect(memory == SlotMemory(["control": [1.5, 0]]))
  }

  // MARK: Closed forms

  // After round 1 c = c_1 = (w − w_1)/(τη), and both grow by the same in each later round: c − c_1 is exactly 0.
  @Test("with one client nothing is corrected: the run is local training, to the bit", arguments: PlainNorms.names)
  func oneClient(norm: String) throws {
    let examples = ShiftedExamples(keys: [3], trainCounts: [29], testCounts: [5])
    let configuration = try configuration(examples, norm: norm, rounds: 4)
    let run = try result(of: configuration)
    let initial = ModelState(initial: configuration.network.layout, seed: configuration.seed)
    let local = try locallyTrained(configuration, client: 0, from: initial, rounds: 4)
    #expect(try run.state(configuration, client: 0).state == local)
    for checkpoint in run.checkpoints where checkpoint.round > 0 {
      let state = try RunState(checkpoint, of: configuration)
      #expect(try state.slots == state.clients[0]?.slots)
      #expect(try #require(state.slots[vector: "control"]).contains { $0 != 0 })
    }
  }

  @Test(
    "the mean of all c_k is c, under full and partial participation, whatever the weights",
    arguments: normCatalog.names, [Weighting.samples, .uniform])
  func meanOfControls(norm: String, weighting: Weighting) throws {
    for cohort in [Everyone(), UniformCohort(.count(2)), UniformCohort(.count(1))] as [any CohortSampler] {
      let configuration = try configuration(norm: norm, rounds: 6, weighting: weighting, cohort: cohort)
      let state = try lastState(configuration)
      let control = try #require(state.slots[vector: "control"])
      #expect(control.count == configuration.sharedTrainableCount && control.contains { $0 != 0 })
      for place in control.indices {
        let own = try (0..<4).map { Double(try state.clients[$0]?.slots[vector: "control"]?[place] ?? 0) }
        let scale = own.map(abs).max() ?? 0
        #expect(abs(Double(control[place]) - own.reduce(0, +) / 4) <= 1e-6 * max(1, scale))
      }
    }
  }

  @Test("the first round is that of fedavg, to the bit", arguments: normCatalog.names)
  func firstRound(norm: String) throws {
    let scaffold = try configuration(norm: norm, rounds: 1)
    var fedavg = scaffold
    fedavg.strategy = Named("fedavg", FedAvg())
    for client in [nil, 0, 1, 2, 3] as [Int?] {
      let states = try [scaffold, fedavg].map { try result(of: $0).state($0, client: client).state }
      #expect(states[0] == states[1])
    }
  }

  // MARK: A plain implementation

  @Test("a run is what the equations say, with part of the clients in each round", arguments: [1, 2, 4])
  func reference(count: Int) throws {
    let sampler = UniformCohort(.count(count))
    let configuration = try configuration(rounds: 5, weighting: .samples, cohort: sampler)
    let layout = configuration.network.layout
    let sizes = ShiftedExamples.four.trainCounts
    // 17 and 9 examples end in a batch of one, which is skipped.
    let steps = [6.0, 4, 8, 2]
    var global = ModelState(initial: layout, seed: configuration.seed)
    var control = [Double](repeating: 0, count: layout.trainableCount)
    var own = [[Double]](repeating: control, count: 4)
    for round in 1...5 {
      var context = SamplingContext(round: round, population: 4, seed: configuration.seed)
      let cohort = try #require(sampler.cohort(&context))
      let total = Double(cohort.reduce(0) { $0 + sizes[$1] })
      var next = [Double](repeating: 0, count: layout.valueCount)
      var counters = global.counters
      var change = [Double](repeating: 0, count: control.count)
      for client in cohort {
        let correction = zip(control, own[client]).map { Float($0 - $1) }
        let trained = try locallyTrained(
          configuration, client: client, from: global,
          adjust: { gradients, _ in for (place, value) in correction.enumerated() { gradients[place] += value } })
        for place in next.indices { next[place] += Double(sizes[client]) / total * Double(trained.values[place]) }
        for place in counters.indices { counters[place] = max(counters[place], trained.counters[place]) }
        for place in control.indices {
          let gradient = Double(global.values[place] - trained.values[place]) / (steps[client] * 0.05)
          let new = own[client][place] - control[place] + gradient
          change[place] += new - own[client][place]
          own[client][place] = new
        }
      }
      for place in control.indices { control[place] += change[place] / 4 }
      global = ModelState(values: next.map { Float($0) }, counters: counters)
    }
    let state = try lastState(configuration)
    #expect(zip(state.global.values, global.values).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) })
    #expect(state.global.counters == global.counters)
    #expect(
      zip(try #require(state.slots[vector: "control"]), control).allSatisfy {
        abs(Double($0) - $1) <= 1e-4 * max(1, abs($1))
      })
    #expect(own.contains { $0.contains { $0 != 0 } })
  }

  @Test("only steps of plain SGD are corrected")
  func optimizers() throws {
    let words = "its control variates need local steps of plain SGD (allowed: client.optimizer sgd with momentum 0)"
    var run = try configuration()
    for optimizer in [
      SGD(learningRate: 0.1, momentum: 0.5), Adam(learningRate: 0.1), RMSprop(learningRate: 0.1),
    ] as [any Optimizer] {
      run.optimizer = optimizer
      #expect(Scaffold().problems(with: run) == [words])
      #expect(FedAvg().problems(with: run) == [] && FedNova().problems(with: run) == [])
    }
    for optimizer in [SGD(learningRate: 0.1), SGD(learningRate: 0.1, weightDecay: 0.01)] {
      run.optimizer = optimizer
      #expect(Scaffold().problems(with: run) == [])
    }
  }
}
