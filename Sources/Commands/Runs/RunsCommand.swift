internal import ArgumentParser

/// `covey runs`.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "Removes, tags or annotates recorded runs.",
    discussion: """
      'covey history' lists the runs. Tags and notes are no part of a run's result and may change at any time.

      Examples:
        covey runs tag quickstart paper
        covey compare tag:paper
        covey runs note 3 "learning rate too high"
        covey runs rm 1 2
      """,
    subcommands: [RunsRemoveCommand.self, RunsTagCommand.self, RunsNoteCommand.self])
}
