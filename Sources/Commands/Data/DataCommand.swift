internal import ArgumentParser

/// `covey data`.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Looks at data before anything is trained.",
    discussion: """
      Examples:
        covey data info heart.csv --set data.label=disease --set data.client=hospital
        covey data info my.yaml --format json
        covey data info photos/ --scenario photos.yaml
        covey data split my.yaml -o split.json
      """,
    subcommands: [DataInfoCommand.self, DataSplitCommand.self])
}
