package import Tables

extension Comparison {
  /// The level at which a corrected p value decides.
  static let level = 0.05

  /// An arm and one of its measures, where they have pairs with the baseline.
  private struct Row {
    let arm: ArmSummary
    let measure: ComparedMeasure
    let comparison: PairedComparison
  }

  /// All comparisons, measure by measure.
  private var rows: [Row] {
    measures.indices.flatMap { index in
      arms.filter { $0.arm != baseline }.compactMap { arm in
        arm.measures[index].comparison.map { Row(arm: arm, measure: measures[index], comparison: $0) }
      }
    }
  }

  /// Whether the tables have a row for each measure, and no room for words.
  private var isLong: Bool { measures.count > 1 }

  /// The columns that say which comparison a row is: the arm, and the measure where there are several.
  private var nameColumns: [Table.Column] {
    isLong ? [Table.Column("metric", alignment: .leading), .name("arm")] : [.name("arm")]
  }

  private func nameCells(_ row: Row) -> [Cell] {
    isLong ? [.text(row.measure.header), .text(row.arm.arm)] : [.text(row.arm.arm)]
  }

  /// The differences to the baseline for people, a row for each other arm and measure, the last column in words.
  package var differenceTable: Table {
    let columns: [Table.Column] =
      nameColumns + [
        Table.Column("difference", header: isLong ? "diff" : "difference"),
        Table.Column("interval", header: "95% interval"),
        Table.Column("p"),
        Table.Column("p_holm", header: "Holm"),
      ] + (isLong ? [] : [Table.Column("seeds")]) + [Table.Column("verdict", alignment: .leading)]
    let cells = rows.map { row -> [Cell] in
      let difference = row.comparison.difference
      let isDecided = decision(row.comparison) != 0
      let words = isLong ? shortVerdict(row.comparison, row.measure) : verdict(row.comparison, row.measure)
      let numbers: [Cell] = [
        .text(difference.mean.map { row.measure.unit.differenceWords($0, metric) }),
        .text(difference.interval.map { intervalWords($0, row.measure) }),
        .text(row.comparison.result(test).pValue.map(NumberText.probability)),
        .text(row.comparison.corrected.map(NumberText.probability)),
      ]
      return nameCells(row) + numbers + (isLong ? [] : [.integer(difference.pairCount)])
        + [.text(words).emphasized(isDecided ? .bold : .normal)]
    }
    return Table(columns: columns, rows: cells)
  }

  /// What other methods say to the same differences, for people; a row for each comparison of two pairs or more that
  /// has a difference.
  package var evidenceTable: Table {
    let others = PairedTest.all.filter { $0 != test }
    let columns: [Table.Column] =
      nameColumns + [Table.Column("bca", header: "95% BCa")]
      + others.map { Table.Column("p_" + $0.name, header: $0.title) }
      + [Table.Column("d"), Table.Column("g")]
    let cells = rows.filter { $0.comparison.effect.rankBiserial != nil }.map { row -> [Cell] in
      let effect = row.comparison.effect
      return nameCells(row)
        + [.text(row.comparison.bootstrap.interval.map { intervalWords($0, row.measure) })]
        + others.map { .text(row.comparison.result($0).pValue.map(NumberText.probability)) }
        + [effect.cohen, effect.hedges].map { .number($0, digits: 2, signed: true) }
    }
    return Table(columns: columns, rows: cells)
  }

  /// What the table of other methods is about.
  package var evidenceHeading: String {
    "By other methods: bootstrap interval, p values, effect sizes d and Hedges' g"
  }

  /// An interval of differences of a measure in words.
  func intervalWords(_ interval: ClosedRange<Double>, _ measure: ComparedMeasure) -> String {
    let unit = measure.unit
    return unit.differenceWords(interval.lowerBound, metric) + " to "
      + unit.differenceWords(interval.upperBound, metric)
  }

