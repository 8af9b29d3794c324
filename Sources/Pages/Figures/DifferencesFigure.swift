internal import Catalogs
internal import Figures
internal import Reports
internal import Tables

/// How much better or worse than the baseline each arm is, over all clients and by domain: a forest plot.
enum DifferencesFigure {
  static let entry = CatalogEntry<FigureRecipe>(
    "differences", "differences to the baseline with their intervals, over all clients and by domain"
  ) { _ in FigureRecipe(.comparison, make) }

  /// More rows than a reader follows are left out.
  private static let shownRows = 80

  private struct Entry {
    let group: String
    let arm: ArmSummary
    let difference: PairedDifference
    /// The bootstrap interval; nil where there is none, as for domains.
    var bootstrap: ClosedRange<Double>?
  }

  private static func make(_ source: FigureSource) throws -> Figure {
    let comparison = source.comparison
    let metric = comparison.metric
    let id = "differences"
    let title = "Differences to \(comparison.baseline ?? "the baseline")"
    var entries = comparison.arms.compactMap { arm -> Entry? in
      // Without measures of its own, a comparison has the metric as its only one.
      let bootstrap = arm.measures.first?.comparison?.bootstrap.interval
      return arm.difference.map { Entry(group: "All clients", arm: arm, difference: $0, bootstrap: bootstrap) }
    }
    guard entries.contains(where: { $0.difference.mean != nil }) else {
      return Figure(id: id, title: title, absent: absence(source))
    }
    for domain in comparison.domains {
      for (arm, part) in zip(comparison.arms, domain.arms) {
        if let gain = part.gain { entries.append(Entry(group: domain.domain, arm: arm, difference: gain)) }
      }
    }
    let shown = Array(entries.prefix(shownRows))
    let format: ValueFormat = metric.isFraction ? .points : .difference
    let unit = metric.isFraction ? "percentage points" : metric.title
    let better = metric.higherIsBetter ? "right of 0 is better" : "left of 0 is better"
    let axis = Axis(
      reach(shown.map(\.difference), most: metric.isFraction ? 1 : .infinity),
      name: "difference in \(unit); \(better)", format: format, includesZero: true)
    let isClipped = shown.compactMap(\.difference.interval).contains {
      $0.lowerBound < axis.range.lowerBound || $0.upperBound > axis.range.upperBound
    }
    // With one arm beside the baseline, a row needs no group to stand in.
    let isSingle = Set(shown.map(\.arm.arm)).count == 1
    var rows: [IntervalChart.Row] = []
    for (index, entry) in shown.enumerated() {
      let series = source.arms.firstIndex { $0.name == entry.arm.arm } ?? 0
      let isFirst = index == 0 || shown[index - 1].group != entry.group
      rows.append(
        IntervalChart.Row(
          name: isSingle ? entry.group : entry.arm.title, estimate: entry.difference.mean,
          interval: entry.difference.interval, second: entry.bootstrap,
          note: note(entry.difference, metric), series: series, style: source.arms[series].style,
          group: isFirst && !isSingle && !comparison.domains.isEmpty ? entry.group : nil))
    }
    return Figure(
      id: id, title: isSingle ? "\(shown[0].arm.arm) minus \(comparison.baseline ?? "the baseline")" : title,
      caption: caption(comparison, shown, clipped: isClipped, all: entries.count),
      panels: [Figure.Panel("", .intervals(IntervalChart(axis: axis, rows: rows)))], table: table(entries, metric))
  }

