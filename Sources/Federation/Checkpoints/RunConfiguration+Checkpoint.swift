extension RunConfiguration {
  /// Bytes of a checkpoint that surely fit a value of an SQLite database, whose limit is 10⁹.
  public static let checkpointLimit = 990_000_000

  /// Bytes of a checkpoint once as many clients took part as ever may; nil where one of that size can be kept.
  public var oversizedCheckpoint: Int? {
    let layout = network.layout
    let local = LocalRanges(self)
    func bytes(of slots: [MemorySlot]) -> Int {
      slots.reduce(8) { $0 + 32 + $1.name.utf8.count + $1.byteCount(layout, shared: sharedTrainableCount) }
    }
    let counters = local.counters.count
    let own = 4 * local.count + bytes(of: clientSlots)
    let population = dataset.clientCount
    let (invited, isMore) = rounds.multipliedReportingOverflow(by: cohort.size(population: population))
    let clients = isMore ? population : min(population, invited)
    // Four numbers a client say who it is and how long its lists are.
    // As fractions, whose products don't overflow.
    let bytes =
      4 * Double(layout.valueCount) + Double(bytes(of: strategy.component.serverSlots))
      + Double(clients) * Double(32 + own + 8 * counters)
    return bytes > Double(Self.checkpointLimit) ? Int(min(bytes, 0x1p60)) : nil
  }
}
