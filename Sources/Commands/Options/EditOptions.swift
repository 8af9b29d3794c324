internal import ArgumentParser
internal import Scenarios

/// What the command line changes of a scenario.
struct EditOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Only these seeds, as 1,3 or 1..5.", valueName: "seeds"), transform: NumberList.init)
  var seeds: NumberList?

  @Option(help: ArgumentHelp("Only these arms, separated by commas.", valueName: "a,b"))
  var arms: WordList?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Set a key: a dotted path, arms by name, as arms.fedbn.norm=pooled; may be repeated.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: ArgumentHelp("The number of rounds of every arm.", valueName: "n"))
  var rounds: Int?

  var edits: ScenarioEdits {
    ScenarioEdits(settings: settings, seeds: seeds?.values, arms: arms?.values, rounds: rounds)
  }
}
