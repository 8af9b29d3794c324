import Randomness
import TestSupport
import Testing

@testable import Scenarios

/// Texts that nobody writes by hand: a value or an error, soon, and never a crash.
@Suite("hostile texts", .timeLimit(.minutes(2)))
struct HostileTests {
  private func seconds(_ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  @Test("aliases that multiply are refused at once, as values and as keys")
  func bombs() {
    func bomb(_ levels: Int, open: String, close: String) -> String {
      "b0: &b0 \(open)x, y\(close)\n"
        + (1...levels).map { level in
          "b\(level): &b\(level) \(open)" + Array(repeating: "*b\(level - 1)", count: 9).joined(separator: ", ")
            + "\(close)\n"
        }.joined()
    }
    let time = seconds {
      #expect(
        complaints(bomb(30, open: "[", close: "]")).hasSuffix(
          "the file has more than 100000 values, each use of an alias counted"))
    }
    #expect(time < 2)
    for levels in [2, 6, 12, 30] {
      let last = "*b\(levels)"
      let keys = [
        "? \(last)\n: 1\n", "?\n \(last)\n: 1\n", "\(last) : 1\n", "c: {\(last) : 1}\n", "c: {? \(last)}\n",
        "[\(last)]: 1\n",
        "c: {[\(last)]:1}\n", "c: {{a: \(last)} : 1}\n", "- ? \(last)\n  : 1\n", "? - \(last)\n: 1\n",
        "?\t\(last)\n: 1\n",
        "? # x\n  \(last)\n: 1\n", "? &z \(last)\n: 1\n", "?\r\n  \(last)\r\n: 1\r\n", "c: [? \(last) : 1]\n",
        "c: [\(last) : 1]\n",
        "c: [[\(last)]: 1]\n", "c: {[\(last)]\n : 1}\n",
      ]
      for key in keys {
        for text in [
          bomb(levels, open: "[", close: "]") + key,
          bomb(levels, open: "[", close: "]").replacing("x, y", with: "x") + key,
        ] {
          var said = ""
          let time = seconds { said = complaints(text) }
          #expect(!said.isEmpty && time < 2, "\(levels) levels and \(key) took \(time) s: \(said)")
        }
      }
    }
  }

