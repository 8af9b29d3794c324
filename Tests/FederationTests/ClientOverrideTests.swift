import Networks
import Records
import Testing

@testable import Federation

/// What `client.overrides` makes of clients: each trains as by itself with its setting, and what goes by work goes by its
/// own.
@Suite("clients that do otherwise")
struct ClientOverrideTests {
  /// A different setting for each of four clients.
  private static let settings: [LocalSetting] = [
    LocalSetting(work: LocalWork(batchSize: 8, amount: .epochs(2), shuffle: false), optimizer: SGD(learningRate: 0.1)),
    LocalSetting(
      work: LocalWork(batchSize: 5, amount: .epochs(1), shuffle: false),
      optimizer: SGD(learningRate: 0.05, momentum: 0.9, weightDecay: 0.01)),
    LocalSetting(
      work: LocalWork(batchSize: 6, amount: .epochs(3), shuffle: false), optimizer: AdamW(learningRate: 0.02)),
    LocalSetting(
      work: LocalWork(batchSize: 4, amount: .epochs(1), shuffle: false),
      optimizer: SGD(learningRate: 0.03, momentum: 0.5)),
  ]

  private func configuration(
    _ groups: [ClientOverrides.Group], optimizer: any Optimizer = SGD(learningRate: 0.1),
    strategy: Named<any Strategy> = Named("fedavg", FedAvg()), personal: Named<any PersonalMethod>? = nil,
    rounds: Int = 2, weighting: Weighting = .samples
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "overrides", seed: 5, rounds: rounds, dataset: try ShiftedExamples.four.dataset(),
      network: try ExampleNetworks.dense(), strategy: strategy,
      personal: personal ?? Named("none", NoPersonalMethod()), optimizer: optimizer,
      work: LocalWork(batchSize: 8, amount: .epochs(2), shuffle: false), overrides: ClientOverrides(groups),
      weighting: weighting, recording: Recording(checkpointEvery: 1))
  }

  private static func group(_ client: Int, _ setting: LocalSetting) -> ClientOverrides.Group {
    ClientOverrides.Group(clients: [client], setting: setting)
  }

  private func rate(_ rate: Double, epochs: Int = 2) -> LocalSetting {
    LocalSetting(
      work: LocalWork(batchSize: 8, amount: .epochs(epochs), shuffle: false), optimizer: SGD(learningRate: rate))
  }

  @Test("each client is what it is trained to by itself with its setting, to the bit")
  func alone() throws {
    let groups = (1..<4).map { Self.group($0, Self.settings[$0]) }
    let configuration = try configuration(groups, personal: Named("local-only", LocalOnly()))
    let run = try result(of: configuration)
    for client in 0..<4 {
      var single = configuration
      single.overrides = ClientOverrides()
      (single.work, single.optimizer) = (Self.settings[client].work, Self.settings[client].optimizer)
      let local = try locallyTrained(single, client: client, from: single.startState, rounds: 2)
      #expect(try run.state(configuration, client: client).state == local, "client \(client)")
      #expect(
        run.rounds.last?.participations.first { $0.client == client }?.steps
          == configuration.plannedWork(ofClient: client, inRound: 2).steps)
    }
  }

  @Test(
    "overrides that say what all do change nothing, with steps that are put off and without", arguments: [0.0, 0.9])
  func same(momentum: Double) throws {
    let optimizer = SGD(learningRate: 0.1, momentum: momentum)
    let plain = try configuration([], optimizer: optimizer)
    let said = try configuration([Self.group(1, plain.usualSetting)], optimizer: optimizer)
    #expect(try result(of: said).rounds == result(of: plain).rounds)
  }

  /// Clients of few examples of a wide layer, whose steps are put off.
  @Test("steps that are put off take each client's own learning rate")
  func putOff() throws {
    let network = try Network(
      input: [256], layers: [Dense(name: "fc1", units: 128), ReLU(), Dense(name: "fc2", units: 3)])
    let examples = ShiftedExamples(
      keys: [1, 2, 3, 5], trainCounts: [4, 4, 4, 4], testCounts: [2, 2, 2, 2], sampleShape: [256])
    func run(_ groups: [ClientOverrides.Group], clip: GradientClip?) throws -> RunConfiguration {
      RunConfiguration(
        arm: "a", seed: 5, rounds: 2, dataset: try examples.dataset(), network: network,
        optimizer: SGD(learningRate: 0.05), gradientClip: clip, work: LocalWork(batchSize: 2, amount: .epochs(2)),
        overrides: ClientOverrides(groups), recording: Recording(checkpointEvery: 1))
    }
    let slow = LocalSetting(
      work: LocalWork(batchSize: 4, amount: .epochs(1)), optimizer: SGD(learningRate: 0.005))
    let deferred = try run([Self.group(2, slow)], clip: nil)
    #expect(Deferral(deferred, cohort: [0, 1, 2, 3]) != nil)
    // A clip that never clips takes each step as it comes.
    let stepped = try run([Self.group(2, slow)], clip: .norm(1e30))
    #expect(Deferral(stepped, cohort: [0, 1, 2, 3]) == nil)
    let (a, b) = (try result(of: deferred).state(deferred).state, try result(of: stepped).state(stepped).state)
    #expect(largestDifference(a.values, b.values) < 1e-3)
    let usual = try run([], clip: nil)
    #expect(try largestDifference(a.values, result(of: usual).state(usual).state.values) > 1e-2)
    // An optimizer with a memory, or layers that are held, need the gradient.
    let momentum = LocalSetting(work: slow.work, optimizer: SGD(learningRate: 0.01, momentum: 0.9))
    #expect(Deferral(try run([Self.group(2, momentum)], clip: nil), cohort: [0, 1]) == nil)
    var frozen = deferred
    frozen.frozen = ["fc2"]
    #expect(Deferral(frozen, cohort: [0, 1, 2, 3]) == nil)
    #expect(try result(of: frozen).outcome == .finished)
  }

  @Test("a schedule over steps is over the client's own, and of those of whom none is said there is none")
  func schedule() throws {
    var own = rate(0.08, epochs: 1)
    own.learningRateSchedule = LearningRateSchedule(LinearCurve(minimum: 0), over: .steps)
    let configuration = try configuration([Self.group(2, own)])
    func rates(_ client: Int) -> [Double?] {
      let training = LocalTraining(configuration: configuration, round: 1, client: client)
      let batches = training.batches(of: configuration.dataset.examples(client, .train))
      var rates = StepRates(training, round: 1, batches)
      return (0..<batches.stepCount).map { _ in rates.next()?(training.setting.optimizer.learningRate) }
    }
    // Batches of 8, 8, 8 and 6 examples: T = 4, η(1 − t/T).
    #expect(rates(2).map { $0.map { ($0 * 1000).rounded() } } == [80, 60, 40, 20])
    #expect(rates(0) == [nil, nil, nil, nil, nil, nil])
  }

  // MARK: Strategies

  @Test("fednova counts a client's steps by its learning rate, by hand")
  func fedNova() {
    let strategy = FedNova()
    var (usual, slow) = (
      ClientUpdate(weight: 0.5, steps: 2, delta: [1]), ClientUpdate(weight: 0.5, steps: 4, stepScale: 0.25, delta: [1])
    )
    (usual.leastStepScale, slow.leastStepScale) = (0.25, 0.25)
    strategy.arrived(&usual)
    strategy.arrived(&slow)
    // Both are 1/(τρ) but for what they have in common.
    #expect(usual.influence == 0.125 && slow.influence == 0.25)
    let update = CohortUpdate(
      received: [0], delta: [1],
      members: [.init(weight: 0.5, steps: 2), .init(weight: 0.5, steps: 4, stepScale: 0.25)], population: 2)
    var memory = SlotMemory()
    // τ_eff = (2 + 1)/2, Σp/(τρ) = (1/2 + 1)/2.
    #expect(strategy.next(update, memory: &memory) == [1.125])
  }

  @Test("fednova undoes a learning rate where gradients are constant: half the rate counts half a step")
  func fedNovaRun() throws {
    let equal = try configuration([], strategy: Named("fednova", FedNova()), weighting: .uniform)
    let slower = try configuration(
      [Self.group(1, rate(0.02))], strategy: Named("fednova", FedNova()), weighting: .uniform)
    #expect(abs(slower.leastStepScale - 0.2) < 1e-12 && equal.leastStepScale == 1)
    #expect(try result(of: slower).outcome == .finished)
    #expect(FedNova().problems(with: slower).isEmpty)
    let mixed = try configuration([Self.group(1, Self.settings[2])], strategy: Named("fednova", FedNova()))
    #expect(
      FedNova().problems(with: mixed) == [
        "it weighs updates by their clients' steps, and those of several optimizers are not alike (allowed: one kind in client.optimizer and client.overrides)"
      ])
  }

  @Test("scaffold's control variates are mean gradients whatever a client's learning rate")
  func scaffold() throws {
    let configuration = try configuration(
      [Self.group(2, rate(0.01, epochs: 1))], strategy: Named("scaffold", Scaffold()), rounds: 1)
    let run = try result(of: configuration)
    let state = try RunState(#require(run.checkpoints.last), of: configuration)
    let control = try #require(try state.clients[2]?.slots[vector: "control"])
    var single = configuration
    single.overrides = ClientOverrides()
    (single.work, single.optimizer) = (rate(0.01, epochs: 1).work, SGD(learningRate: 0.01))
    let local = try locallyTrained(single, client: 2, from: single.startState)
    let steps = Double(configuration.plannedWork(ofClient: 2, inRound: 1).steps)
    #expect(steps == 4)
    for place in control.indices {
      let mean = Double(single.startState.values[place] - local.values[place]) / (steps * 0.01)
      #expect(abs(Double(control[place]) - mean) < 1e-3)
    }
  }

  @Test("what asks for plain steps asks it of overrides, too", arguments: ["scaffold", "apfl"])
  func plainSteps(_ name: String) throws {
    let momentum = LocalSetting(work: rate(0.1).work, optimizer: SGD(learningRate: 0.1, momentum: 0.9))
    let plain = try configuration([Self.group(0, rate(0.2))])
    let other = try configuration([Self.group(0, momentum)])
    func problems(_ run: RunConfiguration) throws -> [String] {
      name == "apfl" ? APFL().problems(with: run) : Scaffold().problems(with: run)
    }
    #expect(try problems(plain).isEmpty)
    let words =
      name == "apfl" ? "its steps are those of plain SGD" : "its control variates need local steps of plain SGD"
    #expect(
      try problems(other) == ["\(words) (allowed: client.optimizer sgd with momentum 0, also in client.overrides)"])
  }

  // MARK: Memory, time, bounds

  @Test("kept optimizers are each client's own, and a run goes on behind a checkpoint to the same bits")
  func keptOptimizers() throws {
    var adam = Self.settings[2]
    var plain = Self.settings[1]
    adam.work.keepsOptimizer = true
    plain.work.keepsOptimizer = true
    var configuration = try configuration(
      [Self.group(1, plain), Self.group(2, adam)], optimizer: SGD(learningRate: 0.1), rounds: 3)
    configuration.work.keepsOptimizer = true
    #expect(configuration.sharedSlot == nil)
    let whole = try result(of: configuration, threads: 1)
    let memories = try RunState(#require(whole.checkpoints.last), of: configuration).clients
    #expect(try memories[0]?.slots[vector: "momentum_buffer"] == nil)
    #expect(try memories[1]?.slots[vector: "momentum_buffer"] != nil)
    #expect(try memories[2]?.slots[vector: "exp_avg"] != nil && memories[2]?.slots[vector: "momentum_buffer"] == nil)
    let rest = try result(of: configuration, from: whole.checkpoints.first { $0.round == 1 }, threads: 3)
    #expect(Array(whole.rounds.suffix(2)) == rest.rounds)
    #expect(try rest.state(configuration).state == whole.state(configuration).state)
  }

  @Test("what a participation takes of a device goes by the client's own work")
  func time() throws {
    let none = try configuration([])
    let some = try configuration([Self.group(2, rate(0.1, epochs: 6))])
    let (usual, longer) = (
      none.participationCost(ofClient: 2, inRound: 1), some.participationCost(ofClient: 2, inRound: 1)
    )
    #expect(longer.flops == 3 * usual.flops && longer.bytesUp == usual.bytesUp)
    #expect(some.participationCost(ofClient: 1, inRound: 1) == none.participationCost(ofClient: 1, inRound: 1))
  }

  @Test("the one client with everybody's examples is none of those that are meant")
  func central() throws {
    var configuration = try configuration([Self.group(0, rate(5))])
    configuration.bound = .central
    #expect(configuration.setting(of: 0).optimizer.learningRate == 0.1 && configuration.settings.count == 1)
    #expect(configuration.leastStepScale == 1)
  }

  @Test("ditto's own model takes the client's work and learning rate")
  func ditto() throws {
    let own = LocalSetting(
      work: LocalWork(batchSize: 8, amount: .epochs(1), shuffle: false), optimizer: SGD(learningRate: 0.01))
    let configuration = try configuration([Self.group(3, own)], personal: Named("ditto", Ditto(lambda: 0)), rounds: 1)
    let run = try result(of: configuration)
    var single = configuration
    single.overrides = ClientOverrides()
    (single.work, single.optimizer) = (own.work, own.optimizer)
    let local = try locallyTrained(single, client: 3, from: single.startState)
    let state = try RunState(#require(run.checkpoints.last), of: configuration)
    let memory = try #require(try state.clients[3])
    #expect(memory.slots[state: "personal"] == local)
  }
}
