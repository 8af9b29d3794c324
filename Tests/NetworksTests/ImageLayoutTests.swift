import Networks
import Tensors
import TestSupport
import Testing

/// A network computes the same whether its images lie in blocks of channels or channels last.
@Suite struct ImageLayoutTests {
  private static let layers: [any Layer] = [
    Conv2D(filters: 16, kernel: [3, 3]), BatchNorm(), ReLU(),
    Conv2D(filters: 32, kernel: [3, 3], padding: .same), BatchNorm(), ReLU(), MaxPool2D(kernel: [2, 2]),
    Conv2D(filters: 16, kernel: [3, 3], stride: [2, 2]), Tanh(), Dropout(rate: 0.3),
    Flatten(), Dense(units: 5),
  ]
  private static let residual: [any Layer] = [
    Conv2D(filters: 16, kernel: [3, 3], padding: .same, hasBias: false), BatchNorm(), ReLU(),
    Residual(layers: [Conv2D(filters: 16, kernel: [3, 3], padding: .same), BatchNorm()]), ReLU(),
    Residual(
      layers: [
        Conv2D(filters: 32, kernel: [3, 3], stride: [2, 2], padding: .each(height: 1, width: 1)), BatchNorm(),
      ],
      shortcut: [Conv2D(filters: 32, kernel: [1, 1], stride: [2, 2]), BatchNorm()]), ReLU(),
    AvgPool2D(kernel: [2, 2]), GlobalAvgPool2D(), Dense(units: 5),
  ]

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

  @Test(arguments: [1, 3], [false, true]) func bothLayoutsComputeTheSame(channels: Int, isResidual: Bool) throws {
    let layers = isResidual ? Self.residual : Self.layers
    let plain = try Self.step(Network(input: [16, 14, channels], layers: layers, imageLayout: .channelsLast))
    let blocks = try Self.step(Network(input: [16, 14, channels], layers: layers, imageLayout: .blocked))
    #expect(abs(plain.loss - blocks.loss) < 1e-5)
    #expect(difference(blocks.outputs, plain.outputs, absolute: 1e-3, relative: 1e-3) == nil)
    #expect(difference(blocks.state.values, plain.state.values, absolute: 2e-4, relative: 1e-3) == nil)
  }

  @Test(.enabled(if: ComputeLibrary.hasWinograd, "oneDNN has Winograd's convolution here"))
  func theFasterLayoutGoesByTheLayers() throws {
    func layout(_ layers: [any Layer], input: Shape = [16, 16, 3]) throws -> ImageLayout {
      try Network(input: input, layers: layers + [GlobalAvgPool2D()]).imageLayout
    }
    // What comes out is for others, who expect channels last.
    #expect(try Network(input: [16, 16, 3], layers: Self.layers.dropLast(2)).imageLayout == .channelsLast)
    #expect(try Network(input: [16, 16, 3], layers: Self.layers).imageLayout == .blocked)
    let gaining = Conv2D(filters: 16, kernel: [3, 3])
    #expect(try layout([Conv2D(filters: 16, kernel: [5, 5]), gaining]) == .blocked)
    // Nothing gains.
    #expect(try layout([gaining]) == .channelsLast)
    #expect(try layout([gaining, Conv2D(filters: 16, kernel: [3, 3], algorithm: .direct)]) == .channelsLast)
    // A layer that can't, channels that are no multiple, and inputs that no fast kernel takes.
    #expect(try layout([gaining, gaining, GroupNorm(groups: 4)]) == .channelsLast)
    #expect(try layout([gaining, gaining, Conv2D(filters: 17, kernel: [3, 3])]) == .channelsLast)
    #expect(try layout([gaining, gaining], input: [16, 16, 4]) == .channelsLast)
    #expect(try layout([gaining, gaining, Conv2D(filters: 16, kernel: [3, 3], groups: 2)]) == .channelsLast)
  }
}
