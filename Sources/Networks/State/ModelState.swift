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

  /// A state whose arrays come from a safetensors file under the names of `layout`, behind `prefix`.
  ///
  /// Counters may be absent and are 0 then, as in files of PyTorch before 0.4.1; so may the mixing of normalization
  /// layers, which starts as ever then.
  /// - Throws: `StateFileError` that lists every array that is missing or has another shape.
  public init(file: SafetensorsFile, prefix: String, layout: StateLayout) throws {
    self.init(
      values: [Float](repeating: 0, count: layout.valueCount),
      counters: [Int64](repeating: 0, count: layout.counterCount))
    var problems: [String] = []
    for tensor in layout.tensors {
      let name = prefix + tensor.name
      guard let entry = file.entries[name] else {
        switch (tensor.role, tensor.initializer) {
        case (.batchCount, _): break
        case (.normMixing, .constant(let value)): for place in tensor.range { values[place] = value }
        default: problems.append("'\(name)' is missing")
        }
        continue
      }
      guard entry.shape == tensor.shape else {
        problems.append("'\(name)' has shape \(entry.shape), the model needs \(tensor.shape)")
        continue
      }
      if tensor.role == .batchCount {
        counters[tensor.range.lowerBound] = try file.integers(name)[0]
      } else {
        let source = try file.floats(name)
        values.withUnsafeMutableBufferPointer { values in
          for (place, value) in zip(tensor.range, source) { values[place] = value }
        }
      }
    }
    guard problems.isEmpty else { throw StateFileError(path: file.path, problems: problems) }
  }
}

/// A file whose arrays don't fit a model.
public struct StateFileError: Error, Equatable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What is wrong with each array.
  public let problems: [String]

  public var description: String {
    let shown = problems.prefix(4).joined(separator: "; ")
    return "\(path): does not fit the model: \(shown)" + (problems.count > 4 ? "; and \(problems.count - 4) more" : "")
  }
}
