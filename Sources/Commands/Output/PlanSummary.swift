internal import Algorithms
internal import Catalogs
internal import Federation
internal import Networks
internal import Records
internal import Scenarios
internal import Tables
internal import Tensors

/// What an experiment is going to do, arm by arm.
struct PlanSummary {
  let experiment: Experiment
  /// The first run of each arm; seeds differ in nothing that is told here.
  let arms: [(first: RunConfiguration, seeds: [UInt64])]

  init(_ experiment: Experiment) {
    self.experiment = experiment
    var arms: [(first: RunConfiguration, seeds: [UInt64])] = []
    var places: [String: Int] = [:]
    for run in experiment.runs {
      if let index = places[run.configuration.arm] {
        arms[index].seeds.append(run.configuration.seed)
      } else {
        places[run.configuration.arm] = arms.count
        arms.append((run.configuration, [run.configuration.seed]))
      }
    }
    self.arms = arms
  }

  /// A few lines to stand before a run's progress.
  var lines: [String] {
    let runs = experiment.runs.count
    var lines = [
      "\(experiment.scenario.name): \(arms.count) arm\(arms.count == 1 ? "" : "s"), \(runs) run\(runs == 1 ? "" : "s"), \(labelWords)"
    ]
    for arm in arms.prefix(20) {
      lines.append("  \(arm.first.arm): " + matchText(arm.first))
      lines += overrideLines(arm.first)
      if let words = evaluationWords(arm.first) { lines.append("    evaluated: \(words)") }
    }
    if arms.count > 20 { lines.append("  … and \(arms.count - 20) more arms") }
    return lines + differenceLines
  }

  /// What models have to say: "10 labels", or "2 to 62 labels" where arms differ; "5 labels, each 0 or 1" where several may
  /// hold, "2 numbers to predict", or "9 classes a step".
  var labelWords: String {
    let targets = arms.map(\.first.target)
    if targets.contains(where: { if case .classes = $0 { false } else { true } }) {
      return targets.map(Self.words).uniqued().joined(separator: ", or ")
    }
    let counts = arms.map(\.first.dataset.classCount)
    let (least, most) = counts.minAndMax() ?? (0, 0)
    if least < most { return "\(least) to \(most) labels" }
    return "\(most) label\(most == 1 ? "" : "s")"
  }

  /// What models have to say of an example.
  static func words(_ target: TargetKind) -> String {
    switch target {
    case .classes(let count): count == 1 ? "1 label" : "\(count) labels"
    case .labels(let count): count == 1 ? "1 label, 0 or 1" : "\(count) labels, each 0 or 1"
    case .values(let count): count == 1 ? "1 number to predict" : "\(count) numbers to predict"
    case .tokens(let count): "\(count) classes a step"
    }
  }

  /// "norm fedbn matches bn1, bn2: γ, β local; statistics local; 12,834 values leave a client each round, 192 stay".
  private func matchText(_ run: RunConfiguration) -> String {
    let layers = run.normLayers
    let methods = methods(run).joined(separator: ", ")
    guard !layers.isEmpty else { return "\(methods), no normalization layers" }
    let groups = Dictionary(grouping: layers) { "γ, β \($0.affine); statistics \($0.statistics)" }
    let treatments = groups.sorted { $0.value[0].layer < $1.value[0].layer }.map { treatment, layers in
      "\(layers.map(\.layer).joined(separator: " ")): \(treatment)"
    }
    return "\(methods), norm \(run.norm.name) [\(treatments.joined(separator: " | "))], "
      + "\(valuesSent(run)) values leave a client each round, \(valuesKept(run)) stay"
  }

  /// The strategy, and what of the other axes is not as it is by default.
  private func methods(_ run: RunConfiguration) -> [String] {
    var words = [run.strategy.name]
    if run.bound != .none { words.append("bound \(run.bound.rawValue)") }
    if run.aggregator.name != "mean" { words.append("aggregator \(run.aggregator.name)") }
    if !run.transforms.isEmpty { words.append("transforms \(run.transforms.map(\.name).joined(separator: ", then "))") }
    if run.personal.name != "none" { words.append("personal \(run.personal.name)") }
    if !run.frozen.isEmpty { words.append("frozen \(run.frozen.map { shownText($0) }.joined(separator: " "))") }
    if run.schedule.name != "synchronous" { words.append("schedule \(run.schedule.name)") }
    return words
  }

  /// Values that stay with a client: of normalization layers, and of others that are its own.
  private func valuesKept(_ run: RunConfiguration) -> Int {
    run.network.layout.count { !$0.role.isNormalization && run.network.layout.sharing(of: $0) == .local }
      + run.normLayers.reduce(0) {
        $0 + $1.valuesKept
      }
  }

