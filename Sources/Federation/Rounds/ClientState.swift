internal import Networks

/// Which values of a model stay with the client under a norm policy: at most two ranges, both of normalization layers.
struct LocalRanges: Sendable {
  let affine: Range<Int>
  let statistics: Range<Int>
  let keepsCounters: Bool

  init(_ policy: any NormPolicy, _ layout: StateLayout) {
    affine =
      policy.affine.isShared ? layout.weightCount..<layout.weightCount : layout.weightCount..<layout.trainableCount
    statistics =
      policy.statistics.isShared ? layout.valueCount..<layout.valueCount : layout.trainableCount..<layout.valueCount
    keepsCounters = !policy.statistics.isShared && layout.counterCount > 0
  }

  var isEmpty: Bool { affine.isEmpty && statistics.isEmpty }
}

/// What a client keeps between the rounds that it takes part in.
struct ClientMemory: Sendable, Equatable {
  /// Its own normalization values: the affine range, then the statistics range; empty when nothing is local.
  var localValues: [Float] = []
  /// Its own counters; empty when statistics are shared.
  var counters: [Int64] = []
  /// Its optimizer's memory; empty unless kept.
  var optimizerSlots: [Float] = []
  /// Steps that its optimizer has taken; 0 unless kept.
  var optimizerSteps = 0
  /// What its half of the strategy keeps; empty for most strategies.
  var keptVectors: [[Float]] = []
  /// The round that it last trained in.
  var lastRound = 0
}

extension LocalRanges {
  /// Puts a client's own values over the shared ones; both pointers start at value 0 of the model.
  func restore(_ memory: ClientMemory?, values: UnsafeMutablePointer<Float>, counters: UnsafeMutablePointer<Int64>) {
    guard let memory, !memory.localValues.isEmpty || !memory.counters.isEmpty else { return }
    for (place, value) in zip(Array(affine) + Array(statistics), memory.localValues) { values[place] = value }
    if keepsCounters {
      for (place, value) in memory.counters.enumerated() { counters[place] = value }
    }
  }

  /// A client's own values out of its state.
  func extract(_ values: UnsafePointer<Float>) -> [Float] {
    Array(UnsafeBufferPointer(start: values + affine.lowerBound, count: affine.count))
      + Array(UnsafeBufferPointer(start: values + statistics.lowerBound, count: statistics.count))
  }
}
