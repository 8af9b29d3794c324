internal import Networks

extension ReceivedState {
  /// What a client of a run starts from: its blocks, what the strategy sends it, and what it kept.
  init(
    _ blocks: [(range: Range<Int>, values: UnsafePointer<Float>)], of configuration: RunConfiguration,
    server: SlotMemory, client: ClientMemory?
  ) {
    let strategy = configuration.strategy.component
    self.init(
      trainableBlocks: blocks, sharedCount: configuration.sharedTrainableCount,
      server: server.keeping(strategy.sentSlots),
      own: client?.slots.keeping(strategy.clientSlots.map(\.name)) ?? SlotMemory())
  }
}