  @Test("odd keys without aliases, and aliases without odd keys, are not mistaken for one another")
  func keysAndAliases() {
    #expect(complaints(small("[a]: 3")) == "f.yaml:5:1: a key is a list, a mapping or an alias (allowed: a word)")
    #expect(complaints("norm: &n fedbn\n" + small("arms: [{name: x, norm: *n}, {name: y, norm: *n }]")).isEmpty)
    #expect(complaints(small("description: 'Is it so? It is *not*, (no): 2*3'\nweights: &w uniform")).isEmpty)
    #expect(
      complaints(
        small("norm: &n fedbn # ? [x]: *y\narms:\n  - {name: x, norm: *n}\n  - name: y\n    norm: *n\n    rounds: 2")
      ).isEmpty)
    #expect(complaints("client: &c {epochs: 2}\n" + small("arms:\n  - {name: x, client: *c, rounds: 2}\n")).isEmpty)
  }

  @Test("deep nesting is refused at once", arguments: ["[", "{a: ", "- ", "? ", "[{b: "])
  func depth(opening: String) {
    for count in [63, 64, 65, 999, 1000, 1001, 200_000] {
      var said = ""
      let time = seconds { said = complaints(String(repeating: opening, count: count)) }
      #expect(!said.isEmpty && time < 2, "\(count) took \(time) s")
    }
    let closed = complaints(String(repeating: "[", count: 20_000) + String(repeating: "]", count: 20_000))
    #expect(closed.contains("values are nested more than 64 deep"))
  }

  @Test("long lines, long words and many keys")
  func long() {
    let texts = [
      "name: " + String(repeating: "x", count: 1_000_000), String(repeating: "x", count: 1_000_000) + ": 1",
      (0..<50_000).map { "k\($0): 1\n" }.joined(), "name: \"" + String(repeating: "\\n", count: 500_000) + "\"",
      small("client: {" + (0..<20_000).map { "k\($0): 1" }.joined(separator: ", ") + "}\n"),
      small("arms: [" + (0..<2_000).map { "{name: a\($0), zzz: 1}" }.joined(separator: ", ") + "]\n"),
      small("seeds: [" + (0..<20_000).map(String.init).joined(separator: ", ") + "]\n"),
    ]
    for text in texts {
      var said = ""
      let time = seconds { said = complaints(text) }
      #expect(!said.isEmpty && time < 10, "\(text.prefix(30)) took \(time) s")
    }
  }

  @Test("3000 random mutations are a value or an error, and quick")
  func mutations() {
    let pieces: [[UInt8]] = [
      "[", "]", "{", "}", ":", ": ", ", ", "- ", "\n", "\n  ", "\"", "'", "&x ", "*x", "*n", "? ", "!!int ", "|", ">",
      "#", "%", "@", "\t",
      "---", "...", "null", "~", "true", "-1", "0", "1e308", "1e400", "9223372036854775807", "99999999999999999999",
      "0x10", ".inf", "nan",
      "arms", "norm", "kind", "source", "layers", "input", "steps: 3", "\u{85}", "\u{2028}", "\u{FEFF}", "é", "\u{0}",
      "\\u0041", "<<: *n",
    ].map { Array($0.utf8) }
    let original = Array(mixedScenario.utf8)
    var stream = RandomStream(seed: 20, .examples)
    var valid = 0
    var slowest = 0.0
    for _ in 0..<3000 {
      var bytes = original
      for _ in 0..<(1 + stream.index(below: 4)) {
        let at = stream.index(below: bytes.count)
        switch stream.index(below: 5) {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: stream.next32())
        case 1: bytes.removeSubrange(at..<min(bytes.count, at + 1 + stream.index(below: 12)))
        case 2: bytes.insert(contentsOf: pieces[stream.index(below: pieces.count)], at: at)
        case 3:
          let from = stream.index(below: bytes.count)
          bytes.insert(contentsOf: bytes[from..<min(bytes.count, from + 40)], at: at)
        default:
          let piece = pieces[stream.index(below: pieces.count)]
          bytes.replaceSubrange(at..<min(bytes.count, at + piece.count), with: piece)
        }
        if bytes.isEmpty { bytes = original }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      let time = seconds { if complaints(text).isEmpty { valid += 1 } }
      slowest = max(slowest, time)
    }
    #expect(valid > 10, "mutations that leave a scenario whole are part of the test")
    #expect(slowest < 5)
  }

  @Test("mutated settings from the command line are a value or an error")
  func settings() {
    let originals = [
      "client.optimizer.learning_rate=0.5", "arms.fedbn.norm=pooled", "arms.fedavg.client={steps: 2}",
      "model.layers.0.x=3",
      "seeds=[1, 2]", "data.image.mean=[1, 2, 3]", "description=\"x, y\"",
    ]
    let letters = Array(".=[]{}\"': ,#&*!\n\u{0}aé-0".unicodeScalars)
    var stream = RandomStream(seed: 21, .examples)
    for _ in 0..<1000 {
      var scalars = Array(originals[stream.index(below: originals.count)].unicodeScalars)
      for _ in 0..<(1 + stream.index(below: 3)) where !scalars.isEmpty {
        let at = stream.index(below: scalars.count)
        if stream.index(below: 2) == 0 {
          scalars.remove(at: at)
        } else {
          scalars.insert(letters[stream.index(below: letters.count)], at: at)
        }
      }
      let edits = ScenarioEdits(settings: [String(String.UnicodeScalarView(scalars))])
      guard let scenario = try? Scenario(text: twoArms, file: "f", baseDirectory: "/", edits: edits) else { continue }
      // What was accepted is kept as text that reads back.
      #expect(
        (try? Scenario(text: scenario.text, file: "f", baseDirectory: "/"))?.armNames == scenario.armNames,
        "\(edits.settings)")
    }
  }
}
