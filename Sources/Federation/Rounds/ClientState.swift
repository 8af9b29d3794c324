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

extension ClientMemory {
  /// Everything but the round, as a checkpoint holds it.
  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.write(localValues)
    writer.write(counters)
    writer.write(optimizerSteps)
    writer.write(optimizerSlots)
    writer.write(keptVectors.count)
    for vector in keptVectors { writer.write(vector) }
    return writer.bytes
  }

  /// What `bytes` gave.
  init(from reader: inout ByteReader, lastRound: Int) throws(CheckpointProblem) {
    localValues = try reader.floats()
    counters = try reader.integers()
    optimizerSteps = try reader.integer()
    optimizerSlots = try reader.floats()
    for _ in 0..<(try reader.count(ofBytes: 8)) { keptVectors.append(try reader.floats()) }
    self.lastRound = lastRound
  }
}

extension LocalRanges {
  /// Puts a client's own values over the shared ones; both pointers start at value 0 of the model.
  func restore(_ memory: ClientMemory?, values: UnsafeMutablePointer<Float>, counters: UnsafeMutablePointer<Int64>) {
    guard let memory, !memory.localValues.isEmpty || !memory.counters.isEmpty else { return }
    memory.localValues.withUnsafeBufferPointer { own in
      guard let base = own.baseAddress, own.count == affine.count + statistics.count else { return }
      (values + affine.lowerBound).update(from: base, count: affine.count)
      (values + statistics.lowerBound).update(from: base + affine.count, count: statistics.count)
    }
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
