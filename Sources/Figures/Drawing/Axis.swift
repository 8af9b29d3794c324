internal import Foundation

/// A range of values on a line of pixels, with ticks at round numbers.
package struct Axis: Sendable, Equatable {
  /// A labelled place.
  package struct Tick: Sendable, Equatable {
    /// The place of the tick, as a value.
    package let value: Double
    /// The words of the tick.
    package let text: String
  }

  /// What is nearer to 0 can't be told from it.
  private static let least = 1e-300

  /// The values at both ends; the upper one is larger.
  package let range: ClosedRange<Double>
  /// Whether equal ratios take equal room.
  package let isLogarithmic: Bool
  /// How the values of the axis read.
  package let format: ValueFormat
  /// What the axis measures, with the unit.
  package let name: String

  /// Makes an axis for values.
  ///
  /// - Parameters:
  ///   - values: What it has to show; those that are not finite do not count.
  ///   - name: What it measures.
  ///   - format: How its values read.
  ///   - includesZero: Whether 0 is on it in any case.
  ///   - limits: What it never goes beyond: accuracies end at 0 and 1.
  ///   - isTight: Whether it ends at the values themselves instead of at round numbers.
  ///   - allowsLogarithm: Whether it may be logarithmic: it is where the largest value is over 30 times the median.
  ///   - isAlwaysLogarithmic: Whether it is, wherever all values are positive.
  package init(
    _ values: some Sequence<Double>, name: String, format: ValueFormat, includesZero: Bool = false,
    limits: ClosedRange<Double>? = nil, isTight: Bool = false, allowsLogarithm: Bool = false,
    isAlwaysLogarithmic: Bool = false
  ) {
    // Beyond this, differences of values are no longer finite.
    let finite = values.filter { $0.isFinite && abs($0) < 1e300 }.sorted()
    var low = finite.first ?? 0
    var high = finite.last ?? 1
    let median = finite.isEmpty ? 0 : finite[finite.count / 2]
    let isSpread = isAlwaysLogarithmic || (allowsLogarithm && high > 30 * median && finite.count > 2)
    let isLogarithmic = isSpread && low > 0
    if includesZero, !isLogarithmic { (low, high) = (min(low, 0), max(high, 0)) }
    // A power of ten below would be 0, which has no logarithm.
    if isLogarithmic { (low, high) = (max(low, Self.least), max(high, Self.least)) }
    if high - low <= max(max(abs(low), abs(high)) * 1e-9, Self.least) {
      let margin = max(abs(high) * 0.05, 1e-12)
      (low, high) = isLogarithmic ? (low / 2, high * 2) : (finite.isEmpty ? (0, 1) : (low - margin, high + margin))
    }
    if !isTight {
      if isLogarithmic {
        low = pow(10, log10(low).rounded(.down))
        high = pow(10, log10(high).rounded(.up))
      } else {
        let step = Self.step(high - low, count: 8)
        let limit = limits ?? -Double.infinity...Double.infinity
        low = max((low / step + 1e-9).rounded(.down) * step, min(low, limit.lowerBound))
        high = min((high / step - 1e-9).rounded(.up) * step, max(high, limit.upperBound))
      }
    }
    self.range = low...max(high, low.nextUp)
    self.isLogarithmic = isLogarithmic
    self.format = format
    self.name = name
  }

  /// Returns how far along the axis a value lies, 0 at the lower end and 1 at the upper; nil for what cannot lie on it.
  /// Values beyond an end are at that end.
  package func share(_ value: Double) -> Double? {
    guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
    let share =
      isLogarithmic
      ? (log10(value) - log10(range.lowerBound)) / (log10(range.upperBound) - log10(range.lowerBound))
      : (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    return min(max(share, 0), 1)
  }

  /// Returns ticks at 1, 2 or 5 times a power of ten, at most about `count`.
  package func ticks(_ count: Int) -> [Tick] {
    if isLogarithmic { return decades(count) }
    var step = Self.step(range.upperBound - range.lowerBound, count: max(1, count))
    if format == .count { step = max(1, step) }
    let first = (range.lowerBound / step - 1e-6).rounded(.up)
    let last = (range.upperBound / step + 1e-6).rounded(.down)
    // Beyond this, neighbouring multiples can't be told apart.
    guard max(abs(first), abs(last)) < 1e15, last >= first, last - first < 1000 else { return [] }
    let values = (Int(first)...Int(last)).map { Double($0) * step }
    return zip(values, format.labels(values, step: step)).map { Tick(value: $0, text: $1) }
  }

  private func decades(_ count: Int) -> [Tick] {
    let first = Int((log10(range.lowerBound) - 1e-9).rounded(.up))
    let last = Int((log10(range.upperBound) + 1e-9).rounded(.down))
    guard last >= first else { return [] }
    let stride = max(1, (last - first + count) / max(1, count))
    return Swift.stride(from: first, through: last, by: stride).map { exponent in
      let value = pow(10, Double(exponent))
      return Tick(value: value, text: (-4...4).contains(exponent) ? format.text(value) : ValueFormat.scientific(value))
    }
  }

  /// The smallest of 1, 2, 5 × 10ⁿ that divides `span` into at most `count` steps.
  package static func step(_ span: Double, count: Int) -> Double {
    guard span > 0, span.isFinite else { return 1 }
    let raw = span / Double(count)
    let power = pow(10, log10(raw).rounded(.down))
    for factor in [1.0, 2, 5, 10] where raw <= factor * power * (1 + 1e-9) { return factor * power }
    return 10 * power
  }
}
