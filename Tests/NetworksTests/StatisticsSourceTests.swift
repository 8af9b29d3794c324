import Tensors
import TestSupport
import Testing

@testable import Networks

/// Where normalization takes its statistics from beside the batch and the running ones.
@Suite struct StatisticsSourceTests {
  private static let mixed = PassMode(isTraining: true, statistics: .mixed)

  /// A convolution and a dense layer, each with normalization and a ReLU behind it.
  private func network(_ normalization: (String) -> BatchNorm) throws -> Network {
    try Network(
      input: [5, 5, 2],
      layers: [
        Conv2D(name: "conv", filters: 3, kernel: [3, 3]), normalization("bn1"), ReLU(), Flatten(),
        Dense(name: "fc1", units: 6), normalization("bn2"), ReLU(), Dense(name: "fc2", units: 3),
      ])
  }

  /// Running statistics, γ and β away from where they start.
  private func state(_ network: Network) -> ModelState {
    var state = ModelState(initial: network.layout, seed: 2)
    let random = randomValues(state.values.count, seed: 3)
    for tensor in network.layout.tensors where tensor.role.isNormalization && tensor.role != .batchCount {
      for place in tensor.range where tensor.role != .normMixing {
        state.values[place] += (tensor.role == .runningVariance ? 0.5 : 1) * abs(random[place])
      }
    }
    return state
  }

  @Test func aMixOfNothingButTheBatchIsTheBatch() throws {
    let plain = try network { BatchNorm(name: $0) }
    let mixing = try network { BatchNorm(name: $0, mixing: 1) }
    let input = randomValues(4 * plain.input.count, seed: 5)
    let expected = try LayerRun(plain, batch: 4, mode: .training, state: state(plain))
    var start = state(plain)
    start.values.insert(contentsOf: [Float](repeating: 40, count: 9), at: plain.layout.trainableCount)
    let actual = try LayerRun(mixing, batch: 4, mode: Self.mixed, state: start)
    #expect(try expected.forward(input) == actual.forward(input))
    let gradient = randomValues(4 * 3, seed: 6)
    #expect(try expected.backward(gradient) == actual.backward(gradient))
    #expect(expected.gradients == Array(actual.gradients.prefix(plain.layout.trainableCount)))
    #expect(actual.gradients.suffix(9).allSatisfy { $0 == 0 })
    // Statistics stay as they are, unlike under plain batch normalization.
    #expect(actual.state == start)
    #expect(expected.state != state(plain))
  }

  @Test func aMixOfNothingOfTheBatchIsRunningStatistics() throws {
    let plain = try network { BatchNorm(name: $0) }
    let mixing = try network { BatchNorm(name: $0, mixing: 0) }
    let input = randomValues(4 * plain.input.count, seed: 5)
    let running = PassMode(isTraining: true, statistics: .running)
    let expected = try LayerRun(plain, batch: 4, mode: running, state: state(plain))
    var start = state(plain)
    start.values.insert(contentsOf: [Float](repeating: -40, count: 9), at: plain.layout.trainableCount)
    let actual = try LayerRun(mixing, batch: 4, mode: Self.mixed, state: start)
    let problem = try difference(actual.forward(input), expected.forward(input), absolute: 1e-6, relative: 1e-6)
    #expect(problem == nil)
    let gradient = randomValues(4 * 3, seed: 6)
    let second = try difference(actual.backward(gradient), expected.backward(gradient), absolute: 1e-6, relative: 1e-5)
    #expect(second == nil)
  }

