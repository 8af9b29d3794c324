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

/// What a client keeps between the rounds that it takes part in.
struct ClientMemory: Sendable, Equatable {
  /// Its own values, range by range as `LocalRanges.all` has them; empty when nothing is local.
  var localValues: [Float] = []
  /// Its own counters, which are the model's last ones; empty when statistics are shared.
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
  /// What a client keeps after a round that it trained in.
  init(of result: ClientResult, round: Int, _ configuration: RunConfiguration, _ local: LocalRanges) {
    lastRound = round
    if !local.isEmpty {
      localValues = local.extract(weights: result.weights, normalization: result.normalization)
    }
    if local.keepsCounters { counters = Array(result.counters.dropFirst(local.exemptCounterCount)) }
    if configuration.work.keepsOptimizer {
      optimizerSlots = result.optimizerSlots
      optimizerSteps = result.optimizerSteps
    }
    keptVectors = result.keptVectors
  }

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
