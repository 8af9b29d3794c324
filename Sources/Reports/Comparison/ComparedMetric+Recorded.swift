package import Records

extension ComparedMetric {
  /// The value that an evaluation has; nil where it is missing. A loss that is not a number stays one.
  package func value(of row: EvaluationRecord) -> Double? {
    switch self {
    case .accuracy: row.accuracy
    case .loss: row.loss
    default: row.measures[name] ?? nil
    }
  }

  /// What a round has over the clients, of rows that were read with this metric.
  package func summary(of row: RoundRow) -> RoundSummary {
    switch self {
    case .accuracy:
      return RoundSummary(
        mean: row.meanAccuracy, sampleWeighted: row.sampleWeightedAccuracy, worst: row.worstAccuracy,
        bottomDecile: row.bottomDecileAccuracy)
    case .loss:
      // A loss is always recorded: one that is missing is not a number, unless no client has test examples.
      let missing: Double? = row.evaluatedClients > 0 ? .nan : nil
      return RoundSummary(
        mean: row.meanLoss ?? missing, sampleWeighted: row.sampleWeightedLoss ?? missing,
        worst: row.worstLoss ?? missing, bottomDecile: row.bottomDecileLoss ?? missing)
    default:
      let own = row.measures[name]
      return RoundSummary(
        mean: own?.mean, sampleWeighted: own?.sampleWeighted, worst: own?.worst, bottomDecile: own?.bottomDecile,
        clients: own?.clients)
    }
  }

  /// The name under which rounds must be read for this metric; nil of those that every row has.
  package var measureName: String? { self == .accuracy || self == .loss ? nil : name }

  /// One metric over the clients of a round.
  package struct RoundSummary: Sendable, Equatable {
    /// Mean, every client counting the same.
    package var mean: Double?
    /// Mean, every example counting the same.
    package var sampleWeighted: Double?
    /// The worst client's.
    package var worst: Double?
    /// Mean of the worst tenth of the clients.
    package var bottomDecile: Double?
    /// How many clients have a value; nil where it is all or none.
    package var clients: Int?
  }
}
