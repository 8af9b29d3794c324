internal import Networks

/// The learning rates of the steps that a client takes over some batches, where a schedule says them.
struct StepRates {
  private let schedule: LearningRateSchedule?
  private let places: Int
  private var place: Int

  /// - Parameters:
  ///   - round: The round's number, from 1.
  ///   - batches: The batches, of which none is taken yet.
  init(_ training: LocalTraining, round: Int, _ batches: LocalBatches) {
    schedule = training.setting.learningRateSchedule
    switch schedule?.over {
    case .steps?: (places, place) = (batches.stepCount, 0)
    case .rounds?, nil: (places, place) = (training.configuration.rounds, round - 1)
    }
  }

  /// The learning rates of the next step, each of an optimizer's; nil is the optimizers' own.
  mutating func next() -> ((Double) -> Double)? {
    guard let schedule else { return nil }
    let (place, places) = (place, places)
    if schedule.over == .steps { self.place += 1 }
    return { schedule.rate($0, at: place, of: places) }
  }
}

/// The sum of the step sizes of plain steps: τη where all are the same.
struct StepSizes {
  private var sumBefore = 0.0
  private var rate = 0.0
  private var count = 0

  /// Counts a step.
  mutating func add(_ rate: Double) {
    if rate != self.rate {
      sumBefore = sum
      self.rate = rate
      count = 0
    }
    count += 1
  }

  /// Of all so far.
  var sum: Double { sumBefore + Double(count) * rate }
}
