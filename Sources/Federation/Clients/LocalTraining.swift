internal import Datasets
internal import Networks
internal import Randomness

/// What the local steps of a client in a round are: their batches, and what normalizes in them.
struct LocalTraining {
  let configuration: RunConfiguration
  let round: Int
  let client: Int
  /// What distinguishes the client's random numbers from those of its other participations: the round, or how manieth
  /// start of the client it is where there are no rounds.
  let draw: Int
  /// How the client trains.
  let setting: LocalSetting

  init(configuration: RunConfiguration, round: Int, client: Int, draw: Int? = nil) {
    self.configuration = configuration
    self.round = round
    self.client = client
    self.draw = draw ?? round
    setting = configuration.setting(of: client)
  }

  /// How the layers normalize in its steps.
  var norm: NormTraining {
    configuration.norm.component.training(inRound: round, of: configuration.rounds)
  }

  /// The client's learning rate over the one that `client.optimizer` says for all: 1 where nothing is overridden.
  var stepScale: Double { configuration.stepScale(of: setting) }

  /// Whether raw moments are wanted: by the server, or for drift where running statistics do not follow the batches.
  var collectsMoments: Bool {
    configuration.norm.component.exchange.sendsRawMoments
      || norm.statistics != .batch && configuration.mayRecordDrift(round)
  }

  /// The batches of a client.
  ///
  /// - Parameter work: How long it trains, where that is not what its setting says.
  func batches(of examples: ClientExamples, work: LocalWork? = nil) -> LocalBatches {
    let (network, statistics) = (configuration.network, norm.statistics)
    return LocalBatches(
      work ?? setting.work, count: examples.count,
      orderStream: RandomStream(seed: configuration.seed, .batchOrder, UInt64(draw), UInt64(client)),
      dropoutStream: RandomStream(seed: configuration.seed, .dropout, UInt64(draw), UInt64(client)),
      isUsable: { network.canTrain(batchOf: $0, statistics: statistics) },
      hasTarget: configuration.loss.canLackTargets ? { hasTarget(examples, $0) } : nil)
  }

  /// Whether the loss of some examples has a target that counts.
  private func hasTarget(_ examples: ClientExamples, _ places: ArraySlice<Int>) -> Bool {
    let count = places.count * configuration.dataset.targetCount
    var classes = [Int32](repeating: 0, count: count)
    return classes.withUnsafeMutableBufferPointer { classes in
      guard let base = classes.baseAddress else { return false }
      examples.gatherTargets(places, into: .classes(base))
      return configuration.loss.hasTarget(.classes(base), count: count)
    }
  }
}