  /// Why there is no difference.
  private static func absence(_ source: FigureSource) -> String {
    let comparison = source.comparison
    if comparison.arms.count < 2 { return "There is only one arm: nothing to compare it with." }
    if comparison.arms.allSatisfy(\.results.isEmpty) {
      if source.runs.allSatisfy({ $0.status == .failed }) { return "All runs failed." }
      if source.runs.contains(where: { $0.status == .finished }) { return "No finished run has a value to compare." }
      return comparison.at.map { "No run has a value of round \($0) yet." } ?? "No run is finished yet."
    }
    let baseline = comparison.baseline ?? "the baseline"
    if comparison.baselineArm?.results.isEmpty ?? true {
      return "No run of \(baseline), which the others are compared with, is in the means."
    }
    if comparison.arms.allSatisfy({ $0.arm == comparison.baseline || $0.results.isEmpty }) {
      return "Only runs of \(baseline) are in the means: nothing to compare them with."
    }
    if comparison.ends == .apart { return "The runs have no evaluated round in common: nothing is paired." }
    if comparison.arms.contains(where: { $0.mismatch != nil }) {
      return "The other arms have other data than \(baseline): nothing is paired."
    }
    return "No arm has a seed in common with the baseline."
  }

  /// What the axis has to show: all estimates, and intervals up to three times as far as the farthest of those; with
  /// two seeds an interval can be a hundred times as wide as what it is about.
  private static func reach(_ differences: [PairedDifference], most: Double) -> [Double] {
    let means = differences.compactMap(\.mean)
    let limit = min(most, 3 * max(means.map(abs).max() ?? 0, 1e-3))
    let ends = differences.compactMap(\.interval).flatMap { [$0.lowerBound, $0.upperBound] }
    return means + ends.map { min(max($0, -limit), limit) }
  }

  private static func note(_ difference: PairedDifference, _ metric: ComparedMetric) -> String {
    guard let mean = difference.mean else { return "not a number" }
    guard let interval = difference.interval else { return metric.differenceWords(mean) + " (one seed)" }
    return
      "\(metric.differenceWords(mean)) (\(metric.differenceWords(interval.lowerBound)) to \(metric.differenceWords(interval.upperBound)))"
  }

  private static func caption(_ comparison: Comparison, _ shown: [Entry], clipped: Bool, all: Int) -> String {
    let rounds = comparison.comparedRounds
    let isWhole = rounds.count == 1 || comparison.ends == .stopped
    let place = isWhole ? comparison.placeWords : "after the last round of each run"
    var caption =
      "\(comparison.metric.capitalizedTitle) \(place), minus that of \(comparison.baseline ?? "the baseline") under the same seed."
      + " Dots are means over the paired seeds, lines 95 % intervals (Student t): where one leaves out 0, chance is no good explanation."
    if shown.contains(where: { $0.bootstrap != nil }) {
      caption += " Thin lines below them are 95 % intervals by the bootstrap (BCa)."
    }
    if clipped { caption += " A line that ends in an arrow goes on." }
    if !comparison.domains.isEmpty {
      caption += comparison.domainsAreClients ? " Below, client by client." : " Below, by domain."
    }
    if shown.contains(where: { $0.arm.bound != .none }) {
      caption += " Grey rows are bounds, which compete with nobody."
    }
    if shown.count < all { caption += " The first \(shown.count) of \(all) rows are drawn; the table has all." }
    return caption
  }

  private static func table(_ entries: [Entry], _ metric: ComparedMetric) -> Table {
    Table(
      columns: [
        .words("group", header: "clients"), .words("arm"), Table.Column("difference"),
        Table.Column("low"), Table.Column("high"), Table.Column("bca_low", header: "BCa low"),
        Table.Column("bca_high", header: "BCa high"), Table.Column("p_value", header: "p"),
        Table.Column("pairs", header: "seeds"),
      ],
      rows: entries.map { entry in
        let difference = entry.difference
        return [
          .text(entry.group), .text(entry.arm.arm), metric.differenceCell(difference.mean),
          metric.differenceCell(difference.interval?.lowerBound),
          metric.differenceCell(difference.interval?.upperBound),
          metric.differenceCell(entry.bootstrap?.lowerBound), metric.differenceCell(entry.bootstrap?.upperBound),
          .number(entry.arm.bound == .none ? difference.pValue : nil, digits: 3), .integer(difference.pairCount),
        ]
      })
  }
}
