internal import Foundation
internal import Records

/// Times as pages have them.
enum PageTime {
  /// The time of ISO 8601 text with milliseconds.
  static func date(_ text: String) -> Date? {
    try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// Wall-clock seconds of a run from begin to end; nil while it is running.
  static func seconds(_ run: StoredRun) -> Double? {
    guard let start = date(run.startedAt), let end = run.finishedAt.flatMap(date) else { return nil }
    return end.timeIntervalSince(start)
  }

  /// "2026-05-01 09:30 UTC".
  static func words(_ text: String) -> String { text.prefix(16).replacing("T", with: " ") + " UTC" }
}
