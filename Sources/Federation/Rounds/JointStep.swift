internal import Networks

/// Finds the statistics that the first local steps of a round have in common under FedTAN: pass by pass, over the first
/// batches of all clients of the cohort.
///
/// Forward from the first normalization layer to the last, then backward from the last to the first; in between all
/// clients wait for one another. A client's activations are not kept from layer to layer: it begins its step anew, and
/// ends it where the first statistics are wanted that are not known, so that memory does not grow with the cohort. Of L
/// layers the last costs L forward passes. A simulator pays that; a federation would keep them.
enum JointStep {
  /// The statistics; nil when no client has a batch that can be trained on.
  ///
  /// - Throws: The `ClientFailure` of the first of the cohort that failed.
  static func statistics(of training: CohortTraining, on pool: WorkerPool) async throws -> JointStatistics? {
    var known = JointStatistics()
    while true {
      let needs = try await pool.map(Array(training.context.cohort.indices)) { [known] position, worker in
        try training.need(of: position, given: known, on: worker)
      }
      let present = training.context.weighted(needs)
      if present.isEmpty { return known.moments.isEmpty ? nil : known }
      known.add(present)
    }
  }
}

extension JointStatistics {
  /// Makes the cohort's statistics of a pass of the clients' own.
  ///
  /// - Parameter needs: Of the same pass, with weights that sum to 1.
  fileprivate mutating func add(_ needs: [(value: JointStatisticsNeed, weight: Double)]) {
    let moments = needs.compactMap { need -> (weight: Double, mean: [Double], variance: [Double], rows: Int)? in
      guard case .moments(let mean, let variance, let rows) = need.value else { return nil }
      return (need.weight, mean, variance, rows)
    }
    if let first = moments.first {
      let channels = first.mean.indices.map { channel in
        pooledMoments(moments.map { ($0.weight, $0.mean[channel], $0.variance[channel]) })
      }
      self.moments.append(
        Moments(
          mean: channels.map { Float($0.mean) }, variance: channels.map { Float($0.variance) },
          count: moments.reduce(0) { $0 + Double($1.rows) }))
      return
    }
    var (sum, dot): ([Double], [Double]) = ([], [])
    for need in needs {
      guard case .sums(let own, let ownDot) = need.value else { continue }
      if sum.isEmpty { (sum, dot) = (own.map { _ in 0 }, own.map { _ in 0 }) }
      for channel in own.indices {
        sum[channel] += need.weight * Double(own[channel])
        dot[channel] += need.weight * Double(ownDot[channel])
      }
    }
    sums.append(Sums(sum: sum.map { Float($0) }, dot: dot.map { Float($0) }))
  }
}
