import Catalogs
import Datasets
import Federation
import Networks
import Testing

@testable import Scenarios

/// No key is read and forgotten: another value makes another run.
@Suite("every key is used")
struct KeyTests {
  /// A key of a scenario, by the path that a sweep would give it, and values that must make different runs.
  static let values: [(path: String, values: [String])] = [
    ("rounds", ["1", "2"]), ("seeds", ["1", "[2]", "[1, 2]"]),
    (
      "data",
      ["{train_per_client: 4, test_per_client: 2}", "{domains: [ink]}", "{source: synthetic-patterns, shape: [8]}"]
    ),
    ("data.source", ["synthetic-digits"]), ("data.train_per_client", ["4", "5"]), ("data.test_per_client", ["2", "3"]),
    ("data.domains", ["[ink]", "[typeset]", "[typeset, ink]"]),
    (
      "data.image",
      [
        "{width: 28}", "{width: 29}", "{height: 30}", "{channels: 1}", "{mean: 0.1}", "{mean: [0.5, 0.5, 0.1]}",
        "{std: 0.1}",
        "{std: [1, 1, 2]}",
      ]
    ),
    (
      "data.partition",
      [
        "by-domain", "{kind: by-domain, clients_per_domain: 2}", "{kind: iid, clients: 3}",
        "{kind: dirichlet, clients: 3, min_size: 1}",
        "{kind: dirichlet, clients: 3, alpha: 100, min_size: 1}",
        "{kind: dirichlet, clients: 3, min_size: 4, alpha: 1e-3}",
        "{kind: dirichlet, clients: 3, min_size: 3, alpha: 1e-3}",
        "{kind: mixed, iid_share: 0.5, rest: {kind: shards, clients: 2}}",
        "{kind: mixed, iid_share: 0.5, rest: {kind: shards, clients: 2, per_client: 1}}",
        "{kind: quantity, clients: 3, law: power(1)}",
      ]
    ),
    (
      "data.shift",
      [
        "[]", "noise(0.1)", "noise(0.2)", "{kind: noise, sd: 0.1, by: domain, draw: uniform}", "[noise(0.1), blur(9)]",
        "[blur(9), noise(0.1)]", "{kind: rotate, degrees: [40, 90]}", "{kind: scale, range: [2, 3]}",
        "{kind: scale, range: [2, 3], offset: 1}",
      ]
    ),
    (
      "data.normalize",
      ["none", "local", "federated", "{kind: fixed, mean: 0.1, std: 0.5}", "{kind: fixed, mean: 0.1, std: [1, 1, 2]}"]
    ),
    (
      "model",
      [
        "mlp", "digits-small", "digits-paper", "resnet18", "{kind: mlp, hidden: [3]}",
        "{input: [28, 28, 3], layers: [flatten, {dense: 10}]}",
      ]
    ),
    ("client.batch_size", ["2", "3"]), ("client.epochs", ["1", "2"]), ("client.steps", ["1", "2"]),
    ("client.shuffle", ["true", "false"]), ("client.last_batch", ["keep", "drop", "merge"]),
    ("client.keep_optimizer", ["false", "true"]),
    ("client.optimizer", ["sgd", "adam", "adamw", "adagrad", "rmsprop", "{learning_rate: 0.5}"]),
    (
      "client.optimizer.learning_rate_schedule",
      [
        "constant", "cosine", "linear", "{kind: step, every: 2, factor: 0.5}", "{kind: exponential, factor: 0.5}",
        "{kind: cosine, over: steps}", "{kind: cosine, warmup: 2}", "{kind: cosine, length: 9}",
      ]
    ),
    ("client.optimizer.weight_decay_on", ["all", "no-norm", "weights"]),
    ("client.gradient_clip", ["{norm: 1}", "{norm: 2}", "{value: 1}"]), ("client.gradient_clip.norm", ["1", "2"]),
    ("client.gradient_clip.value", ["1", "2"]),
    (
      "client.augment",
      [
        "[]", "flip", "flip(0.2)", "crop(1)", "[crop(2)]", "rotate(5)", "cutout(2)", "[flip, cutout(2)]",
        "[cutout(2), flip]",
      ]
    ),
    ("client", ["{batch_size: 32}", "{batch_size: 2}"]), ("loss", ["cross-entropy", "bce", "mse"]),
    ("weights", ["samples", "uniform"]),
    (
      "cohort",
      ["everyone", "{kind: uniform, count: 2}", "{kind: uniform, count: 3}", "{kind: uniform, fraction: 0.4}"]
    ),
    ("evaluation", ["{every: 1}", "{every: 2}", "{subset: 1}"]), ("evaluation.every", ["2", "3"]),
    ("evaluation.subset", ["1", "2"]),
    (
      "stop",
      [
        "{measure: accuracy, target: 0.5}", "{measure: accuracy, target: 0.25}", "{measure: loss, target: 0.5}",
        "{measure: loss, patience: 2}", "{measure: loss, patience: 3}", "{measure: loss, patience: 2, min_delta: 0.5}",
        "{measure: loss, patience: 2, on: test}",
      ]
    ),
    ("checkpoint", ["{every: 10}", "{every: 2}", "{keep: 3}", "{keep: all}"]), ("checkpoint.every", ["1", "2"]),
    ("checkpoint.keep", ["1", "2", "all"]),
    ("record", ["{drift: every 1}", "{drift: every 5}", "{drift: off}", "{clients: sample 2}"]),
    ("record.drift", ["every 2", "off"]), ("record.clients", ["all", "sample 3"]),
    (
      "strategy",
      [
        "fedavg", "fedprox", "fedavgm", "fedadam", "fedyogi", "fedadagrad", "scaffold", "fednova", "feddyn", "moon",
        "{kind: fedavg, server_learning_rate: 0.5}",
      ]
    ),
    ("bound", ["none", "central", "local"]), ("aggregator", ["mean", "median", "krum(0)", "krum(1)"]),
    ("transforms", ["[]", "[clip(1)]", "clip(2)", "[top-k(0.5)]", "[clip(1), top-k(0.5)]", "[top-k(0.5), clip(1)]"]),
    (
      "personal",
      ["none", "local-only", "[fc1]", "fedper", "lg-fedavg", "ditto", "ditto(3)", "apfl", "apfl(0.1)", "layers(fc2)"]
    ),
    ("schedule", ["synchronous"]),
    // It goes by a clock; `SameKindTests` has it beside one.
    ("availability", []),
    ("devices", ["{kind: listed, seconds: [1, 2, 3, 4, 5]}", "{kind: lognormal, seconds: 2, sigma: 1}"]),
    ("dropouts", ["random(0.5)", "random(0.25)", "{kind: listed, failures: [[0, 1]]}"]),
    (
      "norm",
      normCatalog.names + [
        "{affine: local}", "{affine: frozen}", "{statistics: pooled}", "{statistics: recalibrated}",
        "{kind: local-affine, statistics: pooled}", "{kind: fixbn, freeze_at: 0.25}", "{kind: fixbn, freeze_at: 3}",
        "{kind: hbn, mix: 0.1}", "{kind: hbn, rate: 1}", "{kind: fbn, rate: 0.5}", "{kind: recalibrated, batches: 2}",
        "{kind: frozen, affine: frozen}", "{kind: fedap, lambda: 0.1}",
      ]
    ),
    ("quirks", quirkCatalog.names),
    ("replace_norm", ["keep", "group(2)", "group(4)", "{kind: group, groups: 8}", "layer", "none"]),
  ]

