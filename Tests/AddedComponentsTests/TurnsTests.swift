import Federation
import Foundation
import Networks
import Records
import Tensors
import Testing

/// A model of two networks, trained in turns by an objective that is written with what the library offers.
@Suite("an objective that trains two networks in turns")
struct TurnsTests {
  private static let features: [any Layer] = [
    Dense(name: "fc1", units: 8), BatchNorm(name: "bn1"), ReLU(), Dense(name: "fc2", units: 5),
  ]
  private static let head: [any Layer] = [
    BatchNorm(name: "bn1"), ReLU(), Dense(name: "fc1", units: 6), BatchNorm(name: "bn2"), ReLU(), Dropout(rate: 0.2),
    Dense(name: "fc2", units: 3),
  ]

  private static func model(
    features: [any Layer] = features, head: [any Layer] = head
  ) throws -> Network {
    try Network(
      networks: [
        ("features", Network(input: [6], layers: features)), ("head", Network(input: [5], layers: head)),
      ], entry: "features", exit: "head")
  }

  /// A run whose networks have an optimizer each, both of which remember.
  private static func configuration(norm: String = "fedavg") throws -> RunConfiguration {
    var run = try TrialRun(norm: norm).configuration()
    run.model = try model()
    run.loss = Turns()
    run.optimizer = SGD(learningRate: 0.05, momentum: 0.9)
    run.networkOptimizers = ["head": Adam(learningRate: 0.01)]
    run.work.keepsOptimizer = true
    return run
  }

  @Test(
    "it runs under every norm policy, with the same bits on any threads and after resume", arguments: normCatalog.names)
  func norms(norm: String) throws {
    let run = try Self.configuration(norm: norm)
    #expect(run.norm.component.problems(with: run).isEmpty)
    let whole = try TrialResult(of: run, threads: 1)
    #expect(whole.outcome == .finished)
    for round in whole.rounds {
      #expect(round.evaluations.count == 4 && round.evaluations.allSatisfy { $0.loss.isFinite })
      guard round.round > 0 else { continue }
      let losses = [round.trainLoss, round.measures["features_loss"] ?? nil].compactMap { $0 }
      #expect(losses.count == 2 && losses.allSatisfy { $0.isFinite && $0 > 0 } && losses[0] != losses[1])
      let reported = round.participations.filter { $0.outcome == .reported }
      #expect(reported.count == 3 && reported.allSatisfy { $0.measures["features_loss"] != nil })
    }
    #expect(try TrialResult(of: run, threads: 3) == whole)
    for checkpoint in whole.checkpoints {
      let rest = try TrialResult(of: run, threads: 3, from: checkpoint)
      #expect(rest.checkpoints == whole.checkpoints.filter { $0.round > checkpoint.round })
    }
  }

  @Test("every policy but two changes what becomes of both networks")
  func policies() throws {
    let plain = try TrialResult(of: Self.configuration()).state()
    let plainLayout = try Self.configuration().network.layout
    let policies = normCatalog.names.filter { !["fedavg", "matrix", "fedtan"].contains($0) }
    for norm in policies + ["fedtan"] {
      let run = try Self.configuration(norm: norm)
      let layout = run.network.layout
      let state = try #require(try TrialResult(of: run).state())
      for network in ["features.", "head."] {
        let moved = layout.tensors.contains { tensor in
          guard tensor.role != .batchCount, tensor.name.hasPrefix(network),
            let own = plainLayout.tensor(tensor.name), let plain
          else { return false }
          return state.values[tensor.range] != plain.values[own.range]
        }
        #expect(moved, "\(norm) leaves \(network)* as fedavg does")
      }
    }
  }

