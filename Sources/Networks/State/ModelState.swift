public import Tensors
internal import Randomness

/// Every number of a model, laid out by a `StateLayout`. Copying a model is copying this value.
public struct ModelState: Sendable, Equatable {
  /// Weights, biases, γ, β and running statistics.
  public var values: [Float]
  /// Batches seen, by normalization layer.
  public var counters: [Int64]

  /// Makes a state of given numbers.
  public init(values: [Float], counters: [Int64]) {
    self.values = values
    self.counters = counters
  }

  /// The initial state of a layout under a seed: each tensor has a random stream of its own, keyed by its name, so
  /// that two models that share a layer by name and shape start it the same.
  public init(initial layout: StateLayout, seed: UInt64) {
    values = []
    values.reserveCapacity(layout.valueCount)
    values = [Float](repeating: 0, count: layout.valueCount)
    counters = [Int64](repeating: 0, count: layout.counterCount)
    for tensor in layout.tensors where tensor.role != .batchCount {
      switch tensor.initializer {
      case .constant(let value):
        for place in tensor.range { values[place] = value }
      case .uniform(let bound):
        var stream = RandomStream(seed: seed, .weights, nameHash(tensor.name))
        values.withUnsafeMutableBufferPointer { values in
          stream.fill(UnsafeMutableBufferPointer(rebasing: values[tensor.range]), uniformWithin: bound)
        }
      }
    }
  }
}

extension ModelState {
  /// The arrays under PyTorch's names and in its layouts, for a safetensors file.
  public func tensors(layout: StateLayout) -> [(name: String, tensor: SafetensorsTensor)] {
    layout.tensors.map { tensor in
      tensor.role == .batchCount
        ? (tensor.name, .integers(shape: tensor.shape, [counters[tensor.range.lowerBound]]))
        : (tensor.name, .floats(shape: tensor.shape, Array(values[tensor.range])))
    }
  }
}
