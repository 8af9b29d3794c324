extension RunConfiguration {
  /// Bytes of a checkpoint that surely fit a value of an SQLite database, whose limit is 10⁹.
  public static let checkpointLimit = 990_000_000

  /// Bytes of a checkpoint once as many clients took part as ever may; nil where one of that size can be kept.
  public var oversizedCheckpoint: Int? {
    let layout = network.layout
    let local = LocalRanges(norm.component, layout)
    let vectors = strategy.component.vectors
    let slots = work.keepsOptimizer ? optimizer.slotCount * layout.trainableCount : 0
    let counters = local.keepsCounters ? layout.counterCount - local.exemptCounterCount : 0
    let own = local.count + slots + vectors.kept * sharedTrainableCount
    let population = dataset.clientCount
    let (invited, isMore) = rounds.multipliedReportingOverflow(by: cohort.size(population: population))
    let clients = isMore ? population : min(population, invited)
    // Seven numbers a client say who it is and how long its lists are.
    // As fractions, whose products don't overflow.
    let bytes =
      4 * Double(layout.valueCount + vectors.received * sharedTrainableCount)
      + Double(clients) * Double(56 + 4 * own + 8 * counters)
    return bytes > Double(Self.checkpointLimit) ? Int(min(bytes, 0x1p60)) : nil
  }
}
