internal import ArgumentParser
internal import func Catalogs.nearestName
internal import Records
internal import Reports
internal import RunStore

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

      JSON and CSV give every client, layer and round; JSON also the ranking. In CSV, '--metric' keeps only that measure and \
      '--top' only the clients that are farthest by it.

      Examples:
        covey drift latest
        covey drift quickstart/fedavg/1 --layer bn1 --rounds 10..20
        covey drift latest --metric effective_momentum --top 3
        covey drift 3 --client 2 --format csv
      """)

  @Argument(help: ArgumentHelp("A run: an id, 'latest', or experiment/arm/seed.", valueName: "run"))
  var name: String

  @OptionGroup var database: DatabaseOptions

  @Option(
    help: ArgumentHelp(
      "The measure by which layers and clients are ranked and plotted (default: kl).", valueName: "name"))
  var metric: String?

  @Option(help: ArgumentHelp("Rounds, as 10..20, 10.. or 10.", valueName: "range"))
  var rounds: RoundRange?

  @Option(help: ArgumentHelp("Only this layer.", valueName: "name"))
  var layer: String?

  @Option(help: ArgumentHelp("Only this client.", valueName: "id"))
  var client: Int?

  @Option(help: ArgumentHelp("How many layers and clients to show (default: 10).", valueName: "n"))
  var top: Int?

  @Option(help: "The form of the result: table, json or csv.")
  var format: OutputFormat = .table

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
  }

  func run() throws {
    let store = try database.read()
    let run = try store.singleRun(name)
    if let client { try store.checkClient(client, of: run) }
    let known = try store.normLayers(run: run.id).map(\.layer)
    if let layer, !known.contains(layer) {
      throw CommandFailure(
        "error: run \(run.id) has no normalization layer '\(layer)' (allowed: \(known.joined(separator: ", ")))",
        .missingInput)
    }
    let records = try DriftRecords(store, run, rounds: rounds?.range, client: client, layer: layer)
    // A client's own lines are not about the cohort.
    let ranking = DriftRanking(
      layers: client == nil ? records.layers : [], clients: measure == .staleness ? records.parts : records.clients,
      by: measure)
    switch format {
    case .table:
      let text = DriftListing.text(
        ranking, ofClient: client, count: top ?? 10, style: StandardOutput.style, width: StandardOutput.width)
      guard !records.isEmpty(for: measure) else {
        StandardOutput.write("\(run.name): no drift is recorded of what was asked for")
        return
      }
      StandardOutput.write("\(run.name): norm \(run.norm), \(run.summary)\n\n")
      StandardOutput.write(text)
    case .csv:
      var clients = records.clients
      if let top {
        let kept = Set(ranking.farthestClients(top))
        clients = clients.filter { kept.contains($0.client) }
      }
      let table = DriftTables.clients(clients)
      let keys = ["round", "client", "domain", "layer"]
      StandardOutput.write(try metric.map { try table.only($0, identifiedBy: keys).csv() } ?? table.csv())
    case .json:
      var document = JSONDocument()
      document.add("run", .text(run.name))
      document.add("metric", .text(measure.rawValue))
      document.add("farthest_layers", DriftListing.layerTable(ranking, count: top ?? 10))
      document.add("farthest_clients", DriftListing.clientTable(ranking, count: top ?? 10))
      document.add("layers", DriftTables.layers(records.layers))
      document.add("clients", DriftTables.clients(records.clients))
      StandardOutput.write(document.json())
    }
  }
}

/// What is recorded of a run's drift, put together for tables.
private struct DriftRecords {
  /// The layers over the cohort.
  let layers: [ListedLayerDrift]
  /// The clients in each layer.
  let clients: [ListedClientDrift]
  /// The clients' parts in rounds, of which drift may not be recorded: their staleness, without a layer.
  let parts: [ListedClientDrift]

  init(_ store: RunStore, _ run: StoredRun, rounds: ClosedRange<Int>?, client: Int?, layer: String?) throws {
    struct Key: Hashable {
      let round: Int
      let client: Int
    }
    let domains = Dictionary(uniqueKeysWithValues: try store.clients(run: run.id).map { ($0.client, $0.domain) })
    let participations = try store.participations(run: run.id, rounds: rounds, client: client)
    let staleness = Dictionary(
      uniqueKeysWithValues: participations.map { (Key(round: $0.round, client: $0.client), $0.staleness) })
    layers = try store.layerDrift(run: run.id, rounds: rounds, layer: layer).map {
      ListedLayerDrift(
        round: $0.round, layer: $0.layer, betweenShare: $0.betweenShare, meanKL: $0.meanKL, maxKL: $0.maxKL)
    }
    clients = try store.normDrift(run: run.id, rounds: rounds, client: client, layer: layer).map {
      ListedClientDrift(
        $0, domain: domains[$0.client] ?? "",
        staleness: staleness[Key(round: $0.round, client: $0.client)].flatMap { $0 })
    }
    parts = participations.map {
      ListedClientDrift(
        round: $0.round, client: $0.client, domain: domains[$0.client] ?? "", layer: "", staleness: $0.staleness)
    }
  }

  func isEmpty(for measure: DriftMeasure) -> Bool {
    measure == .staleness ? parts.isEmpty : layers.isEmpty && clients.isEmpty
  }
}

extension ListedClientDrift {
  init(_ drift: InRound<NormDriftRecord>, domain: String, staleness: Int?) {
    self.init(
      round: drift.round, client: drift.client, domain: domain, layer: drift.layer, meanShift: drift.meanShift,
      varianceLogRatio: drift.varianceLogRatio, kl: drift.kl, w2: drift.w2, affineDistance: drift.affineDistance,
      effectiveMomentum: drift.effectiveMomentum, staleness: staleness)
  }
}

/// Drift as it is recorded, for programs.
enum DriftTables {
  static func layers(_ drift: [ListedLayerDrift]) -> Table {
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

  static func clients(_ drift: [ListedClientDrift]) -> Table {
    Table(
      columns: [
        Table.Column("round"), Table.Column("client"), .words("domain"), .words("layer"), Table.Column("mean_shift"),
        Table.Column("variance_log_ratio"), Table.Column("kl"), Table.Column("w2"), Table.Column("affine_distance"),
        Table.Column("effective_momentum"), Table.Column("staleness"),
      ],
      rows: drift.map {
        [
          .integer($0.round), .integer($0.client), .text($0.domain), .text($0.layer), .number($0.meanShift, digits: 4),
          .number($0.varianceLogRatio, digits: 4), .number($0.kl, digits: 4), .number($0.w2, digits: 4),
          .number($0.affineDistance, digits: 4), .number($0.effectiveMomentum, digits: 4), .integer($0.staleness),
        ]
      })
  }

  /// The columns of the database's own table.
  static func records(_ drift: [InRound<NormDriftRecord>]) -> Table {
    let all = clients(drift.map { ListedClientDrift($0, domain: "", staleness: nil) })
    let places = all.columns.indices.filter { !["domain", "staleness"].contains(all.columns[$0].key) }
    return Table(columns: places.map { all.columns[$0] }, rows: all.rows.map { row in places.map { row[$0] } })
  }
}
