import Tensors

@testable import Networks

/// Networks in which values have several readers, each with another way of summing their gradients.
enum ResidualExamples {
  private static func convolution(_ filters: Int, kernel: Int = 1, stride: Int = 1) -> Conv2D {
    Conv2D(
      filters: filters, kernel: [kernel, kernel], stride: [stride, stride],
      padding: .each(height: kernel / 2, width: kernel / 2), hasBias: false)
  }

  static let all: [(name: String, input: Shape, layers: [any Layer])] = [
    (
      "identity shortcut", [5, 4, 3],
      [Residual(layers: [convolution(3, kernel: 3), BatchNorm(), Tanh(), convolution(3, kernel: 3), BatchNorm()])]
    ),
    (
      "projection", [5, 4, 3],
      [
        Residual(
          layers: [convolution(4, kernel: 3, stride: 2), BatchNorm(), Tanh(), convolution(4), BatchNorm()],
          shortcut: [convolution(4, stride: 2), BatchNorm()])
      ]
    ),
    // Two parts of a gradient meet in the sum before, under its ReLU.
    (
      "blocks behind one another", [4, 3, 3],
      [
        convolution(3), BatchNorm(), ReLU(), Residual(layers: [convolution(3), BatchNorm()]), ReLU(),
        Residual(layers: [convolution(2), BatchNorm()], shortcut: [convolution(2), BatchNorm()]), ReLU(),
      ]
    ),
    // The same without a ReLU: the sum passes the gradient on as it is, twice.
    (
      "sums of sums", [4, 3, 2],
      [Residual(layers: [convolution(2), BatchNorm()]), Residual(layers: [convolution(2), BatchNorm()])]
    ),
    // The normalized value has two readers, so that its ReLU can't run in the same pass.
    (
      "ReLU within", [4, 3, 2],
      [
        convolution(2), BatchNorm(),
        Residual(layers: [ReLU(), convolution(2, kernel: 3), BatchNorm(), ReLU(), convolution(2)]),
      ]
    ),
    // The sum is written over what the normalization put out, its ReLU's mask with it.
    (
      "ReLU before the sum", [4, 3, 2],
      [Residual(layers: [convolution(2), BatchNorm(), ReLU()]), BatchNorm(), Residual(layers: [BatchNorm(), ReLU()])]
    ),
    (
      "nested", [4, 3, 2],
      [
        Residual(layers: [
          convolution(2), Residual(layers: [BatchNorm(), Tanh(), Residual(layers: [convolution(2)])]), BatchNorm(),
        ]), BatchNorm(),
      ]
    ),
    // Three readers of one value, one of them in the shortcut's own block.
    (
      "nested in the shortcut", [4, 3],
      [Dense(units: 3), Residual(layers: [Tanh()], shortcut: [Residual(layers: [Sigmoid()])]), Dense(units: 2)]
    ),
    // Both inputs of the sum are one and the same value.
    ("twice the same", [5], [Dense(units: 4), Residual(layers: [Flatten()]), Tanh(), Residual(layers: [Flatten()])]),
    ("normalized by sample", [4, 3, 4], [Residual(layers: [GroupNorm(groups: 2), convolution(4)]), LayerNorm()]),
    ("sequences", [4, 3], [Residual(layers: [LSTM(units: 3)]), Residual(layers: [Dense(units: 3)])]),
    ("activations alone", [6], [Residual(layers: [Tanh()]), Residual(layers: [Sigmoid()], shortcut: [Tanh()])]),
  ]
}
