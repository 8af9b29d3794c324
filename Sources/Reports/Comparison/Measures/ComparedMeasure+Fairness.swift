extension ComparedMeasure {
  /// The worst client at the compared round.
  package static let worst = ComparedMeasure("worst", title: "METRIC of the worst client", unit: .metric, .asMetric) {
    result, _ in
    result.final.worst
  }

  /// The mean of the worst tenth of the clients at the compared round.
  package static let bottomDecile = ComparedMeasure(
    "bottom-decile", header: "worst 10%", title: "METRIC of the worst tenth of the clients", unit: .metric, .asMetric
  ) { result, _ in result.final.bottomDecile }

  /// The standard deviation over clients at the compared round.
  package static let deviation = ComparedMeasure(
    "sd", title: "standard deviation of the METRIC over clients", unit: .spread, .lower
  ) { result, _ in result.clientDeviation }

  /// Jain's index over clients at the compared round, 1 where all clients are equal.
  package static let jain = ComparedMeasure(
    "jain", header: "Jain", title: "Jain index of the METRIC", unit: .index, .higher
  ) { result, _ in
    result.jainIndex
  }
}
