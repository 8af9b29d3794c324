import Catalogs
import Testing

@testable import Networks

/// What every optimizer of the catalog promises.
@Suite struct OptimizerContractTests {
  /// Values and memory of one optimization; the quadratic is Σ a(w − 1)²/2 with curvatures a from 0.5 to 2.
  private struct Walk {
    let optimizer: any Optimizer
    var values: [Float]
    var slots: [Float]

    init(_ optimizer: any Optimizer, values: [Float]) {
      self.optimizer = optimizer
      self.values = values
      slots = [Float](repeating: 0, count: optimizer.slotNames.count * values.count + 1)
    }

    func curvature(_ place: Int) -> Float { 0.5 + 1.5 * Float(place) / Float(values.count) }

    var height: Double {
      values.indices.reduce(0) { $0 + Double(curvature($1)) * Double((values[$1] - 1) * (values[$1] - 1)) / 2 }
    }

    mutating func step(_ number: Int, range: Range<Int>? = nil) {
      let gradients = values.indices.map { curvature($0) * (values[$0] - 1) }
      let range = range ?? values.indices
      let optimizer = optimizer
      var moved = values
      slots.withUnsafeMutableBufferPointer { slots in
        guard let base = slots.baseAddress else { return }
        let memory = OptimizerMemory(slots: base, stride: moved.count, step: number)
        optimizer.step(values: &moved, gradients: gradients, range: range, memory: memory)
      }
      values = moved
    }
  }

  private static let start = randomValues(37, seed: 2)

  private static func optimizer(_ name: String) throws -> any Optimizer { try optimizerCatalog.make(name) }

  @Test(arguments: optimizerCatalog.names) func descendsAQuadratic(name: String) throws {
    var walk = Walk(try Self.optimizer(name), values: Self.start)
    let before = walk.height
    for step in 1...100 { walk.step(step) }
    #expect(walk.height < 0.95 * before)
  }

  @Test(arguments: optimizerCatalog.names) func givesTheSameBitsTwice(name: String) throws {
    var walks = [
      Walk(try Self.optimizer(name), values: Self.start), Walk(try Self.optimizer(name), values: Self.start),
    ]
    for index in walks.indices { for step in 1...10 { walks[index].step(step) } }
    #expect(walks[0].values == walks[1].values)
    #expect(walks[0].slots == walks[1].slots)
  }

  @Test(arguments: optimizerCatalog.names) func stepsOnAPartAreThoseOnTheWhole(name: String) throws {
    var whole = Walk(try Self.optimizer(name), values: Self.start)
    var part = whole
    let range = 5..<23
    for step in 1...3 {
      whole.step(step)
      part.step(step, range: range)
    }
    for place in part.values.indices {
      #expect(
        part.values[place] == (range.contains(place) ? whole : Walk(whole.optimizer, values: Self.start)).values[place])
    }
    for (place, slot) in part.slots.enumerated() where !range.contains(place % Self.start.count) { #expect(slot == 0) }
  }

  @Test(arguments: optimizerCatalog.names) func takesAnotherLearningRate(name: String) throws {
    let optimizer = try Self.optimizer(name)
    #expect(optimizer.with(learningRate: 0.125).learningRate == 0.125)
    #expect(optimizer.with(learningRate: 0.125).slotNames.count == optimizer.slotNames.count)
    let given = try optimizerCatalog.make(name, ["learning_rate": .number(0.25)])
    #expect(given.learningRate == 0.25)
    if let rate = given.plainRate { #expect(rate == 0.25) }
  }

  @Test(arguments: optimizerCatalog.names) func takesAnotherWeightDecay(name: String) throws {
    var optimizer = try optimizerCatalog.make(name, ["weight_decay": .number(0.25)])
    #expect(optimizer.weightDecay == 0.25)
    optimizer.weightDecay = 0
    var walks = [Walk(optimizer, values: Self.start)]
    walks.append(Walk(try optimizerCatalog.make(name, ["weight_decay": .number(0)]), values: Self.start))
    for index in walks.indices { for step in 1...3 { walks[index].step(step) } }
    #expect(walks[0].values == walks[1].values)
  }

  @Test func onlyPlainDescentMayBeFolded() {
    #expect(SGD(learningRate: 0.5).plainRate == 0.5)
    #expect(SGD(learningRate: 0.5, momentum: 0.9).plainRate == nil)
    #expect(SGD(learningRate: 0.5, weightDecay: 0.1).plainRate == nil)
    #expect(Adam().plainRate == nil)
  }

  @Test func nesterovNeedsAMomentum() {
    #expect(throws: OptionProblem("nesterov", "needs a momentum above 0")) {
      try optimizerCatalog.make("sgd", ["nesterov": .boolean(true)])
    }
  }
}
