import Federation
import Testing

@testable import Scenarios

/// The axes of a run that are components or lists of them, and bounds, which stand beside them.
@Suite("axes of a run")
struct RunAxisTests {
  private static func run(_ more: String, edits: ScenarioEdits = ScenarioEdits()) throws -> RunConfiguration {
    try #require(try experiment(small(more), edits: edits).runs.first).configuration
  }

  /// `clip(0.3), top-k`, with options that matter.
  private static func transforms(_ run: RunConfiguration) -> [String] {
    run.transforms.map { named in
      switch named.component {
      case let clip as Clip: "\(named.name) \(clip.norm)"
      case let topK as TopK: "\(named.name) \(topK.amount) \(topK.errorFeedback)"
      case let noise as Noise: "\(named.name) \(noise.multiplier)"
      default: named.name
      }
    }
  }

  // MARK: Lists

  @Test(
    "transforms are a list, in its order, or a single one",
    arguments: [
      ("transforms: [clip(0.5), top-k(0.25)]", ["clip 0.5", "top-k fraction(0.25) true"]),
      ("transforms: [{kind: top-k, count: 3, error_feedback: false}, clip(2)]", ["top-k count(3) false", "clip 2.0"]),
      ("transforms: clip(0.5)", ["clip 0.5"]), ("transforms: {kind: clip, norm: 0.5}", ["clip 0.5"]),
      ("transforms: []", []), ("", []),
      // An arm's list replaces the scenario's.
      ("transforms: [clip(0.5)]\narms: [{name: x, transforms: [top-k(0.5)]}]", ["top-k fraction(0.5) true"]),
      ("transforms: [clip(0.5)]\narms: [{name: x, transforms: []}]", []),
      ("transforms: [clip(0.5)]\narms: [{name: x}]", ["clip 0.5"]),
    ])
  func lists(text: String, expected: [String]) throws {
    #expect(try Self.transforms(Self.run(text + "\n")) == expected)
  }

