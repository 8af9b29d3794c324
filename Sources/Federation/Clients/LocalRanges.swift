internal import Networks

/// Which values of a model a client keeps from one round that it reports in to the next.
struct LocalRanges: Sendable {
  /// Shared values of which each client has a copy of its own, where a method mixes whole models.
  let copied: Range<Int>
  /// Weights and biases that are local.
  let weights: Range<Int>
  /// γ and β that are local.
  let affine: Range<Int>
  /// How a client mixes statistics.
  let mixing: Range<Int>
  /// Running means and variances that are local.
  let statistics: Range<Int>
  /// Counters that are local.
  let counters: Range<Int>
  /// The layers that the statistics belong to, their places counted from the first of them.
  let trackedLayers: [TrackedLayer]

  /// - Parameter mixesModels: Whether each client has a copy of the shared values.
  init(_ layout: StateLayout, mixesModels: Bool = false) {
    copied = 0..<(mixesModels ? layout.sharedTrainableCount : 0)
    let local = layout.localTrainable
    let first =
      layout.tensors.filter { $0.role.isTrainable && $0.role.isNormalization && local.contains($0.range.lowerBound) }
      .map(\.range.lowerBound).min() ?? local.upperBound
    let mixes = layout.tensors.filter { $0.role == .normMixing }.map(\.range.lowerBound).min() ?? local.upperBound
    weights = local.lowerBound..<first
    affine = first..<max(first, mixes)
    mixing = max(first, mixes)..<local.upperBound
    statistics = layout.localStatistics
    counters = layout.localCounters
    let start = statistics.lowerBound - layout.trainableCount
    trackedLayers = layout.trackedLayers.filter { layout.localStatistics.contains($0.mean + layout.trainableCount) }.map
    {
      $0.counted(from: start)
    }
  }

  init(_ configuration: RunConfiguration) {
    self.init(configuration.network.layout, mixesModels: configuration.mixing != nil)
  }

  /// All of them, in the order in which a client's memory holds them.
  var all: [Range<Int>] { [copied, weights, affine, mixing, statistics] }

  /// How many values stay with a client.
  var count: Int { all.reduce(0) { $0 + $1.count } }

  var isEmpty: Bool { count == 0 }

  /// Whether a client starts from trained values that are not the server's.
  var hasTrainable: Bool { !copied.isEmpty || !weights.isEmpty || !affine.isEmpty || !mixing.isEmpty }
}

extension LocalRanges {
  /// Puts a client's own values over the shared ones; both pointers start at value 0 of the model.
  func restore(_ memory: ClientMemory?, values: UnsafeMutablePointer<Float>, counters: UnsafeMutablePointer<Int64>) {
    guard let memory else { return }
    memory.localValues.withUnsafeBufferPointer { own in
      guard let base = own.baseAddress, own.count == count else { return }
      var start = 0
      for range in all {
        (values + range.lowerBound).update(from: base + start, count: range.count)
        start += range.count
      }
    }
    for (place, value) in zip(self.counters, memory.counters) { counters[place] = value }
  }

  /// A client's own values out of its model, which begins at value 0.
  func values(of model: UnsafePointer<Float>) -> [Float] {
    all.flatMap { UnsafeBufferPointer(start: model + $0.lowerBound, count: $0.count) }
  }
}
