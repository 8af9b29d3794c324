internal import Foundation

/// "45 s", "3 min 20 s", "2 h 5 min".
func timeText(_ seconds: Double) -> String {
  let whole = Int(min(max(0, seconds.isFinite ? seconds : 0), 1e9).rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}

/// "1 run", "2 runs".
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// "0 bytes", "12.3 kB", "1.23 MB", "4.50 GB", in powers of 1000.
func byteText(_ count: Int) -> String {
  if count < 1000 { return counted(count, "byte") }
  let units = ["kB", "MB", "GB"]
  var value = Double(count) / 1000
  var unit = 0
  while value >= 999.5, unit < units.count - 1 {
    value /= 1000
    unit += 1
  }
  let digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
  return String(format: "%.\(digits)f", value) + " " + units[unit]
}
