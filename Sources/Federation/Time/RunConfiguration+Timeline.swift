extension RunConfiguration {
  /// The optimizer steps of a client's training in a round and the examples that they see, as they are known before it.
  func plannedWork(ofClient client: Int, inRound round: Int) -> (steps: Int, examples: Int) {
    let statistics = norm.component.training(inRound: round, of: rounds).statistics
    let batches = work.batches(of: trainingData.trainCount(client)).map(\.count)
      .filter { network.canTrain(batchOf: $0, statistics: statistics) }
    let (passes, rest) =
      switch work.amount {
      case .epochs(let epochs): (epochs, 0)
      case .steps(let steps): batches.isEmpty ? (0, 0) : steps.quotientAndRemainder(dividingBy: batches.count)
      }
    let examples = passes * batches.reduce(0, +) + batches.prefix(rest).reduce(0, +)
    return (passes * batches.count + rest, examples)
  }

  /// What a client's participation in a round takes of its device.
  func participationCost(ofClient client: Int, inRound round: Int) -> ParticipationCost {
    ParticipationCost(
      bytesDown: bytesDownPerClient(inRound: round), bytesUp: bytesUpPerClient(inRound: round),
      flops: plannedWork(ofClient: client, inRound: round).examples * network.trainingFLOPs)
  }

  /// What the run's timeline is planned by.
  public var timelineSetting: TimelineSetting {
    let dataset = trainingData
    return TimelineSetting(
      schedule: schedule.component, sampler: cohort, devices: devices?.component,
      availability: availability?.component, dropouts: dropouts?.component, population: dataset.clientCount, seed: seed,
      trainCount: { dataset.trainCount($0) },
      isTrainable: { plannedWork(ofClient: $0, inRound: $1).steps > 0 },
      cost: { participationCost(ofClient: $0, inRound: $1) })
  }

  /// Client updates of a round, as progress is counted; a version of an asynchronous server counts as one.
  var plannedUpdates: Int {
    schedule.component.isAsynchronous ? 1 : cohort.size(population: trainingData.clientCount)
  }
}
