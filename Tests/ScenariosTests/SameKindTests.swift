import Federation
import Networks
import Testing

@testable import Scenarios

/// The same kind, however it is written, keeps what an arm inherits; only another kind replaces it.
@Suite("arms that name the kind that they inherit")
struct SameKindTests {
  /// What an arm with `over` ends up with over `base`, both values of `path`, as the dump of its run.
  private static func dump(_ path: String, _ base: String?, over: String?) throws -> String {
    var keys = ["model": "mlp", "rounds": "1", "data": "{train_per_client: 4, test_per_client: 2}"]
    // It goes by a clock.
    if path == "availability" { keys["devices"] = "{kind: lognormal, seconds: 2, sigma: 1}" }
    let parts = path.split(separator: ".").map(String.init)
    func nested(_ value: String) -> String { parts.dropFirst().reversed().reduce(value) { "{\($1): \($0)}" } }
    keys[parts[0]] = nil
    if let base { keys[parts[0]] = nested(base) }
    let text = "name: a\n" + keys.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined()
    let arm = over.map { ", \(parts[0]): \(nested($0))" } ?? ""
    return try experiment(text + "arms: [{name: zz\(arm)}]\n").runs.map { dumped($0) }.joined()
  }

  /// Of each place of a component: what is inherited, ways to name its kind again, and another option with what it is
  /// together with the inherited ones.
  private static let cases: [(path: String, base: String, same: [String], with: [(over: String, whole: String)])] = [
    (
      "client.optimizer", "{learning_rate: 0.02, momentum: 0.9}",
      ["sgd", "\"sgd\"", "{kind: sgd}", "{kind: 'sgd'}", "{}", "{momentum: 0.9}"],
      [
        ("{kind: sgd, learning_rate: 0.5}", "{learning_rate: 0.5, momentum: 0.9}"),
        ("{kind: \"sgd\", nesterov: true}", "{learning_rate: 0.02, momentum: 0.9, nesterov: true}"),
        ("{weight_decay: 0.1}", "{learning_rate: 0.02, momentum: 0.9, weight_decay: 0.1}"),
      ]
    ),
    (
      "client.optimizer", "adam", ["{kind: adam}", "'adam'"],
      [
        ("{learning_rate: 0.5}", "{kind: adam, learning_rate: 0.5}"),
        ("{kind: \"adam\", beta1: 0.5}", "{kind: adam, beta1: 0.5}"),
      ]
    ),
    (
      "client.optimizer.learning_rate_schedule", "{kind: cosine, over: steps, warmup: 2}",
      ["cosine", "{kind: 'cosine'}", "{}", "{warmup: 2}"],
      [
        ("{minimum: 0.01}", "{kind: cosine, over: steps, warmup: 2, minimum: 0.01}"),
        ("linear", "linear"), ("{kind: exponential, factor: 0.5}", "{kind: exponential, factor: 0.5}"),
      ]
    ),
    (
      "client.augment", "{kind: flip, probability: 0.1}", ["flip", "{kind: 'flip'}"],
      [("crop(2)", "{kind: crop, padding: 2}"), ("[crop(2), flip]", "[crop(2), flip]")]
    ),
    (
      "strategy", "{kind: fedprox, mu: 5}", ["fedprox", "\"fedprox\"", "{kind: fedprox}", "{kind: \"fedprox\"}", "{}"],
      [("{kind: 'fedprox', mu: 3}", "{kind: fedprox, mu: 3}"), ("{mu: 3}", "{kind: fedprox, mu: 3}")]
    ),
    ("strategy", "fedprox", ["\"fedprox\"", "{kind: fedprox}"], [("{mu: 1}", "{kind: fedprox, mu: 1}")]),
    (
      "strategy", "{kind: \"fedadam\", tau: 0.5}", ["fedadam", "{kind: fedadam}"],
      [("{kind: fedadam, beta1: 0.5}", "{kind: fedadam, tau: 0.5, beta1: 0.5}")]
    ),
    (
      "norm", "{affine: local, statistics: pooled}",
      ["matrix", "{kind: matrix}", "{kind: \"matrix\"}", "{}", "{affine: local}", "{statistics: pooled}"],
      [
        ("{statistics: local}", "{affine: local, statistics: local}"),
        ("{kind: matrix, affine: averaged}", "{statistics: pooled}"),
      ]
    ),
    (
      "norm", "{kind: matrix, statistics: local}", ["\"matrix\"", "{statistics: local}"],
      [("{affine: local}", "{affine: local, statistics: local}")]
    ),
    (
      "aggregator", "krum(1)", ["krum", "{kind: krum}", "{byzantine: 1}"],
      [("{byzantine: 0}", "krum(0)"), ("mean", "mean")]
    ),
    (
      "personal", "{kind: ditto, lambda: 2, epochs: 3}", ["ditto", "{kind: 'ditto'}", "{}", "ditto(2)"],
      [("{lambda: 1}", "{kind: ditto, lambda: 1, epochs: 3}"), ("[fc1]", "{layers: [fc1]}"), ("apfl", "apfl")]
    ),
    // A list replaces a list.
    ("transforms", "[clip(2)]", ["[{kind: clip, norm: 2}]", "clip(2)"], [("[top-k(0.5)]", "[top-k(0.5)]")]),
    ("schedule", "synchronous", ["\"synchronous\"", "{kind: synchronous}", "{}"], []),
    (
      "devices", "{kind: lognormal, seconds: 2, sigma: 1}", ["lognormal", "{kind: \"lognormal\"}", "{seconds: 2}"],
      [("{sigma: 3}", "{kind: lognormal, seconds: 2, sigma: 3}")]
    ),
    (
      "availability", "{kind: markov, on: 50, off: 5}", ["markov", "{on: 50}"],
      [("{off: 6}", "{kind: markov, on: 50, off: 6}")]
    ),
    ("dropouts", "random(0.5)", ["random", "{rate: 0.5}"], [("{rate: 0.1}", "random(0.1)")]),
    (
      "norm", "{kind: fixbn, freeze_at: 0.25}", ["fixbn", "{kind: 'fixbn'}"],
      [("{affine: local}", "{affine: local}"), ("{freeze_at: 0.75}", "{kind: fixbn, freeze_at: 0.75}")]
    ),
    ("norm", "fedbn", ["{kind: fedbn}", "{kind: \"fedbn\"}"], [("{statistics: pooled}", "{statistics: pooled}")]),
    (
      "data", "{domains: [ink, chalk], train_per_client: 5, test_per_client: 3}",
      ["synthetic-digits", "\"synthetic-digits\"", "{source: synthetic-digits}", "{source: 'synthetic-digits'}"],
      [
        (
          "{source: synthetic-digits, test_per_client: 4}",
          "{domains: [ink, chalk], train_per_client: 5, test_per_client: 4}"
        ),
        ("{domains: [ink]}", "{domains: [ink], train_per_client: 5, test_per_client: 3}"),
      ]
    ),
    (
      "data", "{source: \"synthetic-patterns\", shape: [4], classes: 3, train_per_client: 5}",
      ["synthetic-patterns", "{source: synthetic-patterns}"],
      [
        (
          "{source: synthetic-patterns, noise: 0.5}",
          "{source: synthetic-patterns, shape: [4], classes: 3, train_per_client: 5, noise: 0.5}"
        )
      ]
    ),
    (
      "data.partition", "{kind: by-domain, clients_per_domain: 2}", ["by-domain", "{kind: \"by-domain\"}", "{}"],
      [("{kind: iid, clients: 3}", "{kind: iid, clients: 3}")]
    ),
    (
      "data.partition", "{kind: dirichlet, clients: 3, min_size: 1}", ["{kind: 'dirichlet'}", "dirichlet"],
      [("{kind: dirichlet, alpha: 100}", "{kind: dirichlet, clients: 3, min_size: 1, alpha: 100}")]
    ),
    (
      "data.shift", "{kind: noise, sd: 0.1}", ["noise", "{kind: 'noise'}"],
      [
        ("{draw: uniform, kind: noise}", "{kind: noise, sd: 0.1, draw: uniform}"), ("{kind: blur, sd: 9}", "blur(9)"),
        ("[blur(9), noise(0.1)]", "[blur(9), noise(0.1)]"),
      ]
    ),
    (
      "data.normalize", "{kind: fixed, mean: 0.1, std: 0.5}", ["fixed", "{kind: \"fixed\"}"],
      [("{kind: fixed, std: 2}", "{kind: fixed, mean: 0.1, std: 2}"), ("local", "{kind: local}")]
    ),
    (
      "cohort", "{kind: uniform, count: 2}", ["uniform", "{kind: \"uniform\"}"],
      [("{kind: uniform, fraction: 0.4}", "{kind: uniform, fraction: 0.4}")]
    ),
    (
      "model", "{kind: mlp, hidden: [3]}", ["mlp", "\"mlp\"", "{kind: \"mlp\"}"],
      [("{kind: mlp, hidden: [4]}", "{kind: mlp, hidden: [4]}")]
    ),
    (
      "model", "{input: [28, 28, 3], layers: [flatten, {dense: 10}]}", ["{input: [28, 28, 3]}"],
      [
        (
          "{layers: [flatten, {dense: 4}, {dense: 10}]}",
          "{input: [28, 28, 3], layers: [flatten, {dense: 4}, {dense: 10}]}"
        ),
        ("{kind: mlp, hidden: [3]}", "{kind: mlp, hidden: [3]}"), ("mlp", "mlp"),
      ]
    ),
    (
      "replace_norm", "{kind: group, groups: 4}",
      ["group", "group(4)", "{kind: group}", "{kind: group(4)}", "\"group\""],
      [("group(2)", "group(2)"), ("{kind: \"group\", groups: 8}", "group(8)"), ("layer", "layer")]
    ),
    (
      "replace_norm", "group(4)", ["group", "{kind: group}", "{groups: 4}"],
      [("{groups: 2}", "group(2)"), ("{kind: group(2)}", "group(2)")]
    ),
    ("quirks", "flower", ["{kind: flower}", "\"flower\""], [("pflib", "pflib")]),
    ("loss", "mse", ["{kind: mse}", "'mse'"], [("bce", "bce")]),
    (
      "evaluation.norm_source", "recalibrated(16)", ["recalibrated", "{kind: recalibrated}", "'recalibrated'"],
      [("{kind: recalibrated, samples: 8}", "recalibrated(8)"), ("[batch, initial]", "[batch, initial]")]
    ),
  ]

