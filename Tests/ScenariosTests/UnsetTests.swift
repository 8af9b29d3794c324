import Federation
import Testing

@testable import Scenarios

/// `null` unsets what an arm inherits, at any depth and wherever a key can be set.
@Suite("null")
struct UnsetTests {
  private static let base: [(key: String, value: String)] = [
    ("seeds", "[4]"), ("rounds", "1"), ("model", "mlp"),
    (
      "data",
      "{domains: [ink, chalk, meter], train_per_client: 4, test_per_client: 2, unseen: {domains: [ink]}, image: {width: 30, height: 30}}"
    ),
    (
      "client",
      "{batch_size: 2, epochs: 3, shuffle: false, optimizer: {kind: rmsprop, momentum: 0.5, learning_rate: 0.2}}"
    ),
    ("cohort", "{kind: uniform, count: 1}"), ("strategy", "{kind: fedprox, mu: 3}"), ("norm", "silobn"),
    ("loss", "mse"), ("weights", "uniform"), ("quirks", "fl-bench"), ("replace_norm", "keep"),
    ("evaluation", "{every: 1, subset: 1}"),
    ("checkpoint", "{every: 2, keep: 3, best: false}"), ("record", "{drift: off, clients: sample 1}"),
  ]

  private static func text(_ entries: [(key: String, value: String)] = base, arm: String = "") -> String {
    "name: a\n"
      + entries.filter { $0.key != "quirks" && $0.key != "replace_norm" }.map { "\($0.key): \($0.value)\n" }.joined()
      + "arms: [{name: zz\(arm)}]\n"
  }

  private static func dump(_ text: String, _ settings: [String] = []) throws -> String {
    try experiment(text, edits: ScenarioEdits(settings: settings)).runs.map { run in
      dumped(run).replacing(run.configuration.arm + " ", with: "zz ", maxReplacements: 1)
    }.joined()
  }

  /// Paths that are unset, with the base's text that says the same without them.
  private static let paths: [(path: String, from: String, to: String)] = [
    ("data.unseen", ", unseen: {domains: [ink]}", ""), ("data.image.width", "width: 30, ", ""),
    ("data.image", ", image: {width: 30, height: 30}", ""), ("data.domains", "domains: [ink, chalk, meter], ", ""),
    ("client.epochs", "epochs: 3, ", ""), ("client.optimizer.momentum", "momentum: 0.5, ", ""),
    ("client.optimizer", ", optimizer: {kind: rmsprop, momentum: 0.5, learning_rate: 0.2}", ""),
    ("checkpoint.keep", ", keep: 3", ""), ("evaluation.subset", ", subset: 1", ""),
    ("record.drift", "drift: off, ", ""), ("strategy.mu", ", mu: 3", ""),
    ("data.train_per_client", " train_per_client: 4,", ""),
    ("client.shuffle", ", shuffle: false", ""),
    ("cohort", "cohort: {kind: uniform, count: 1}\n", ""), ("strategy", "strategy: {kind: fedprox, mu: 3}\n", ""),
    ("norm", "norm: silobn\n", ""), ("loss", "loss: mse\n", ""), ("weights", "weights: uniform\n", ""),
    ("seeds", "seeds: [4]\n", ""), ("evaluation", "evaluation: {every: 1, subset: 1}\n", ""),
    ("checkpoint", "checkpoint: {every: 2, keep: 3, best: false}\n", ""),
    ("record", "record: {drift: off, clients: sample 1}\n", ""),
  ]

  @Test("unsets in an arm, in edits and in sweeps what the scenario has", arguments: paths.indices)
  func everywhere(index: Int) throws {
    let (path, from, to) = Self.paths[index]
    let with = Self.text()
    let without = with.replacing(from, with: to)
    try #require(with != without)
    let (wanted, inherited) = (try Self.dump(without), try Self.dump(with))
    #expect(wanted != inherited, "\(path) makes a difference")
    for word in ["null", "~"] {
      let parts = path.split(separator: ".").map(String.init)
      let nested = parts.dropFirst().reversed().reduce(word) { "{\($1): \($0)}" }
      #expect(try Self.dump(Self.text(arm: ", \(parts[0]): \(nested)")) == wanted, "arm: \(path)")
      #expect(try Self.dump(with, ["\(path)=\(word)"]) == wanted, "--set \(path)=\(word)")
      #expect(try Self.dump(with, ["arms.zz.\(path)=\(word)"]) == wanted, "--set arms.zz.\(path)=\(word)")
      #expect(try Self.dump(with + "sweep: {\(path): [\(word)]}\n") == wanted, "sweep \(path)")
    }
  }

  @Test("the edited text keeps what is unset")
  func text() throws {
    let edits = ScenarioEdits(settings: [
      "arms.zz.cohort=null", "data.unseen=null", "arms.zz.client.optimizer.momentum=~",
    ])
    let edited = try experiment(Self.text(), edits: edits)
    let again = try experiment(edited.scenario.text)
    #expect(again.runs.map { dumped($0) } == edited.runs.map { dumped($0) })
    #expect(edited.scenario.text.contains("cohort: null") && !edited.scenario.text.contains("unseen"))
  }

  @Test(
    "what can't be unset is told",
    arguments: [
      ("norm: null\n", "f.yaml:5:7: norm: 'null' is not allowed (allowed: a norm by name, or a mapping with 'kind')"),
      (
        "arms: [{name: x, rounds: null}]\n",
        "f.yaml:1:1: rounds: is missing (allowed: a whole number from 1 to 1000000)"
      ),
      (
        "arms: [{name: x, client: {optimizr: null}}]\n",
        "f.yaml:5:27: client.optimizr: unknown key; did you mean 'optimizer'? (allowed: batch_size, epochs, steps, shuffle, last_batch, optimizer, keep_optimizer, gradient_clip, overrides, frozen, augment)"
      ),
      (
        "arms: [{name: x, cohort: }]\n",
        "f.yaml:5:26: cohort: has no value (allowed: a cohort by name, or a mapping with 'kind')"
      ),
    ])
  func mistakes(more: String, expected: String) { #expect(complaints(small(more)) == expected) }

  @Test("an edit that unsets nothing says so")
  func nothing() {
    #expect(
      complaints(small(), edits: ScenarioEdits(settings: ["client.optimzer.momentum=null"]))
        == "--set client.optimzer.momentum=null: client.optimzer.momentum: unsets nothing: the scenario has no "
        + "'client.optimzer.momentum' (of an arm: --set arms.NAME.client.optimzer.momentum=null)")
  }

  @Test("an alternative that is unset takes nothing away, and another kind forgets what is unset of the old one")
  func alternatives() throws {
    let run = try experiment(Self.text(arm: ", client: {steps: null}")).runs[0].configuration
    #expect(run.work.amount == .epochs(3))
    let adam = try experiment(Self.text(arm: ", client: {optimizer: {kind: adam, momentum: null}}")).runs[0]
      .configuration
    #expect("\(adam.optimizer)".hasPrefix("Adam(learningRate: 0.001"))
  }
}
