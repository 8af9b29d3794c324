import Foundation
import TestSupport
import Testing

/// The guide on fine-tuning: its commands are run as they stand, in its order, and print what stands behind them.
@Suite(.timeLimit(.minutes(10)))
struct FineTuningGuideTests {
  /// The scenarios by name, and the commands with the lines that stand behind them.
  private static func read() throws -> (files: [String: String], examples: [(command: String, lines: [String])]) {
    let guide = SharedFolders.scenarios.deletingLastPathComponent().appendingPathComponent("Docs/Guides/fine-tuning.md")
    var files: [String: String] = [:]
    var examples: [(command: String, lines: [String])] = []
    var block: String?
    var name = ""
    for line in try String(contentsOf: guide, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
    {
      if line.hasPrefix("```") {
        block = block == nil ? String(line.dropFirst(3)) : nil
      } else if block == "yaml" {
        if line.hasPrefix("# ") { name = String(line.dropFirst(2)) } else { files[name, default: ""] += line + "\n" }
      } else if block == "console" {
        if line.hasPrefix("$ ") {
          examples.append((String(line.dropFirst(2)), []))
        } else {
          examples[examples.count - 1].lines.append(String(line))
        }
      }
    }
    return (files, examples)
  }

  @Test func commandsPrintWhatStandsThere() throws {
    let (files, examples) = try Self.read()
    #expect(files.keys.sorted() == ["finetune.yaml", "pretrain.yaml"] && examples.count == 4)
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(text, to: name) }
    for (command, lines) in examples {
      #expect(command.hasPrefix("covey "))
      let arguments = command.split(separator: " ").dropFirst().map(String.init)
      let result = try CoveyProcess.run(arguments, in: folder.url)
      #expect(result.status == 0, "\(command): \(result.errors)")
      let found = (result.output + result.errors).split(whereSeparator: \.isNewline).map(String.init)
      var place = 0
      for line in lines where line != "…" && !line.isEmpty {
        guard let match = found[place...].firstIndex(of: line) else {
          Issue.record("\(command): no line '\(line)' in order in \(found.joined(separator: "\n"))")
          return
        }
        place = match + 1
      }
    }
    // What is held is what the file holds, and costs nothing.
    for name in ["frozen", "new-head"] {
      let export = try CoveyProcess.run(
        ["export", "finetune/\(name)/1", "--weights", "\(name).safetensors"], in: folder.url)
      #expect(export.status == 0, "\(export.errors)")
    }
    let bytes = try CoveyProcess.run(
      [
        "sql",
        "SELECT DISTINCT arm, bytes_up FROM participations JOIN runs ON runs.id = run_id WHERE arm IN ('frozen', 'new-head') ORDER BY arm",
        "--format", "csv",
      ], in: folder.url)
    #expect(
      bytes.output.split(whereSeparator: \.isNewline).dropFirst().map(String.init) == [
        "frozen,11632", "new-head,12016",
      ],
      "\(bytes.output) \(bytes.errors)")
    let verified = try CoveyProcess.run(["verify", "finetune/frozen/1", "--quiet"], in: folder.url)
    #expect(verified.status == 0, "\(verified.output) \(verified.errors)")
    // Another file is another input.
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("pretrained.safetensors"))
    try FileManager.default.moveItem(
      at: folder.url.appendingPathComponent("new-head.safetensors"),
      to: folder.url.appendingPathComponent("pretrained.safetensors"))
    let other = try CoveyProcess.run(["verify", "finetune/frozen/1", "--quiet"], in: folder.url)
    #expect(other.status != 0 && (other.output + other.errors).contains("pretrained.safetensors"))
  }

  @Test func thePlanSaysWhoDoesOtherwiseAndWhatIsHeld() throws {
    let (files, _) = try Self.read()
    let folder = try TemporaryFolder()
    try folder.write(try #require(files["pretrain.yaml"]), to: "pretrain.yaml")
    try folder.write(try #require(files["finetune.yaml"]), to: "finetune.yaml")
    let first = [
      ["run", "pretrain.yaml", "--rounds", "1", "--quiet"],
      ["export", "pretrain", "--weights", "pretrained.safetensors"],
      ["validate", "finetune.yaml", "--format", "json"],
    ]
    var json = ""
    for arguments in first {
      let result = try CoveyProcess.run(arguments, in: folder.url)
      #expect(result.status == 0, "\(result.errors)")
      json = result.output
    }
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let overrides = try #require(object["overrides"] as? [[String: Any]])
    #expect(overrides.count == 8)
    #expect(overrides[1]["clients"] as? [String] == ["meter/1"] && overrides[1]["client_count"] as? Int == 1)
    #expect(overrides[1]["overrides"] as? [String] == ["epochs 2", "optimizer.learning_rate 0.05"])
    let run = try CoveyProcess.run(["run", "finetune.yaml", "--arms", "frozen", "--rounds", "2"], in: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    #expect(
      run.errors.contains(
        "  frozen: fedavg, frozen features norm1, norm fedavg [norm1: γ, β frozen; statistics averaged], 2907 values leave"
      ),
      "\(run.errors)")
    #expect(run.errors.contains("    meter/1: epochs 2, optimizer.learning_rate 0.05"), "\(run.errors)")
  }
}
