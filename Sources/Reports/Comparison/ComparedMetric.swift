package import Measures
package import Tables

/// The number by which runs are compared: accuracy, loss, or any other measure of evaluations.
package struct ComparedMetric: Sendable, Equatable {
  /// Its name in the record, in keys and on the command line.
  package let name: String
  /// Its name in a sentence.
  package let title: String
  /// Whether a larger value is better.
  package let higherIsBetter: Bool
  /// What its values look like.
  let unit: Measure.Unit

  private init(name: String, title: String, higherIsBetter: Bool, unit: Measure.Unit) {
    self.name = name
    self.title = title
    self.higherIsBetter = higherIsBetter
    self.unit = unit
  }

  /// Share of right answers, a fraction; higher is better.
  package static let accuracy = ComparedMetric(
    name: "accuracy", title: "accuracy", higherIsBetter: true, unit: .fraction)
  /// Mean loss; lower is better.
  package static let loss = ComparedMetric(
    name: "loss", title: "loss", higherIsBetter: false, unit: .number(digits: 4))

  /// The metric that a name means, in which `-` may stand for `_`; nil where there is no such.
  package init?(_ given: String) {
    let name = Measure.recordedName(given)
    for metric in [Self.accuracy, .loss] where metric.name == name {
      self = metric
      return
    }
    guard let measure = Measure.of(name), measure.isNumber else { return nil }
    // Recorded is a name with a number or a class in it.
    let isStem = name == measure.name
    guard measure.isOfClasses != isStem, measure.recordedName == nil || !isStem else { return nil }
    let ofClass =
      isStem || measure.recordedName == name ? "" : " of " + name.dropFirst(measure.name.count + 1).dropLast()
    self.init(
      name: name, title: measure.title + ofClass, higherIsBetter: measure.higherIsBetter, unit: measure.unit)
  }

  /// The names of all metrics that are no single class's.
  package static var names: [String] {
    ["accuracy", "loss"]
      + Measure.every.filter { $0.isNumber && !$0.isOfClasses }
      .map { $0.recordedName ?? $0.name }
  }

  /// The title at the start of a sentence.
  package var capitalizedTitle: String { title.prefix(1).uppercased() + title.dropFirst() }

  /// Whether its values are fractions, which people see in per cent.
  package var isFraction: Bool { unit == .fraction }

  /// The mean over clients of this metric as a measure.
  package var measure: ComparedMeasure { .mean(of: self) }

  /// Returns whether `value` is better than `other`.
  package func isBetter(_ value: Double, than other: Double) -> Bool {
    higherIsBetter ? value > other : value < other
  }

  /// Returns whether `mean` is at least as good as `target`, but for rounding: 0.16999999999999998 meets 17 %.
  func isMet(_ target: Double, by mean: Double) -> Bool {
    !isBetter(target, than: mean) || abs(mean - target) <= 1e-11 * max(1, abs(target))
  }

  /// Returns a cell for a value of this metric.
  package func cell(_ value: Double?) -> Cell {
    isFraction ? .percent(value) : .number(value, digits: 4)
  }

  /// Returns a value of this metric as people read it: `80.1%` or `0.4321`.
  package func words(_ value: Double) -> String {
    cell(value).peopleText
  }

  /// Returns a standard deviation as people read it, without a unit: `0.4` (points) or `0.0021`.
  func spreadWords(_ value: Double) -> String {
    NumberText.fixed(isFraction ? value * 100 : value, digits: isFraction ? 1 : 4)
  }

  /// Returns a cell for a difference of two values of this metric.
  package func differenceCell(_ value: Double?) -> Cell {
    isFraction ? .points(value) : .number(value, digits: 4, signed: true)
  }

  /// Returns a difference as people read it, without a unit: `+3.0` (points) or `-0.0210`.
  package func differenceWords(_ value: Double) -> String {
    differenceCell(value).peopleText
  }

  /// The unit of a difference with a space before it, for a sentence.
  var differenceUnit: String { isFraction ? " points" : "" }

  /// Returns a target as people read it: `80%`, `80.5%`, `0.43`.
  func targetWords(_ value: Double) -> String {
    guard isFraction else { return NumberText.exact(value) ?? "NaN" }
    let percent = value * 100
    let digits = abs(percent - percent.rounded()) < 1e-9 ? 0 : 1
    return NumberText.fixed(percent, digits: digits) + "%"
  }

  /// Returns the round value that `mean` just meets: the whole per cent below it, or the hundredth above a loss.
  func target(metBy mean: Double) -> Double {
    // A mean of 0.81 that rounding left at 0.8099999999999999 meets 81 %.
    higherIsBetter ? (mean * 100 + 1e-9).rounded(.down) / 100 : (mean * 100 - 1e-9).rounded(.up) / 100
  }
}
