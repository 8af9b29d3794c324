internal import ArgumentParser

/// `covey db`.
struct DatabaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db", abstract: "Looks after a database: checks, packs and merges it.",
    discussion: """
      Examples:
        covey db info
        covey db check --db results.sqlite
        covey db vacuum
        covey db merge laptop.sqlite server.sqlite --db all.sqlite
      """,
    subcommands: [
      DatabaseInfoCommand.self, DatabaseCheckCommand.self, DatabaseVacuumCommand.self, DatabaseMergeCommand.self,
    ])
}
