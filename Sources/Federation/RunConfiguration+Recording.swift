internal import Randomness

extension RunConfiguration {
  /// How many trainable values leave a client each round; they come first in a state.
  var sharedTrainableCount: Int {
    norm.component.affine.isShared ? network.layout.trainableCount : network.layout.weightCount
  }

  /// Bytes that a client receives in a round: the shared state, and what the strategy sends beside it.
  public var bytesDownPerClient: Int {
    bytesPerState + 4 * strategy.component.vectors.received * sharedTrainableCount
  }

  /// Bytes that a client returns in a round: the shared state, and what the strategy returns beside it.
  public var bytesUpPerClient: Int { bytesPerState + 4 * valuesBesideState }

  /// Values that the strategy returns beside the state.
  public var valuesBesideState: Int { strategy.component.vectors.returned * sharedTrainableCount }

  /// Bytes of the state that a client shares: four a value, eight a counter.
  private var bytesPerState: Int {
    let layout = network.layout
    let policy = norm.component
    var values = sharedTrainableCount
    if policy.statistics.isShared { values += layout.valueCount - layout.trainableCount }
    return 4 * values + (policy.statistics.isShared ? 8 * layout.counterCount : 0)
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