  /// Keys whose values are files; `InputFileTests` covers them.
  private static let files: Set<String> = ["init", "init_prefix"]

  @Test("every key of an arm has values here")
  func complete() {
    #expect(Set(Self.values.map { $0.path.prefix { $0 != "." } }.map(String.init)).union(Self.files) == Set(armKeys))
  }

  @Test("values of keys make different runs", arguments: values.map(\.path))
  func differences(path: String) throws {
    let values = try #require(Self.values.first { $0.path == path }).values
    // A batch that the few examples fill, so that dropping what is short leaves one.
    let others = path == "client.last_batch" ? ["client.batch_size=3", "name=b"] : ["name=b"]
    let dumps = try values.map { value in
      try experiment(small(), edits: ScenarioEdits(settings: ["\(path)=\(value)"] + others)).runs.map { dumped($0) }
        .joined()
    }
    for (first, second) in dumps.indices.flatMap({ a in dumps.indices.filter { $0 > a }.map { (a, $0) } }) {
      // The same thing said in two ways, where defaults are written out.
      let isSame = path == "data.partition" && dumps[first] == dumps[second] && values[first].hasPrefix("by-domain")
      #expect(isSame || dumps[first] != dumps[second], "\(values[first]) and \(values[second])")
    }
  }

  @Test("a key means the same in the scenario, in an arm, in a sweep and in an edit")
  func places() throws {
    for (path, values) in Self.values where !path.contains(".") {
      for value in values {
        func dump(_ text: String, _ edits: ScenarioEdits = ScenarioEdits()) throws -> String {
          let dump = try experiment(text, edits: edits).runs.map { dumped($0) }.joined(separator: "\n")
          // What the arm is called is all that may differ.
          let arms = Set(try experiment(text, edits: edits).runs.map(\.configuration.arm))
          return arms.reduce(dump) { $0.replacing($1 + " ", with: "") }
        }
        let base = ["model", "rounds", "data"].reduce(into: "name: a\n") { text, key in
          let defaults = ["model": "mlp", "rounds": "1", "data": "{train_per_client: 4, test_per_client: 2}"]
          if key != path { text += "\(key): \(defaults[key] ?? "")\n" }
        }
        let top = try dump(base + "\(path): \(value)\narms: [{name: zz}]\n")
        #expect(try dump(base + "arms:\n  - {name: zz, \(path): \(value)}\n") == top, "\(path): \(value)")
        #expect(try dump(base + "arms: [{name: zz}]\n", ScenarioEdits(settings: ["\(path)=\(value)"])) == top)
        #expect(try dump(base + "arms: [{name: zz}]\n", ScenarioEdits(settings: ["arms.zz.\(path)=\(value)"])) == top)
        #expect(try dump(base + "arms: [{name: zz}]\nsweep: {\(path): [\(value)]}\n") == top, "\(path): \(value)")
      }
    }
  }