  @Test("a dotted path names an entry by its kind")
  func dotted() throws {
    let text = "transforms: [clip(0.5), {kind: top-k, fraction: 0.25}]\n"
    let swept = try experiment(small(text + "sweep: {transforms.clip.norm: [1, 2]}\n")).runs.map(\.configuration)
    #expect(
      swept.map(Self.transforms) == [
        ["clip 1.0", "top-k fraction(0.25) true"], ["clip 2.0", "top-k fraction(0.25) true"],
      ])
    #expect(swept.map(\.arm) == ["fedavg,norm=1", "fedavg,norm=2"])
  }

  @Test("what is wrong with a list is told at the entry")
  func wrong() {
    #expect(
      complaints(small("transforms: [clip(0.5), clip(1)]\n")) == "f.yaml:5:25: transforms[1]: names 'clip' twice")
    #expect(
      complaints(small("transforms: [clip(-1)]\n"))
        == "f.yaml:5:14: transforms[0].norm: '-1' is not allowed (allowed: a number > 0)")
    #expect(
      complaints(small("transforms: [klip(1)]\n")).contains("unknown transform 'klip'; did you mean 'clip'?"))
    #expect(
      complaints(small("transforms: [noise(1)]\n")).contains(
        "transforms: 'noise' can't be used in arm 'fedavg': its noise is measured by a bound on updates (allowed: directly behind 'clip')"
      ))
  }

  // MARK: Personal methods

  @Test(
    "a list of layers is those layers",
    arguments: ["[fc2]", "{layers: [fc2]}", "{kind: layers, layers: [fc2]}", "layers(fc2)"])
  func layers(written: String) throws {
    let run = try Self.run("personal: \(written)\n")
    #expect((run.personal.component as? LocalLayers)?.layers == ["fc2"] && run.personal.name == "layers")
  }

  @Test("unknown layers are told with those that there are")
  func unknownLayers() {
    #expect(
      complaints(small("personal: [head]\n")).contains(
        "personal: 'layers' can't be used in arm 'fedavg': the model has no layer 'head' with values of its own (allowed: "
      ))
  }

  @Test("an arm changes an option of what it inherits, and its kind")
  func inherited() throws {
    let text = "personal: {kind: ditto, lambda: 2}\n"
    let run = try Self.run(text + "arms: [{name: x, personal: {epochs: 3}}]\n")
    let ditto = try #require(run.personal.component as? Ditto)
    #expect(ditto.lambda == 2 && ditto.epochs == 3)
    #expect(try Self.run(text + "arms: [{name: x, personal: none}]\n").personal.name == "none")
  }

  @Test("fedap is a personal method of its own")
  func fedap() {
    #expect(
      complaints(small("norm: fedap\npersonal: ditto\n", model: "digits-small")).contains(
        "it is 'personal: mixing' with local normalization, and personal is 'ditto' (allowed: none)"))
  }

  // MARK: Bounds

  @Test("a bound leaves aside what it inherits of a federation, and says so")
  func bounds() throws {
    let text = """
      strategy: {kind: fedprox, mu: 1}
      personal: ditto
      cohort: {kind: uniform, count: 2}
      arms:
        - {name: federated}
        - {name: central, bound: central}
        - {name: local, bound: local}
      """
    let made = try experiment(small(text + "\n"))
    let runs = made.runs.map(\.configuration)
    #expect(runs.map(\.strategy.name) == ["fedprox", "fedavg", "fedprox"])
    #expect(runs.map { $0.cohort is Everyone } == [false, true, false])
    #expect(runs.map { $0.personalMethod is Ditto } == [true, false, false])
    #expect(runs[2].personalMethod is LocalOnly && runs[1].trainingData.clientCount == 1)
    #expect(
      made.notes.contains(
        "arm 'central': 'bound: central' leaves 'strategy', 'personal', 'cohort' of the scenario aside"))
    #expect(made.notes.contains("arm 'local': 'bound: local' leaves 'personal' of the scenario aside"))
  }

  @Test("alone nobody trains a model for all, and what would be evaluated of one is left out and told")
  func noGlobalModel() throws {
    let text = small(
      "evaluation: {subject: [client, union]}\narms:\n  - {name: federated}\n  - {name: alone, bound: local}\n"
    ).replacing("train_per_client: 4", with: "train_per_client: 4, unseen: {clients: 1}")
    let made = try experiment(text)
    #expect(
      made.runs.map { $0.configuration.evaluationPlan.evaluations.map(\.subject) } == [[.client, .union], [.client]])
    #expect(
      made.notes.contains(
        "arm 'alone': under 'bound: local' nothing is aggregated: there is no global model, and nothing is evaluated of 'union'"
      ), "\(made.notes)")
    // By default unseen clients are evaluated where there are some.
    let usual = try experiment(text.replacing("evaluation: {subject: [client, union]}\n", with: ""))
    #expect(
      usual.runs.map { $0.configuration.evaluationPlan.evaluations.map(\.subject) } == [[.client, .unseen], [.client]])
    #expect(usual.notes.contains { $0.hasSuffix("nothing is evaluated of 'unseen'") })
    #expect(
      complaints(small("bound: local\nevaluation: {subject: union}\n")).contains(
        "evaluation.subject: 'union' needs a global model, and under 'bound: local' nothing is aggregated (allowed: client)"
      ))
  }

  @Test("passes that end with two or three examples behind a dense layer are told")
  func smallLastBatches() throws {
    let words =
      "5 of 5 clients end each pass with a batch of two or three examples (client 0 with 2), over which layer 'bn1' takes a variance: one such step may undo what was learned (allowed: 'client.last_batch': merge or drop)"
    let text = inline(
      "flatten, {dense: {units: 4}}, {batch_norm: {name: bn1}}, {dense: {units: 10}}", "data: {train_per_client: 18}\n")
    let edits = ScenarioEdits(settings: ["client.batch_size=16"])
    #expect(try experiment(text, edits: edits).notes.contains(words))
    for setting in ["client.last_batch=merge", "data.train_per_client=20", "norm=frozen", "replace_norm=layer"] {
      let other = ScenarioEdits(settings: ["client.batch_size=16", setting])
      #expect(!(try experiment(text, edits: other).notes.contains { $0.contains("two or three") }), "\(setting)")
    }
  }

  @Test("a sweep over bounds is one scenario")
  func swept() throws {
    let runs = try experiment(small("strategy: fedprox\nsweep: {bound: [none, central, local]}\n")).runs
    #expect(runs.map(\.configuration.bound) == [.none, .central, .local])
    #expect(runs.map(\.configuration.strategy.name) == ["fedprox", "fedavg", "fedprox"])
  }

  @Test("what stands beside a bound and says something of a federation is a mistake")
  func beside() {
    #expect(
      complaints(small("arms: [{name: x, bound: central, strategy: fedprox}]\n")).contains(
        "strategy: can't be combined with 'bound: central', which is no federation; leave it out"))
    #expect(
      complaints(small("bound: central\narms: [{name: x, strategy: fedprox}]\n")).contains(
        "strategy: can't be combined with 'bound: central', which is no federation; leave it out"))
    #expect(
      complaints(small("bound: local\npersonal: ditto\n")).contains(
        "personal: can't be combined with 'bound: local', which is no federation; leave it out"))
    #expect(complaints(small("bound: centre\n")).contains("bound: 'centre' is not allowed; did you mean 'central'?"))
  }
}
