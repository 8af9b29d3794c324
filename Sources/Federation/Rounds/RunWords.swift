internal import Datasets
internal import Networks

/// What a run says of a client of a round.
struct RunWords {
  let configuration: RunConfiguration
  let round: Int

  /// A client, or all of them together.
  func label(_ client: Int?) -> String {
    guard let client else { return "all clients together" }
    let domain = configuration.dataset.profile(client).domain
    return domain.isEmpty ? "client \(client)" : "client \(client) (\(domain))"
  }

  func message(_ error: any Error, client: Int?) -> String {
    let place = "round \(round), \(label(client))"
    switch error {
    case let error as NonFiniteLoss:
      return "\(place): the loss is not a finite number, first seen in "
        + (error.layer.map { "the output of layer '\($0)'" } ?? "the loss itself")
    case RunProblem.weightOutOfRange(let layer):
      return "\(place): a value of layer '\(layer ?? "?")' is infinite, not a number, or beyond ±2^20"
    case RunProblem.vectorOutOfRange(let layer):
      return "\(place): what strategy '\(configuration.strategy.name)' returns for layer '\(layer ?? "?")' is "
        + "infinite, not a number, or beyond ±2^20"
    default: return "\(place): \(error)"
    }
  }

  func notFinite(client: Int?, _ split: String) -> String {
    "round \(round), \(label(client)): the loss on its \(split) data is not a finite number"
  }
}
