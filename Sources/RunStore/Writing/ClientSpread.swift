/// One value of each client of a round as a few numbers: in the middle, at the worst end, and how far apart.
struct ClientSpread: Equatable {
  /// x̄ = Σx_k / n, every client counting the same.
  let mean: Double
  /// Σn_k·x_k / Σn_k, every example counting the same; nil without examples.
  let sampleWeighted: Double?
  /// The worst client's.
  let worst: Double
  /// Mean of the worst tenth, ⌈n/10⌉ of n clients.
  let bottomDecile: Double
  /// √(Σ(x_k − x̄)² / n): the clients are all there are, no sample of more.
  let standardDeviation: Double
}

extension ClientSpread {
  /// Makes the numbers of some clients; nil for none, and where one has no value or one that is not a number.
  ///
  /// - Parameters:
  ///   - values: One value a client.
  ///   - samples: How many examples it was measured on, in the same order.
  ///   - higherIsBetter: Whether the worst are the smallest, as of accuracies, or the largest, as of losses.
  init?(_ values: [Double?], samples: [Int], higherIsBetter: Bool) {
    let known = values.compactMap { $0 }.filter { !$0.isNaN }
    guard let first = known.first, known.count == values.count, known.count == samples.count else { return nil }
    let count = Double(known.count)
    // Around the first value, so that the mean of equal values is exactly that value.
    mean = first + known.reduce(0) { $0 + ($1 - first) } / count
    let total = samples.reduce(0, +)
    let weighted = zip(known, samples).reduce(0) { $0 + $1.0 * Double($1.1) }
    sampleWeighted = total > 0 ? weighted / Double(total) : nil
    let worstFirst = higherIsBetter ? known.sorted(by: <) : known.sorted(by: >)
    worst = worstFirst[0]
    let tenth = worstFirst.prefix((known.count + 9) / 10)
    bottomDecile = tenth.reduce(0, +) / Double(tenth.count)
    // A copy, because a closure may not capture self before all of it is there.
    let middle = mean
    let squares = known.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
    standardDeviation = (squares / count).squareRoot()
  }

  /// Returns Jain's index (Σx_k)² / (n·Σx_k²), 1 where all are equal and 1/n where one client has everything; nil where
  /// all are 0, and where one has no value or one that is not a number.
  ///
  /// Source: Jain, Chiu & Hawe 1984, DEC-TR-301, equation 1.
  static func jain(_ values: [Double?]) -> Double? {
    let known = values.compactMap { $0 }.filter { !$0.isNaN }
    let squares = known.reduce(0) { $0 + $1 * $1 }
    guard known.count == values.count, squares > 0 else { return nil }
    let sum = known.reduce(0, +)
    return sum * sum / (Double(known.count) * squares)
  }
}
