internal import Networks

/// The next weights of each client of a cohort, where the norm policy gives clients weights of their own.
///
///     θ_i = w + Σ_j (w_ij − p_j)·θ_j
///
/// with w the server's next weights, w_ij of the policy and p_j the clients' part in the server's mean. Under `fedavg`, where
/// w = Σp_jθ_j, that is Σ_j w_ij θ_j.
struct WeightMixing: Sendable {
  let parts: [[Double]]
  let members: [(weights: [Float], part: Double)]
  let global: [Float]

  /// - Parameters:
  ///   - results: The clients that reported, with their weights after training.
  ///   - global: The server's next state.
  init(
    _ results: [(result: ClientResult, weight: Double)], policy: any NormPolicy, layout: StateLayout, global: ModelState
  ) {
    let start = layout.trainableCount - layout.weightCount
    parts = policy.mixture(of: results.map { Array($0.result.normalization[start...]) }, layout)
    let influenceSum = results.reduce(0) { $0 + $1.result.influence }
    members = results.map { ($0.result.weights, $0.result.influence / influenceSum) }
    self.global = Array(global.values[..<layout.weightCount])
  }

  /// The next weights of the client that stands at a position.
  func weights(_ position: Int) -> [Float] {
    var sums = global.map(Double.init)
    for (member, part) in zip(members, parts[position]) {
      let factor = part - member.part
      for (place, value) in member.weights.enumerated() { sums[place] += factor * Double(value) }
    }
    return sums.map { Float($0) }
  }
}
