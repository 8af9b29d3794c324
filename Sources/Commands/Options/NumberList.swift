internal import ArgumentParser

/// Numbers separated by commas.
struct NumberList: ExpressibleByArgument, Sendable {
  let values: [UInt64]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { UInt64($0) }
    values = parts.compactMap { $0 }
    guard values.count == parts.count, values.allSatisfy({ $0 <= UInt64(Int.max) }) else { return nil }
  }
}
