import Tensors
import TestSupport
import Testing

@testable import Networks

/// No layer hides a value that is not a number, and a loss that is no number of use is told with where it comes from.
@Suite struct NotANumberTests {
  @Test(
    "every layer of the catalog passes on what is not a number",
    arguments: LayerExample.plain + LayerExample.varied + LayerExample.blocks)
  func isPassedOn(_ example: LayerExample) throws {
    let batch = 4
    for mode in [PassMode.training, .inference] {
      let run = try LayerRun(example.network, batch: batch, mode: mode, state: example.state(seed: 3))
      // Each value in turn, so that no place is one that nobody reads.
      var told = 0
      for place in 0..<example.input.count {
        var input = example.inputs(batch: batch, seed: 5)
        input[example.input.count + place] = .nan
        if example.tokens != nil {
          #expect(throws: TokenProblem.self) { try run.forward(input) }
          continue
        }
        run.state = example.state(seed: 3)
        if try run.forward(input).contains(where: \.isNaN) { told += 1 }
      }
      if example.tokens != nil { continue }
      // Dropout forgets values, and what a window's edge leaves out is never read.
      if mode.isTraining, example.kind == "dropout" { continue }
      let isWhole = !["pool2d", "transpose"].contains { example.kind.contains($0) } && example.options["stride"] == nil
      #expect(isWhole ? told == example.input.count : told > 0, "\(example), \(mode): \(told)")
    }
  }

  /// Images as those of `digits-small`, with a pooling that would hide what is not a number.
  @Test("pooling passes it on, to the loss") func images() throws {
    let network = try Network(
      input: [8, 8, 3],
      layers: [
        Conv2D(name: "c", filters: 16, kernel: [3, 3], padding: .same), MaxPool2D(kernel: [2, 2]), Flatten(),
        Dense(units: 3),
      ])
    for mode in [PassMode.training, .inference] {
      let workspace = NetworkWorkspace()
      workspace.load(ModelState(initial: network.layout, seed: 1), of: network)
      workspace.prepareTraining(SGD(learningRate: 0.1))
      let plan = try workspace.plan(batch: 4, mode: mode)
      func fill() {
        for (place, value) in randomValues(4 * 192, seed: 1).enumerated() { workspace.input(of: plan)[place] = value }
        workspace.input(of: plan)[200] = .nan
      }
      fill()
      if mode.isTraining {
        let error = #expect(throws: NonFiniteLoss.self) {
          try workspace.trainStep(
            plan, labels: [0, 1, 2, 0], loss: .crossEntropy, stepKey: 1,
            adjust: nil)
        }
        #expect(error?.place == .input && error?.isBeyondLimit == false)
      } else {
        let result = try workspace.evaluateStep(plan, labels: [0, 1, 2, 0], loss: .crossEntropy)
        #expect(result.loss.isNaN && !NonFiniteLoss.allows(result.loss))
        fill()
        #expect(try workspace.reason(ofLoss: result.loss, plan, of: .crossEntropy).place == .input)
      }
    }
  }

  @Test(
    "the first layer beyond ±2^20 is named, in training and in evaluation, for every loss", arguments: lossCatalog.names
  )
  func firstLayer(name: String) throws {
    let loss = try lossCatalog.make(name)
    let network = try Network(
      input: [4],
      layers: [
        Dense(name: "a", units: 6), ReLU(name: "r"), Dense(name: "b", units: 5), Tanh(name: "t"),
        Dense(name: "c", units: 4), Dense(name: "d", units: 3),
      ])
    /// The reason after the weights of a layer were multiplied.
    func reason(_ layer: String, _ factor: Float, training: Bool) throws -> NonFiniteLoss? {
      var state = ModelState(initial: network.layout, seed: 1)
      for place in try #require(network.layout.tensor("\(layer).weight")).range { state.values[place] *= factor }
      let workspace = NetworkWorkspace()
      workspace.load(state, of: network)
      workspace.prepareTraining(SGD(learningRate: 0.1))
      let plan = try workspace.plan(batch: 3, mode: training ? .training : .inference)
      func fill() {
        for (place, value) in randomValues(12, seed: 1).enumerated() { workspace.input(of: plan)[place] = value }
      }
      fill()
      if training {
        do {
          _ = try workspace.trainStep(
            plan, labels: [0, 1, 2], loss: loss, stepKey: 1, adjust: nil)
        } catch let error as NonFiniteLoss {
          return error
        }
        return nil
      }
      let value = try workspace.evaluateStep(plan, labels: [0, 1, 2], loss: loss).loss
      fill()
      return NonFiniteLoss.allows(value) ? nil : try workspace.reason(ofLoss: value, plan, of: loss)
    }
    for training in [true, false] {
      // 10³⁷ is a number, and no loss of use.
      let large = try #require(try reason("c", 1e36, training: training))
      #expect(large.place == .layer("c") && large.isBeyondLimit == (name != "mse" || large.isBeyondLimit))
      #expect(try reason("d", 1e35, training: training)?.place == .layer("d"))
      #expect(try reason("c", .infinity, training: training) == NonFiniteLoss(layer: "c"))
      // What a tanh brings back, and what is large but no more, is nobody's fault.
      #expect(try reason("b", 1e30, training: training) == nil)
      #expect(try reason("a", 1e30, training: training) == nil)
      #expect(try reason("d", name == "mse" ? 1e12 : 1e25, training: training) == nil)
    }
  }

  @Test func lossesOfUseAreSaid() {
    for loss in [0, -1, 5, 1e6, 1e29, NonFiniteLoss.limit] { #expect(NonFiniteLoss.allows(loss)) }
    for loss in [1.1e30, 1e37, .infinity, -.infinity, .nan] { #expect(!NonFiniteLoss.allows(loss)) }
  }
}
