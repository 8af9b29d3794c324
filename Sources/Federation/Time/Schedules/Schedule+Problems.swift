extension Schedule {
  /// An asynchronous server takes updates one by one: what needs a cohort does not go with it.
  public func problems(with run: RunConfiguration) -> [String] {
    guard isAsynchronous else { return [] }
    var problems: [String] = []
    if !(run.strategy.component is FedAvg || run.strategy.component is FedProx) {
      problems.append(
        "strategy '\(run.strategy.name)' makes its steps of whole cohorts (allowed: strategy fedavg, fedprox)")
    }
    if run.aggregator.component.keepsUpdates {
      problems.append("it weighs updates by their lag (allowed: aggregator mean)")
    }
    if run.transforms.contains(where: { $0.component is Noise }) {
      problems.append(
        "noise belongs to the sum of a cohort that was asked at once (allowed: transforms without 'noise')")
    }
    let phases = [1, run.rounds].map { run.norm.component.phase(inRound: $0, of: run.rounds) }
    if phases.contains(where: { $0.training.isFirstStepJoint || $0.statistics == .recalibrated }) || run.mixing != nil {
      problems.append("norm '\(run.norm.name)' has a cohort do something together (allowed: schedule synchronous)")
    }
    return problems
  }
}
