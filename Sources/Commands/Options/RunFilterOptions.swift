internal import ArgumentParser
internal import Questions

/// Which of the runs that were named, or of all, a command looks at.
struct RunFilterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Only runs of this arm; may be given several times.", valueName: "name"),
    completion: ArmCompletion.kind)
  var arm: [String] = []

  @Option(
    help: ArgumentHelp("Only runs with these seeds, as 1,3 or 1..5.", valueName: "seeds"), transform: NumberList.init)
  var seed: NumberList?

  /// What was asked for.
  var filter: RunFilter { RunFilter(arms: arm, seeds: seed?.values ?? []) }
}
