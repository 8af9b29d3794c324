internal import ArgumentParser
internal import Questions
internal import Records
internal import Reports
internal import Tables

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
        covey compare quickstart --metric balanced_accuracy,roc_auc
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
      bytes-to-target, simulated-seconds, seconds-to-target, or a measure as balanced_accuracy, roc_auc, rmse or recall[NAME] \
      ('covey list measures'). The others are of the measure that the list begins with, else of accuracy.
      """, valueName: "list"), completion: WordListCompletion.kind(ComparedMeasure.names))
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
    let metric = try ComparedMeasure.metric(for: measures())
    if let target, metric.isFraction, !(0...1).contains(target.value) {
      throw ValidationError(
        "'--target \(target.text)' is not allowed (allowed: \(metric == .accuracy ? "an accuracy" : "a value") from 0 to 1, or as a percentage from 0% to 100%)"
      )
    }
  }

  private func measures() throws -> [ComparedMeasure] {
    do { return try ComparedMeasure.list(metric) } catch { throw ValidationError(error.description) }
  }

  func run() throws {
    let measures = try measures()
    var question = RunQuestion()
    question.names = names
    question.filter = filter.filter
    question.metric = ComparedMeasure.metric(for: measures)
    question.otherMetrics = measures.compactMap(\.ofMetric).filter { $0 != question.metric }
    question.baseline = baseline
    question.at = at
    question.evaluations = evaluations.given
    question.widensToExperiment = true
    let answer = try ComparedRuns(database.read(), question)
    let comparison = try answer.comparison(measures: measures, test: test.test, target: target?.value)
    let selection = answer.selection
    switch format {
    case .table:
      if selection != EvaluationSelection() { StandardOutput.write("compared: " + selection.words(nil)) }
      StandardOutput.write(
        comparison.text(
          title: answer.experiment, style: StandardOutput.style, width: StandardOutput.width,
          hasPlot: StandardOutput.isTerminal))
    case .json: StandardOutput.write(comparison.json(title: answer.experiment, evaluated: selection.words(nil)))
    case .csv: StandardOutput.writeRaw(comparison.csv())
    }
  }
}
