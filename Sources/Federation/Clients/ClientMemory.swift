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
