/// What a RUN may be, for help texts.
enum RunHelp {
  /// The help of an argument that means one run.
  static let single =
    "A run: an id, 'latest', experiment/arm/seed, or a tag:NAME that one run has. Of several experiments of one name "
    + "the newest is meant; name#number means another."
  /// The help of an argument that may mean several runs.
  static let several =
    "Runs: an id, 'latest', experiment, experiment/arm, experiment/arm/seed, or tag:NAME. Of several experiments of one "
    + "name the newest is meant; name#number means another."
}
