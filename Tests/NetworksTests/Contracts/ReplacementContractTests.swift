import Catalogs
import Tensors
import TestSupport
import Testing

@testable import Networks

/// A replacement of the catalog on a model of the catalog.
struct ReplacementExample: Sendable, CustomStringConvertible {
  let replacement: String
  let model: String

  var description: String { "\(replacement) on \(model)" }

  /// Every replacement with every model.
  static let all = replacementCatalog.names.flatMap { replacement in
    modelCatalog.names.map { ReplacementExample(replacement: replacement, model: $0) }
  }

  /// What each replacement leaves out, and why.
  static let misfits = [
    "instance on mlp": "layer 'bn1': its input [128] has a single value a channel, which instance_norm can't normalize",
    "instance on digits-small":
      "layer 'bn3': its input [128] has a single value a channel, which instance_norm can't normalize",
    "instance on digits-paper":
      "layer 'bn4': its input [2048] has a single value a channel, which instance_norm can't normalize",
    "weight-standardized on mlp": "the model has no conv2d layer whose weights it could standardize",
  ]

  static let fitting = all.filter { misfits["\($0)"] == nil }

  static func replacement(_ name: String) throws -> any NormReplacement {
    let required = replacementCatalog[name]?.options.filter { $0.defaultValue == nil && !$0.isOptional } ?? []
    return try replacementCatalog.make(
      name, Dictionary(uniqueKeysWithValues: required.map { ($0.name, OptionValue.integer(4)) }))
  }

  func original() throws -> Network {
    try modelCatalog.make(model).network(input: model == "resnet18" ? [16, 16, 3] : [28, 28, 3], outputs: 10)
  }

  func network() throws -> Network {
    try original().replacingNormalization(by: Self.replacement(replacement))
  }
}

/// What every replacement of the catalog promises.
@Suite struct ReplacementContractTests {
  @Test(arguments: ReplacementExample.all) func fitsOrSaysWhyNot(_ example: ReplacementExample) throws {
    guard let expected = ReplacementExample.misfits["\(example)"] else {
      _ = try example.network()
      return
    }
    let error = #expect(throws: NetworkProblem.self) { try example.network() }
    #expect(error.map { "\($0)" } == expected)
  }

