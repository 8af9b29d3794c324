internal import Catalogs
public import Federation

// guide: begin
/// Of each coordinate the plain mean without the ⌊βn⌋ smallest and the ⌊βn⌋ largest of n values; weights play no part.
///
/// Source: Yin, Chen, Ramchandran & Bartlett, "Byzantine-Robust Distributed Learning: Towards Optimal Statistical
/// Rates", ICML 2018, Definition 2.
public struct TrimmedMean: Aggregator {
  /// β.
  public let share: Double

  /// Makes the aggregator.
  ///
  /// - Precondition: 0 ≤ β < ½.
  public init(share: Double = 0.1) {
    precondition(share >= 0 && share < 0.5, "a β of \(share)")
    self.share = share
  }

  public func rule(for updates: [[Float]], weights: [Double]) throws(AggregationProblem) -> AggregationRule {
    let cut = Int(share * Double(updates.count))
    return .coordinates { column in
      column.sort()
      let kept = column[cut..<(column.count - cut)]
      return kept.reduce(0, +) / Double(kept.count)
    }
  }

  static let entry = CatalogEntry<any Aggregator>(
    "trimmed", "the mean of each coordinate without its extremes", source: "Yin et al., ICML 2018",
    options: [
      Option("beta", .number(.init(0, 0.5, upperIsOpen: true)), default: .number(0.1), "share β cut off at each end")
    ], shorthand: "beta"
  ) { TrimmedMean(share: $0.number("beta")) }
}
// guide: end
