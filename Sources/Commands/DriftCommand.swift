internal import ArgumentParser
internal import func Catalogs.nearestName
internal import Questions
internal import Records
internal import Reports
internal import RunStore
internal import Tables

/// `covey drift`.
struct DriftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift", abstract: "Shows how far the clients' normalization layers drift apart, and when.",
    discussion: """
      By layer: the share of the variance that lies between the clients, and the measure, by default the Kullback-Leibler \
      divergence from the pooled statistics. By client: the mean of the measure over its layers. Each line has a plot over \
      the rounds, its largest value and the round of it; the farthest come first. Plots are plain text, with or without colours.

      Measures: kl, w2, mean_shift, variance_log_ratio, affine_distance, staleness (rounds since a client last trained), \
      effective_momentum (the share of running statistics that is older than the round).

      JSON and CSV give every client, layer and round; JSON of one run also the ranking. In CSV, '--metric' keeps only that \
      measure and '--top' only the clients that are farthest by it. '--where', '--sort', '--limit' and '--offset' are about these \
      rows, of which a table shows the first; 'covey history --help' says what a condition is.

      Examples:
        covey drift latest
        covey drift quickstart/fedavg/1 --layer bn1 --rounds 10..20
        covey drift latest --metric effective_momentum --top 3
        covey drift latest --domain ink --where "kl > 0.1 and round > 10" --sort kl:desc --limit 20
        covey drift quickstart --arm fedavg --arm fedbn --seed 1
        covey drift 3 --client 2 --format csv
      """)

  @Argument(help: ArgumentHelp(RunHelp.several, valueName: "run"), completion: RunCompletion.kind)
  var names: [String]

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var filter: RunFilterOptions

  @Option(
    help: ArgumentHelp(
      "The measure by which layers and clients are ranked and plotted (default: kl).", valueName: "name"),
    completion: .list(DriftMeasure.allCases.map(\.rawValue)))
  var metric: String?

  @Option(help: ArgumentHelp("Rounds, as 10..20, 10.., ..20 or 10.", valueName: "range"), transform: RoundRange.init)
  var rounds: RoundRange?

  @Option(help: ArgumentHelp("Only this layer.", valueName: "name"))
  var layer: String?

  @Option(help: ArgumentHelp("Only this client.", valueName: "id"))
  var client: Int?

  @Option(help: ArgumentHelp("Only the clients of this domain.", valueName: "name"))
  var domain: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many layers and clients to show (default: 10).", valueName: "n"))
  var top: Int?

  @OptionGroup var listing: ListingOptions

  @Option(help: "The form of the result: table, json or csv.")
  var format: OutputFormat = .table

  /// The largest number of runs that people get plots of.
  private static let mostPlotted = 10

  private var measure: DriftMeasure { metric.flatMap(DriftMeasure.init) ?? .kl }

  func validate() throws {
    if let metric, DriftMeasure(rawValue: metric) == nil {
      let all = DriftMeasure.allCases.map(\.rawValue)
      let hint = nearestName(to: metric, in: all).map { "; did you mean '\($0)'?" } ?? ""
      throw ValidationError("'--metric' names no measure '\(metric)'\(hint) (allowed: \(all.joined(separator: ", ")))")
    }
    if measure == .staleness, layer != nil {
      throw ValidationError("'--layer' can't be combined with '--metric staleness', which is the same for all layers")
    }
    if let top, top < 1 { throw ValidationError("'--top \(top)' is not allowed (allowed: a whole number ≥ 1)") }
    // Programs get the ranking beside the rows, or the rows of whom it begins with.
    if top != nil, format == .table, listing.isGiven {
      throw ValidationError(
        "with '--where', '--sort', '--limit' and '--offset', '--top' needs '--format json' or '--format csv'")
    }
  }

  func run() throws {
    let store = try database.read()
    let chosen = try store.chosenRuns(names, filter.filter)
    if let client { try store.requireClient(client, of: chosen.runs) }
    if let domain { try store.requireDomain(domain, of: chosen.runs) }
    if let layer { try store.requireLayer(layer, of: chosen.runs) }
    if top != nil, format != .table, chosen.areSeveral {
      throw CommandFailure("error: '--top' needs one run with '--format \(format.rawValue)'", .usage)
    }
    var rows = try listing.query(.drift, scope(chosen.ids), namesRuns: chosen.areSeveral, metric: metric)
    switch format {
    case .table where listing.isGiven: try ListingOutput(store: store, query: rows).write(.table)
    case .table: try writeRankings(of: chosen.runs, store)
    case .csv:
      if let top, let run = chosen.runs.first {
        rows.scope.clients = try ranking(of: run, store).farthestClients(top)
      }
      try ListingOutput(store: store, query: rows).write(.csv)
    case .json where chosen.areSeveral: try ListingOutput(store: store, query: rows).write(.json)
    case .json:
      rows.metric = nil
      if let run = chosen.runs.first { try writeDocument(of: run, rows, store) }
    }
  }

  private func scope(_ runs: [Int64]) -> ListingScope {
    var scope = ListingScope(runs: runs)
    scope.rounds = rounds?.range
    scope.clients = client.map { [$0] }
    scope.domain = domain
    scope.layer = layer
    return scope
  }

  /// What is recorded of the layers over the cohort.
  private func cohort(of run: StoredRun, _ store: RunStore) throws -> [ListedLayerDrift] {
    try store.layerDrift(run: run.id, rounds: rounds?.range, layer: layer).map {
      ListedLayerDrift(
        round: $0.round, layer: $0.layer, betweenShare: $0.betweenShare, meanKL: $0.meanKL, maxKL: $0.maxKL)
    }
  }

  /// A run's layers and clients in the order of how far they drift, with all that is shown of them.
  private func ranking(of run: StoredRun, _ store: RunStore) throws -> DriftRanking {
    let scope = scope([run.id])
    // The lines of some clients are not about the cohort.
    let isOfCohort = client == nil && domain == nil
    let cohort = isOfCohort ? try cohort(of: run, store) : []
    // The mean KL over the cohort is recorded.
    let isRecorded = measure == .kl && !cohort.isEmpty
    let layers =
      isRecorded || !measure.isOfLayers
      ? []
      : try store.driftByLayer(measure.rawValue, scope).map { DriftRanking.Value($0.owner, round: $0.round, $0.value) }
    let clients = try store.driftByClient(measure.rawValue, scope).map {
      DriftRanking.Value($0.owner, round: $0.round, $0.value)
    }
    var ranking = DriftRanking(cohort: cohort, layers: layers, clients: clients, by: measure)
    let domains = try store.domains(run: run.id)
    try ranking.lookUp(first: top ?? 10) { client, round in
      let part = try store.participations(run: run.id, rounds: round...round, client: client).last?.record
      let lines = try store.normDrift(run: run.id, rounds: round...round, client: client, layer: layer).map {
        ListedClientDrift($0, domain: domains[client] ?? "", staleness: part?.staleness)
      }
      guard measure.isOfLayers else {
        return ListedClientDrift(
          round: round, client: client, domain: domains[client] ?? "", layer: "", staleness: part?.staleness)
      }
      return measure.farthest(of: lines)
    }
    return ranking
  }

  private func writeRankings(of runs: [StoredRun], _ store: RunStore) throws {
    for (index, run) in runs.prefix(Self.mostPlotted).enumerated() {
      if index > 0 { StandardOutput.write("") }
      let ranking = try ranking(of: run, store)
      guard !ranking.isEmpty else {
        StandardOutput.write("\(run.name): no drift is recorded of what was asked for")
        continue
      }
      StandardOutput.write("\(run.name): norm \(run.norm), \(run.summary)\n\n")
      StandardOutput.write(
        DriftListing.text(
          ranking, ofClient: client, count: top ?? 10, style: StandardOutput.style, width: StandardOutput.width))
    }
    let rest = runs.count - Self.mostPlotted
    if rest > 0 {
      StandardOutput.write("\n\(rest) more run\(rest == 1 ? "" : "s"): '--arm' and '--seed' choose among them")
    }
  }

  /// Writes a run's ranking and all rows as one JSON object, the clients' rows one by one.
  private func writeDocument(of run: StoredRun, _ rows: ListingQuery, _ store: RunStore) throws {
    let ranking = try ranking(of: run, store)
    var document = JSONDocument()
    document.add("run", .text(run.name))
    document.add("metric", .text(measure.rawValue))
    document.add("farthest_layers", DriftListing.layerTable(ranking, count: top ?? 10))
    document.add("farthest_clients", DriftListing.clientTable(ranking, count: top ?? 10))
    document.add("layers", Self.layerTable(try cohort(of: run, store)))
    StandardOutput.writeRaw(document.beginning(before: "clients"))
    let output = ListingOutput(store: store, query: rows)
    let count = try output.writeRows(.json, indent: 2)
    StandardOutput.writeRaw(JSONDocument.ending)
    if count == 0 { try output.explainEmptiness() }
  }

  /// The layers over the cohort as they are recorded, for programs.
  private static func layerTable(_ drift: [ListedLayerDrift]) -> Table {
    Table(
      columns: [
        Table.Column("round"), .words("layer"), Table.Column("between_share"), Table.Column("mean_kl"),
        Table.Column("max_kl"),
      ],
      rows: drift.map {
        [
          .integer($0.round), .text($0.layer), .number($0.betweenShare, digits: 4), .number($0.meanKL, digits: 4),
          .number($0.maxKL, digits: 4),
        ]
      })
  }
}
