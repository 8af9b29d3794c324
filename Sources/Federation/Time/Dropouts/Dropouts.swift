/// Which participations are lost: the client receives the state, and nothing comes back.
public protocol Dropouts: RunComponent {
  /// Whether a participation is lost.
  ///
  /// - Parameters:
  ///   - round: The round; in an asynchronous schedule the version that comes next when the client begins.
  ///   - turn: How manieth start of the client it is, from 1.
  ///   - seed: The seed of the run.
  func isLost(client: Int, round: Int, turn: Int, seed: UInt64) -> Bool

  /// What does not go with a population, in words that follow the key; nil where all does.
  func problem(population: Int) -> String?
}

extension Dropouts {
  public func problem(population: Int) -> String? { nil }
}
