package import Foundation
package import Records
package import RunStore

/// The runs of a database that is a test's result.
package struct StoredResults {
  /// The database.
  package let store: RunStore
  /// The runs in the order of their numbers.
  package let runs: [StoredRun]

  /// Opens a database.
  package init(_ database: URL) throws {
    store = try RunStore(path: database.path, access: .readOnly)
    runs = try store.allRuns().sorted { $0.id < $1.id }
  }

  /// `experiment/arm/seed` to the result hash.
  package var hashes: [String: String] {
    Dictionary(uniqueKeysWithValues: runs.map { ($0.name, $0.resultHash ?? "none: \($0.status.rawValue)") })
  }

  /// `experiment/arm/seed` to the hash of what an encoding covers.
  package func hashes(_ encoding: ResultEncoding) throws -> [String: String] {
    var hashes: [String: String] = [:]
    for run in runs { hashes[run.name] = try store.resultHash(run: run.id, encoding: encoding) }
    return hashes
  }
}
