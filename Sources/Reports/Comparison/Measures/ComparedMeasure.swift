/// One number of a run by which arms are compared. A comparison takes several of them.
///
/// To add one: a static member in a file of this folder, and its line in `all`.
package struct ComparedMeasure: Sendable, Equatable {
  /// All measures, in the order in which help texts name them.
  package static let all: [ComparedMeasure] = [
    .accuracy, .loss, .worst, .bottomDecile, .deviation, .jain, .area, .roundsToTarget, .bytes, .bytesToTarget,
    .simulatedSeconds, .secondsToTarget,
  ]

  /// Which direction is better.
  enum Preference: Sendable {
    /// Larger values.
    case higher
    /// Smaller values.
    case lower
    /// The direction is that of the compared metric.
    case asMetric
  }

  /// The name on the command line and in keys.
  package let name: String
  /// The name in a table's column.
  package let header: String
  /// The name in a sentence, where METRIC stands for the compared metric.
  private let titleForm: String
  /// How people see its values.
  let unit: MeasureUnit
  /// Which direction is better.
  let preference: Preference
  /// The value of a run; nil where it has none.
  let value: @Sendable (SeedResult, ComparisonFrame) -> Double?
  /// Whether the run's value is only a bound, because the run never met the target; nil for measures without a target.
  let isCensored: (@Sendable (SeedResult, ComparisonFrame) -> Bool)?
  /// The metric that it is the mean over clients of; nil of other measures.
  package let ofMetric: ComparedMetric?

  /// Makes a measure.
  init(
    _ name: String, header: String? = nil, title: String? = nil, unit: MeasureUnit, _ preference: Preference,
    isCensored: (@Sendable (SeedResult, ComparisonFrame) -> Bool)? = nil, ofMetric: ComparedMetric? = nil,
    value: @escaping @Sendable (SeedResult, ComparisonFrame) -> Double?
  ) {
    self.name = name
    self.header = header ?? name
    titleForm = title ?? name
    self.unit = unit
    self.preference = preference
    self.isCensored = isCensored
    self.ofMetric = ofMetric
    self.value = value
  }

  /// Whether its values are simulated time, which runs without a clock have not.
  var isOfTime: Bool { unit == .seconds }

  /// Whether both have the same name.
  package static func == (left: ComparedMeasure, right: ComparedMeasure) -> Bool { left.name == right.name }

  /// Returns the name in a sentence.
  func title(_ metric: ComparedMetric) -> String {
    titleForm.replacing("METRIC", with: metric.title)
  }

  /// Returns whether `value` is better than `other`.
  func isBetter(_ value: Double, than other: Double, _ metric: ComparedMetric) -> Bool {
    switch preference {
    case .higher: value > other
    case .lower: value < other
    case .asMetric: metric.isBetter(value, than: other)
    }
  }

  /// The measure of a name: one of `all`, or the mean over clients of a metric; nil where there is no such.
  package static func named(_ name: String) -> ComparedMeasure? {
    all.first { $0.name == name } ?? ComparedMetric(name).map(mean(of:))
  }

  /// The metric that rounds and clients must be given in so that these measures can be taken: the one that the list begins
  /// with, else the accuracy; the loss only where the list does not name the accuracy as well.
  package static func metric(for measures: [ComparedMeasure]) -> ComparedMetric {
    guard let first = measures.first?.ofMetric else { return .accuracy }
    return first == .loss && measures.contains(.accuracy) ? .accuracy : first
  }
}

/// What a measure must know beside the run.
package struct ComparisonFrame: Sendable, Equatable {
  /// The compared metric.
  package let metric: ComparedMetric
  /// The value to reach; nil where there is none.
  package let target: Double?
  /// τ, the last round that all compared runs have, up to which rounds to the target are counted.
  package let horizon: Int
  /// β, the least bytes up and down that a run which never met the target has spent at its end, up to which bytes to the
  /// target are counted; infinite where all runs met it.
  package let byteHorizon: Double
  /// σ, the least simulated seconds at the end of a run with a clock which never met the target, up to which seconds to the
  /// target are counted; infinite where all runs with a clock met it.
  package let secondHorizon: Double
}
