internal import Networks

extension ReceivedState {
  /// What a client of a run starts from: its blocks, what the strategy sends it, and what it kept.
  init(
    _ blocks: [(range: Range<Int>, values: UnsafePointer<Float>)], of configuration: RunConfiguration,
    server: StrategyMemory, client: ClientMemory?
  ) {
    let received = configuration.strategy.component.vectors.received
    self.init(
      trainableBlocks: blocks, sharedCount: configuration.sharedTrainableCount,
      serverVectors: received == 0 ? [] : Array(server.vectors.prefix(received)),
      keptVectors: client?.keptVectors ?? [])
  }
}
