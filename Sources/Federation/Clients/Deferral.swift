internal import Networks

/// Whether the clients of a round put the steps of their first weights off, and how many of them are summed at once.
///
/// It goes by the configuration and the cohort alone, so that the bits do not depend on threads or on what is recorded.
struct Deferral: Equatable {
  /// Clients a block, which one worker trains one after another.
  let blockSize: Int
  /// Samples that a block sees at most.
  let capacity: Int
  /// The weights.
  let weights: DeferrableWeights

  /// Samples a block, about: the sum of its updates is one product, and more rows make it no faster.
  private static let blockSamples = 160

  /// Nil where clients take their steps as they come: an optimizer, a clip, frozen weights or steps of several passes need
  /// the gradient, somebody
  /// needs the client's own weights, or clients see too many samples. A client whose strategy adds a term to the
  /// gradient does so all the same.
  init?(_ configuration: RunConfiguration, cohort: [Int]) {
    guard let weights = configuration.network.deferrable,
      configuration.settings.allSatisfy({ $0.optimizer.plainRate != nil }),
      configuration.gradientClip == nil, configuration.mixing == nil, configuration.loss.procedure == nil,
      weights.range.upperBound <= configuration.sharedTrainableCount, !configuration.network.layout.hasFrozenWeights,
      !configuration.needsWholeUpdates, cohort.count > 1
    else { return nil }
    let limit = weights.sampleLimit
    var most = 1
    for client in cohort {
      let samples = Self.samples(
        configuration.setting(of: client).work, examples: configuration.trainingData.trainCount(client), limit: limit)
      guard samples <= limit else { return nil }
      most = max(most, samples)
    }
    self.weights = weights
    // Enough blocks for several cores.
    blockSize = max(1, min(8, Self.blockSamples / most, cohort.count / 8))
    capacity = blockSize * most
  }

  /// Samples that a client sees in a round, at most, up to just beyond `limit`.
  private static func samples(_ work: LocalWork, examples: Int, limit: Int) -> Int {
    let (passes, samples) =
      switch work.amount {
      case .epochs(let epochs): (epochs, examples)
      // A merged last batch has up to twice the size.
      case .steps(let steps): (steps, min(examples, 2 * work.batchSize))
      }
    return min(passes, limit + 1) * min(samples, limit + 1)
  }
}
