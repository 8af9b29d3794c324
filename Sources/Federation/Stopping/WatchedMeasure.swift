internal import Datasets
internal import Measures
public import Records

/// A measure of evaluations by which a run can be ended.
public struct WatchedMeasure: Sendable, Equatable {
  /// The name in scenarios.
  public let name: String
  /// Whether larger values are better.
  public let isHigherBetter: Bool
  /// The values that it may have; nil is any.
  public let range: ClosedRange<Double>?

  /// Those that there are, in the order in which messages name them.
  public static var all: [WatchedMeasure] {
    [
      WatchedMeasure(name: "accuracy", isHigherBetter: true, range: 0...1),
      WatchedMeasure(name: "loss", isHigherBetter: false, range: nil),
    ]
      + Measure.every.filter { $0.isNumber && !$0.isOfClasses }.map { measure in
        WatchedMeasure(
          name: measure.recordedName ?? measure.name, isHigherBetter: measure.higherIsBetter,
          range: measure.unit == .fraction ? 0...1 : nil)
      }
  }

  private init(name: String, isHigherBetter: Bool, range: ClosedRange<Double>?) {
    self.name = name
    self.isHigherBetter = isHigherBetter
    self.range = range
  }

  /// The measure that is called so; nil where there is none.
  public init?(named name: String) {
    guard let measure = Self.all.first(where: { $0.name == name }) else { return nil }
    self = measure
  }

  /// Whether `value` is better than `other` by more than `margin`.
  func isBetter(_ value: Double, than other: Double, by margin: Double = 0) -> Bool {
    isHigherBetter ? value > other + margin : value < other - margin
  }

  /// Whether `value` reaches or passes `target`.
  func isReached(_ target: Double, by value: Double) -> Bool { isHigherBetter ? value >= target : value <= target }

  /// The measure in a row; nil where the row lacks it.
  fileprivate func value(_ row: EvaluationRecord) -> Double? {
    switch name {
    case "accuracy": row.accuracy
    case "loss": row.loss
    default: row.measures[name] ?? nil
    }
  }
}

/// The mean of a measure over rows, one a client, each counted once, in their order in fp64; nil where none has it. A row
/// that lacks it, or whose value is not a number, is not in the mean.
public func watchedValue(of measure: WatchedMeasure, in rows: [EvaluationRecord]) -> Double? {
  let values = rows.compactMap(measure.value).filter(\.isFinite)
  return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
}

extension RunConfiguration {
  /// The names of the measures that evaluations of the run's targets have.
  var measureNames: [String] {
    let width = max(1, network.output.count)
    let zeros = [Float](repeating: 0, count: width)
    let outputs =
      switch target {
      case .classes: EvaluatedOutputs(zeros, width: width, targets: .classes([0]))
      case .labels: EvaluatedOutputs(zeros, width: width, targets: .labels(zeros))
      case .values: EvaluatedOutputs(zeros, width: width, targets: .values(zeros))
      case .tokens: EvaluatedOutputs(surprisal: 0, ofTokens: 1)
      }
    let hasAccuracy =
      switch target {
      case .classes, .tokens: true
      case .labels, .values: false
      }
    return (hasAccuracy ? ["accuracy"] : []) + ["loss"] + Measure.all(of: outputs).values.names
  }
}