  // MARK: Options of components

  /// Two values of an option that are allowed, of a text that is read further, too.
  private static func examples(of option: Option) -> [OptionValue] {
    option.name == "law" ? [.text("power(1)"), .text("power(2)")] : examples(option.kind)
  }

  /// Two values of an option that are allowed.
  private static func examples(_ kind: OptionKind) -> [OptionValue] {
    switch kind {
    case .integer(let range): return [.integer(range.lowerBound), .integer(range.lowerBound + 1)]
    case .number(let range):
      let low = range.lower.isFinite ? range.lower : 0
      let high = range.upper.isFinite ? range.upper : low + 1
      return [.number(low + (high - low) / 4), .number(low + (high - low) / 2)]
    case .boolean: return [.boolean(false), .boolean(true)]
    case .choice(let words): return words.prefix(2).map { .text($0) }
    case .text: return [.text("x"), .text("y")]
    case .list(let element, let count):
      return examples(element).map { .list(Array(repeating: $0, count: max(1, count.lowerBound))) }
    case .either(let kinds): return kinds.first.map(examples) ?? []
    case .group(let options): return [.group([:]), .group([options[0].name: examples(options[0].kind)[0]])]
    case .components: return ["relu", "tanh"].map { .list([.component($0, [:])]) }
    case .component: return [2, 3].map { .component("iid", ["clients": .integer($0)]) }
    }
  }

  private static func check<Product>(_ catalog: Catalog<Product>, dump: (Product) throws -> String) throws {
    for entry in catalog.entries {
      for option in entry.options {
        var others: [String: OptionValue] = [:]
        for other in entry.options where other.name != option.name && !other.isOptional && other.defaultValue == nil {
          others[other.name] = examples(of: other).first
        }
        if option.name == "nesterov" { others["momentum"] = .number(0.5) }
        if option.name == "error_feedback" { others["fraction"] = .number(0.5) }
        let dumps = try examples(of: option).map { value in
          others[option.name] = value
          return try dump(try entry.make(Options(declared: entry.options, given: others)))
        }
        #expect(dumps.count == 2 && dumps[0] != dumps[1], "\(catalog.kind) \(entry.name): \(option.name)")
      }
    }
  }

  @Test("every option of every component makes another component")
  func options() throws {
    try Self.check(strategyCatalog) { "\($0)" }
    try Self.check(aggregatorCatalog) { "\($0)" }
    try Self.check(transformCatalog) { "\($0)" }
    try Self.check(personalCatalog) { "\($0)" }
    try Self.check(normCatalog) { "\($0)" }
    try Self.check(replacementCatalog) { "\($0)" }
    try Self.check(cohortCatalog) { "\($0)" }
    try Self.check(partitionCatalog) { "\($0)" }
    try Self.check(optimizerCatalog) { "\($0)" }
    try Self.check(learningRateCatalog) { "\($0)" }
    try Self.check(layerCatalog) { "\($0)" }
    try Self.check(lossCatalog) { "\($0)" }
    try Self.check(modelCatalog) { "\(try $0.network(input: [8], outputs: 3).layers)" }
  }
}
