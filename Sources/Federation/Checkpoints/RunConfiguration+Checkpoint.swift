extension RunConfiguration {
  /// Bytes of the largest checkpoint that the record takes.
  public static let checkpointLimit = 16 << 30

  /// Bytes of a checkpoint once as many clients took part as ever may, with the versions of the server's state that clients
  /// in training started from; nil where one of that size can be kept.
  public var oversizedCheckpoint: Int? {
    let layout = network.layout
    let local = LocalRanges(self)
    func bytes(of slots: [MemorySlot]) -> Int {
      slots.reduce(8) { $0 + 32 + $1.name.utf8.count + $1.byteCount(layout, shared: sharedTrainableCount) }
    }
    let counters = local.counters.count
    let own = 4 * local.count + bytes(of: clientSlots)
    let population = dataset.clientCount
    let (invited, isMore) = rounds.multipliedReportingOverflow(by: scheduleSize.updates)
    let clients = isMore ? population : min(population, invited)
    // The newest stands among the versions once more.
    func versionBytes(_ older: Int) -> Double {
      schedule.component.isAsynchronous ? 4 * Double(layout.valueCount) * Double(older + 1) : 0
    }
    // Four numbers a client say who it is and how long its lists are.
    // As fractions, whose products don't overflow.
    let others =
      4 * Double(layout.valueCount) + Double(bytes(of: strategy.component.serverSlots))
      + Double(clients) * Double(32 + own + 8 * counters)
    // How many there are is planned only where it matters.
    var bytes = others + versionBytes(olderVersionLimit)
    if bytes > Double(Self.checkpointLimit) { bytes = others + versionBytes(olderVersions()) }
    return bytes > Double(Self.checkpointLimit) ? Int(min(bytes, 0x1p60)) : nil
  }
}
