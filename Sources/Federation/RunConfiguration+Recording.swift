internal import Networks
internal import Randomness

extension RunConfiguration {
  /// How many trainable values leave a client each round; they come first in a state.
  var sharedTrainableCount: Int { network.layout.sharedTrainableCount }

  /// Bytes that a client receives in a round: the shared state, and what the strategy and the norm policy send beside it.
  public func bytesDownPerClient(inRound round: Int = 1) -> Int {
    if bound == .central { return 0 }
    let slots = strategy.component.serverSlots.filter(\.isSent)
    return 4 * sharedTrainableCount + statisticsBytes(inRound: round)
      + slots.reduce(0) { $0 + $1.byteCount(network.layout, shared: sharedTrainableCount) }
      + 4 * extraValues.received
  }

  /// Bytes that a client sends in a round, as far as they don't depend on what it computed; what is recorded is counted.
  public func bytesUpPerClient(inRound round: Int = 1) -> Int {
    if bound == .central { return 0 }
    let encoding = transforms.reduce(UpdateEncoding(count: sharedTrainableCount)) { $1.component.encoding($0) }
    return encoding.bytes + 4 * valuesBesideState + bytesBesideUpdate(inRound: round)
  }

  /// Values that the strategy sends beside the update.
  public var valuesBesideState: Int { strategy.component.sentVectors.count * sharedTrainableCount }

  /// Bytes that travel beside Δ_k and the strategy's vectors: statistics, counters, and what the norm policy exchanges.
  func bytesBesideUpdate(inRound round: Int) -> Int {
    var beside = extraValues.sent
    // Models are mixed by all of them; FedAP says so itself.
    if mixing != nil, norm.component.personal == nil, !sharesStatistics(inRound: round) {
      beside += network.layout.statisticsRange.count - network.layout.sharedStatisticsCount
    }
    return statisticsBytes(inRound: round) + 4 * beside
  }

  /// What `extraValues` is, layer by layer.
  var countedExtraValues: (sent: Int, received: Int) {
    // Who measures the aggregated model must have it.
    let measured = norm.component.statistics == .recalibrated ? sharedTrainableCount : 0
    return network.parts.reduce((0, measured)) { sums, part in
      let passes = loss.procedure?.trainingPasses(of: part.name) ?? 1
      return part.network.layers.reduce(sums) { sums, layer in
        let beside = norm.component.extraValues(of: layer, in: network, passes: passes)
        return (sums.0 + beside.sent, sums.1 + beside.received)
      }
    }
  }

  /// Whether the statistics that are shared leave the clients in a round: always, unless their policy keeps them then.
  private func sharesStatistics(inRound round: Int) -> Bool {
    norm.component.statistics(inRound: round, of: rounds).isShared || !norm.component.statistics.isShared
  }

  /// Whether somebody needs each client's update by itself, so that its steps can't be put off.
  var needsWholeUpdates: Bool {
    !transforms.isEmpty || aggregator.component.keepsUpdates || !strategy.component.meanVectors.isEmpty
      || !strategy.component.clientSlots.isEmpty
  }

  /// Bytes of the statistics and counters that a client shares: four a value, eight a counter.
  private func statisticsBytes(inRound round: Int) -> Int {
    let layout = network.layout
    return sharesStatistics(inRound: round) ? 4 * layout.sharedStatisticsCount + 8 * layout.sharedCounterCount : 0
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

  /// Whether the models are evaluated after a round.
  package func isEvaluated(_ round: Int) -> Bool { round % recording.evaluateEvery == 0 || round == rounds }

  func hasCheckpoint(_ round: Int) -> Bool { (round > 0 && round % recording.checkpointEvery == 0) || round == rounds }

  /// Whether drift is recorded of a round.
  ///
  /// - Parameter isLast: Whether the run ends with the round, be it not the last planned one.
  package func recordsDrift(_ round: Int, isLast: Bool = false) -> Bool {
    recording.driftEvery > 0 && (round % recording.driftEvery == 0 || round == rounds || isLast)
  }

  /// Whether drift may be recorded of a round: that a rule ends the run behind it is known only when it has trained.
  func mayRecordDrift(_ round: Int) -> Bool { recordsDrift(round, isLast: stop != nil && isEvaluated(round)) }
}
