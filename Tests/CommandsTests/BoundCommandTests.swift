import Foundation
import TestSupport
import Testing

/// Bounds as arms of one scenario, from the run to the comparison, the figures and the record.
struct BoundCommandTests {
  private static func recorded() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let text = TinyScenario.text(rounds: 2).replacing(
      "  - {name: fedavg, norm: fedavg}",
      with: "  - {name: central, bound: central}\n  - {name: alone, bound: local}\n  - {name: fedavg, norm: fedavg}")
    try folder.write(text, to: "tiny.yaml")
    let result = try CoveyProcess.run(["run", "tiny.yaml", "--quiet"], in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("central (bound)") && result.output.contains("alone (local bound)"))
    return folder
  }

  /// `bound: local` is evaluated of personal models alone, `bound: central` on every client: both are pairs of every arm.
  @Test func boundsArePairsOfEveryArm() throws {
    let folder = try Self.recorded()
    let result = try CoveyProcess.run(["compare", "--format", "json"], in: folder.url)
    #expect(result.status == 0)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(object["baseline"] as? String == "fedavg")
    #expect((object["data_differences"] as? [Any])?.isEmpty == true)
    #expect(object["family"] as? Int == 1)
    let arms = try #require(object["arms"] as? [[String: Any]])
    #expect(arms.map { $0["arm"] as? String } == ["fedavg", "fedbn", "central", "alone"])
    #expect(arms.map { $0["bound"] as? String } == ["none", "none", "central", "local"])
    #expect(arms.map { $0["distance_central_pairs"] as? Int } == [2, 2, nil, 2])
    #expect(arms.map { $0["distance_local_pairs"] as? Int } == [2, 2, 2, nil])
    #expect((object["distances"] as? [Any])?.count == 6)
    let domains = try #require(object["domains"] as? [[String: Any]])
    #expect(domains.allSatisfy { $0["mean"] is Double } && domains.count == 5 * 4)
    let listed = try CoveyProcess.run(["history"], in: folder.url)
    let lines = listed.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.first?.last == "bound", "\(listed.output)")
    let bounds = lines.filter { Int($0[0]) != nil }.map { [$0[2], $0.last ?? ""] }
    #expect(Set(bounds) == [["central", "central"], ["alone", "local"], ["fedavg", "none"], ["fedbn", "none"]])
    let text = try CoveyProcess.run(["compare", "--baseline", "central"], in: folder.url)
    #expect(text.status == 0 && text.output.contains("Difference to central in percentage points, paired by seed"))
    #expect(text.output.contains("to central") && text.output.contains("to local"))
    let stored = try CoveyProcess.run(
      ["sql", "SELECT arm, bound FROM runs WHERE seed = 1 ORDER BY id", "--format", "csv"], in: folder.url)
    #expect(
      stored.output.split(whereSeparator: \.isNewline)
        == ["arm,bound", "central,central", "alone,local", "fedavg,none", "fedbn,none"])
    for figure in ["accuracy", "communication", "differences", "clients", "worst", "loss", "time", "between-share"] {
      let drawn = try CoveyProcess.run(["plot", figure, "-o", "\(figure).svg"], in: folder.url)
      #expect(drawn.status == 0 || figure == "time", "\(figure): \(drawn.errors)")
    }
    let drawing = try String(contentsOf: folder.url.appendingPathComponent("accuracy.svg"), encoding: .utf8)
    #expect(drawing.contains("central (bound)") && drawing.contains("class=\"line sb d2\""))
  }
}
