internal import ArgumentParser
internal import func Catalogs.visibleText
internal import Scenarios
internal import Tables

/// `covey validate`.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Checks scenarios and shows what they would run.",
    discussion: """
      Opens the data, too. Every error is listed with file:line:column; nothing is run or written.

      Examples:
        covey validate Scenarios/*.yaml
        covey validate my.yaml --set data.partition.clients=100 --format json
      """)

  @Argument(
    help: ArgumentHelp("Scenario files.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
  var files: [String]

  @OptionGroup var edits: EditOptions

  @Option(help: "The form of the plan: table or json.")
  var format: DocumentFormat = .table

  func run() throws {
    let experiments = try loadExperiments(files, edits.edits)
    // Each file by itself: they need not be run together.
    for experiment in experiments {
      try Experiment.checkMemory(experiment.runs.map { (experiment, $0) }, threads: ThreadOptions.usual)
    }
    for experiment in experiments {
      let plan = PlanSummary(experiment)
      switch format {
      case .json:
        var document = JSONDocument()
        document.add("scenario", .text(experiment.scenario.name))
        document.add("runs", .integer(experiment.runs.count))
        document.add("notes", list: experiment.notes.map { .text($0) })
        document.add("arms", plan.armTable)
        document.add("split", plan.splitTable)
        document.add("differences", plan.differenceTable(isWhole: true))
        document.add("overrides", plan.overrideTable(isWhole: true))
        document.add("norm_layers", plan.normTable)
        document.add("evaluations", plan.evaluationTable)
        StandardOutput.write(document.json())
      case .table:
        let style = StandardOutput.style
        let width = StandardOutput.limit
        StandardOutput.writeParagraph(
          "\(experiment.scenario.name): \(counted(experiment.runs.count, "run")), \(plan.labelWords)")
        for line in experiment.scenario.summary.split(separator: "\n") {
          StandardOutput.writeParagraph(visibleText(String(line)), indent: 0)
        }
        for note in experiment.notes { StandardOutput.writeParagraph("note: \(visibleText(note))") }
        StandardOutput.write("\n" + plan.armTable.text(style: style, width: width))
        StandardOutput.write("\nWho has what\n" + plan.splitTable.text(style: style, width: width))
        let differences = plan.differenceTable(isWhole: false)
        if !differences.rows.isEmpty {
          StandardOutput.write("\nWhere arms differ\n" + differences.text(style: style, width: width))
        }
        let overrides = plan.overrideTable(isWhole: false)
        if !overrides.rows.isEmpty {
          StandardOutput.write("\nWhat clients do otherwise\n" + overrides.text(style: style, width: width))
        }
        if !plan.normTable.rows.isEmpty {
          StandardOutput.write("\nWhat the norm policies match\n" + plan.normTable.text(style: style, width: width))
        }
        if plan.hasChosenEvaluations {
          StandardOutput.write("\nWhat is evaluated\n" + plan.evaluationTable.text(style: style, width: width))
        }
      }
    }
  }
}
