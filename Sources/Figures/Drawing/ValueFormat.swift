internal import Foundation
internal import Tables

/// How the values of an axis, a scale or a series read.
package enum ValueFormat: String, Sendable, Equatable {
  /// A fraction, in per cent.
  case percent
  /// A difference of fractions, in percentage points with its sign.
  case points
  /// A difference, with its sign.
  case difference
  /// A number.
  case number
  /// A whole number.
  case count
  /// A number of bytes, in decimal units.
  case bytes

  /// Returns a value by itself, as in a tip: `68.5%`, `+13.9`, `0.4321`, `86.7 MB`.
  package func text(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : value < 0 ? "−∞" : "∞" }
    switch self {
    case .percent: return NumberText.percent(value)
    case .points: return NumberText.points(value)
    case .difference: return (value > 0 ? "+" : "") + Self.significant(value, 3)
    case .number: return Self.significant(value, 4)
    case .count: return NumberText.fixed(value, digits: value == value.rounded() ? 0 : 1)
    case .bytes:
      let (scale, unit) = Self.byteUnit(abs(value))
      return Self.significant(value / scale, 3) + " " + unit
    }
  }

  /// Returns the labels of ticks, all with as many digits as the step between them asks for.
  package func labels(_ ticks: [Double], step: Double) -> [String] {
    let largest = ticks.map(abs).max() ?? 0
    switch self {
    case .percent: return ticks.map { NumberText.fixed($0 * 100, digits: Self.digits(step * 100)) + "%" }
    case .points: return ticks.map { NumberText.fixed($0 * 100, digits: Self.digits(step * 100), signed: true) }
    case .difference where largest < 1e5 && (step >= 1e-4 || step == 0):
      return ticks.map { NumberText.fixed($0, digits: Self.digits(step), signed: true) }
    case .number where largest < 1e5 && (step >= 1e-4 || step == 0):
      return ticks.map { NumberText.fixed($0, digits: Self.digits(step)) }
    case .count where largest < 1e5: return ticks.map { NumberText.fixed($0, digits: Self.digits(step)) }
    case .bytes:
      let (scale, unit) = Self.byteUnit(largest)
      return ticks.map { NumberText.fixed($0 / scale, digits: Self.digits(step / scale)) + ($0 == 0 ? "" : " " + unit) }
    default: return ticks.map { $0 == 0 ? "0" : Self.scientific($0) }
    }
  }

  /// Digits after the point that tell multiples of `step` apart.
  private static func digits(_ step: Double) -> Int {
    guard step > 0, step.isFinite else { return 2 }
    return max(0, min(6, Int((-log10(step) - 1e-9).rounded(.up))))
  }

  private static func byteUnit(_ bytes: Double) -> (Double, String) {
    switch bytes {
    case ..<1e3: (1, "B")
    case ..<1e6: (1e3, "kB")
    case ..<1e9: (1e6, "MB")
    case ..<1e12: (1e9, "GB")
    default: (1e12, "TB")
    }
  }

  /// `value` with so many significant digits: `0.4321`, `12.34`, `1.2e-5`.
  static func significant(_ value: Double, _ digits: Int) -> String {
    guard value != 0, value.isFinite else { return NumberText.fixed(value, digits: 0) }
    let magnitude = Int(log10(abs(value)).rounded(.down))
    if magnitude < -4 || magnitude >= 7 { return scientific(value) }
    return NumberText.fixed(value, digits: max(0, digits - 1 - magnitude))
  }

  /// `1.2×10⁻⁵`.
  static func scientific(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "0" }
    var exponent = Int(log10(abs(value)).rounded(.down))
    // In two steps where the power itself would be 0.
    var mantissa = exponent < -300 ? value * 1e300 / pow(10, Double(exponent + 300)) : value / pow(10, Double(exponent))
    if abs(mantissa) >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    let digits = abs(mantissa - mantissa.rounded()) < 0.05 ? 0 : 1
    let superscripts = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let power = String(abs(exponent)).compactMap(\.wholeNumberValue).map { String(superscripts[$0]) }.joined()
    return NumberText.fixed(mantissa, digits: digits) + "×10" + (exponent < 0 ? "⁻" : "") + power
  }
}
