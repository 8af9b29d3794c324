import Networks
import Records
import Testing

@testable import Federation

/// What `client.frozen` promises: held values are the initial ones to the bit, whatever moves others; they cost nothing;
/// running statistics follow.
@Suite("frozen layers")
struct FrozenLayerTests {
  private func configuration(
    _ frozen: [String] = ["fc1", "bn1"], optimizer: any Optimizer = SGD(learningRate: 0.1),
    strategy: Named<any Strategy> = Named("fedavg", FedAvg()), norm: String = "fedavg",
    personal: Named<any PersonalMethod> = Named("none", NoPersonalMethod()), clip: GradientClip? = nil,
    bound: Bound = .none
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "frozen", seed: 3, rounds: 3, dataset: try ShiftedExamples.four.dataset(),
      network: try ExampleNetworks.dense(), strategy: strategy, norm: Named(norm, try normCatalog.make(norm)),
      personal: personal, frozen: frozen, optimizer: optimizer, gradientClip: clip,
      work: LocalWork(batchSize: 8, amount: .epochs(2)), bound: bound, recording: Recording(checkpointEvery: 1))
  }

  /// The arrays that a run holds are the initial ones, and some of the others are not.
  private func expectHeld(_ configuration: RunConfiguration, _ state: ModelState, _ words: String = "") {
    let layout = configuration.network.layout
    let start = configuration.startState
    var moved = 0
    for tensor in layout.tensors where tensor.role != .batchCount {
      let isHeld = configuration.frozen.contains(tensor.layer) && tensor.role.canFreeze
      let isSame = state.values[tensor.range] == start.values[tensor.range]
      if isHeld { #expect(isSame, "\(words) \(tensor.name)") }
      if !isHeld, !isSame { moved += 1 }
    }
    #expect(moved > 0, "\(words)")
  }

  static let optimizers: [any Optimizer] = [
    SGD(learningRate: 0.1), SGD(learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1),
    AdamW(learningRate: 0.05, weightDecay: 0.5), Adagrad(learningRate: 0.05, weightDecay: 0.1),
  ]

  @Test("no step, momentum or decay moves what is frozen, and running statistics follow", arguments: optimizers.indices)
  func anyOptimizer(_ index: Int) throws {
    let configuration = try configuration(optimizer: Self.optimizers[index])
    let run = try result(of: configuration)
    let state = try run.state(configuration).state
    expectHeld(configuration, state)
    let layout = configuration.network.layout
    let mean = try #require(layout.tensor("bn1.running_mean"))
    let counter = try #require(layout.tensor("bn1.num_batches_tracked"))
    #expect(state.values[mean.range].allSatisfy { $0 != 0 })
    #expect(state.counters[counter.range.lowerBound] > 0)
  }

  @Test(
    "neither does a strategy with a server's optimizer, a term or control variates", arguments: strategyCatalog.names)
  func anyStrategy(_ name: String) throws {
    let configuration = try configuration(strategy: Named(name, try strategyCatalog.make(name)))
    expectHeld(configuration, try result(of: configuration).state(configuration).state, name)
  }

  @Test(
    "clients' own models hold them, too",
    arguments: ["ditto", "apfl", "local-only", "fedper", "lg-fedavg", "mixing"], ["fedavg", "fedbn"])
  func anyPersonalMethod(_ name: String, _ norm: String) throws {
    let configuration = try configuration(norm: norm, personal: Named(name, try personalCatalog.make(name)))
    let run = try result(of: configuration)
    for client in 0..<4 {
      expectHeld(configuration, try run.state(configuration, client: client).state, "\(name) \(norm) \(client)")
    }
    let state = try RunState(#require(run.checkpoints.last), of: configuration)
    for memory in try state.clients.memories() {
      if let own = memory.slots[state: "personal"] { expectHeld(configuration, own, "\(name) \(norm)") }
    }
  }

  @Test("one client with all examples, and each alone, hold them", arguments: [Bound.central, .local])
  func anyBound(_ bound: Bound) throws {
    let configuration = try configuration(optimizer: SGD(learningRate: 0.1, momentum: 0.5), bound: bound)
    let run = try result(of: configuration)
    let client = bound == .central ? nil : 0
    expectHeld(configuration, try run.state(configuration, client: client).state)
  }

  // fc1 5·6 + 6, bn1 6 + 6 + 6 + 6, fc2 6·4 + 4, bn2 4 + 4 + 4 + 4, fc3 4·3 + 3; two counters of 8 bytes.
  @Test("bytes are those of what is left, by hand")
  func bytes() throws {
    let whole = 4 * (36 + 24 + 28 + 16 + 15) + 16
    for (frozen, values) in [([], 0), (["fc1"], 36), (["bn1"], 12), (["fc1", "bn1", "fc2"], 76)] {
      let configuration = try configuration(frozen)
      for part in try result(of: configuration).rounds.flatMap(\.participations) {
        #expect(part.bytesUp == whole - 4 * values && part.bytesDown == whole - 4 * values, "\(frozen)")
      }
    }
    let scaffold = try configuration(["fc1"], strategy: Named("scaffold", Scaffold()))
    #expect(scaffold.bytesUpPerClient() == whole - 4 * 36 + 4 * (36 + 12 + 28 + 8 + 15 - 36))
    // Statistics of a frozen layer are local where the policy has them so.
    #expect(try configuration(["bn1"], norm: "silobn").bytesUpPerClient() == 4 * (36 + 28 + 8 + 15))
  }

  @Test("where the rest is local nothing travels, and clients train what is their own")
  func nothingShared() throws {
    for strategy in ["fedavg", "fedadam", "scaffold"] {
      let configuration = try configuration(
        ["fc1", "fc2", "fc3"], strategy: Named(strategy, try strategyCatalog.make(strategy)), norm: "fedbn")
      let run = try result(of: configuration)
      #expect(run.outcome == .finished)
      #expect(run.rounds.flatMap(\.participations).allSatisfy { $0.bytesUp == 0 && $0.bytesDown == 0 }, "\(strategy)")
      expectHeld(configuration, try run.state(configuration, client: 1).state, strategy)
    }
    let joint = try configuration(["fc1", "fc2", "fc3", "bn1", "bn2"], norm: "fedtan")
    #expect(
      FedTAN().problems(with: joint) == [
        "it has clients take a step together, and under 'client.frozen' nothing travels"
      ])
  }

  @Test("what is left is trained as if the frozen values were constants: a clip is of its gradient alone")
  func clipped() throws {
    let free = try configuration(["fc1", "bn1"], clip: .norm(0.05))
    let run = try result(of: free)
    expectHeld(free, try run.state(free).state)
    // One client, one step: the step is η times the clipped gradient, whose norm is the bound.
    var one = free
    one.dataset = try ShiftedExamples(keys: [3], trainCounts: [8], testCounts: [4]).dataset()
    one.work.amount = .steps(1)
    one.rounds = 1
    let after = try result(of: one).state(one).state
    let count = one.network.layout.trainableCount
    let moved = zip(after.values.prefix(count), one.startState.values).reduce(0) {
      $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1))
    }
    #expect(abs(moved.squareRoot() - 0.1 * 0.05) < 1e-5)
  }

  @Test("the match report says that γ and β are frozen and what follows")
  func report() throws {
    let layers = try configuration().normLayers
    #expect(layers.map(\.affine) == ["frozen", "averaged"] && layers.map(\.statistics) == ["averaged", "averaged"])
    #expect(layers.map(\.valuesSent) == [13, 17])
    #expect(try configuration(norm: "fedbn").normLayers.map(\.affine) == ["frozen", "local"])
    #expect(try configuration(norm: "frozen").normLayers.map(\.statistics) == ["frozen", "frozen"])
    #expect(try configuration().description.normLayers == layers)
  }

  @Test("a run goes on behind a checkpoint to the same bits, on any number of threads")
  func resumed() throws {
    let configuration = try configuration(optimizer: SGD(learningRate: 0.1, momentum: 0.9), norm: "fedbn")
    let whole = try result(of: configuration, threads: 1)
    let rest = try result(of: configuration, from: whole.checkpoints.first { $0.round == 1 }, threads: 3)
    #expect(try rest.state(configuration).state == whole.state(configuration).state)
    for client in 0..<4 {
      #expect(try rest.state(configuration, client: client).state == whole.state(configuration, client: client).state)
    }
  }
}
