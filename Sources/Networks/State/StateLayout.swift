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
/// Values that an optimizer changes come first, then running statistics. Within each, what is shared comes first, so that
/// it is one range whatever treats it so; then what is local, then what is frozen or dropped. Of those alike, weights and
/// biases come before γ and β, and these before the mixing of normalization layers.
public struct StateLayout: Sendable, Equatable {
  /// The arrays in the order of the layers.
  public let tensors: [StateTensor]
  /// How many values there are.
  public let valueCount: Int
  /// How many of them an optimizer changes; they come first.
  public let trainableCount: Int
  /// How many of these are shared; they come first.
  public let sharedTrainableCount: Int
  /// How many running statistics are shared; they come first among these.
  public let sharedStatisticsCount: Int
  /// How many counters there are.
  public let counterCount: Int
  /// How many of them are shared; they come first.
  public let sharedCounterCount: Int
  /// Values that are local and trained.
  public let localTrainable: Range<Int>
  /// Running statistics that are local.
  public let localStatistics: Range<Int>
  /// Counters that are local.
  public let localCounters: Range<Int>
  /// Who has each array, by its name; those that are not in it are shared.
  public let sharing: [String: TensorSharing]

  /// Lays out the tensors of some layers.
  ///
  /// - Parameter sharing: Who has each array, by its name; those that are not in it are shared.
  init(layers: [(name: String, tensors: [TensorSpec])], sharing: [String: TensorSharing] = [:]) {
    /// Arrays of which each kind lies behind the one before it.
    func place(_ name: String, _ spec: TensorSpec) -> Int {
      let role =
        switch spec.role {
        case .weight, .bias: 0
        case .normScale, .normShift: 1
        case .normMixing: 2
        case .runningMean, .runningVariance, .batchCount: 0
        }
      return 3 * (sharing[name] ?? .shared).rawValue + role
    }
    struct Placed {
      let layer: String
      let spec: TensorSpec
      let name: String
      var range = 0..<0
    }
    var all = layers.flatMap { layer in
      layer.tensors.map { Placed(layer: layer.name, spec: $0, name: "\(layer.name).\($0.name)") }
    }
    /// Puts arrays of some kind behind one another from `start` on; returns how many values are there, and where each
    /// kind of sharing ends.
    func put(_ isMeant: (TensorRole) -> Bool, from start: Int) -> (end: Int, ends: [Int]) {
      let chosen = all.indices.filter { isMeant(all[$0].spec.role) }
      // Places in the order of the layers where the kind is the same.
      let sorted = chosen.sorted {
        let (a, b) = (place(all[$0].name, all[$0].spec), place(all[$1].name, all[$1].spec))
        return a == b ? $0 < $1 : a < b
      }
      var end = start
      var ends = [Int](repeating: start, count: TensorSharing.allCases.count)
      for index in sorted {
        let count = all[index].spec.shape.reduce(1, *)
        all[index].range = end..<(end + count)
        end += count
        for kind in (sharing[all[index].name] ?? .shared).rawValue..<ends.count { ends[kind] = end }
      }
      return (end, ends)
    }
    let (trainable, trainableEnds) = put(\.isTrainable, from: 0)
    let (values, statisticsEnds) = put({ $0 == .runningMean || $0 == .runningVariance }, from: trainable)
    let (counters, counterEnds) = put({ $0 == .batchCount }, from: 0)
    self.sharing = sharing
    trainableCount = trainable
    valueCount = values
    counterCount = counters
    sharedTrainableCount = trainableEnds[0]
    localTrainable = trainableEnds[0]..<trainableEnds[1]
    sharedStatisticsCount = statisticsEnds[0] - trainable
    localStatistics = statisticsEnds[0]..<statisticsEnds[1]
    sharedCounterCount = counterEnds[0]
    localCounters = counterEnds[0]..<counterEnds[1]
    tensors = all.map {
      StateTensor(
        name: $0.name, layer: $0.layer, shape: $0.spec.shape, role: $0.spec.role, initializer: $0.spec.initializer,
        range: $0.range)
    }
  }

  /// Who has an array.
  public func sharing(of tensor: StateTensor) -> TensorSharing { sharing[tensor.name] ?? .shared }

  /// The layer that a value belongs to, nil beyond the last; counters have places of their own and are not looked at.
  public func layer(ofValue place: Int) -> String? {
    tensors.first { $0.role != .batchCount && $0.range.contains(place) }?.layer
  }

  /// Trained values that nobody changes.
  public var frozenTrainable: Range<Int> { localTrainable.upperBound..<trainableCount }

  /// Whether nobody changes some weights or biases.
  public var hasFrozenWeights: Bool {
    tensors.contains { ($0.role == .weight || $0.role == .bias) && sharing(of: $0) == .frozen }
  }

  /// Where the values that belong to normalization layers lie, in ascending order: γ, β, mixing, running statistics.
  public var normalizationRanges: [Range<Int>] { ranges(of: \.role.isNormalization) }

  /// Where the values of some arrays lie, in ascending order, as few ranges as there can be.
  public func ranges(of isMeant: (StateTensor) -> Bool) -> [Range<Int>] {
    var merged: [Range<Int>] = []
    let ranges = tensors.filter { $0.role != .batchCount && !$0.range.isEmpty && isMeant($0) }.map(\.range)
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, last.upperBound == range.lowerBound {
        merged[merged.count - 1] = last.lowerBound..<range.upperBound
      } else {
        merged.append(range)
      }
    }
    return merged
  }

  /// How many values arrays have that are meant.
  public func count(of isMeant: (StateTensor) -> Bool) -> Int {
    tensors.reduce(0) { $0 + ($1.role != .batchCount && isMeant($1) ? $1.range.count : 0) }
  }

  /// The array called `name`, or nil.
  public func tensor(_ name: String) -> StateTensor? { tensors.first { $0.name == name } }

  /// The arrays of one layer.
  public func tensors(ofLayer layer: String) -> [StateTensor] { tensors.filter { $0.layer == layer } }
}
