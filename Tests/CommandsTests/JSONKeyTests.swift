import Foundation
import TestSupport
import Testing

/// `Docs/JSON.md` is a promise: every key that a command prints stands there.
@Suite struct JSONKeyTests {
  @Test func everyKeyIsDocumented() throws {
    let document = try String(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Docs/JSON.md"), encoding: .utf8)
    let folder = try TinyScenario.recorded(rounds: 2)
    let other = ["run", "tiny.yaml", "--quiet", "--db", "other.sqlite", "--rounds", "1"]
    try #require(try CoveyProcess.run(other, in: folder.url).status == 0)
    let commands = [
      "validate tiny.yaml", "import tiny.yaml -o tiny.safetensors", "data info tiny.yaml", "list", "history",
      "history 1", "history 1 --clients", "history 1 --layers",
      "history 1 --evaluations", "compare", "drift 1", "report -o r.html", "plot accuracy",
      "manual", "completions fish", "export 1 --csv c", "verify 1 --quiet",
      "runs tag 1 x", "runs note 1 word", "db info", "db check", "db vacuum", "db merge other.sqlite",
      "runs rm 5 --yes",
      "run tiny.yaml --quiet --rounds 1 --seeds 1",
    ]
    for command in commands {
      let arguments = command.split(separator: " ").map(String.init) + ["--format", "json"]
      let result = try CoveyProcess.run(arguments, in: folder.url)
      #expect(result.status == 0, "\(command): \(result.errors)")
      let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
      // The tables of a comparison, a plan and of drift are explained elsewhere: their own keys are enough.
      let keys = Self.keys(of: value, deep: ["db", "history", "data"].contains { command.hasPrefix($0) })
      #expect(!keys.isEmpty, "\(command)")
      for key in keys.sorted() { #expect(document.contains("`\(key)`"), "\(command): \(key)") }
    }
  }

  /// The keys of an object, or of the objects in a list; `deep` also those inside.
  private static func keys(of value: Any, deep: Bool) -> Set<String> {
    if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(keys(of: $1, deep: deep)) } }
    guard let object = value as? [String: Any] else { return [] }
    var found = Set(object.keys)
    if deep { for inner in object.values { found.formUnion(keys(of: inner, deep: true)) } }
    return found
  }
}
