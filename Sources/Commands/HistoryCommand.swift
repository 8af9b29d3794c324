internal import ArgumentParser
internal import Questions
internal import Records
internal import Reports
internal import RunStore

/// `covey history`.
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Shows the runs of a database, or the rounds of runs.",
    discussion: """
      Rows are filtered and sorted by the names of their columns, which '--format csv' shows. A condition compares columns \
      with numbers, percentages or words by <, <=, >, >=, = and !=, or says 'is null', 'in (a, b)', 'between a and b' or \
      'like x%'; 'and', 'or', 'not' and parentheses join conditions. A value that is missing meets no comparison.

      Examples:
        covey history
        covey history --arm fedbn --status finished --sort accuracy:desc --limit 10
        covey history quickstart/fedbn/1 --rounds 10..20
        covey history quickstart --arm fedbn --rounds 10..20 --sort accuracy:desc
        covey history latest --clients --where "accuracy < 50%"
        covey history latest --clients --rounds 0.. --where "accuracy < 50% and (domain = ink or staleness is null)"
        covey history 3 --client 2 --metric accuracy --format csv
        covey history 3 --layers --last 5
        covey history 3 --evaluations --last 1
        covey history unseen-domain --subject unseen --norm-source pooled
      """)

  @Argument(help: ArgumentHelp(RunHelp.several, valueName: "run"), completion: RunCompletion.kind)
  var names: [String] = []

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var filter: RunFilterOptions

  @Option(help: "Only runs of the list that stand there.")
  var status: RecordWord<RunStatus>?

  @Option(help: ArgumentHelp("Rounds, as 10..20, 10.., ..20 or 10.", valueName: "range"), transform: RoundRange.init)
  var rounds: RoundRange?

  @Flag(help: "A row for each client and round; of the last round unless rounds are given.")
  var clients = false

  @Option(help: ArgumentHelp("The rounds of one client.", valueName: "id"))
  var client: Int?

  @Option(help: ArgumentHelp("Clients of one domain.", valueName: "name"))
  var domain: String?

  @Flag(help: "A row for each normalization layer and round.")
  var layers = false

  @Option(help: ArgumentHelp("The rounds of one normalization layer.", valueName: "name"))
  var layer: String?

  @Flag(help: "A row for each kind of evaluation and round.")
  var evaluations = false

  @Option(help: ArgumentHelp("Only this column.", valueName: "name"), completion: ColumnCompletion.kind)
  var metric: String?

  @OptionGroup var listing: ListingOptions
  @OptionGroup var kind: EvaluationOptions

  @Option(parsing: .unconditional, help: ArgumentHelp("Only the last rounds, or the newest runs.", valueName: "n"))
  var last: Int?

  @Option(help: "The form of the table: table, json or csv.")
  var format: OutputFormat = .table

  private var isOfClients: Bool { clients || client != nil || domain != nil }
  private var isOfLayers: Bool { layers || layer != nil }

  func validate() throws {
    if let last, last < 1 { throw ValidationError("'--last \(last)' is not allowed (allowed: a whole number ≥ 1)") }
    if isOfLayers, isOfClients {
      throw ValidationError(
        "'--layers' and '--layer' can't be combined with '--clients', '--client' and '--domain'")
    }
    if evaluations, isOfLayers || isOfClients {
      throw ValidationError("'--evaluations' can't be combined with options for clients or layers")
    }
    if isOfClients, kind.subject?.word == .union {
      throw ValidationError(
        "'--subject union' can't be combined with '--clients', '--client' and '--domain' (allowed: client, unseen)")
    }
    if isOfLayers || names.isEmpty, kind.isGiven {
      throw ValidationError(
        "'--subject', '--model', '--phase', '--norm-source' and '--split' need a run, and can't be combined with '--layers'"
      )
    }
    if names.isEmpty, isOfClients || isOfLayers || evaluations || rounds != nil || metric != nil {
      throw ValidationError(
        "'--rounds', '--clients', '--client', '--domain', '--layers', '--layer', '--evaluations' and '--metric' need a run"
      )
    }
    if !names.isEmpty, status != nil { throw ValidationError("'--status' is for the list of runs, without a run") }
  }

  func run() throws {
    let store = try database.read()
    if names.isEmpty { return try writeRuns(store) }
    let chosen = try store.chosenRuns(names, filter.filter)
    if let given = kind.given { try store.requireEvaluations(given, of: chosen.runs) }
    if let client { try store.requireClient(client, of: chosen.runs) }
    if let domain { try store.requireDomain(domain, of: chosen.runs) }
    if let layer { try store.requireLayer(layer, of: chosen.runs) }
    if !isOfClients, !isOfLayers, !evaluations, !chosen.areSeveral, format == .table, metric == nil,
      listing.condition == nil, listing.sort == nil, let run = chosen.runs.first
    {
      return try writeRounds(of: run, store)
    }
    let query = try listing.query(
      shown, try scope(chosen, store), namesRuns: chosen.areSeveral, metric: metric,
      measures: store.measureNames(runs: chosen.ids))
    try ListingOutput(store: store, query: query).write(format)
  }

  private var shown: Listing {
    isOfClients ? .clients : isOfLayers ? .layers : evaluations ? .evaluations : .rounds
  }

  private func scope(_ chosen: ChosenRuns, _ store: RunStore) throws -> ListingScope {
    var scope = ListingScope(runs: chosen.ids)
    scope.rounds = rounds?.range
    scope.lastRounds = last
    scope.clients = client.map { [$0] }
    scope.domain = domain
    scope.layer = layer
    if isOfClients {
      if rounds == nil, last == nil, client == nil { scope.lastRounds = 1 }
      // Programs get every row unless some are asked for; people one kind, of a client that it has.
      scope.evaluations = format == .table || kind.isGiven ? kind.selection : nil
      if let client, !kind.isGiven, format == .table, try store.isUnseen(client, of: chosen.runs) {
        scope.evaluations = EvaluationSelection(subject: .unseen)
      }
    } else if kind.isGiven || !evaluations {
      scope.evaluations = kind.selection
    }
    return scope
  }

  /// One run's rounds for people, with a curve under them.
  private func writeRounds(of run: StoredRun, _ store: RunStore) throws {
    let rows = try store.rounds(run: run.id, in: rounds?.range, last: last, of: kind.selection)
    let source = rows.last { $0.normSource != nil }?.normSource
    StandardOutput.writeParagraph("\(run.name): \(run.summary)")
    if source != nil { StandardOutput.writeParagraph("evaluated: " + kind.selection.words(source)) }
    let untested = UntestedClients.words(of: rows.filter(\.isEvaluated).map { $0.untested(kind.selection.subject) })
    if let untested { StandardOutput.writeParagraph("\(untested): they have no test value and are in no mean") }
    let offset = listing.offset ?? 0
    let page = rows.indices.dropFirst(offset).prefix(listing.limit ?? ListingOutput.page)
    StandardOutput.write(
      RoundListing.text(
        rows.map(ListedRound.init), page: page, style: StandardOutput.style, width: StandardOutput.width))
    if page.isEmpty {
      StandardError.write(
        rows.isEmpty
          ? "no round meets this (recorded: up to \(run.roundsDone))"
          : "no round is behind the first \(offset) (there are \(rows.count))")
    }
    if let rest = ListingOutput.rest(of: rows.count, shown: page.count, offset: offset) {
      StandardOutput.write("")
      StandardOutput.writeParagraph(rest)
    }
  }
}

extension RunStore {
  /// Whether a client was only ever evaluated as one that does not train, as far as the last evaluated rounds tell.
  fileprivate func isUnseen(_ client: Int, of runs: [StoredRun]) throws -> Bool {
    var subjects: Set<EvaluationSubject> = []
    for run in runs {
      guard let round = try lastEvaluatedRound(run: run.id) else { continue }
      subjects.formUnion(try evaluations(run: run.id, rounds: round...round, client: client).map(\.record.subject))
    }
    return subjects == [.unseen]
  }
}