  /// What a difference says, in words: `better` or `worse` where the corrected p value of the deciding test is below
  /// 0.05, else `undecided`, or why nothing can be said.
  func verdict(_ comparison: PairedComparison, _ measure: ComparedMeasure) -> String {
    if comparison.isUnknown { return "target not reached" }
    switch comparison.difference.undefined {
    case .onePair: return "one seed: no interval"
    case .noPairs: return "no seed in common"
    case .noDifference: return comparison.isBounded ? "undecided" : "no difference at all"
    case .notFinite: return "not a number"
    case .noSpread where comparison.corrected == nil:
      let isBetter = measure.isBetter(comparison.difference.mean ?? 0, than: 0, metric)
      let word = isBetter ? "better" : "worse"
      return (isDecidedByCount(comparison) ? word : "undecided") + ", same in each seed"
    case .noSpread, nil: break
    }
    let direction = decision(comparison)
    if direction == 0 { return "undecided" }
    return measure.isBetter(Double(direction), than: 0, metric) ? "better" : "worse"
  }

  /// The same in one or two words.
  private func shortVerdict(_ comparison: PairedComparison, _ measure: ComparedMeasure) -> String {
    if comparison.isUnknown { return "not reached" }
    switch comparison.difference.undefined {
    case .onePair: return "one seed"
    case .noPairs: return "no pairs"
    case .noDifference: return comparison.isBounded ? "undecided" : "equal"
    case .noSpread where comparison.corrected == nil:
      guard isDecidedByCount(comparison) else { return "undecided" }
      return measure.isBetter(comparison.difference.mean ?? 0, than: 0, metric) ? "always better" : "always worse"
    case .notFinite, .noSpread, nil: return verdict(comparison, measure)
    }
  }

  /// Whether differences that are all equal, which leave t nothing to judge by, are too many to be luck: under equal
  /// methods all n have one sign with p = 2/2ⁿ, here times the number of all comparisons (Bonferroni).
  func isDecidedByCount(_ comparison: PairedComparison) -> Bool {
    let p = FairCoin(throwCount: comparison.difference.pairCount).twoSidedProbability(0)
    return p * Double(max(1, rows.count)) < Self.level
  }

  /// Where the deciding test sees the differences, above 0 (1) or below (−1); 0 where it decides nothing.
  func decision(_ comparison: PairedComparison) -> Int {
    guard let p = comparison.corrected, p < Self.level else { return 0 }
    return comparison.result(test).direction
  }

  /// How sure a difference is, for the first line, which says itself that nothing is decided.
  func certainty(_ comparison: PairedComparison, _ measure: ComparedMeasure) -> String {
    let difference = comparison.difference
    if difference.undefined == .noSpread, comparison.corrected == nil {
      return "the same in each of \(difference.pairCount) seeds"
    }
    guard let interval = difference.interval, difference.undefined != .noDifference, !comparison.isUnknown else {
      return verdict(comparison, measure)
    }
    // Ranks and signs may see it the other way round than the mean.
    let isWorse = measure.isBetter(0, than: Double(decision(comparison)), metric)
    let isBehind = isWorse && measure.isBetter(difference.mean ?? 0, than: 0, metric)
    let behind = isBehind ? "but worse by \(test.title): " : ""
    let label = test == .t ? "p" : "p by \(test.title)"
    let p = comparison.result(test).pValue.map { ", " + Self.equation(label, $0) }
    let corrected = familySize > 1 ? comparison.corrected.map { " (Holm \(NumberText.probability($0)))" } : nil
    return "\(behind)95% interval \(intervalWords(interval, measure))\(p ?? "")\(corrected ?? ""), "
      + Self.seeds(difference.pairCount)
  }

  /// `p = 0.021` or `p < 0.001`.
  private static func equation(_ name: String, _ p: Double) -> String {
    let words = NumberText.probability(p)
    return words.hasPrefix("<") ? "\(name) < \(words.dropFirst())" : "\(name) = \(words)"
  }

  static func seeds(_ count: Int) -> String {
    count == 1 ? "one seed" : "\(count) seeds"
  }
}
