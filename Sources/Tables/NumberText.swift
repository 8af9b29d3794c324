package import Foundation

/// Numbers as people read them; the same everywhere, whatever the locale.
package enum NumberText {
  /// Returns `value` with so many digits after the point, and with a sign before positive values if `signed`.
  ///
  /// A value that rounds to zero has no sign: `0.0`, not `-0.0`. NaN and infinities are `NaN`, `inf` and `-inf`.
  package static func fixed(_ value: Double, digits: Int, signed: Bool = false) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-inf" : signed ? "+inf" : "inf" }
    if abs(value) >= 1e15 { return (signed && value > 0 ? "+" : "") + String(format: "%.3e", value) }
    let text = String(format: "%.\(digits)f", value)
    if text.allSatisfy({ !$0.isNumber || $0 == "0" }) { return String(text.drop { $0 == "-" }) }
    return signed && value > 0 ? "+" + text : text
  }

  /// Returns a fraction in per cent: 0.801 → `80.1%`.
  package static func percent(_ fraction: Double) -> String {
    fixed(fraction * 100, digits: 1) + "%"
  }

  /// Returns a difference of fractions in percentage points: 0.03 → `+3.0`.
  package static func points(_ difference: Double) -> String {
    fixed(difference * 100, digits: 1, signed: true)
  }

  /// Returns a number of bytes in megabytes (10⁶ bytes), with three digits or more: 1_234_567 → `1.23`.
  package static func megabytes(_ bytes: Double) -> String {
    let megabytes = bytes / 1e6
    return fixed(megabytes, digits: abs(megabytes) < 1 ? 3 : abs(megabytes) < 100 ? 2 : abs(megabytes) < 1000 ? 1 : 0)
  }

  /// Returns a span of simulated time in seconds, with three digits or more: 0.125, 35.2, 1250.
  package static func seconds(_ seconds: Double, signed: Bool = false) -> String {
    let size = abs(seconds)
    return fixed(seconds, digits: size < 1 ? 3 : size < 10 ? 2 : size < 1000 ? 1 : 0, signed: signed)
  }

  /// Returns a span of time: `0.42 s`, `12.3 s`, `1m 23s`, `2h 05m`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e15 else { return fixed(seconds, digits: 1) + " s" }
    if seconds < 9.995 { return fixed(seconds, digits: 2) + " s" }
    if seconds < 59.95 { return fixed(seconds, digits: 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60)m \(String(format: "%02d", whole % 60))s" }
    let minutes = (whole + 30) / 60
    return "\(minutes / 60)h \(String(format: "%02d", minutes % 60))m"
  }

  /// Returns a p value: `0.013`, or `<0.001`; one that is just below 0.05 with the digits that show it, as `0.0498`.
  package static func probability(_ p: Double) -> String {
    if p < 0.0005 { return "<0.001" }
    let text = fixed(p, digits: 3)
    guard p < 0.05, text == "0.050" else { return text }
    return (4...8).map { fixed(p, digits: $0) }.first { Double($0).map { $0 < 0.05 } ?? false } ?? "<0.05"
  }

  /// Returns an instant in UTC: `2026-05-09 07:35` for people, `2026-05-09T07:35:25Z` for programs.
  package static func time(_ date: Date, toTheMinute: Bool) -> String {
    let text = date.formatted(.iso8601)
    return toTheMinute ? text.prefix(16).replacingOccurrences(of: "T", with: " ") : text
  }

  /// Returns the shortest digits that read back as the same number, or nil for NaN and infinities, which CSV and JSON
  /// lack.
  package static func exact(_ value: Double) -> String? {
    guard value.isFinite else { return nil }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
    return value.description
  }
}
