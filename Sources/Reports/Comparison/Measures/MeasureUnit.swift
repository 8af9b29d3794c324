internal import Tables

/// How people see the values of a measure, and differences of such values.
enum MeasureUnit: Sendable, Equatable {
  /// The compared metric's own unit: per cent and percentage points, or four digits of a loss.
  case metric
  /// A spread in the compared metric: points, or four digits.
  case spread
  /// That of some metric, which need not be the compared one.
  case mean(ComparedMetric)
  /// An index between 0 and 1: three digits.
  case index
  /// Rounds: one digit, because they are means over seeds.
  case rounds
  /// Bytes: megabytes.
  case bytes
  /// Simulated time: seconds.
  case seconds

  /// Returns a value with its unit.
  func words(_ value: Double, _ metric: ComparedMetric) -> String {
    switch self {
    case .metric: metric.words(value)
    case .spread: metric.spreadWords(value) + metric.differenceUnit
    case .mean(let own): own.words(value)
    case .index: NumberText.fixed(value, digits: 3)
    case .rounds: NumberText.fixed(value, digits: 1)
    case .bytes: NumberText.megabytes(value) + " MB"
    case .seconds: NumberText.seconds(value) + " s"
    }
  }

  /// Returns a difference with its sign and without its unit.
  func differenceWords(_ difference: Double, _ metric: ComparedMetric) -> String {
    switch self {
    case .metric, .spread: return metric.differenceWords(difference)
    case .mean(let own): return own.differenceWords(difference)
    case .index: return NumberText.fixed(difference, digits: 3, signed: true)
    case .rounds: return NumberText.fixed(difference, digits: 1, signed: true)
    case .bytes:
      let words = NumberText.megabytes(difference)
      return difference > 0 && words.contains { ("1"..."9").contains($0) } ? "+" + words : words
    case .seconds: return NumberText.seconds(difference, signed: true)
    }
  }

  /// The unit of a difference with a space before it, for a sentence.
  func differenceUnit(_ metric: ComparedMetric) -> String {
    switch self {
    case .metric, .spread: metric.differenceUnit
    case .mean(let own): own.differenceUnit
    case .index: ""
    case .rounds: " rounds"
    case .bytes: " MB"
    case .seconds: " s"
    }
  }
}
