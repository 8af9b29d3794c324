internal import ArgumentParser

/// The form of a command's results.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case json
  case csv
}

/// The form of results that are no plain table.
enum DocumentFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case json
}
