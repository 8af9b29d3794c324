internal import Foundation

extension String {
  /// The date of ISO 8601 text in whole seconds.
  var wholeSecond: Date? { try? Date(self, strategy: .iso8601) }
}