  private func valuesSent(_ run: RunConfiguration) -> Int {
    if run.bound == .central { return 0 }
    return run.network.layout.count { !$0.role.isNormalization && run.network.layout.sharing(of: $0) == .shared }
      + run.normLayers.reduce(0) {
        $0 + $1.valuesSent
      }
      + run.valuesBesideState
  }

  /// "clients: personal own, personal batch; unseen (1 client): global average"; nil where it is the default alone.
  private func evaluationWords(_ run: RunConfiguration) -> String? {
    let planned = run.evaluationPlan.evaluations
    guard planned.count != 1 || planned[0].subject != .client || !isDefault(run) else { return nil }
    var groups: [(subject: String, rows: [String])] = []
    for row in planned {
      let unseen = run.dataset.unseenCount
      let subject =
        switch row.subject {
        case .client: "clients"
        case .union: "union"
        case .unseen: "unseen (\(unseen) client\(unseen == 1 ? "" : "s"))"
        }
      let name = subject + (row.phase == .afterTraining ? " after training" : "")
      let words = "\(row.model.rawValue) \(row.source.description)"
      if let index = groups.firstIndex(where: { $0.subject == name }) {
        groups[index].rows.append(words)
      } else {
        groups.append((name, [words]))
      }
    }
    return groups.map { "\($0.subject): \($0.rows.joined(separator: ", "))" }.joined(separator: "; ")
  }

  private func isDefault(_ run: RunConfiguration) -> Bool {
    let choice = EvaluationPlan(
      EvaluationChoice(), norm: run.norm, network: run.network, hasUnseen: run.dataset.unseenCount > 0)
    return run.evaluationPlan.evaluations.map(\.words) == choice.evaluations.map(\.words)
  }

  /// One row an arm and kind of evaluation.
  var evaluationTable: Table {
    var table = Table(columns: [
      .name("arm"), .words("subject"), .words("model"), .words("norm_source", header: "norm source"), .words("phase"),
      Table.Column("clients"),
    ])
    for arm in arms {
      let dataset = arm.first.dataset
      for row in arm.first.evaluationPlan.evaluations {
        table.append([
          .text(arm.first.arm), .text(row.subject.rawValue), .text(row.model.rawValue), .text(row.source.description),
          .text(row.phase.rawValue), .integer(row.subject == .unseen ? dataset.unseenCount : dataset.clientCount),
        ])
      }
    }
    return table
  }

  /// Whether any arm evaluates anything but the default.
  var hasChosenEvaluations: Bool { arms.contains { evaluationWords($0.first) != nil } }

  /// One row an arm.
  var armTable: Table {
    var table = Table(columns: [
      .name("arm"), .name("strategy"), .name("norm"), Table.Column("seeds"), Table.Column("rounds"),
      Table.Column("clients"),
      Table.Column("cohort"), Table.Column("parameters", necessity: .useful),
      Table.Column("mflop_per_sample", header: "MFLOP/sample", necessity: .useful),
      Table.Column("values_sent", header: "values sent", necessity: .useful),
      Table.Column("values_kept", header: "kept", necessity: .useful),
      Table.Column("bytes_up_per_round", header: "MB up a round"), Table.Column("labels"),
      Table.Column("target", audience: .programs),
    ])
    for arm in arms {
      let run = arm.first
      let population = run.dataset.clientCount
      let updates = run.scheduleSize.updates
      // Where clients train at any time there is no cohort but the updates of a version.
      let cohort = run.schedule.component.isAsynchronous ? updates : run.cohort.size(population: population)
      let kept = valuesKept(run)
      table.append([
        .text(run.arm), .text(run.strategy.name), .text(run.norm.name), .integer(arm.seeds.count), .integer(run.rounds),
        .integer(population), .integer(cohort), .integer(run.network.parameterCount),
        .number(Double(run.trainingFLOPs) / 1e6, digits: 2), .integer(valuesSent(run)), .integer(kept),
        .bytes(run.bytesUpPerClient() * updates), .integer(run.dataset.classCount > 0 ? run.dataset.classCount : nil),
        .text(Self.words(run.target)),
      ])
    }
    return table
  }

  /// One row an arm and normalization layer: the match report.
  var normTable: Table {
    var table = Table(columns: [
      .name("arm"), .name("layer"), .words("kind"), .words("affine", header: "γ, β"), .words("statistics"),
      Table.Column("values_sent", header: "sent"), Table.Column("values_kept", header: "kept"),
    ])
    for arm in arms {
      for layer in arm.first.normLayers {
        table.append([
          .text(arm.first.arm), .text(layer.layer), .text(layer.kind), .text(layer.affine), .text(layer.statistics),
          .integer(layer.valuesSent), .integer(layer.valuesKept),
        ])
      }
    }
    return table
  }
}
