internal import Datasets
internal import Networks

/// What a run says of a client of a round.
struct RunWords {
  let configuration: RunConfiguration
  let round: Int

  /// A client, or all of them together.
  func label(_ client: Int?) -> String {
    guard let client else { return "all clients together" }
    if configuration.bound == .central { return "all clients' examples in one place" }
    let domain = configuration.dataset.profile(client).domain
    return domain.isEmpty ? "client \(client)" : "client \(client) (\(domain))"
  }

  func message(_ error: any Error, client: Int?) -> String {
    let place = "round \(round), \(label(client))"
    switch error {
    case let error as NonFiniteLoss: return "\(place): the loss \(words(of: error))"
    case let error as EvaluatedLossProblem:
      return "\(place): the loss on its \(error.split.rawValue) data \(words(of: error.reason))"
    case RunProblem.weightOutOfRange(let layer):
      return "\(place): a value of layer '\(layer ?? "?")' is infinite, not a number, or beyond ±2^20"
    case RunProblem.vectorOutOfRange(let layer):
      return "\(place): what strategy '\(configuration.strategy.name)' returns for layer '\(layer ?? "?")' is "
        + "infinite, not a number, or beyond ±2^20"
    default: return "\(place): \(error)"
    }
  }

  /// "is not a finite number; values first left ±2^20 in the output of layer 'fc1'".
  private func words(of error: NonFiniteLoss) -> String {
    let loss = error.isBeyondLimit ? "is beyond 10^30" : "is not a finite number"
    return switch error.place {
    case .input: "\(loss); the examples have values beyond ±2^20 or that are not numbers"
    case .layer(let name): "\(loss); values first left ±2^20 in the output of layer '\(name)'"
    case .loss: "\(loss), and no layer's output left ±2^20"
    }
  }
}
