extension RunConfiguration {
  /// The optimizer steps of a client's training in a round and the examples that they see, as they are known before it.
  func plannedWork(ofClient client: Int, inRound round: Int) -> (steps: Int, examples: Int) {
    let statistics = norm.component.training(inRound: round, of: rounds).statistics
    let work = setting(of: client).work
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
      flops: plannedWork(ofClient: client, inRound: round).examples * trainingFLOPs)
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

  /// How many updates and clients a round or version has to do with, at most.
  public var scheduleSize: ScheduleSize {
    let population = trainingData.clientCount
    return schedule.component.size(cohort: cohort.size(population: population), population: population)
  }

  /// The most versions of the server's state, beside the newest, that clients in training may have started from: each
  /// from one of its own, of those that there are.
  var olderVersionLimit: Int { min(scheduleSize.places, rounds) }

  /// How many versions of the server's state are kept at a time, beside the newest, because clients in training started
  /// from them. The run is planned for it as far as so many participations, so that of a longer one it is at least so many.
  func olderVersions(planning participations: Int = 100_000) -> Int {
    let limit = olderVersionLimit
    guard limit > 0, timelineSetting.problem == nil else { return limit }
    var timeline = Timeline(timelineSetting)
    var (most, planned) = (0, 0)
    while timeline.version < rounds, planned < participations, most < limit {
      // Where there is no next version the run will say why.
      guard let step = try? timeline.next() else { break }
      planned += max(1, step.participations.count)
      most = max(most, step.neededVersions.count - 1)
    }
    return most
  }

  /// Client updates of a round, as progress is counted; a version of an asynchronous server counts as one.
  var plannedUpdates: Int {
    schedule.component.isAsynchronous ? 1 : cohort.size(population: trainingData.clientCount)
  }
}
