import Catalogs
import Datasets
import Networks
import Records
import TestSupport
import Testing

@testable import Federation

/// What clients have for themselves, by closed forms.
@Suite("personal methods")
struct PersonalTests {
  /// Every method of the catalog with options under which it does something; a new one fails here until it has a line.
  static let methods: [(name: String, options: [String: OptionValue])] = [
    ("none", [:]), ("local-only", [:]), ("layers", ["layers": .list([.text("conv1")])]), ("fedper", [:]),
    ("lg-fedavg", [:]), ("ditto", [:]), ("apfl", [:]), ("apfl", ["adaptive": .boolean(true)]), ("mixing", [:]),
  ]

  @Test("every method of the catalog has a line here")
  func all() { #expect(Set(Self.methods.map(\.name)) == Set(personalCatalog.names)) }

  private func configuration(
    _ personal: any PersonalMethod = NoPersonalMethod(), norm: String = "fedavg", strategy: any Strategy = FedAvg(),
    rounds: Int = 3, optimizer: any Optimizer = SGD(learningRate: 0.05), keepsOptimizer: Bool = false,
    cohort: any CohortSampler = UniformCohort(.count(3))
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 11, rounds: rounds, dataset: try ShiftedExamples.four.dataset(),
      network: try ExampleNetworks.dense(), strategy: Named("s", strategy),
      norm: Named(norm, try normCatalog.make(norm)), personal: Named("p", personal), optimizer: optimizer,
      work: LocalWork(batchSize: 8, keepsOptimizer: keepsOptimizer), cohort: cohort,
      recording: Recording(checkpointEvery: 1))
  }

  /// The arrays of a client's personal state, or the server's, by their names.
  private func arrays(_ configuration: RunConfiguration, client: Int?) throws -> [String: [Float]] {
    let state = try result(of: configuration).state(configuration, client: client).state
    return Dictionary(
      uniqueKeysWithValues: configuration.network.layout.tensors.map { tensor in
        let numbers =
          tensor.role == .batchCount
          ? state.counters[tensor.range].map { Float($0) } : Array(state.values[tensor.range])
        return (tensor.name, numbers)
      })
  }

  private func expectEqual(
    _ a: RunConfiguration, _ b: RunConfiguration, clients: [Int?] = [nil, 0, 1, 2, 3], tolerance: Double = 0
  ) throws {
    for client in clients {
      let (one, other) = (try arrays(a, client: client), try arrays(b, client: client))
      #expect(one.keys == other.keys)
      for (name, values) in one {
        if tolerance == 0 {
          #expect(values == other[name], "\(name) of \(client.map(String.init) ?? "the server")")
        } else {
          let farthest = zip(values, other[name] ?? []).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
          #expect(Double(farthest) <= tolerance, "\(name)")
        }
      }
    }
  }

  // MARK: Layers

  @Test("layers of the normalization layers is norm fedbn, to the bit, bytes included")
  func normalizationLayers() throws {
    let (layers, fedbn) = (
      try configuration(LocalLayers(layers: ["bn1", "bn2"])), try configuration(norm: "fedbn")
    )
    try expectEqual(layers, fedbn)
    let (one, other) = (try result(of: layers), try result(of: fedbn))
    #expect(one.rounds.map(\.bytesUp) == other.rounds.map(\.bytesUp))
    #expect(one.rounds.map(\.bytesDown) == other.rounds.map(\.bytesDown))
    #expect(one.rounds.map(\.evaluations) == other.rounds.map(\.evaluations))
  }

  @Test(
    "layers of all is local-only, no layers and lg-fedavg of all are fedavg", arguments: ["fedavg", "fedbn", "silobn"])
  func extremes(norm: String) throws {
    let names = ["fc1", "fc2", "fc3", "bn1", "bn2"]
    try expectEqual(
      configuration(LocalLayers(layers: names), norm: norm), configuration(LocalOnly(), norm: norm))
    try expectEqual(configuration(LocalLayers(layers: []), norm: norm), configuration(norm: norm))
    try expectEqual(configuration(SharedLayers(layers: names), norm: norm), configuration(norm: norm))
    try expectEqual(configuration(SharedLayers(layers: ["fc3"]), norm: norm), configuration(SharedLayers(), norm: norm))
    try expectEqual(configuration(LocalLayers(layers: ["fc3"]), norm: norm), configuration(LocalLayers(), norm: norm))
  }

  @Test("local-only is each client by itself, and nothing travels")
  func localOnly() throws {
    var configuration = try configuration(LocalOnly(), rounds: 4, cohort: Everyone())
    configuration.work.shuffle = false
    let run = try result(of: configuration)
    #expect(run.rounds.dropFirst().allSatisfy { $0.bytesUp == 0 && $0.bytesDown == 0 && $0.reported == 4 })
    let initial = ModelState(initial: configuration.network.layout, seed: configuration.seed)
    for client in 0..<4 {
      let own = try locallyTrained(configuration, client: client, from: initial, rounds: 4)
      #expect(try run.state(configuration, client: client).state == own)
    }
    #expect(try run.state(configuration).state == initial)
  }

