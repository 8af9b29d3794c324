package import Foundation
package import Records
internal import Reports

/// Dates of the record.
package enum PageDate {
  /// The date of ISO 8601 text with milliseconds.
  package static func date(_ text: String) -> Date? {
    try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// Wall-clock seconds from a run's begin to its end; nil while it is running.
  package static func seconds(_ run: StoredRun) -> Double? {
    guard let start = date(run.startedAt), let end = run.finishedAt.flatMap(date) else { return nil }
    return end.timeIntervalSince(start)
  }

  /// `2026-05-09 07:35 UTC`.
  package static func words(_ text: String) -> String {
    date(text).map { NumberText.time($0, toTheMinute: true) + " UTC" } ?? text
  }
}
