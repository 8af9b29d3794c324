internal import Records

extension FederatedRun {
  /// Has a round recorded that is complete, with a checkpoint where one is due.
  ///
  /// - Throws: `Interruption` where the run is to stop behind it; why a checkpoint that is due can't be kept.
  mutating func finish(
    _ made: RoundRecord, _ bookkeeping: RoundBookkeeping?, since started: ContinuousClock.Instant
  ) throws {
    var record = made
    let elapsed = started.duration(to: .now).components
    record.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    if simulation.hasAborted { throw Interruption() }
    let stops = simulation.shouldStop
    let isLast = isLast(record.round)
    // Nothing will be summed any more, and a checkpoint takes memory of its own.
    if stops || isLast { updates = nil }
    let before = state.round
    state.round = record.round
    var checkpoint: CheckpointRecord?
    var problem: (any Error)?
    if configuration.hasCheckpoint(record.round) || isLast || stops {
      do {
        checkpoint = try state.checkpoint(for: configuration)
      } catch {
        problem = error
      }
    }
    keepRecord(record, bookkeeping, checkpoint)
    if let problem {
      state.round = before
      throw problem
    }
    // The same answer as for the checkpoint: an interruption that came in between waits for the next round.
    if stops, !isOver { throw Interruption() }
  }

  /// Has a round's record put together and written while the run goes on.
  private func keepRecord(_ record: RoundRecord, _ bookkeeping: RoundBookkeeping?, _ checkpoint: CheckpointRecord?) {
    let ticket = records.ticket()
    pool.add([
      { [records, simulation, index] _ in
        var whole = record
        bookkeeping?.fill(&whole)
        records.deliver(ticket, bytes: whole.approximateBytes + (checkpoint?.state.count ?? 0)) { [whole] in
          guard !simulation.hasAborted else { return }
          do {
            try simulation.record(whole, checkpoint: checkpoint, ofRun: index)
          } catch {
            simulation.abort(error)
          }
        }
      }
    ])
  }
}
