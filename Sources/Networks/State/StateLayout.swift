internal import Tensors

/// How a tensor starts.
public enum Initializer: Sendable, Equatable {
  /// Every value the same.
  case constant(Float)
  /// Uniform on ±bound.
  case uniform(bound: Float)
}

/// One array that a layer keeps in the model's state.
public struct TensorSpec: Sendable, Equatable {
  /// PyTorch's name within the layer: `weight`, `running_mean`, …
  public let name: String
  /// PyTorch's shape; empty for a counter.
  public let shape: [Int]
  /// What it is.
  public let role: TensorRole
  /// How it starts.
  public let initializer: Initializer

  /// Makes a spec.
  public init(_ name: String, _ shape: [Int], _ role: TensorRole, _ initializer: Initializer) {
    self.name = name
    self.shape = shape
    self.role = role
    self.initializer = initializer
  }
}

/// One array of a model: its name and shape as in PyTorch, its role and where it lies in a `ModelState`.
public struct StateTensor: Sendable, Equatable {
  /// `layer.tensor`, as `bn1.running_mean`.
  public let name: String
  /// The layer's name.
  public let layer: String
  /// PyTorch's shape.
  public let shape: [Int]
  /// What it is.
  public let role: TensorRole
  /// How it starts.
  public let initializer: Initializer
  /// Its place in `ModelState.values`; for a counter, its place in `ModelState.counters`.
  public let range: Range<Int>
}

/// Where every array of a model lies.
///
/// Values come in four blocks, so that each kind of treatment is one range: weights and biases, then the γ and β of
/// normalization layers, then their mixing, then running statistics. All but the last are what an optimizer changes.
public struct StateLayout: Sendable, Equatable {
  /// The arrays in the order of the layers.
  public let tensors: [StateTensor]
  /// How many values there are.
  public let valueCount: Int
  /// How many of them an optimizer changes; they come first.
  public let trainableCount: Int
  /// How many weights and biases there are; they come before all that belongs to normalization.
  public let weightCount: Int
  /// How many γ and β there are; they come behind the weights and biases.
  public let affineCount: Int
  /// How many counters there are.
  public let counterCount: Int

  /// Lays out the tensors of some layers.
  init(layers: [(name: String, tensors: [TensorSpec])]) {
    func block(_ spec: TensorSpec) -> Int {
      switch spec.role {
      case .weight, .bias: 0
      case .normScale, .normShift: 1
      case .normMixing: 2
      case .runningMean, .runningVariance, .batchCount: 3
      }
    }
    let all = layers.flatMap { layer in layer.tensors.map { (layer.name, $0) } }
    var offsets = [0, 0, 0, 0]
    for (_, spec) in all where spec.role != .batchCount { offsets[block(spec)] += spec.shape.reduce(1, *) }
    weightCount = offsets[0]
    affineCount = offsets[1]
    trainableCount = offsets[0] + offsets[1] + offsets[2]
    valueCount = offsets.reduce(0, +)
    offsets = [0, weightCount, weightCount + affineCount, trainableCount]
    var counters = 0
    tensors = all.map { layer, spec in
      let range: Range<Int>
      if spec.role == .batchCount {
        range = counters..<(counters + 1)
        counters += 1
      } else {
        let start = offsets[block(spec)]
        range = start..<(start + spec.shape.reduce(1, *))
        offsets[block(spec)] = range.upperBound
      }
      return StateTensor(
        name: "\(layer).\(spec.name)", layer: layer, shape: spec.shape, role: spec.role, initializer: spec.initializer,
        range: range)
    }
    counterCount = counters
  }

  /// The γ and β of normalization layers.
  public var affineRange: Range<Int> { weightCount..<(weightCount + affineCount) }
  /// The mixing of normalization layers.
  public var mixingRange: Range<Int> { (weightCount + affineCount)..<trainableCount }

  /// The values that belong to normalization layers: γ, β, mixing, then running statistics.
  public var normalizationRange: Range<Int> { weightCount..<valueCount }

  /// The array called `name`, or nil.
  public func tensor(_ name: String) -> StateTensor? { tensors.first { $0.name == name } }

  /// The arrays of one layer.
  public func tensors(ofLayer layer: String) -> [StateTensor] { tensors.filter { $0.layer == layer } }
}
