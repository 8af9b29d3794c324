import Foundation
import RunStore
import TestSupport
import Tensors
import Testing

/// An instruction set that oneDNN can be told to compute with.
private enum OtherInstructionSet {
  /// Whether `DNNL_MAX_CPU_ISA` makes a difference here.
  static let exists =
    !InstructionSet.current.hasPrefix("oneDNN default") && !InstructionSet.current.hasPrefix("oneDNN sse41,")
}

/// What computed a run is recorded, and a run does not go on with another instruction set unless it is told to.
@Suite(.enabled(if: OtherInstructionSet.exists, "skipped: oneDNN has one instruction set on this processor"))
struct InstructionSetTests {
  private static let older = ["DNNL_MAX_CPU_ISA": "SSE41"]
  private static let current = InstructionSet.current
  private static let kernels = current.split(separator: ", ", maxSplits: 1).last.map(String.init) ?? ""
  private static let olderWords = "oneDNN sse41, \(kernels)"

  private func begun(_ environment: [String: String]) throws -> ReadingScenario {
    let scenario = try ReadingScenario()
    let result = try scenario.covey(["run", "run.yaml", "--quiet"], environment: environment)
    try #require(result.status == 0, "\(result.errors)")
    return scenario
  }

  private func recorded(_ scenario: ReadingScenario) throws -> String? {
    try StoredResults(scenario.url("covey.sqlite")).runs[0].instructionSet
  }

  @Test func itIsRecordedAndShown() throws {
    let scenario = try begun([:])
    #expect(try recorded(scenario) == Self.current)
    let other = try begun(Self.older)
    #expect(try recorded(other) == Self.olderWords)
    let json = try other.covey(["history", "--format", "json"])
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    #expect(rows[0]["instruction_set"] as? String == Self.olderWords)
    let found = try other.covey(["history", "--where", "instruction_set like '%sse41%'", "--format", "csv"])
    #expect(found.output.split(separator: "\r\n").count == 2)
  }

  @Test(arguments: [["DNNL_CPU_ISA_HINTS": "PREFER_YMM"], ["ONEDNN_DEFAULT_FPMATH_MODE": "BF16"]])
  func whatElseChangesBitsBelongsToIt(environment: [String: String]) throws {
    let scenario = try begun(environment)
    let words = environment.keys.contains("DNNL_CPU_ISA_HINTS") ? "prefer_ymm" : "fpmath_bf16"
    #expect(try recorded(scenario)?.contains(" \(words), kernels ") == true)
  }

  @Test func resumeRefusesAnotherUnlessToldTo() throws {
    let scenario = try begun(Self.older)
    try scenario.interrupt(after: 3)
    let before = try scenario.contents()
    let refused = try scenario.covey(["resume", "--quiet"])
    #expect(refused.status == 64)
    let words =
      "run 1 (reading/fedavg/1) was computed with \(Self.olderWords), and this process computes with \(Self.current)"
    #expect(
      refused.errors
        == "error: \(words)\nnothing was resumed; go on where those can be computed, or with --allow-other-instruction-set: the record then names both\n"
    )
    #expect(try scenario.contents() == before)
    let allowed = try scenario.covey(["resume", "--quiet", "--allow-other-instruction-set"])
    #expect(allowed.status == 0)
    #expect(allowed.errors == "note: \(words): its result is not the one of an uninterrupted run\n")
    #expect(try recorded(scenario) == "\(Self.olderWords); from round 3 \(Self.current)")
    let page = try scenario.covey(["report", "1", "-o", "r.html"])
    #expect(page.status == 0)
    #expect(
      try String(contentsOf: scenario.url("r.html"), encoding: .utf8)
        .contains("Run 1: computed with \(Self.olderWords); from round 3 \(Self.current)."))
    // The last rounds count: the same set goes on, the first one does not any more.
    try scenario.interrupt(after: 4)
    #expect(try scenario.covey(["resume", "--quiet"], environment: Self.older).status == 64)
    #expect(try scenario.covey(["resume", "--quiet"]).status == 0)
    // Where the rounds of the second are dropped, so is what is said of it.
    try scenario.interrupt(after: 2)
    #expect(try scenario.covey(["resume", "--quiet"], environment: Self.older).status == 0)
    #expect(try recorded(scenario) == Self.olderWords)
  }

  @Test func aRunThatStartsOverMixesNothing() throws {
    let scenario = try begun(Self.older)
    try scenario.interrupt(after: 1)
    #expect(try scenario.covey(["resume", "--quiet"]).status == 0)
    #expect(try recorded(scenario) == Self.current)
  }

  @Test func verifySaysThatItDiffers() throws {
    let scenario = try begun(Self.older)
    let hash = try StoredResults(scenario.url("covey.sqlite")).hashes["reading/fedavg/1"] ?? ""
    let refused = try scenario.covey(["verify", "1", "--quiet"])
    #expect(refused.status == 64)
    #expect(
      refused.output
        == "reading/fedavg/1: other instruction set, not computed again: recorded with \(Self.olderWords)\n")
    #expect(
      refused.errors
        == "error: run 1 (reading/fedavg/1) was computed with \(Self.olderWords), and this process computes with \(Self.current)\n--allow-other-instruction-set computes such runs again, to other bits\n"
    )
    let json = try scenario.covey(["verify", "1", "--quiet", "--format", "json"])
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    #expect(rows[0]["outcome"] as? String == "other-instruction-set")
    #expect(rows[0]["instruction_set_recorded"] as? String == Self.olderWords)
    #expect(rows[0]["instruction_set"] as? String == Self.current)
    let allowed = try scenario.covey(["verify", "1", "--quiet", "--allow-other-instruction-set"])
    #expect([0, 1].contains(allowed.status))
    #expect(
      allowed.output.hasPrefix(
        "reading/fedavg/1: \(allowed.status == 0 ? "same result, " : "differs: recorded ")\(hash)"))
    #expect(allowed.output.hasSuffix("; recorded with \(Self.olderWords), computed now with \(Self.current)\n"))
    let same = try scenario.covey(["verify", "1", "--quiet"], environment: Self.older)
    #expect(same.output == "reading/fedavg/1: same result, \(hash)\n")
  }

  /// `isa.yaml` of the inputs that once went wrong.
  @Test(.enabled(if: SharedFolders.bugs != nil, "skipped: there is no ../shared/bugs"))
  func theReportedCase() throws {
    let scenario = try #require(SharedFolders.bugs).appendingPathComponent("crafted/isa.yaml").path
    let folder = try TemporaryFolder()
    let run = try CoveyProcess.run(["run", scenario, "--quiet"], in: folder.url, environment: Self.older)
    #expect(run.status == 0)
    let verify = try CoveyProcess.run(["verify", "1", "--quiet"], in: folder.url)
    #expect(verify.status == 64)
    #expect(
      verify.errors.contains("was computed with \(Self.olderWords), and this process computes with \(Self.current)"))
    let allowed = try CoveyProcess.run(
      ["verify", "1", "--quiet", "--allow-other-instruction-set"], in: folder.url)
    #expect(allowed.output.contains("; recorded with \(Self.olderWords), computed now with \(Self.current)"))
  }
}