  @Test(arguments: ReplacementExample.fitting) func namesShapesAndReadsStay(_ example: ReplacementExample) throws {
    let before = try example.original()
    let after = try example.network()
    #expect(after.layers.map(\.name) == before.layers.map(\.name))
    #expect(after.layers.map(\.reads) == before.layers.map(\.reads))
    #expect(after.layers.map(\.resolved.output) == before.layers.map(\.resolved.output))
    // PyTorch's names: those of before, without what is gone; only gains and biases are new.
    let names = after.layout.tensors.map(\.name)
    #expect(Set(names).count == names.count)
    let new = Set(names).subtracting(before.layout.tensors.map(\.name))
    #expect(new.allSatisfy { $0.hasSuffix(".gain") || $0.hasSuffix(".bias") }, "\(new)")
    #expect(new.isEmpty || example.replacement == "weight-standardized")
    for tensor in after.layout.tensors where !new.contains(tensor.name) {
      let old = before.layout.tensor(tensor.name)
      #expect(old?.shape == tensor.shape && old?.role == tensor.role, "\(tensor.name)")
    }
    let weights = before.layout.tensors.filter { !$0.role.isNormalization }.map(\.name)
    #expect(Set(weights).isSubset(of: names))
    for tensor in after.layout.tensors {
      let owner = try #require(after.layers.first { $0.name == tensor.layer })
      #expect(tensor.role.isNormalization == (owner.layer is any NormalizationLayer), "\(tensor.name)")
    }
    guard example.replacement != "keep" else {
      #expect(after.layout == before.layout)
      return
    }
    #expect(!after.layout.tensors.contains { [.runningMean, .runningVariance, .batchCount].contains($0.role) })
    #expect(!after.layers.contains { $0.layer is BatchNorm })
    #expect(after.canTrain(batchOf: 1))
    let removes = ["none", "weight-standardized"].contains(example.replacement)
    #expect(
      after.normalizationLayers.map(\.name) == (removes ? [] : before.normalizationLayers.map(\.name)))
  }

  @Test(arguments: ReplacementExample.fitting) func trainsAndInfers(_ example: ReplacementExample) throws {
    let network = try example.network()
    let workspace = NetworkWorkspace()
    workspace.load(ModelState(initial: network.layout, seed: 5), of: network)
    // Residual networks without normalization have steep gradients.
    let optimizer = SGD(learningRate: 2e-5)
    workspace.prepareTraining(optimizer)
    let plan = try workspace.plan(batch: 4, mode: .training)
    let input = randomValues(4 * network.input.count, seed: 6)
    for (place, value) in input.enumerated() { workspace.input(of: plan)[place] = value }
    let labels = randomLabels(4, classes: 10, seed: 7)
    var gradients: [Float] = []
    let first = try workspace.trainStep(
      plan, labels: labels, loss: .crossEntropy, stepKey: 1
    ) { pointer, _ in gradients = Array(UnsafeBufferPointer(start: pointer, count: network.layout.trainableCount)) }
    for (place, value) in input.enumerated() { workspace.input(of: plan)[place] = value }
    let second = try workspace.trainStep(
      plan, labels: labels, loss: .crossEntropy, stepKey: 1, adjust: nil)
    #expect(second.loss < first.loss)
    for tensor in network.layout.tensors where tensor.role == .weight || tensor.role.isNormalization {
      guard tensor.role.isTrainable else { continue }
      #expect(gradients[tensor.range].contains { abs($0) > 1e-7 }, "\(tensor.name) has no gradient")
    }
    // A sample's output is its own: nothing is left that looks at the batch, but for batch normalization.
    let state = workspace.state()
    func outputs(_ batch: Int) throws -> [Float] {
      let run = try LayerRun(network, batch: batch, mode: .inference, state: state)
      return Array(try run.forward(Array(input.prefix(batch * network.input.count))).prefix(10))
    }
    let problem = difference(try outputs(4), try outputs(1), absolute: 1e-3, relative: 1e-3)
    #expect(problem == nil)
  }

  /// A small network with a batch normalization of each rank, one of them with its ReLU in the same pass.
  private static func small() throws -> Network {
    try Network(
      input: [6, 5, 3],
      layers: [
        Conv2D(filters: 4, kernel: [3, 3], hasBias: false), BatchNorm(name: "a", epsilon: 1e-3, hasReLU: true),
        Residual(layers: [Conv2D(filters: 4, kernel: [3, 3], padding: .same), BatchNorm(scale: false), Tanh()]),
        Conv2D(filters: 4, kernel: [1, 1]), BatchNorm(center: false), Flatten(), Dense(units: 3),
      ])
  }

  @Test(arguments: replacementCatalog.names) func gradientsAreThoseOfTheFunction(name: String) throws {
    let network = try Self.small().replacingNormalization(by: ReplacementExample.replacement(name))
    let example = LayerExample(kind: name, options: [:], input: network.input, network: network)
    let state = example.state(seed: 3)
    let run = try LayerRun(network, batch: 3, mode: .training, state: state)
    let input = randomValues(3 * network.input.count, seed: 5)
    let weights = randomValues(9, seed: 7)
    func loss(_ input: [Float], _ state: ModelState) throws -> Double {
      run.state = state
      return zip(try run.forward(input), weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    _ = try loss(input, state)
    let inputGradient = try run.backward(weights)
    let gradients = run.gradients
    #expect(try FiniteDifference { try loss($0, state) }.check(inputGradient, at: input).problem == nil)
    var allTold = 0
    for tensor in network.layout.tensors where tensor.role.isTrainable {
      let (told, problem) = try FiniteDifference { moved in
        var changed = state
        changed.values.replaceSubrange(tensor.range, with: moved)
        return try loss(input, changed)
      }.check(Array(gradients[tensor.range]), at: Array(state.values[tensor.range]))
      allTold += told
      #expect(problem == nil, "\(name): \(tensor.name)")
    }
    // Near a kink of the ReLU some can't.
    #expect(2 * allTold > network.layout.trainableCount, "\(name): \(allTold) derivatives could be told")
  }

  @Test(arguments: replacementCatalog.names) func aReLUInTheSamePassStays(name: String) throws {
    func network(_ norm: [any Layer]) throws -> Network {
      try Network(
        input: [6, 5, 3], layers: [Conv2D(filters: 4, kernel: [3, 3])] + norm + [Flatten(), Dense(units: 2)]
      ).replacingNormalization(by: ReplacementExample.replacement(name))
    }
    let networks = [
      try network([BatchNorm(name: "a", hasReLU: true)]), try network([BatchNorm(name: "a"), ReLU()]),
      // A layer between keeps the two apart.
      try network([BatchNorm(name: "a"), Dropout(rate: 0), ReLU()]),
    ]
    let results = try networks.map { network in
      let run = try LayerRun(network, batch: 3, mode: .training)
      let output = try run.forward(randomValues(3 * network.input.count, seed: 1))
      return [output, try run.backward(randomValues(6, seed: 2)), run.gradients]
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    let written = try network([BatchNorm(name: "a")])
    let other = try LayerRun(written, batch: 3, mode: .training).forward(randomValues(3 * written.input.count, seed: 1))
    #expect(other != results[0][0])
  }
}
