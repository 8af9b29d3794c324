internal import ArgumentParser
internal import Foundation
internal import Pages
internal import Records
internal import Reports
internal import RunStore

/// `covey history`.
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Shows the runs of a database, or the rounds of one run.",
    discussion: """
      Examples:
        covey history
        covey history quickstart/fedbn/1 --rounds 10..20
        covey history latest --clients --where "accuracy < 0.5"
        covey history 3 --client 2 --metric accuracy --format csv
        covey history 3 --layers --last 5
        covey history 3 --subject unseen --norm-source pooled
      """)

  @Argument(help: ArgumentHelp("A run: an id, 'latest', or experiment/arm/seed.", valueName: "run"))
  var name: String?

  @OptionGroup var database: DatabaseOptions

  @Option(help: ArgumentHelp("Rounds, as 10..20, 10.. or 10.", valueName: "range"))
  var rounds: RoundRange?

  @Flag(help: "A row for each client and round; of the last round unless rounds are given.")
  var clients = false

  @Option(help: ArgumentHelp("The rounds of one client.", valueName: "id"))
  var client: Int?

  @Flag(help: "A row for each normalization layer and round.")
  var layers = false

  @Option(help: ArgumentHelp("Only this column.", valueName: "name"))
  var metric: String?

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp("Only rows that meet a condition, as \"accuracy < 0.5\".", valueName: "condition"))
  var condition: String?

  @OptionGroup var evaluations: EvaluationOptions

  @Option(help: ArgumentHelp("Only the last rounds, or the newest runs.", valueName: "n"))
  var last: Int?

  @Option(help: "The form of the table: table, json or csv.")
  var format: OutputFormat = .table

  func validate() throws {
    if let last, last < 1 { throw ValidationError("'--last \(last)' is not allowed (allowed: a whole number ≥ 1)") }
    if layers, clients || client != nil {
      throw ValidationError("'--layers' can't be combined with '--clients' or '--client'")
    }
    if layers || name == nil, evaluations.isGiven {
      throw ValidationError(
        "'--subject', '--model', '--phase' and '--norm-source' need a run, and can't be combined with '--layers'")
    }
    if name == nil, clients || client != nil || layers || rounds != nil || metric != nil {
      throw ValidationError("'--rounds', '--clients', '--client', '--layers' and '--metric' need a run")
    }
  }

  func run() throws {
    let filter = try condition.map { try RowFilter($0) }
    let store = try database.read()
    guard let name else {
      let table = try runTable(store)
      return try (filter.map { try $0.apply(to: table) } ?? table).write(format)
    }
    let run = try store.singleRun(name)
    if evaluations.isGiven { try store.checkEvaluations(evaluations.selection, of: [run]) }
    var table: Table
    var identity = ["round"]
    if clients || client != nil {
      table = try clientTable(store, run)
      identity.append("client")
    } else if layers {
      table = try layerTable(store, run)
      identity.append("layer")
    } else {
      let rows = try store.rounds(run: run.id, in: rounds?.range, last: last, of: evaluations.selection)
      let listed = rows.map(ListedRound.init)
      if metric == nil, filter == nil, format == .table {
        let source = rows.last { $0.normSource != nil }?.normSource
        StandardOutput.write("\(run.name): \(run.summary)")
        if source != nil { StandardOutput.write("evaluated: " + evaluations.selection.words(source)) }
        return StandardOutput.write(RoundListing.text(listed, style: StandardOutput.style, width: StandardOutput.width))
      }
      table = RoundListing.table(listed)
    }
    if let filter { table = try filter.apply(to: table) }
    if let metric { table = try table.only(metric, identifiedBy: identity) }
    table.write(format)
  }

  private func runTable(_ store: RunStore) throws -> Table {
    let runs = try store.allRuns(limit: last)
    return RunListing.table(
      try runs.map { run in
        let row = try store.rounds(run: run.id, last: 1).last
        return ListedRun(
          id: String(run.id), experiment: run.experiment, arm: run.arm, strategy: run.strategy, norm: run.norm,
          seed: run.seed,
          status: run.status, roundsDone: run.roundsDone, roundsPlanned: run.roundsPlanned, accuracy: row?.meanAccuracy,
          startedAt: run.startedAt.date, seconds: run.seconds,
          error: run.isCutOff ? "cut off; go on with: covey resume" : run.error)
      })
  }

  /// The rounds that rows of clients and layers are shown of.
  private func shownRounds(_ run: StoredRun, orElse fallback: ClosedRange<Int>?) -> ClosedRange<Int>? {
    guard let last else { return rounds?.range ?? fallback }
    let lower = max(0, run.roundsDone - last + 1, rounds?.range.lowerBound ?? 0)
    // A range behind the last round stays one, and finds nothing.
    return lower...max(lower, min(run.roundsDone, rounds?.range.upperBound ?? run.roundsDone))
  }

  private func clientTable(_ store: RunStore, _ run: StoredRun) throws -> Table {
    if let client { try store.checkClient(client, of: run) }
    let range = shownRounds(run, orElse: client == nil ? run.roundsDone...run.roundsDone : nil)
    let rows = try store.evaluations(run: run.id, rounds: range, client: client)
    // Programs get every row unless some are asked for; people one kind, of a client that it has.
    var selection = format == .table || evaluations.isGiven ? evaluations.selection : nil
    if client != nil, selection != nil, !evaluations.isGiven, rows.allSatisfy({ $0.subject == .unseen }) {
      selection = EvaluationSelection(subject: .unseen)
    }
    return ClientRounds(
      participations: try store.participations(run: run.id, rounds: range, client: client),
      evaluations: rows,
      profiles: try store.clients(run: run.id), selection: selection
    ).table
  }

  private func layerTable(_ store: RunStore, _ run: StoredRun) throws -> Table {
    let drift = try store.layerDrift(run: run.id, rounds: shownRounds(run, orElse: nil))
    return Table(
      columns: [
        Table.Column("round"), .words("layer"), Table.Column("between_share", header: "between share"),
        Table.Column("mean_kl"),
        Table.Column("max_kl"),
      ],
      rows: drift.map {
        [
          .integer($0.round), .text($0.layer), .percent($0.betweenShare), .number($0.meanKL, digits: 4),
          .number($0.maxKL, digits: 4),
        ]
      })
  }
}

extension StoredRun {
  /// "finished, 20 of 20 rounds".
  var summary: String {
    var text = "\(status.rawValue), \(roundsDone) of \(roundsPlanned) rounds"
    if isCutOff { text += ", cut off" }
    if let error { text += ": \(error)" }
    return text
  }

  /// Whether its process is gone before it ended.
  var isCutOff: Bool { status == .running && !isAlive }

  /// Wall-clock seconds from begin to end; nil while it is running.
  var seconds: Double? {
    guard let start = startedAt.date, let end = finishedAt?.date else { return nil }
    return end.timeIntervalSince(start)
  }
}

extension String {
  /// The date of ISO 8601 text with milliseconds.
  var date: Date? { try? Date(self, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
}

extension ListedRound {
  init(_ row: RoundRow) {
    self.init(
      round: row.round, reported: row.reported, trainLoss: row.trainLoss, trainAccuracy: row.trainAccuracy,
      loss: row.meanLoss,
      accuracy: row.meanAccuracy, sampleWeighted: row.sampleWeightedAccuracy, worst: row.worstAccuracy,
      bottomDecile: row.bottomDecileAccuracy, bytesUp: row.bytesUp, bytesDown: row.bytesDown, seconds: row.seconds,
      normSource: row.normSource?.rawValue)
  }
}