  @Test("arrays are exported under the names of their networks")
  func names() throws {
    let run = try Self.configuration(norm: "fedbn")
    let checkpoint = try #require(try TrialResult(of: run).checkpoints.last)
    let names = try ExportedState(checkpoint, client: nil).tensors.map(\.name)
    #expect(names.count == 2 * 4 + 3 * 5)
    #expect(
      Array(names.prefix(9)) == [
        "features.fc1.weight", "features.fc1.bias", "features.bn1.weight", "features.bn1.bias",
        "features.bn1.running_mean", "features.bn1.running_var", "features.bn1.num_batches_tracked",
        "features.fc2.weight", "features.fc2.bias",
      ])
    #expect(names.contains("head.bn1.weight") && names.contains("head.fc2.bias"))
    // What optimizers remember is one vector under each of their names.
    for slot in ["momentum_buffer", "exp_avg", "exp_avg_sq"] {
      let tensors = try #require(try ExportedSlot(checkpoint, slot: slot, client: 0).tensors)
      #expect(tensors.map(\.name) == names.filter { !$0.contains("running") && !$0.contains("batches") })
    }
  }

  @Test("counters count passes: one of the features a step, three of the head")
  func counters() throws {
    var run = try Self.configuration()
    run.rounds = 1
    run.work.amount = .steps(4)
    let layout = run.network.layout
    let state = try #require(try TrialResult(of: run).state())
    func count(_ name: String) throws -> Int64 { state.counters[try #require(layout.tensor(name)).range.lowerBound] }
    #expect(try count("features.bn1.num_batches_tracked") == 4)
    #expect(try count("head.bn1.num_batches_tracked") == 12 && count("head.bn2.num_batches_tracked") == 12)
  }

  // MARK: Against one network

  /// The same layers in one network, whose names are those of the two.
  private static func single(_ run: RunConfiguration) throws -> Network {
    func named(_ layer: any Layer, _ prefix: String) -> any Layer {
      switch layer {
      case let dense as Dense: Dense(name: prefix + (dense.name ?? ""), units: dense.units)
      case let norm as BatchNorm: BatchNorm(name: prefix + (norm.name ?? ""))
      default: layer
      }
    }
    let layers = features.map { named($0, "features.") } + head.map { named($0, "head.") }
    return try Network(input: [6], layers: layers.filter { !($0 is Dropout) })
  }

  @Test("a turn of one network is a step of both in one, of which the other rests", arguments: ["features", "head"])
  func turn(moving: String) throws {
    let resting = moving == "features" ? "head" : "features"
    var run = try Self.configuration()
    run.model = try Self.model(head: Self.head.filter { !($0 is Dropout) })
    run.loss = Turns(noise: 0)
    run.rounds = 1
    run.work = LocalWork(batchSize: 8, amount: .steps(1))
    // Without noise the head's loss is twice the plain one.
    run.optimizer = SGD(learningRate: 0.1)
    run.networkOptimizers = ["head": SGD(learningRate: 0.05)]
    run.networkOptimizers[resting] = SGD(learningRate: 0)
    if resting == "features" { run.optimizer = SGD(learningRate: 0) }
    var plain = run
    plain.model = try Self.single(run)
    plain.loss = .crossEntropy
    plain.networkOptimizers = [:]
    plain.optimizer = SGD(learningRate: 0.1)
    plain.frozen = run.network.layout.tensors.filter { $0.layer.hasPrefix(resting + ".") }.map(\.layer)
    let (layout, plainLayout) = (run.network.layout, plain.network.layout)
    // The initial values go by names, and so are the same.
    let (state, other) = (
      try #require(try TrialResult(of: run).state()), try #require(try TrialResult(of: plain).state())
    )
    let start = ModelState(initial: layout, seed: run.seed)
    var moved = false
    for tensor in layout.tensors where tensor.role.isTrainable {
      let twin = try #require(plainLayout.tensor(tensor.name))
      for (own, expected) in zip(state.values[tensor.range], other.values[twin.range]) {
        #expect(abs(own - expected) <= 2e-6, "\(tensor.name)")
      }
      let before = start.values[tensor.range]
      if tensor.layer.hasPrefix(resting) {
        #expect(state.values[tensor.range] == before)
      } else if state.values[tensor.range] != before {
        moved = true
      }
    }
    #expect(moved)
  }

  @Test("noise changes the head's gradient, and its stream is the client's")
  func noise() throws {
    var run = try Self.configuration()
    let noisy = try TrialResult(of: run)
    run.loss = Turns(noise: 0)
    #expect(try TrialResult(of: run).state() != noisy.state())
    run.loss = Turns()
    #expect(try TrialResult(of: run) == noisy)
  }

  @Test("one step under fedtan is the step on the union of all batches")
  func union() throws {
    var run = try Self.configuration(norm: "fedtan")
    run.model = try Self.model(head: Self.head.filter { !($0 is Dropout) })
    run.loss = Turns(noise: 0)
    run.rounds = 1
    run.cohort = Everyone()
    run.work = LocalWork(batchSize: 20, amount: .steps(1), shuffle: false)
    // A head that moves would be another one for each client.
    run.optimizer = SGD(learningRate: 0.1)
    run.networkOptimizers = ["head": SGD(learningRate: 0)]
    var central = run
    central.bound = .central
    central.work.batchSize = 80
    central.norm = Named("fedavg", try normCatalog.make("fedavg"))
    let (state, other) = (
      try #require(try TrialResult(of: run).state()), try #require(try TrialResult(of: central).state())
    )
    for tensor in run.network.layout.tensors where tensor.role != .batchCount {
      let twin = try #require(central.network.layout.tensor(tensor.name))
      for (own, expected) in zip(state.values[tensor.range], other.values[twin.range]) {
        #expect(abs(own - expected) <= 1e-5 * max(1, abs(expected)), "\(tensor.name)")
      }
    }
    #expect(state.counters == other.counters)
  }

  @Test("what the statistics of fedtan cost is counted for each pass")
  func bytes() throws {
    let run = try Self.configuration(norm: "fedtan")
    let plain = try Self.configuration()
    // 4C values each way a pass: 8 channels once, 5 and 6 three times.
    let beside = 4 * (8 + 3 * (5 + 6))
    #expect(run.bytesUpPerClient() - plain.bytesUpPerClient() == 4 * beside)
    #expect(run.bytesDownPerClient() - plain.bytesDownPerClient() == 4 * beside)
    #expect(zip(run.normLayers, plain.normLayers).map { $0.valuesSent - $1.valuesSent } == [32, 60, 72])
  }

  @Test("a step costs its passes")
  func operations() throws {
    let run = try Self.configuration()
    let (features, head) = (try #require(run.network.part("features")), try #require(run.network.part("head")))
    #expect(run.trainingFLOPs == features.trainingFLOPs + 2 * head.trainingFLOPs + 3 * head.forwardFLOPs)
    let round = try #require(try TrialResult(of: run).rounds.last)
    #expect(round.flops == 3 * 20 * run.trainingFLOPs)
  }

  // MARK: What else there is of models of several networks

  @Test("what does not make a model says so")
  func problems() throws {
    func problem(_ networks: [(String, Network)], entry: String = "a", exit: String = "b") -> String? {
      do {
        _ = try Network(networks: networks.map { (name: $0.0, network: $0.1) }, entry: entry, exit: exit)
      } catch { return "\(error)" }
      return nil
    }
    let one = try Network(input: [2], layers: [Dense(units: 2)])
    #expect(problem([("a", one), ("b", one)]) == nil)
    #expect(problem([("a", one)]) == "a model of networks has two or more of them")
    #expect(problem([("a", one), ("", one)]) == "'' is no name of a network (allowed: any without a dot)")
    #expect(problem([("a", one), ("b.c", one)]) == "'b.c' is no name of a network (allowed: any without a dot)")
    #expect(problem([("a", one), ("a", one)]) == "two networks are called 'a'")
    #expect(problem([("a", one), ("b", one)], exit: "c") == "there is no network 'c' (allowed: a, b)")
    #expect(problem([("a", one), ("b", try Self.model())]) == "network 'b' is a model of several networks itself")
  }

  @Test("a loss and a model that do not belong together fail with a message")
  func mismatch() throws {
    var run = try Self.configuration()
    run.loss = .crossEntropy
    let words = "trains one network, and the model has networks called features, head"
    #expect(run.modelProblem == words)
    #expect(try TrialResult(of: run).outcome == .failed("the loss \(words)"))
    run = try TrialRun().configuration()
    #expect(run.modelProblem == nil)
    run.loss = Turns()
    #expect(
      try TrialResult(of: run).outcome
        == .failed("the loss trains a model of networks called features, head, and this one has one network"))
    run = try Self.configuration()
    run.strategy = Named("moon", try strategyCatalog.make("moon"))
    #expect(
      run.strategy.component.problems(with: run) == [
        "its term is about a layer of one pass, and the loss makes several in each step"
      ])
  }

  @Test("strategies add their terms to the steps of each network", arguments: ["fedprox", "scaffold", "feddyn"])
  func strategies(name: String) throws {
    var run = try Self.configuration()
    run.optimizer = SGD(learningRate: 0.05)
    run.networkOptimizers = ["head": SGD(learningRate: 0.1)]
    let plain = try #require(try TrialResult(of: run).state())
    run.strategy = Named(name, try strategyCatalog.make(name))
    #expect(run.strategy.component.problems(with: run).isEmpty)
    let result = try TrialResult(of: run)
    #expect(result.outcome == .finished)
    let state = try #require(try result.state())
    for network in ["features.", "head."] {
      let weights = run.network.layout.tensors.filter { $0.role == .weight && $0.name.hasPrefix(network) }
      #expect(weights.allSatisfy { state.values[$0.range] != plain.values[$0.range] })
    }
  }

  @Test("normalization is replaced in all of them")
  func replacing() throws {
    let model = try Self.model().replacingNormalization(by: replacementCatalog.make("group", ["groups": .integer(1)]))
    #expect(model.normalizationLayers.map(\.name) == ["features.bn1", "head.bn1", "head.bn2"])
    #expect(model.normalizationLayers.allSatisfy { $0.layer is GroupNorm })
    #expect(model.parts.map(\.name) == ["features", "head"] && model.parts.allSatisfy { !$0.network.layers.isEmpty })
    var run = try Self.configuration()
    run.model = model
    #expect(try TrialResult(of: run).outcome == .finished)
  }

  @Test("a network stays with its clients by its name")
  func personal() throws {
    var run = try Self.configuration()
    run.personal = Named("layers", LocalLayers(layers: ["head"]))
    #expect(run.personal.component.problems(with: run).isEmpty)
    let result = try TrialResult(of: run)
    let layout = run.network.layout
    let states = try [0, 1].compactMap { try result.state(client: $0) }
    for tensor in layout.tensors where tensor.role == .weight {
      let isSame = states[0].values[tensor.range] == states[1].values[tensor.range]
      #expect(isSame == tensor.name.hasPrefix("features."), "\(tensor.name)")
    }
  }

  @Test("methods that need gradients elsewhere or other models take such a step too", arguments: ["ditto", "apfl"])
  func methods(name: String) throws {
    var run = try Self.configuration()
    run.optimizer = SGD(learningRate: 0.05)
    run.networkOptimizers = ["head": SGD(learningRate: 0.1)]
    run.personal = Named(name, try personalCatalog.make(name))
    #expect(run.personal.component.problems(with: run).isEmpty)
    let result = try TrialResult(of: run)
    #expect(result.outcome == .finished)
    #expect(try TrialResult(of: run, threads: 1) == result)
  }

  @Test("a loss that is no number names the layer and its network")
  func notANumber() throws {
    var run = try Self.configuration()
    var start = ModelState(initial: run.network.layout, seed: run.seed)
    // Of one class alone, so that the outputs are not all the same.
    let weight = try #require(run.network.layout.tensor("head.fc2.weight")).range
    for place in weight.prefix(6) { start.values[place] = 1e36 }
    run.initialState = start
    guard case .failed(let message)? = try TrialResult(of: run).outcome else {
      Issue.record("the run did not fail")
      return
    }
    #expect(message.contains("'head.fc2'"), "\(message)")
  }
}
