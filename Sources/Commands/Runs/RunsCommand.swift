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

/// What a RUN may be, for help texts.
enum RunHelp {
  /// Of an argument that means one run.
  static let single =
    "A run: an id, 'latest', experiment/arm/seed, or a tag:NAME that one run has. Of several experiments of one name "
    + "the newest is meant; name#number means another."
  /// Of an argument that may mean several runs.
  static let several =
    "Runs: an id, 'latest', experiment, experiment/arm, experiment/arm/seed, or tag:NAME. Of several experiments of one "
    + "name the newest is meant; name#number means another."
}
