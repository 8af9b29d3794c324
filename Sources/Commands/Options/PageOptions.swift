internal import ArgumentParser
internal import Pages
internal import Questions

/// What a report or a figure shows.
struct PageOptions: ParsableArguments {
  @OptionGroup var database: DatabaseOptions

  @OptionGroup var runs: RunFilterOptions

  @Option(
    help: ArgumentHelp("In figures of single clients, only these, as 0,4,7 or 0..9.", valueName: "ids"),
    transform: NumberList.init)
  var client: NumberList?

  @Option(
    help: ArgumentHelp(
      "In figures of single clients, only those of this domain; may be given several times.", valueName: "name"))
  var domain: [String] = []

  @Option(
    help: ArgumentHelp("In curves, only these rounds, as 10..20, 10.., ..20 or 10.", valueName: "range"),
    transform: RoundRange.init)
  var rounds: RoundRange?

  @Option(help: "What is compared: accuracy, loss or another measure of 'covey list measures'.")
  var metric: PageMetric = .accuracy

  @Option(
    help: ArgumentHelp("The arm that the others are compared with (default: the first).", valueName: "arm"),
    completion: ArmCompletion.kind)
  var baseline: String?

  @Option(help: ArgumentHelp("The round to compare at (default: the last).", valueName: "round"))
  var at: Int?

  @OptionGroup var evaluations: EvaluationOptions

  func validate() throws {
    if let at, at < 0 { throw ValidationError("'--at \(at)' is not allowed (allowed: a whole number ≥ 0)") }
  }

  /// The same as a query of some runs and figures.
  func query(of names: [String], figures: [String]) -> PageQuery {
    var query = PageQuery()
    query.question.names = names
    query.question.filter = runs.filter
    query.question.metric = metric.compared
    query.question.baseline = baseline
    query.question.at = at
    query.question.evaluations = evaluations.given
    query.clients = (client?.values ?? []).map { Int($0) }
    query.domains = domain
    query.rounds = rounds?.range
    query.figures = figures
    return query
  }
}
