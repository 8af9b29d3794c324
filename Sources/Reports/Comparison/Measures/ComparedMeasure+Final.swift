extension ComparedMeasure {
  /// The mean over clients of a metric at the compared round.
  package static func mean(of metric: ComparedMetric) -> ComparedMeasure {
    ComparedMeasure(
      metric.name, header: metric.title, title: metric.title, unit: .mean(metric),
      metric.higherIsBetter ? .higher : .lower, ofMetric: metric
    ) { result, frame in
      frame.metric == metric ? result.value : metric == .loss ? result.final.loss : result.final.means[metric.name]
    }
  }

  /// The mean accuracy over clients at the compared round.
  package static let accuracy = mean(of: .accuracy)

  /// The mean loss over clients at the compared round.
  package static let loss = mean(of: .loss)

  /// The area under the curve over rounds, as the curve's mean height: high for runs that are good early.
  package static let area = ComparedMeasure(
    "area", title: "area under the METRIC curve", unit: .metric, .asMetric
  ) { result, _ in result.area }

  /// All bytes that went between server and clients up to the compared round.
  package static let bytes = ComparedMeasure("bytes", header: "MB", title: "traffic", unit: .bytes, .lower) {
    result, _ in
    Double(result.final.bytesUp) + Double(result.final.bytesDown)
  }

  /// The simulated seconds from the run's begin to the compared round.
  package static let simulatedSeconds = ComparedMeasure(
    "simulated-seconds", header: "seconds", title: "simulated time", unit: .seconds, .lower
  ) { result, _ in result.final.simulatedSeconds }
}
