package import Foundation
internal import Tables

/// Dates of the record.
package enum PageDate {
  /// The date of ISO 8601 text with milliseconds.
  package static func date(_ text: String) -> Date? {
    try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// `2026-05-09 07:35 UTC`; what is no date as it is recorded, to be escaped like any other text.
  package static func words(_ text: String) -> String {
    date(text).map { NumberText.time($0, toTheMinute: true) + " UTC" } ?? text
  }
}
