internal import Networks

extension RunConfiguration {
  /// Whether a batch of so many examples can be trained on in some round, or in every one.
  public func canTrain(batchOf count: Int, inEveryRound: Bool = false) -> Bool {
    // What layers normalize with changes at most once in a run.
    let can = [1, rounds].map { round in
      let training = norm.component.training(inRound: round, of: rounds)
      return network.canTrain(batchOf: count, statistics: training.statistics)
    }
    return inEveryRound ? !can.contains(false) : can.contains(true)
  }

  /// Floating-point operations of a training step for one example.
  public var trainingFLOPs: Int { loss.procedure?.trainingFLOPs(network) ?? network.trainingFLOPs }

  /// The first layer that has no variance of a batch of one example.
  public var layerWithoutVariance: String? { network.layers.first { $0.resolved.batchPositions == 1 }?.name }

  /// The size of the last of several batches of a client with so many training examples where that is two or three, and a
  /// layer normalizes one value a channel of each by their statistics; nil for any other.
  ///
  /// - Parameter own: Its work, where that is not what all clients do.
  public func smallLastBatch(examples count: Int, _ own: LocalWork? = nil) -> Int? {
    let work = own ?? work
    guard layerWithoutVariance != nil,
      [1, rounds].contains(where: { norm.component.training(inRound: $0, of: rounds).statistics == .batch })
    else { return nil }
    let last = count % work.batchSize
    return work.lastBatch == .keep && count > work.batchSize && 2...3 ~= last ? last : nil
  }

  /// Why a client with so many training examples never has a batch to train on, or has none in some round, to stand
  /// behind its name; nil when it has one.
  ///
  /// - Parameter own: Its work, where that is not what all clients do.
  public func lackOfBatches(examples count: Int, _ own: LocalWork? = nil, inEveryRound: Bool = false) -> String? {
    guard count > 0 else { return "has no training example" }
    let work = own ?? work
    let batches = work.batches(of: count)
    let examples = count == 1 ? "a single example" : "\(count) examples"
    guard !batches.isEmpty else {
      return "has \(examples), less than a batch of \(work.batchSize), and 'client.last_batch' is drop"
    }
    guard !batches.contains(where: { canTrain(batchOf: $0.count, inEveryRound: inEveryRound) }) else { return nil }
    return "has \(examples), which leaves layer '\(layerWithoutVariance ?? "")' one value a channel, without a variance"
  }
}