  @Test(arguments: [0.2, 0.5, 0.9]) func theGradientsOfAMixAreThoseOfTheFunction(part: Double) throws {
    for input in [[3, 3, 2], [5]] as [Shape] {
      let network = try Network(input: input, layers: [BatchNorm(name: "bn", mixing: part)])
      let state = state(network)
      let run = try LayerRun(network, batch: 4, mode: Self.mixed, state: state)
      let values = randomValues(4 * input.count, seed: 8)
      let weights = randomValues(4 * input.count, seed: 9)
      func loss(_ input: [Float], _ state: ModelState) throws -> Double {
        run.state = state
        return zip(try run.forward(input), weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      _ = try loss(values, state)
      let inputGradient = try run.backward(weights)
      let gradients = run.gradients
      let (told, problem) = try FiniteDifference { try loss($0, state) }.check(inputGradient, at: values)
      #expect(problem == nil && Double(told) >= 0.8 * Double(values.count))
      let trainable = Array(state.values[..<network.layout.trainableCount])
      #expect(trainable.count == 3 * input.channels)
      let (toldOfMix, second) = try FiniteDifference { moved in
        var changed = state
        changed.values.replaceSubrange(0..<moved.count, with: moved)
        return try loss(values, changed)
      }.check(gradients, at: trainable)
      #expect(second == nil && Double(toldOfMix) >= 0.8 * Double(trainable.count))
    }
  }

  @Test func collectedMomentsAreThoseOfAllBatchesAtOnce() throws {
    let network = try Network(input: [2], layers: [BatchNorm(name: "bn")])
    let workspace = NetworkWorkspace()
    let initial = ModelState(initial: network.layout, seed: 1)
    workspace.load(initial, of: network)
    workspace.beginMoments()
    let values = randomValues(30, seed: 4).map { 3 + 2 * $0 }
    let mode = PassMode(isTraining: false, statistics: .batch, collectsMoments: true)
    for batch in [0..<4, 4..<9, 9..<15] {
      let plan = try workspace.plan(batch: batch.count, mode: mode)
      for (place, sample) in batch.enumerated() {
        for c in 0..<2 { workspace.input(of: plan)[2 * place + c] = values[2 * sample + c] }
      }
      try plan.forward(workspace.memory(of: plan))
    }
    let moments = workspace.collectedMoments
    #expect(moments.counts == [15] && moments.isComplete)
    for c in 0..<2 {
      let channel = (0..<15).map { Double(values[2 * $0 + c]) }
      let mean = channel.reduce(0, +) / 15
      let variance = channel.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 15
      #expect(abs(Double(moments.statistics[c]) - mean) <= 1e-6 * abs(mean))
      #expect(abs(Double(moments.statistics[2 + c]) - variance) <= 1e-6 * variance)
    }
    #expect(workspace.state() == initial)
    workspace.beginMoments()
    #expect(!workspace.collectedMoments.isComplete)
  }

  /// One step of each client with the statistics of all, against one step on their examples together.
  @Test(arguments: [[4, 4], [2, 6], [3, 4, 5]]) func jointStatisticsMakeStepsOfOneUnion(sizes: [Int]) throws {
    let network = try network { BatchNorm(name: $0) }
    let start = state(network)
    let total = sizes.reduce(0, +)
    let inputs = randomValues(total * network.input.count, seed: 10)
    let labels = (0..<total).map { Int32($0 % 3) }
    let workspace = NetworkWorkspace()

    /// The numbers and gradients after a step of a small rate on some of the samples.
    func step(_ samples: Range<Int>, _ joint: JointStatistics?) throws -> (state: ModelState, gradients: [Float]) {
      workspace.load(start, of: network)
      workspace.prepareTraining(SGD(learningRate: 0.1))
      let plan = try prepared(samples, joint)
      var gradients: [Float] = []
      _ = try labels.withUnsafeBufferPointer { labels in
        try workspace.trainStep(
          plan, labels: try #require(labels.baseAddress) + samples.lowerBound, loss: .crossEntropy, stepKey: 1
        ) { pointer, _ in gradients = Array(UnsafeBufferPointer(start: pointer, count: network.layout.trainableCount)) }
      }
      return (workspace.state(), gradients)
    }
    func prepared(_ samples: Range<Int>, _ joint: JointStatistics?) throws -> NetworkPlan {
      let mode = PassMode(isTraining: true, statistics: joint == nil ? .batch : .joint)
      let plan = try workspace.plan(batch: samples.count, mode: mode)
      if let joint { workspace.joint = joint }
      for (place, value) in inputs[samples.lowerBound * 50..<samples.upperBound * 50].enumerated() {
        workspace.input(of: plan)[place] = value
      }
      return plan
    }

    var parts: [Range<Int>] = []
    for size in sizes { parts.append((parts.last?.upperBound ?? 0)..<((parts.last?.upperBound ?? 0) + size)) }
    let weights = sizes.map { Double($0) / Double(total) }
    var joint = JointStatistics()
    /// What each part says that it needs first and that is not known; empty where nothing is needed any more.
    func needs() throws -> [JointStatisticsNeed] {
      try parts.compactMap { part in
        do { _ = try step(part, joint) } catch let need as JointStatisticsNeed { return need }
        return nil
      }
    }
    for _ in 0..<2 {
      let own = try needs().map { need in
        guard case .moments(let mean, let variance, let rows) = need else { throw WrongNeed() }
        return (mean: mean, variance: variance, rows: rows)
      }
      try #require(own.count == parts.count)
      let means = own[0].mean.indices.map { c in zip(own, weights).reduce(0.0) { $0 + $1.1 * $1.0.mean[c] } }
      let variances = means.indices.map { c in
        zip(own, weights).reduce(0.0) { sum, part in
          let distance = part.0.mean[c] - means[c]
          return sum + part.1 * (part.0.variance[c] + distance * distance)
        }
      }
      joint.moments.append(
        JointStatistics.Moments(
          mean: means.map { Float($0) }, variance: variances.map { Float($0) },
          count: own.reduce(0) { $0 + Double($1.rows) }))
    }
    for _ in 0..<2 {
      let own = try needs().map { need in
        guard case .sums(let sum, let dot) = need else { throw WrongNeed() }
        return (sum: sum, dot: dot)
      }
      try #require(own.count == parts.count)
      joint.sums.append(
        JointStatistics.Sums(
          sum: own[0].sum.indices.map { c in Float(zip(own, weights).reduce(0) { $0 + $1.1 * Double($1.0.sum[c]) }) },
          dot: own[0].dot.indices.map { c in Float(zip(own, weights).reduce(0) { $0 + $1.1 * Double($1.0.dot[c]) }) }))
    }
    #expect(try needs().isEmpty)
    let union = try step(0..<total, nil)
    let steps = try parts.map { try step($0, joint) }
    var mean = [Double](repeating: 0, count: network.layout.trainableCount)
    for (part, weight) in zip(steps, weights) {
      for (place, value) in part.gradients.enumerated() { mean[place] += weight * Double(value) }
    }
    #expect(difference(mean.map { Float($0) }, union.gradients, absolute: 1e-6, relative: 1e-4) == nil)
    // Every client has the union's running statistics.
    let range = network.layout.statisticsRange
    for part in steps {
      let problem = difference(
        Array(part.state.values[range]), Array(union.state.values[range]), absolute: 1e-6, relative: 1e-6)
      #expect(problem == nil)
      #expect(part.state.counters == [1, 1])
    }
  }

  @Test func heldValuesAreNotStepped() throws {
    let network = try network { BatchNorm(name: $0) }
    for optimizer in [SGD(learningRate: 0.1), SGD(learningRate: 0.1, momentum: 0.9), Adam(learningRate: 0.1)]
      as [any Optimizer]
    {
      let workspace = NetworkWorkspace()
      let start = state(network)
      workspace.load(start, of: network)
      workspace.prepareTraining(optimizer, held: [network.layout.affineRange])
      let plan = try workspace.plan(batch: 4, mode: .training)
      for (place, value) in randomValues(200, seed: 3).enumerated() { workspace.input(of: plan)[place] = value }
      _ = try [0, 1, 2, 0].withUnsafeBufferPointer { labels in
        try workspace.trainStep(
          plan, labels: try #require(labels.baseAddress), loss: .crossEntropy, stepKey: 1,
          adjust: nil)
      }
      let after = workspace.state()
      #expect(after.values[network.layout.affineRange] == start.values[network.layout.affineRange])
      #expect(zip(after.values, start.values).prefix(network.layout.weightCount).contains { $0 != $1 })
    }
  }
}

/// A pass needed other statistics than it was expected to.
private struct WrongNeed: Error {}