  @Test("what is inherited stays, and own options come over it", arguments: cases.indices)
  func kinds(index: Int) throws {
    let (path, base, same, with) = Self.cases[index]
    let inherited = try Self.dump(path, base, over: nil)
    for over in same { #expect(try Self.dump(path, base, over: over) == inherited, "\(path): \(over) over \(base)") }
    for (over, whole) in with {
      let wanted = try Self.dump(path, whole, over: nil)
      #expect(try Self.dump(path, base, over: over) == wanted, "\(path): \(over) over \(base)")
    }
  }

  @Test("every place of a component has a case")
  func places() {
    #expect(Set(Self.cases.map(\.path)) == Set(componentPlaces.map(\.path)))
  }

  @Test("edits and sweeps merge as arms do", arguments: cases.indices)
  func edits(index: Int) throws {
    let (path, base, same, with) = Self.cases[index]
    let parts = path.split(separator: ".").map(String.init)
    var keys = ["model": "mlp", "rounds": "1", "data": "{train_per_client: 4, test_per_client: 2}"]
    if path == "availability" { keys["devices"] = "{kind: lognormal, seconds: 2, sigma: 1}" }
    keys[parts[0]] = parts.dropFirst().reversed().reduce(base) { "{\($1): \($0)}" }
    let text = "name: a\n" + keys.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined()
    func dump(_ more: String, _ settings: [String] = []) throws -> String {
      try experiment(text + more, edits: ScenarioEdits(settings: settings)).runs.map { run in
        dumped(run).replacing(run.configuration.arm + " ", with: "zz ", maxReplacements: 1)
      }.joined()
    }
    for (over, _) in same.map({ ($0, "") }) + with {
      let wanted = try Self.dump(path, base, over: over)
      #expect(try dump("arms: [{name: zz}]\n", ["\(path)=\(over)"]) == wanted, "--set \(path)=\(over)")
      #expect(try dump("arms: [{name: zz}]\n", ["arms.zz.\(path)=\(over)"]) == wanted, "--set arms.zz.\(path)=\(over)")
      #expect(try dump("arms: [{name: zz}]\nsweep: {\(path): [\(over)]}\n") == wanted, "sweep: {\(path): [\(over)]}")
    }
  }

  @Test("a kind set alone keeps the options, which are checked against it")
  func kindAlone() throws {
    let text = small(
      "strategy: {kind: fedadam, server_learning_rate: 0.5}\nsweep: {strategy.kind: [fedadam, fedyogi]}\n")
    for run in try experiment(text).runs {
      #expect((run.configuration.strategy.component as? FedOpt)?.serverRate == 0.5)
    }
    #expect(
      complaints(
        small("client: {optimizer: {momentum: 0.5}}\n"), edits: ScenarioEdits(settings: ["client.optimizer.kind=adam"])
      )
      .hasPrefix("f.yaml:5:22: client.optimizer.momentum: unknown key"))
  }

  @Test(
    "a setting that every arm overrides has no effect, however its component is written",
    arguments: ["norm=pooled", "norm={kind: pooled}", "norm=\"silobn\"", "norm={kind: 'fixbn', freeze_at: 0.5}"])
  func noEffect(setting: String) {
    #expect(
      complaints(twoArms, edits: ScenarioEdits(settings: [setting]))
        == "--set \(setting): norm: has no effect: every arm sets 'norm' itself; name the arm, as --set arms.fedavg.\(setting)"
    )
  }

  @Test("options without a kind never turn one optimizer into another")
  func otherOptimizer() {
    #expect(
      complaints(small("client: {optimizer: adam}\narms: [{name: x, client: {optimizer: {momentum: 0.9}}}]\n"))
        .hasPrefix(
          "f.yaml:6:39: client.optimizer.momentum: unknown key; did you mean 'client.optimizer.momentum' of sgd, rmsprop"
        ))
  }
}
