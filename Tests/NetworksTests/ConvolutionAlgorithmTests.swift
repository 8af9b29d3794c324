import Networks
import Tensors
import TestSupport
import Testing

/// A network computes the same whether its convolutions are Winograd's or direct.
@Suite struct ConvolutionAlgorithmTests {
  private static func layers(_ algorithm: Conv2D.Algorithm) -> [any Layer] {
    [
      Conv2D(filters: 16, kernel: [3, 3]), BatchNorm(), ReLU(),
      Conv2D(filters: 32, kernel: [3, 3], padding: .same, algorithm: algorithm), BatchNorm(), ReLU(),
      MaxPool2D(kernel: [2, 2]), Conv2D(filters: 16, kernel: [3, 3], stride: [2, 2]), Tanh(), Dropout(rate: 0.3),
      Flatten(), Dense(units: 5),
    ]
  }

  private static func residual(_ algorithm: Conv2D.Algorithm) -> [any Layer] {
    let standardized = Conv2D(
      filters: 16, kernel: [3, 3], padding: .same, algorithm: algorithm, standardization: WeightStandardization())
    return [
      Conv2D(filters: 16, kernel: [3, 3], padding: .same, hasBias: false), BatchNorm(), ReLU(),
      Residual(layers: [Conv2D(filters: 16, kernel: [3, 3], padding: .same, algorithm: algorithm), BatchNorm()]),
      ReLU(), standardized, GroupNorm(groups: 4), ReLU(),
      Residual(
        layers: [
          Conv2D(filters: 32, kernel: [3, 3], stride: [2, 2], padding: .each(height: 1, width: 1)), BatchNorm(),
        ],
        shortcut: [Conv2D(filters: 32, kernel: [1, 1], stride: [2, 2]), BatchNorm()]), ReLU(),
      AvgPool2D(kernel: [2, 2]), GlobalAvgPool2D(), Dense(units: 5),
    ]
  }

  private static func step(_ network: Network) throws -> (outputs: [Float], state: ModelState, loss: Double) {
    let workspace = NetworkWorkspace()
    workspace.load(ModelState(initial: network.layout, seed: 3), of: network)
    workspace.prepareTraining(SGD(learningRate: 0.1))
    let plan = try workspace.plan(batch: 4, mode: .training)
    let input = workspace.input(of: plan)
    for place in 0..<(4 * network.input.count) { input[place] = Float((place &* 7919) % 101) / 50 - 1 }
    let loss = try workspace.trainStep(
      plan, labels: [0, 1, 2, 3], loss: .crossEntropy, stepKey: 1,
      adjust: nil
    ).loss
    let state = workspace.state()
    let inference = try workspace.plan(batch: 4, mode: .inference)
    for place in 0..<(4 * network.input.count) {
      workspace.input(of: inference)[place] = Float((place &* 104_729) % 101) / 50 - 1
    }
    _ = try workspace.evaluateStep(inference, labels: [0, 1, 2, 3], loss: .crossEntropy)
    let outputs = Array(UnsafeBufferPointer(start: workspace.output(of: inference), count: 20))
    return (outputs, state, loss)
  }

  @Test(arguments: [1, 3], [false, true]) func bothComputeTheSame(channels: Int, isResidual: Bool) throws {
    let layers = isResidual ? Self.residual : Self.layers
    let direct = try Self.step(Network(input: [16, 14, channels], layers: layers(.direct)))
    let auto = try Self.step(Network(input: [16, 14, channels], layers: layers(.auto)))
    #expect(abs(direct.loss - auto.loss) < 1e-5)
    #expect(difference(auto.outputs, direct.outputs, absolute: 1e-3, relative: 1e-3) == nil)
    #expect(difference(auto.state.values, direct.state.values, absolute: 2e-4, relative: 1e-3) == nil)
    #expect(!ComputeLibrary.hasWinograd || auto.outputs != direct.outputs, "both are computed the same way")
  }

  @Test(.enabled(if: ComputeLibrary.hasWinograd, "skipped: this processor has neither AVX-512 nor AVX2"))
  func theAlgorithmGoesByTheShapes() throws {
    func computation(_ layer: Conv2D, input: Shape) throws -> ConvolutionAlgorithm {
      layer.computation(input: input, output: try layer.resolve(input: input).output)
    }
    let layer = Conv2D(filters: 16, kernel: [3, 3], padding: .same)
    #expect(try computation(layer, input: [16, 16, 16]) == .winograd)
    #expect(try computation(layer, input: [4, 4, 512]) == .winograd)
    #expect(try computation(layer, input: [3, 3, 16]) == .winograd)
    // Tiles of 4×4 would save nothing.
    #expect(try computation(layer, input: [2, 2, 16]) == .direct)
    #expect(try computation(layer, input: [16, 1, 16]) == .direct)
    #expect(try computation(layer, input: [16, 16, 3]) == .direct)
    #expect(try computation(Conv2D(filters: 17, kernel: [3, 3]), input: [16, 16, 16]) == .direct)
    #expect(try computation(Conv2D(filters: 16, kernel: [5, 5]), input: [16, 16, 16]) == .direct)
    #expect(try computation(Conv2D(filters: 16, kernel: [3, 3], groups: 2), input: [16, 16, 32]) == .direct)
    #expect(try computation(Conv2D(filters: 16, kernel: [3, 3], algorithm: .direct), input: [16, 16, 16]) == .direct)
  }
}
