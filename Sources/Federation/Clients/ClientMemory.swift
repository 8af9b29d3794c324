/// What a client keeps between the rounds that it takes part in.
struct ClientMemory: Sendable, Equatable {
  /// Its own values, range by range as `LocalRanges.all` has them; empty when nothing is local.
  var localValues: [Float] = []
  /// Its own counters, which are the model's last ones; empty when statistics are shared.
  var counters: [Int64] = []
  /// What components remember of it: its half of the strategy, and its optimizer where that is kept.
  var slots = SlotMemory()
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
    slots = result.slots
  }

  /// Everything but the round, as a checkpoint holds it.
  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.write(localValues)
    writer.write(counters)
    writer.write(slots)
    return writer.bytes
  }

  /// What `bytes` gave.
  init(from reader: inout ByteReader, lastRound: Int) throws(CheckpointProblem) {
    localValues = try reader.floats()
    counters = try reader.integers()
    slots = try reader.slotMemory()
    self.lastRound = lastRound
  }
}
