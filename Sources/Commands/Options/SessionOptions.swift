internal import ArgumentParser

/// What every command that computes runs and ends with their comparison takes.
struct SessionOptions: ParsableArguments {
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var pool: ThreadOptions

  @Option(help: "The form of the comparison: table or json.")
  var format: DocumentFormat = .table

  @Flag(help: "No progress.")
  var quiet = false
}
