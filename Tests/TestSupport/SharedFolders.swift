package import Foundation

/// Folders beside the checkout that hold reference values and real data; tests that need them say that they skip when
/// they are absent.
package enum SharedFolders {
  private static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The files that tests keep beside them: small reference values, and the script that made them.
  package static let fixtures = checkout.appendingPathComponent("Tests/Fixtures")

  /// Reference values: `COVEY_GOLDEN`, else `../shared/golden`, else the copy among the fixtures.
  package static let golden: URL? = first(
    "COVEY_GOLDEN",
    [checkout.appendingPathComponent("../shared/golden"), checkout.appendingPathComponent("Tests/Fixtures/golden")])

  /// The second set of reference values: `COVEY_GOLDEN2`, else `../shared/golden2`, else a copy among the fixtures.
  public static let golden2: URL? = first(
    "COVEY_GOLDEN2",
    [checkout.appendingPathComponent("../shared/golden2"), checkout.appendingPathComponent("Tests/Fixtures/golden2")])

  /// The third set of reference values: `COVEY_GOLDEN3`, else `../shared/golden3`, else a copy among the fixtures.
  package static let golden3: URL? = first(
    "COVEY_GOLDEN3",
    [checkout.appendingPathComponent("../shared/golden3"), checkout.appendingPathComponent("Tests/Fixtures/golden3")])

  /// The fourth set of reference values: `COVEY_GOLDEN4`, else `../shared/golden4`, else a copy among the fixtures.
  package static let golden4: URL? = first(
    "COVEY_GOLDEN4",
    [checkout.appendingPathComponent("../shared/golden4"), checkout.appendingPathComponent("Tests/Fixtures/golden4")])

  /// Whether `golden` is more than the copy among the fixtures, which has no federated runs.
  package static let hasSharedGolden =
    golden.map { $0.standardizedFileURL != fixtures.appendingPathComponent("golden").standardizedFileURL } ?? false

  /// Real data: `COVEY_DATA`, else `../shared/data`.
  package static let data: URL? = first("COVEY_DATA", [checkout.appendingPathComponent("../shared/data")])

  /// Small files in many formats with their truth: `COVEY_FORMATS`, else `../shared/data/formats`.
  package static let formats: URL? = first(
    "COVEY_FORMATS", [checkout.appendingPathComponent("../shared/data/formats")])

  /// Inputs that went wrong: `COVEY_BUGS`, else `../shared/bugs`.
  package static let bugs: URL? = first("COVEY_BUGS", [checkout.appendingPathComponent("../shared/bugs")])

  /// The repository's own folder of scenarios.
  package static let scenarios = checkout.appendingPathComponent("Scenarios")

  /// The scenarios that `script/bench` times.
  package static let benchmarkScenarios = checkout.appendingPathComponent("Benchmarks/Scenarios")

  private static func first(_ variable: String, _ candidates: [URL]) -> URL? {
    if let path = ProcessInfo.processInfo.environment[variable], !path.isEmpty { return URL(fileURLWithPath: path) }
    return candidates.map(\.standardizedFileURL).first { url in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue
    }
  }
}
