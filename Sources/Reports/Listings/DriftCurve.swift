/// One measure of a layer or a client over the rounds, and when it was largest.
struct DriftCurve {
  /// The value in each round that has one.
  let values: [Int: Double]
  /// The largest value, and the first round that has it.
  let most: (value: Double, round: Int)
  /// The value in the last round that has one.
  let last: (value: Double, round: Int)

  /// Makes a curve; nil without values.
  ///
  /// - Parameter values: Finite numbers by round.
  init?(_ values: [Int: Double]) {
    let entries = values.map { (value: $0.value, round: $0.key) }.sorted { $0.round < $1.round }
    guard var most = entries.first, let last = entries.last else { return nil }
    for entry in entries where entry.value > most.value { most = entry }
    self.values = values
    self.most = most
    self.last = last
  }
}
