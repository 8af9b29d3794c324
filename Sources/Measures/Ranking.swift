/// Rows by their scores, each with whether it is positive.
public struct Ranking: Sendable {
  /// How many rows of one score there are, by ascending scores.
  private let groups: [(positives: Int, negatives: Int)]
  private let positives: Int
  private let negatives: Int

  /// Ranks rows.
  public init(_ rows: [(score: Double, isPositive: Bool)]) {
    let sorted = rows.sorted { $0.score < $1.score }
    var groups: [(positives: Int, negatives: Int)] = []
    var last = Double.nan
    for row in sorted {
      if row.score != last { groups.append((0, 0)) }
      last = row.score
      if row.isPositive { groups[groups.count - 1].positives += 1 } else { groups[groups.count - 1].negatives += 1 }
    }
    self.groups = groups
    positives = groups.reduce(0) { $0 + $1.positives }
    negatives = groups.reduce(0) { $0 + $1.negatives }
  }

  /// The area under the ROC curve: P(score of a positive > of a negative) + ½P(equal); nil where there are only positives
  /// or only negatives.
  public var areaUnderROC: Double? {
    guard positives > 0, negatives > 0 else { return nil }
    var below = 0
    var halves = 0
    for group in groups {
      halves += group.positives * (2 * below + group.negatives)
      below += group.negatives
    }
    return Double(halves) / 2 / Double(positives) / Double(negatives)
  }

  /// Σ(R_i − R_{i−1})P_i over the distinct scores from the highest on; nil without positives.
  public var averagePrecision: Double? {
    guard positives > 0 else { return nil }
    var (found, seen, sum) = (0, 0, 0.0)
    for group in groups.reversed() {
      found += group.positives
      seen += group.positives + group.negatives
      sum += Double(group.positives) / Double(positives) * Double(found) / Double(seen)
    }
    return sum
  }
}
