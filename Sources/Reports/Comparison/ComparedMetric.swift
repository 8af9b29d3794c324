package import Tables

/// The number by which runs are compared.
package enum ComparedMetric: String, Sendable, Equatable, CaseIterable {
  /// Share of right answers, a fraction; higher is better.
  case accuracy
  /// Mean loss; lower is better.
  case loss

  /// The mean over clients of this metric as a measure.
  package var measure: ComparedMeasure { self == .accuracy ? .accuracy : .loss }

  /// Whether a larger value is better.
  package var higherIsBetter: Bool { self == .accuracy }

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
    self == .accuracy ? .percent(value) : .number(value, digits: 4)
  }

  /// Returns a value of this metric as people read it: `80.1%` or `0.4321`.
  package func words(_ value: Double) -> String {
    cell(value).peopleText
  }

  /// Returns a standard deviation as people read it, without a unit: `0.4` (points) or `0.0021`.
  func spreadWords(_ value: Double) -> String {
    NumberText.fixed(self == .accuracy ? value * 100 : value, digits: self == .accuracy ? 1 : 4)
  }

  /// Returns a cell for a difference of two values of this metric.
  package func differenceCell(_ value: Double?) -> Cell {
    self == .accuracy ? .points(value) : .number(value, digits: 4, signed: true)
  }

  /// Returns a difference as people read it, without a unit: `+3.0` (points) or `-0.0210`.
  package func differenceWords(_ value: Double) -> String {
    differenceCell(value).peopleText
  }

  /// The unit of a difference with a space before it, for a sentence.
  var differenceUnit: String { self == .accuracy ? " points" : "" }

  /// Returns a target as people read it: `80%`, `80.5%`, `0.43`.
  func targetWords(_ value: Double) -> String {
    guard self == .accuracy else { return NumberText.exact(value) ?? "NaN" }
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
