import Foundation
import TestSupport
import Testing

/// Every file of Scenarios/ is valid, says what it shows, and runs at reduced size; those of Benchmarks/Scenarios/ are
/// valid and say what they show.
@Suite struct ScenarioFileTests {
  static let files = scenarios(in: SharedFolders.scenarios)
  static let benchmarks = scenarios(in: SharedFolders.benchmarkScenarios)

  private static func scenarios(in folder: URL) -> [URL] {
    ((try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? [])
      .filter { $0.pathExtension == "yaml" }.sorted { $0.path < $1.path }
  }

  /// Scenarios on the real digits need a folder that a clone does not have.
  static func needsData(_ file: URL) -> Bool {
    (try? String(contentsOf: file, encoding: .utf8))?.contains("source: idx") ?? false
  }

  /// Studies whose arms differ in the number of examples, so that a scenario's own number has no effect.
  static let studiesOfSize = ["clients-per-domain", "data-per-client"]

  static let runnable = files.filter { !needsData($0) || SharedFolders.data != nil }

  @Test func thereAreScenarios() { #expect(Self.files.count >= 5 && Self.benchmarks.count == 4) }

  @Test(arguments: files + benchmarks) func theHeadCommentSaysWhatToExpect(_ file: URL) throws {
    let text = try String(contentsOf: file, encoding: .utf8)
    for word in ["# Shows:", "# Data:", "# Takes:", "# Expect:"] {
      #expect(text.contains(word), "\(file.lastPathComponent)")
    }
    #expect(text.contains("\nname: \(file.deletingPathExtension().lastPathComponent)\n"))
  }

  @Test(
    .enabled(if: SharedFolders.data != nil, "skipped: no folder of real data; set COVEY_DATA"),
    arguments: files.filter(needsData))
  func scenariosOnRealDataAreValid(_ file: URL) throws { try validate(file) }

  @Test(arguments: files.filter { !needsData($0) } + benchmarks) func scenariosOnBuiltInDataAreValid(_ file: URL) throws
  {
    try validate(file)
  }

  @Test(arguments: files.filter { !needsData($0) }) func studiesRunAtReducedSize(_ file: URL) throws {
    let folder = try TemporaryFolder()
    var arguments = ["run", file.path, "--rounds", "1", "--seeds", "1", "--quiet"]
    if !Self.studiesOfSize.contains(file.deletingPathExtension().lastPathComponent) {
      arguments += ["--set", "data.train_per_client=40", "--set", "data.test_per_client=20"]
    }
    let result = try CoveyProcess.run(arguments, in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("after round 1"))
  }

  private func validate(_ file: URL) throws {
    let folder = try TemporaryFolder()
    var arguments = ["validate", file.path]
    if Self.needsData(file), let data = SharedFolders.data {
      arguments += ["--set", "data.root=\(data.appendingPathComponent("digits").path)"]
    }
    let result = try CoveyProcess.run(arguments, in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("What the norm policies match"))
  }
}