  @Test("a local head stays with its client, and the server's copy keeps its initial values")
  func head() throws {
    let configuration = try configuration(LocalLayers(), cohort: Everyone())
    let run = try result(of: configuration)
    let layout = configuration.network.layout
    let initial = ModelState(initial: layout, seed: configuration.seed)
    let (global, one, two) = (
      try run.state(configuration).state, try run.state(configuration, client: 0).state,
      try run.state(configuration, client: 1).state
    )
    for tensor in layout.tensors where tensor.role != .batchCount {
      let isHead = tensor.layer == "fc3"
      let values = [global, one, two].map { $0.values[tensor.range] }
      if tensor.layer != "fc1" && tensor.layer != "fc2" || tensor.role == .weight {
        #expect((values[0] == initial.values[tensor.range]) == isHead, "\(tensor.name)")
      }
      #expect((values[1] == values[2]) == !isHead && (values[0] == values[1]) == !isHead, "\(tensor.name)")
    }
    let counters = 8 * layout.counterCount
    let values = layout.count { $0.layer != "fc3" }
    #expect(run.rounds[1].bytesUp == 4 * (4 * values + counters) && run.rounds[1].bytesDown == run.rounds[1].bytesUp)
  }

  @Test("unknown layers are complained of")
  func unknown() throws {
    let run = try configuration()
    #expect(
      LocalLayers(layers: ["head", "fc1"]).problems(with: run) == [
        "the model has no layer 'head' with values of its own (allowed: fc1, bn1, fc2, bn2, fc3)"
      ])
    #expect(SharedLayers(layers: ["fc"]).problems(with: run).count == 1)
    #expect(LocalLayers().problems(with: run) == [])
  }

  // MARK: Models of their own

  @Test("ditto and apfl leave the shared model as it is", arguments: ["fedavg", "fedbn", "fedtan", "fixbn"])
  func shared(norm: String) throws {
    for strategy in [FedAvg(), FedProx(mu: 0.1), Scaffold()] as [any Strategy] {
      let plain = try configuration(norm: norm, strategy: strategy)
      for method in [Ditto(), APFL(), APFL(isAdaptive: true)] as [any PersonalMethod] {
        let own = try configuration(method, norm: norm, strategy: strategy)
        try expectEqual(own, plain, clients: [nil])
      }
    }
  }

  @Test("ditto with λ = 0 and apfl with α = 1 are local-only", arguments: ["fedavg", "fedbn"])
  func alone(norm: String) throws {
    let alone = try configuration(LocalOnly(), norm: norm)
    try expectEqual(configuration(Ditto(lambda: 0), norm: norm), alone, clients: [0, 1, 2, 3])
    try expectEqual(configuration(APFL(alpha: 1), norm: norm), alone, clients: [0, 1, 2, 3], tolerance: 1e-4)
  }

  @Test("apfl with α = 0 has the values that a client starts from")
  func nothingOfItsOwn() throws {
    let (mixed, plain) = (try configuration(APFL(alpha: 0)), try configuration())
    let layout = plain.network.layout
    for client in 0..<4 {
      let (a, b) = (
        try result(of: mixed).state(mixed, client: client).state,
        try result(of: plain).state(plain, client: client).state
      )
      #expect(a.values[..<layout.trainableCount] == b.values[..<layout.trainableCount])
    }
  }

  @Test("ditto's personal model is what a plain loop makes of its equation")
  func dittoByHand() throws {
    var configuration = try configuration(Ditto(lambda: 0.5), rounds: 2, cohort: Everyone())
    configuration.work = LocalWork(batchSize: 8, amount: .epochs(2), shuffle: false)
    let run = try result(of: configuration)
    let initial = ModelState(initial: configuration.network.layout, seed: configuration.seed)
    let first = try ExportedState(try #require(run.checkpoints.first { $0.round == 1 }), client: nil).state
    for client in 0..<4 {
      var own = initial
      for received in [initial, first] {
        own = try locallyTrained(configuration, client: client, from: own) { gradients, values in
          for place in 0..<configuration.network.layout.trainableCount {
            gradients[place] += 0.5 * (values[place] - received.values[place])
          }
        }
      }
      let made = try run.state(configuration, client: client).state
      #expect(largestDifference(made.values, own.values) <= 1e-5 && made.counters == own.counters)
    }
  }

  @Test("personal models are evaluated, with their own statistics")
  func evaluated() throws {
    for method in [Ditto(lambda: 0.5), APFL()] as [any PersonalMethod] {
      let configuration = try configuration(method, cohort: Everyone())
      let run = try result(of: configuration)
      for client in 0..<4 {
        let row = try #require(run.rounds.last?.evaluations.first { $0.client == client })
        #expect(row.normSource == .own && row.model == .personal)
        let state = try run.state(configuration, client: client).state
        let loss = try referenceLoss(configuration, client: client, state)
        #expect(abs(row.loss - loss) <= 1e-5 * loss)
      }
    }
  }

  @Test("apfl's steps need plain SGD")
  func optimizers() throws {
    let words = "its steps are those of plain SGD (allowed: client.optimizer sgd with momentum 0)"
    #expect(
      APFL().problems(with: try configuration(optimizer: SGD(learningRate: 0.1, momentum: 0.9))) == [words])
    #expect(APFL().problems(with: try configuration()) == [])
  }

  // A client that never took part would start from the server's model.
  @Test("mixing nothing of others is training alone", arguments: ["fedbn", "silobn", "fedavg"])
  func mixesNothing(norm: String) throws {
    let mixed = try configuration(Mixing(own: 1), norm: norm, rounds: 4, cohort: Everyone())
    let alone = try configuration(LocalOnly(), norm: norm, rounds: 4, cohort: Everyone())
    let layout = mixed.network.layout
    for client in 0..<4 {
      let (a, b) = (try arrays(mixed, client: client), try arrays(alone, client: client))
      for tensor in layout.tensors where tensor.role.isTrainable {
        let farthest = zip(a[tensor.name] ?? [], b[tensor.name] ?? []).map { abs($0 - $1) }.max() ?? 1
        // Statistics that are averaged are not the client's own, and are not used in training.
        #expect(farthest <= 1e-4, "\(tensor.name) of client \(client)")
      }
    }
  }

  @Test("what the server makes of statistics can't be kept from it", arguments: ["fbn", "hbn"])
  func apart(norm: String) throws {
    for method in [LocalOnly(), Ditto(), APFL(), LocalLayers(layers: ["bn1"])] as [any PersonalMethod] {
      let run = try configuration(method, norm: norm)
      #expect(
        run.norm.component.problems(with: run) == [
          "it normalizes with statistics that the server makes, and personal 'p' has some that it never sees"
        ])
    }
    let run = try configuration(LocalOnly(), norm: "fedtan")
    #expect(
      run.norm.component.problems(with: run) == [
        "it has clients take a step together, and under personal 'p' nothing travels"
      ])
    let head = try configuration(LocalLayers(), norm: norm)
    #expect(head.norm.component.problems(with: head) == [])
  }

  @Test("a client that never trained has the initial model for its own")
  func neverTrained() throws {
    for (method, part) in [(Ditto(), 1), (APFL(alpha: 0.25), 0.25)] as [(any PersonalMethod, Double)] {
      let configuration = try configuration(method, rounds: 2, cohort: ListedCohort(.rounds([[0, 1]])))
      let run = try result(of: configuration)
      let layout = configuration.network.layout
      let initial = ModelState(initial: layout, seed: configuration.seed)
      let (global, own) = (try run.state(configuration).state, try run.state(configuration, client: 3).state)
      for place in 0..<layout.trainableCount {
        let expected = Float(part * Double(initial.values[place]) + (1 - part) * Double(global.values[place]))
        #expect(own.values[place] == expected)
      }
      #expect(own.values[layout.statisticsRange] == initial.values[layout.statisticsRange])
      let row = try #require(run.rounds.last?.evaluations.first { $0.client == 3 })
      let loss = try referenceLoss(configuration, client: 3, own)
      #expect(abs(row.loss - loss) <= 1e-5 * loss)
      let slot = try ExportedSlot(try #require(run.checkpoints.last), slot: "personal", client: 3)
      #expect(slot.tensors != nil)
    }
  }

  // MARK: Contracts

  @Test(
    "every method runs under every norm policy, goes on from each checkpoint, with any threads, to the same bits",
    arguments: methods.indices, normCatalog.names)
  func contract(index: Int, norm: String) throws {
    let (name, options) = Self.methods[index]
    // fedap is a method and a policy.
    if norm == "fedap", name != "none" { return }
    var given = options
    if name == "layers" { given = ["layers": .list([.text("fc2"), .text("bn1")])] }
    let method = try personalCatalog.make(name, given)
    for strategy in [FedAvg(), FedDyn()] as [any Strategy] {
      let configuration = try configuration(
        method, norm: norm, strategy: strategy, rounds: 3,
        optimizer: SGD(learningRate: 0.05, momentum: name == "apfl" ? 0 : 0.5), keepsOptimizer: true)
      // Statistics that the server makes can't be kept from it.
      let components: [any RunComponent] = [configuration.norm.component, method]
      if components.contains(where: { !$0.problems(with: configuration).isEmpty }) { continue }
      let whole = try result(of: configuration, threads: 1)
      try #require(whole.outcome == .finished)
      for threads in [2, 3, 8] {
        #expect(try result(of: configuration, threads: threads).checkpoints == whole.checkpoints)
      }
      for checkpoint in whole.checkpoints {
        let rest = try result(of: configuration, from: checkpoint, threads: 2)
        #expect(rest.checkpoints == whole.checkpoints.filter { $0.round > checkpoint.round })
        #expect(rest.rounds == whole.rounds.filter { $0.round > checkpoint.round })
      }
      for client in [nil, 0, 1, 2, 3] as [Int?] {
        let state = try whole.state(configuration, client: client).state
        #expect(state.values.allSatisfy { $0.isFinite })
        for tensor in configuration.network.layout.tensors where tensor.role == .runningVariance {
          #expect(state.values[tensor.range].allSatisfy { $0 > 0 })
        }
      }
    }
  }
}
