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

/// Normalization layers by name that a treatment of γ and β, or of running statistics, leaves out.
public struct ExemptLayers: Sendable, Equatable {
  /// Those whose γ and β are left out.
  public var affine: Set<String>
  /// Those whose running statistics are left out.
  public var statistics: Set<String>

  /// Names the layers.
  public init(affine: Set<String> = [], statistics: Set<String> = []) {
    self.affine = affine
    self.statistics = statistics
  }
}

/// Where every array of a model lies.
///
/// Values come in four blocks, so that each kind of treatment is one range: weights and biases, then the γ and β of
/// normalization layers, then their mixing, then running statistics. All but the last are what an optimizer changes.
/// Layers that are exempt from a treatment come first in their block, so that what is treated is one range, too.
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
  /// What is exempt from a treatment of normalization layers.
  public let exempt: ExemptLayers
  /// How many γ and β are exempt; they come first.
  public let exemptAffineCount: Int
  /// How many running statistics are exempt; they come first.
  public let exemptStatisticsCount: Int
  /// How many counters are exempt; they come first.
  public let exemptCounterCount: Int

  /// Lays out the tensors of some layers.
  init(layers: [(name: String, tensors: [TensorSpec])], exempt: ExemptLayers = ExemptLayers()) {
    func block(_ spec: TensorSpec) -> Int {
      switch spec.role {
      case .weight, .bias: 0
      case .normScale, .normShift: 1
      case .normMixing: 2
      case .runningMean, .runningVariance, .batchCount: 3
      }
    }
    func isExempt(_ layer: String, _ spec: TensorSpec) -> Bool {
      switch block(spec) {
      case 1: exempt.affine.contains(layer)
      case 3: exempt.statistics.contains(layer)
      default: false
      }
    }
    let all = layers.flatMap { layer in layer.tensors.map { (layer.name, $0) } }
    var offsets = [0, 0, 0, 0]
    for (_, spec) in all where spec.role != .batchCount { offsets[block(spec)] += spec.shape.reduce(1, *) }
    weightCount = offsets[0]
    affineCount = offsets[1]
    trainableCount = offsets[0] + offsets[1] + offsets[2]
    valueCount = offsets.reduce(0, +)
    let exemptTensors = all.filter { isExempt($0.0, $0.1) }
    func exemptCount(_ number: Int) -> Int {
      exemptTensors.filter { block($0.1) == number && $0.1.role != .batchCount }.reduce(0) {
        $0 + $1.1.shape.reduce(1, *)
      }
    }
    self.exempt = exempt
    exemptAffineCount = exemptCount(1)
    exemptStatisticsCount = exemptCount(3)
    exemptCounterCount = exemptTensors.filter { $0.1.role == .batchCount }.count
    var exemptOffsets = [0, weightCount, 0, trainableCount]
    offsets = [
      0, weightCount + exemptAffineCount, weightCount + affineCount, trainableCount + exemptStatisticsCount,
    ]
    var (exemptCounters, counters) = (0, exemptCounterCount)
    func take(_ count: Int, from offset: inout Int) -> Range<Int> {
      defer { offset += count }
      return offset..<(offset + count)
    }
    tensors = all.map { layer, spec in
      let isExempt = isExempt(layer, spec)
      let range: Range<Int>
      if spec.role == .batchCount {
        range = isExempt ? take(1, from: &exemptCounters) : take(1, from: &counters)
      } else {
        let count = spec.shape.reduce(1, *)
        range = isExempt ? take(count, from: &exemptOffsets[block(spec)]) : take(count, from: &offsets[block(spec)])
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
