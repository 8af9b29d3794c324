/// Why the updates of a block of clients can't be aggregated, and which client's it is, by its number in the block.
struct DeferredProblem: Error {
  let client: Int
  let problem: RunProblem
}

/// Why a client's update can't be aggregated.
enum RunProblem: Error {
  /// A trained value is infinite, not a number or too large.
  case weightOutOfRange(layer: String?)
  /// A number that the strategy's client half returns is.
  case vectorOutOfRange(layer: String?)
}
