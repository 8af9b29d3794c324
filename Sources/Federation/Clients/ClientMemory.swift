/// What a client keeps between the rounds that it takes part in.
struct ClientMemory: Sendable, Equatable {
  /// Its own values, range by range as `LocalRanges.all` has them; empty when nothing is local.
  var localValues: [Float] = []
  /// Its own counters, those that are local.
  var counters: [Int64] = []
  /// What components remember of it: its half of the strategy, and its optimizer where that is kept.
  var slots = SlotMemory()
  /// The round that it last trained in.
  var lastRound = 0
}

extension ClientMemory {
  /// What a client keeps after a round that it trained in.
  init(of result: ClientResult, round: Int, _ local: LocalRanges) {
    lastRound = round
    localValues = result.localValues
    counters = Array(result.counters[local.counters])
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
