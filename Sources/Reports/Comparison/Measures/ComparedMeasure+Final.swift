extension ComparedMeasure {
  /// The mean accuracy over clients at the compared round.
  package static let accuracy = ComparedMeasure("accuracy", unit: .metric, .higher) { result, frame in
    frame.metric == .accuracy ? result.value : nil
  }

  /// The mean loss over clients at the compared round.
  package static let loss = ComparedMeasure("loss", unit: .loss, .lower) { result, frame in
    frame.metric == .loss ? result.value : result.final.loss
  }

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
