internal import ArgumentParser

/// Words separated by commas.
struct WordList: ExpressibleByArgument, Sendable {
  let values: [String]

  init?(argument: String) {
    values = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard !values.contains("") else { return nil }
  }
}
