internal import ArgumentParser
internal import Pages
internal import Records
internal import Reports
internal import RunStore

/// `covey compare`.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compares the arms of an experiment, paired by seed.",
    discussion: """
      Gives each arm's final and best value, the rounds and bytes it took, and its difference to the baseline: 95 % interval and p value \
      (Student t on the pairs), p after Holm's correction for all that is compared, and beside them a bootstrap interval, Wilcoxon's and \
      the sign test and effect sizes; then how clients fare, and who loses. What each number means: Docs/Comparing.md. Without a RUN, the \
      newest experiment.

      Examples:
        covey compare
        covey compare quickstart --baseline fedavg --at 10
        covey compare quickstart/fedavg quickstart/fedbn --metric loss --format csv
        covey compare quickstart --metric accuracy,worst,jain,area,rounds-to-target
        covey compare quickstart --arm fedavg --arm fedbn --seed 1,2
        covey compare unseen-domain --subject unseen
      """)

  @Argument(help: ArgumentHelp(RunHelp.several, valueName: "run"), completion: RunCompletion.kind)
  var names: [String] = []

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var filter: RunFilterOptions

  @Option(
    help: ArgumentHelp(
      """
      What to compare, a list with commas: accuracy, loss, worst, bottom-decile, sd, jain, area, rounds-to-target, bytes, \
      bytes-to-target. Of the loss if the list begins with it and does not name accuracy.
      """, valueName: "list"), completion: WordListCompletion.kind(ComparedMeasure.all.map(\.name)))
  var metric = "accuracy"

  @Option(help: "The test whose p value decides.")
  var test: DecidingTest = .t

  /// A test of `PairedTest.all` as an argument.
  struct DecidingTest: ExpressibleByArgument {
    static let t = DecidingTest(test: .t)
    static var allValueStrings: [String] { PairedTest.all.map(\.name) }
    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }

    let test: PairedTest
    var defaultValueDescription: String { test.name }

    init(test: PairedTest) { self.test = test }

    init?(argument: String) {
      guard let test = PairedTest.all.first(where: { $0.name == argument }) else { return nil }
      self.test = test
    }
  }

  @OptionGroup var evaluations: EvaluationOptions

  @Option(
    help: ArgumentHelp("The arm that the others are compared with (default: the first).", valueName: "arm"),
    completion: ArmCompletion.kind)
  var baseline: String?

  @Option(help: ArgumentHelp("The round to compare at (default: the last).", valueName: "round"))
  var at: Int?

  @Option(
    help: ArgumentHelp(
      "The value to reach, as 0.8 or 80% (default: what the baseline's mean just meets).", valueName: "value"))
  var target: TargetValue?

  @Option(help: "The form of the comparison: table, json or csv.")
  var format: OutputFormat = .table

  func validate() throws {
    _ = try measures()
    if let at, at < 0 { throw ValidationError("'--at \(at)' is not allowed (allowed: a whole number ≥ 0)") }
    if let target, try ComparedMeasure.metric(for: measures()) == .accuracy, !(0...1).contains(target.value) {
      throw ValidationError(
        "'--target \(target.text)' is not allowed (allowed: an accuracy from 0 to 1, or as a percentage from 0% to 100%)"
      )
    }
  }

  private func measures() throws -> [ComparedMeasure] {
    do { return try ComparedMeasure.list(metric) } catch { throw ValidationError(error.description) }
  }

  func run() throws {
    let measures = try measures()
    let metric = ComparedMeasure.metric(for: measures)
    let store = try database.read()
    var runs = try store.runs(namedOrNewest: names)
    if runs.count == 1, let only = runs.first, names.count == 1 {
      runs = try store.runs(ofExperiment: only.experimentID)
    }
    let name = names.isEmpty ? runs.first?.experiment ?? "" : names.joined(separator: " ")
    var chosen = ChosenRuns(runs: runs, areSeveral: runs.count > 1, name: name)
    try chosen.narrow(by: filter)
    runs = chosen.runs
    let several = runs.areOfSeveralExperiments
    runs = runs.withDistinctArms
    let selection = try evaluations.isGiven ? evaluations.selection : store.usualSelection(of: runs)
    if evaluations.isGiven { try store.checkEvaluations(selection, of: runs) }
    let compared = try store.comparedRuns(runs, metric: metric, at: at, of: selection)
    let evaluated = Set(compared.flatMap { $0.rounds.map(\.round) }).sorted()
    if let at, !evaluated.isEmpty, !evaluated.contains(at) {
      let shown =
        evaluated.count <= 12
        ? evaluated.map(String.init)
        : evaluated.prefix(5).map(String.init) + ["…", "\(evaluated[evaluated.count - 1])"]
      throw CommandFailure(
        "error: round \(at) was not evaluated (evaluated: \(shown.joined(separator: ", ")))", .missingInput)
    }
    let comparison = try Comparison(
      compared, metric: metric, measures: measures, test: test.test, baseline: baseline, at: at, target: target?.value)
    let title = several ? nil : runs.first?.experiment
    switch format {
    case .table:
      if selection != EvaluationSelection() { StandardOutput.write("compared: " + selection.words(nil)) }
      StandardOutput.write(
        comparison.text(
          title: title, style: StandardOutput.style, width: StandardOutput.width, hasPlot: StandardOutput.isTerminal))
    case .json: StandardOutput.write(comparison.json(title: title, evaluated: selection.words(nil)))
    case .csv: StandardOutput.writeRaw(comparison.csv())
    }
  }
}
