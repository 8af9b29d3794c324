import Foundation
import TestSupport
import Testing

/// How wide what people read is: COLUMNS says it, also where no terminal is.
@Suite struct TerminalWidthTests {
  private static let folder = Result { try TinyScenario.recorded(rounds: 2) }

  private func output(_ arguments: [String], columns: Int?, errors: Bool = false) throws -> String {
    let environment = columns.map { ["COLUMNS": "\($0)"] } ?? [:]
    let result = try CoveyProcess.run(arguments, in: Self.folder.get().url, environment: environment)
    #expect(result.status == 0, "\(result.errors)")
    return errors ? result.errors : result.output
  }

  @Test(arguments: [
    ["list"], ["list", "norms"], ["db", "info"], ["db", "check"], ["history", "1"], ["history", "1", "--limit", "1"],
  ])
  func sentencesBreakAtSpaces(arguments: [String]) throws {
    let narrow = try output(arguments, columns: 40)
    let wide = try output(arguments, columns: nil)
    for line in narrow.split(separator: "\n") where line.split(separator: " ").count > 1 && !line.contains("▁") {
      #expect(line.count <= 40 || isOneWord(line), "\(line)")
    }
    guard arguments[0] != "history" else { return }
    #expect(words(narrow) == words(wide))
  }

  @Test func whatIsPlannedBreaksAtSpaces() throws {
    let arguments = ["run", "tiny.yaml", "--rounds", "1", "--db", "other.sqlite"]
    let narrow = try output(arguments, columns: 40, errors: true).split(separator: "\n")
    #expect(narrow.contains("tiny: 2 arms, 4 runs, 10 labels"))
    let plan = narrow.drop { !$0.hasPrefix("  fedavg: ") }.prefix { $0.hasPrefix("  ") }
    #expect(plan.count > 2)
    for line in plan { #expect(line.count <= 40, "\(line)") }
    #expect(words(plan.joined(separator: " ")).starts(with: ["fedavg:", "fedavg,", "norm", "fedavg", "[bn1:"]))
  }

  /// Whether a line is one word that is longer than a terminal, and what stands before it.
  private func isOneWord(_ line: Substring) -> Bool {
    line.drop { $0 == " " }.split(separator: " ").count == 1
  }

  private func words(_ text: String) -> [Substring] { text.split { $0.isWhitespace } }

  @Test func tablesHaveNoLimitWhereNoTerminalIs() throws {
    let long = String(repeating: "abcdefghij", count: 30)
    #expect(try output(["sql", "SELECT '\(long)' AS text, 1 AS n"], columns: nil).contains("\n\(long)  1\n"))
    #expect(try output(["sql", "SELECT '\(long)' AS text, 1 AS n"], columns: 30).contains("…"))
    #expect(try output(["sql", "SELECT '\(long)' AS text, 1 AS n"], columns: 0).contains(long))
    for columns in [nil, 200] {
      let head = try output(["history"], columns: columns).split(separator: "\n").first
      #expect(head?.contains("acc  over time  ") == true && head?.hasSuffix("time") == true)
    }
    let head = try output(["history"], columns: 80).split(separator: "\n").first
    #expect(head?.contains("over time") == false)
    #expect(head?.contains("experiment  arm") == true)
  }

  @Test func namesOfArmsAreWholeInAPlan() throws {
    let text = TinyScenario.text().replacing("fedbn,", with: "fedbn-with-a-longer-name,", maxReplacements: 1)
    try Self.folder.get().write(text, to: "named.yaml")
    for columns in [nil, 100, 120] {
      #expect(try output(["validate", "named.yaml"], columns: columns).contains("\nfedbn-with-a-longer-name  fedavgm"))
    }
  }
}
