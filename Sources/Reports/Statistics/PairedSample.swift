/// Differences of pairs, ready to be ranked: what is equal but for rounding is equal.
///
/// dᵢ = xᵢ − yᵢ; a dᵢ below 1e-14 of the largest value is 0, and two |dᵢ| nearer than that are tied. Accuracies are
/// means of fractions, so that 0.83 − 0.80 and 0.73 − 0.70 are the same number of answers but not the same number.
package struct PairedSample: Sendable, Equatable {
  /// dᵢ in the order of the pairs, in the unit of the values; not rounded, but 0 where they are 0 but for rounding.
  package let differences: [Double]
  /// Up to which distance numbers are the same.
  package let tolerance: Double

  /// Subtracts a baseline.
  ///
  /// - Precondition: As many values as baseline values.
  package init(_ values: [Double], minus baseline: [Double]) {
    precondition(values.count == baseline.count, "pairs of \(values.count) and \(baseline.count) values")
    let tolerance = 1e-14 * (values + baseline).reduce(0) { max($0, abs($1)) }
    self.tolerance = tolerance
    differences = zip(values, baseline).map { value, other in
      let difference = value - other
      return abs(difference) <= tolerance ? 0 : difference
    }
  }

  /// How many pairs there are, with those without a difference.
  package var count: Int { differences.count }

  /// Why no test can be made, whatever it is: no pair, one pair, a value that is not finite, or no difference at all.
  package var defect: PairedDifference.Undefined? {
    if differences.isEmpty { return .noPairs }
    guard differences.allSatisfy(\.isFinite), tolerance.isFinite else { return .notFinite }
    if count == 1 { return .onePair }
    return differences.allSatisfy { $0 == 0 } ? .noDifference : nil
  }

  /// The ranks of |dᵢ| among the dᵢ that are not 0, with means for ties, and the sizes of the groups of ties; the rank
  /// of a 0 is 0.
  var ranks: (ranks: [Double], ties: [Int]) {
    let order = differences.indices.filter { differences[$0] != 0 }
      .sorted { (abs(differences[$0]), $0) < (abs(differences[$1]), $1) }
    var ranks = [Double](repeating: 0, count: count)
    var ties: [Int] = []
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, abs(differences[order[end]]) - abs(differences[order[end - 1]]) <= tolerance { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
      ties.append(end - start)
      start = end
    }
    return (ranks, ties)
  }
}
