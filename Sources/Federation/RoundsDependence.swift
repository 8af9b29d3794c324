/// What makes the rounds of a run others where it has more of them, so that a run can't get more rounds than it was begun
/// with.
public struct RoundsDependence: Sendable, Equatable {
  /// The key whose value does so: below that of the component, or of a run from the top.
  public let key: String
  /// Why, in words that follow the key.
  public let words: String
  /// What would not do so, in words that follow "allowed:".
  public let allowed: String

  /// Describes a dependence.
  public init(key: String, _ words: String, allowed: String) {
    self.key = key
    self.words = words
    self.allowed = allowed
  }
}

extension RunConfiguration {
  /// What makes earlier rounds of the run others where it has more; none where it can get more, to the same bits.
  public var totalRoundsDependences: [RoundsDependence] {
    var components: [(axis: String, component: any RunComponent)] = [
      ("strategy", strategy.component), ("aggregator", aggregator.component), ("norm", norm.component),
      ("personal", personal.component), ("schedule", schedule.component),
    ]
    components += transforms.map { ("transforms", $0.component) }
    if let devices { components.append(("devices", devices.component)) }
    if let availability { components.append(("availability", availability.component)) }
    if let dropouts { components.append(("dropouts", dropouts.component)) }
    var found = components.compactMap { axis, component in
      component.totalRoundsDependence.map { RoundsDependence(key: "\(axis).\($0.key)", $0.words, allowed: $0.allowed) }
    }
    if let schedule = learningRateSchedule, schedule.dependsOnPlaces, schedule.over == .rounds {
      found.append(
        RoundsDependence(
          key: "client.optimizer.learning_rate_schedule", "goes over all rounds of the run", allowed: "with a 'length'")
      )
    }
    return found
  }
}
