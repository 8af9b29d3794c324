/// How often a class, or a label, was predicted rightly and wrongly.
public struct ClassCounts: Sendable, Equatable {
  /// Rows of the class that were predicted as such.
  public var truePositives = 0
  /// Rows of other classes that were predicted as this one.
  public var falsePositives = 0
  /// Rows of the class that were predicted as another one.
  public var falseNegatives = 0

  /// TP/(TP + FP); nil where the class was never predicted.
  public var precision: Double? { ratio(truePositives, of: truePositives + falsePositives) }
  /// TP/(TP + FN); nil where no row is of the class.
  public var recall: Double? { ratio(truePositives, of: truePositives + falseNegatives) }
  /// 2TP/(2TP + FP + FN); nil where the class is nowhere and was never predicted.
  public var f1: Double? { ratio(2 * truePositives, of: 2 * truePositives + falsePositives + falseNegatives) }

  private func ratio(_ part: Int, of whole: Int) -> Double? { whole > 0 ? Double(part) / Double(whole) : nil }

  /// The counts of several classes together.
  static func sum(_ counts: [ClassCounts]) -> ClassCounts {
    counts.reduce(into: ClassCounts()) { sum, counts in
      sum.truePositives += counts.truePositives
      sum.falsePositives += counts.falsePositives
      sum.falseNegatives += counts.falseNegatives
    }
  }
}
