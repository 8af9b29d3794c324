internal import Randomness

extension RunConfiguration {
  /// How many trainable values leave a client each round; they come first in a state.
  var sharedTrainableCount: Int {
    let layout = network.layout
    return layout.weightCount + (norm.component.affine.isShared ? layout.affineCount : layout.exemptAffineCount)
  }

  /// Bytes that a client receives in a round: the shared state, and what the strategy and the norm policy send beside it.
  public func bytesDownPerClient(inRound round: Int = 1) -> Int {
    bytesPerState(inRound: round) + 4 * valuesReceivedBesideState
      + 4 * norm.component.extraValuesReceived(network)
  }

  /// Bytes that a client returns in a round: the shared state, and what the strategy and the norm policy return beside it.
  public func bytesUpPerClient(inRound round: Int = 1) -> Int {
    let beside = network.normalizationLayers.reduce(0) { $0 + norm.component.extraValuesSent(of: $1, in: network) }
    return bytesPerState(inRound: round) + 4 * valuesBesideState + 4 * beside
  }

  /// Values that the strategy returns beside the state.
  public var valuesBesideState: Int { strategy.component.returnedVectors.count * sharedTrainableCount }

  /// How many numbers a slot holds.
  func count(of slot: MemorySlot) -> Int {
    slot.count(shared: sharedTrainableCount, trainable: network.layout.trainableCount)
  }

  /// Values of the strategy's server slots that a client receives beside the state.
  private var valuesReceivedBesideState: Int {
    strategy.component.serverSlots.filter(\.isSent).reduce(0) { $0 + count(of: $1) }
  }

  /// Bytes of the state that a client shares: four a value, eight a counter.
  private func bytesPerState(inRound round: Int) -> Int {
    let layout = network.layout
    let isShared = norm.component.statistics(inRound: round, of: rounds).isShared
    let statistics = isShared ? layout.statisticsRange.count : layout.exemptStatisticsCount
    let counters = isShared ? layout.counterCount : layout.exemptCounterCount
    return 4 * (sharedTrainableCount + statistics) + 8 * counters
  }

  /// The clients whose rows are recorded, in ascending order.
  var recordedClients: [Int] {
    let population = dataset.clientCount
    guard let sample = recording.clientSample, sample < population else { return Array(0..<population) }
    var stream = RandomStream(seed: seed, .evaluation, 0)
    return stream.sample(sample, of: population)
  }

  /// The clients that never train whose rows are recorded, in ascending order.
  var recordedUnseenClients: [Int] {
    let unseen = dataset.clientCount..<(dataset.clientCount + dataset.unseenCount)
    guard let sample = recording.clientSample, sample < unseen.count else { return Array(unseen) }
    var stream = RandomStream(seed: seed, .evaluation, 2)
    return stream.sample(sample, of: unseen.count).map { unseen.lowerBound + $0 }
  }

  func isEvaluated(_ round: Int) -> Bool { round % recording.evaluateEvery == 0 || round == rounds }

  func hasCheckpoint(_ round: Int) -> Bool { (round > 0 && round % recording.checkpointEvery == 0) || round == rounds }

  func recordsDrift(_ round: Int) -> Bool {
    recording.driftEvery > 0 && (round % recording.driftEvery == 0 || round == rounds)
  }
}
