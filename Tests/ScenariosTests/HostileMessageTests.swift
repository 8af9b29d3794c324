import Catalogs
import Foundation
import TestSupport
import Testing

@testable import Scenarios

/// Messages stay short and visible, whatever they quote, and many mistakes are counted.
@Suite("messages about hostile texts", .timeLimit(.minutes(5)))
struct HostileMessageTests {
  private static func error(_ text: String, _ edits: ScenarioEdits = ScenarioEdits()) -> ScenarioError? {
    do throws(ScenarioError) {
      _ = try Experiment(Scenario(text: text, file: "f.yaml", baseDirectory: "/nowhere", edits: edits))
      return nil
    } catch { return error }
  }

  private static func isVisible(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control && $0.value != 0x202E }
  }

  @Test("a megabyte is shortened and control characters are written out, wherever they stand")
  func shortened() {
    let long = String(repeating: "x", count: 1_000_000)
    for word in [long, "\\e[31m\\a\\u009b2J", "\\u202e\\ufeffred", long + "\\e"] {
      let texts = [
        "name: \"\(word)\"\nrounds: 1\nmodel: mlp\n", small("norm: \"\(word)\"\n"), small("norm: \"\(word)(3)\"\n"),
        small("norm: \"fedbn(\(word))\"\n"),
        small("strategy: {kind: \"\(word)\", mu: 3}\n"), small("client: {\"\(word)\": 3}\n"), small("\"\(word)\": 3\n"),
        small("client: {batch_size: \"\(word)\"}\n"), small("weights: \"\(word)\"\n"), small("seeds: \"\(word)\"\n"),
        small("arms: [{name: \"\(word)\"}]\n"), small("arms: [{name: x, \"\(word)\": 3}]\n"),
        small("sweep: {\"\(word)\": [1]}\n"), small("sweep: {\"client.\(word)\": [1]}\n"),
        small("sweep: {loss: [\"\(word)\"]}\n"), small("init: \"\(word)\"\n"), small("record: {drift: \"\(word)\"}\n"),
        inline("{\"\(word)\": 3}"), inline("\"\(word)\""),
        inline("{dense: {name: \"\(word)\", units: 3}}, {dense: {name: \"\(word)\", units: 3}}"),
        "name: a\nrounds: 1\nmodel: mlp\ndata: {domains: [\"\(word)\"]}\n",
        "name: a\nrounds: 1\nmodel: mlp\ndata: {source: idx, root: \"\(word)\", domains: [\"\(word)\"]}\n",
        "name: a\nrounds: 1\nmodel: mlp\ndata: {unseen: {domains: [\"\(word)\"]}}\n",
        "name: a\nrounds: 1\nmodel: mlp\ndata: {source: safetensors, file: \"\(word)\"}\n",
        small("evaluation: {norm_source: [\"\(word)\", \"\(word)(3)\"]}\n"), "\"\(word)\": 1\n\"\(word)\": 2\n",
        "a: *\(word.prefix(1_000_000).filter { $0 == "x" })y\n", "- \(word)\n", "name: [\(word)\n",
      ]
      for text in texts {
        let said = Self.error(text).map { "\($0)" } ?? ""
        #expect(
          !said.isEmpty && said.utf8.count < 8_000 && Self.isVisible(said), "\(said.prefix(500)) for \(text.prefix(60))"
        )
      }
      let plain = word.replacing("\\e", with: "\u{1B}").replacing("\\a", with: "\u{7}").replacing(
        "\\u202e", with: "\u{202E}")
      for setting in [
        "\(plain)", "\(plain)=1", "norm=\(plain)", "arms.\(plain).norm=fedbn", "client.\(plain)=3", "\(plain).x=null",
      ] {
        let said = Self.error(twoArms, ScenarioEdits(settings: [setting])).map { "\($0)" } ?? ""
        #expect(!said.isEmpty && said.utf8.count < 8_000 && Self.isVisible(said), "\(said.prefix(500))")
      }
      let said = Self.error(twoArms, ScenarioEdits(arms: [plain])).map { "\($0)" } ?? ""
      #expect(said.utf8.count < 8_000 && Self.isVisible(said))
    }
  }

  @Test("mistakes after the first hundred are counted")
  func counted() throws {
    let keys = (0..<99_000).map { "k\($0): 1\n" }.joined()
    let many = try #require(Self.error(small() + keys))
    #expect(many.diagnostics.count == 99_000 && many.lines.count == 101)
    #expect(many.lines.last == "and 98,900 more errors" && many.lines[0].hasPrefix("f.yaml:5:1: k0: unknown key"))
    let arms = try #require(Self.error(small("arms:\n" + (0..<102).map { "  - {name: a\($0), zzz: 1}\n" }.joined())))
    #expect(arms.lines.count == 101 && arms.lines.last == "and 2 more errors")
    let one = try #require(Self.error(small("arms:\n" + (0..<101).map { "  - {name: a\($0), zzz: 1}\n" }.joined())))
    #expect(one.lines.last == "and 1 more error")
    let hundred = try #require(Self.error(small("arms:\n" + (0..<100).map { "  - {name: a\($0), zzz: 1}\n" }.joined())))
    #expect(hundred.lines.count == 100)
  }

  @Test("what a hundred arms inherit is told once, and which arms it is about")
  func repeated() {
    let names = (0..<100).map { "{name: a\($0)}" }.joined(separator: ", ")
    #expect(complaints(small("norm: fedbm\narms: [\(names)]\n")).split(separator: "\n").count == 1)
    let inherited = "client: {optimizer: {momentum: 0.5}}\nstrategy: scaffold\narms: [\(names)]\n"
    #expect(
      complaints(small(inherited)) == """
        f.yaml:6:11: strategy: 'scaffold' can't be used in arms 'a0', 'a1', 'a2' and 97 more: its control variates need \
        local steps of plain SGD (allowed: client.optimizer sgd with momentum 0)
        """)
    #expect(
      complaints(inline("flatten, {dense: 10}", "norm: fedbn\nseeds: [1, 2]\narms: [{name: x}, {name: y}]\n")) == """
        f.yaml:6:7: norm: 'fedbn' can't be used in arms 'x', 'y': the model has no normalization layer for it to apply to
        """)
    let swept = small(
      "rounds_: 1\nsweep: {client.batch_size: [\((1...50).map(String.init).joined(separator: ", "))]}\n")
    #expect(complaints(swept).split(separator: "\n").count == 1)
  }

  @Test("long runs of combining marks are refused where they stand, also as escapes, in keys and in edits")
  func marks() {
    let marks = String(repeating: "\u{301}\u{316}", count: 20_000)
    let escapes = String(repeating: "\\u0301\\x00".replacing("\\x00", with: "\\u0316"), count: 20_000)
    let vowels = String(repeating: "\u{F73}", count: 31)
    let folded = String(repeating: "\\u0301\\\n   ", count: 31)
    let said = "the text has more than 30 combining marks in a row"
    #expect(complaints(small("norm: \"\(marks)\"\n")) == "f.yaml:5:38: \(said)")
    #expect(complaints(small("norm: \"x\(escapes)\"\n")) == "f.yaml:5:189: \(said)")
    for text in [
      small("\(marks): 1\n"), small("\"\(escapes)\": 1\n"), small("description: \"\(vowels)\"\n"),
      small("description: \"\(folded)\"\n"), small("# \(marks)\n"), small("description: \"\\U00000301\(escapes)\"\n"),
    ] {
      #expect(complaints(text).hasSuffix(said), "\(text.prefix(150))")
    }
    #expect(
      complaints(twoArms, edits: ScenarioEdits(settings: ["norm=\(marks)"])).hasSuffix(
        ": the setting has more than 30 combining marks in a row"))
    #expect(
      complaints(twoArms, edits: ScenarioEdits(settings: ["\(marks)=1"])).hasSuffix(
        ": the setting has more than 30 combining marks in a row"))
    #expect(
      complaints(twoArms, edits: ScenarioEdits(arms: [marks]))
        == "--arms: a name has more than 30 combining marks in a row")
    // As many as languages have are none too many, in composed and in decomposed form.
    #expect(
      complaints(small("description: \"e\u{301}\u{316} \(String(repeating: "a\u{301}", count: 500))\"\n")).isEmpty)
    #expect(complaints(small("description: \"\(String(repeating: "\u{301}", count: 30))\"\n")).isEmpty)
  }

  @Test("the given text with combining marks is refused at once")
  func givenMarks() throws {
    guard let bugs = SharedFolders.bugs else { return print("skipped: ../shared/bugs is not there") }
    let file = bugs.appendingPathComponent("crafted/marks.yaml").path
    #expect(throws: ScenarioError.self) { try Scenario(path: file) }
  }
}

@Suite("words near to others")
struct LongWordTests {
  @Test("long words have no near ones, and characters of any length are compared by their code points")
  func long() {
    #expect(nearestName(to: String(repeating: "a", count: 201), in: [String(repeating: "a", count: 200)]) == nil)
    #expect(nearestName(to: "fedb\u{301}n", in: ["fedbn"]) == "fedbn")
    #expect(nearestNames(to: "fedb", in: ["fedbn", "fedbn", "silobn"], limit: 3) == ["fedbn"])
    let flag = String(repeating: "\u{200D}\u{FE0F}", count: 30)
    #expect(nearestName(to: "x" + flag, in: ["fedbn"]) == nil)
  }

  @Test("quoted text is short and visible")
  func shown() {
    #expect(shownText("abc") == "abc" && shownText("") == "")
    #expect(shownText(String(repeating: "x", count: 60)) == String(repeating: "x", count: 60))
    #expect(shownText(String(repeating: "x", count: 61)) == String(repeating: "x", count: 57) + "…")
    #expect(visibleText("\u{1B}[31m é \u{202E}\u{FFFE}\u{1FFFF}\n") == "\\u001B[31m é \\u202E\\uFFFE\\U0001FFFF\\u000A")
  }
}
