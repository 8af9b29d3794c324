internal import Networks

/// Which values of a model stay with the client under a norm policy.
struct LocalRanges: Sendable {
  /// Weights and biases, where each client has its own.
  let weights: Range<Int>
  /// γ and β.
  let affine: Range<Int>
  /// How a client mixes statistics; never shared.
  let mixing: Range<Int>
  /// Running means and variances.
  let statistics: Range<Int>
  let keepsCounters: Bool
  /// The layers that these belong to, their places counted from the first of them.
  let trackedLayers: [TrackedLayer]
  private let weightCount: Int
  /// Counters that are shared though statistics are local; they stand first.
  let exemptCounterCount: Int

  init(_ policy: any NormPolicy, _ layout: StateLayout) {
    func range(_ whole: Range<Int>, isLocal: Bool) -> Range<Int> {
      isLocal ? whole : whole.lowerBound..<whole.lowerBound
    }
    weights = range(0..<layout.weightCount, isLocal: policy.hasPersonalWeights)
    affine = range(layout.affineRange.dropFirst(layout.exemptAffineCount), isLocal: policy.affine == .local)
    mixing = layout.mixingRange
    let exempt = layout.exemptStatisticsCount
    statistics = range(layout.statisticsRange.dropFirst(exempt), isLocal: policy.statistics == .local)
    trackedLayers =
      policy.statistics == .local
      ? layout.trackedLayers.filter { $0.mean >= exempt }.map { $0.counted(from: exempt) } : []
    keepsCounters = policy.statistics == .local && layout.counterCount > layout.exemptCounterCount
    weightCount = layout.weightCount
    exemptCounterCount = layout.exemptCounterCount
  }

  /// All of them, in the order in which a client's memory holds them.
  var all: [Range<Int>] { [weights, affine, mixing, statistics] }

  /// How many values stay with a client.
  var count: Int { all.reduce(0) { $0 + $1.count } }

  var isEmpty: Bool { count == 0 }
}

extension LocalRanges {
  /// Puts a client's own values over the shared ones; both pointers start at value 0 of the model.
  func restore(_ memory: ClientMemory?, values: UnsafeMutablePointer<Float>, counters: UnsafeMutablePointer<Int64>) {
    guard let memory, !memory.localValues.isEmpty || !memory.counters.isEmpty else { return }
    memory.localValues.withUnsafeBufferPointer { own in
      guard let base = own.baseAddress, own.count == count else { return }
      var start = 0
      for range in all {
        (values + range.lowerBound).update(from: base + start, count: range.count)
        start += range.count
      }
    }
    if keepsCounters {
      for (place, value) in memory.counters.enumerated() { counters[exemptCounterCount + place] = value }
    }
  }

  /// A client's own values out of its state: its weights where it has its own, and all that belongs to normalization,
  /// behind the model's weights.
  func extract(weights own: [Float], normalization: [Float]) -> [Float] {
    let start = weightCount
    return own
      + [affine, mixing, statistics].flatMap { normalization[($0.lowerBound - start)..<($0.upperBound - start)] }
  }
}
