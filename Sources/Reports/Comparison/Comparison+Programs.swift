package import Tables

extension Comparison {
  /// The last columns of the arm table, for programs.
  static let armStatisticKeys = [
    "area_under_curve", "client_sd", "jain_index", "target_reached", "restricted_rounds_to_target", "bytes_to_target",
    "target_horizon", "clients_compared", "clients_worse", "clients_worse_in_each_seed", "largest_loss",
    "largest_loss_client", "p_wilcoxon", "p_sign", "p_holm", "cohen_d", "hedges_g", "rank_biserial", "bca_low",
    "bca_high", "bca_undefined", "untested_clients", "simulated_seconds", "median_seconds_to_target",
    "seconds_to_target", "seconds_to_target_horizon", "target_not_reached_in_time", "best_split",
  ]

  /// The cells of `armStatisticKeys`.
  func armStatisticCells(_ arm: ArmSummary) -> [Cell] {
    let comparison = arm.measures.first { $0.measure == metric.measure }?.comparison
    let hasTarget = frame.target != nil && !arm.results.isEmpty
    let losers = arm.losers(metric)
    let hasClients = !arm.clients.isEmpty
    let cells: [Cell] = [
      metric.cell(arm.area),
      metric.cell(arm.clientDeviation),
      .number(arm.jainIndex, digits: 4),
      .integer(hasTarget ? arm.results.count - arm.notReachedCount : nil),
      .number(arm.mean { $0.restrictedRounds(frame).map(Double.init) }, digits: 1),
      .bytes(arm.mean { $0.restrictedBytes(frame) }),
      .integer(hasTarget ? frame.horizon : nil),
      .integer(hasClients ? arm.clients.count : nil),
      .integer(hasClients ? losers.count : nil),
      .integer(hasClients ? losers.count { $0.isAlwaysWorse } : nil),
      metric.differenceCell(losers.first?.gain),
      .integer(losers.first?.client),
    ]
    return cells + Self.statisticCells(comparison) + [.integer(arm.untested?.count)] + timeCells(arm)
      + [.text(arm.bestSplit?.rawValue)]
  }

  private func timeCells(_ arm: ArmSummary) -> [Cell] {
    let hasTarget = frame.target != nil && !arm.results.isEmpty && arm.clockCount == arm.results.count
    return [
      .number(arm.simulatedSeconds, digits: 1),
      .number(shownTarget == nil ? nil : arm.secondsToTarget, digits: 1),
      .number(arm.mean { $0.restrictedSeconds(frame) }, digits: 1),
      .number(hasTarget && frame.secondHorizon.isFinite ? frame.secondHorizon : nil, digits: 1),
      .integer(hasTarget ? arm.notReachedInTimeCount : nil),
    ]
  }

  private static func statisticCells(_ comparison: PairedComparison?) -> [Cell] {
    [
      .number(comparison?.result(.wilcoxon).pValue, digits: 3),
      .number(comparison?.result(.sign).pValue, digits: 3),
      .number(comparison?.corrected, digits: 3),
      .number(comparison?.effect.cohen, digits: 2),
      .number(comparison?.effect.hedges, digits: 2),
      .number(comparison?.effect.rankBiserial, digits: 2),
      .number(comparison?.bootstrap.interval?.lowerBound, digits: 4),
      .number(comparison?.bootstrap.interval?.upperBound, digits: 4),
      .text(comparison?.bootstrap.undefined?.rawValue),
    ]
  }

  /// All differences to the baseline for programs, a row for each other arm and measure.
  package var measureTable: Table {
    let keys = [
      "arm", "metric", "seeds", "mean", "sd", "baseline_mean", "pairs", "difference", "difference_low",
      "difference_high", "difference_sd", "t", "p_t", "wilcoxon", "wilcoxon_method", "positive", "p_wilcoxon", "p_sign",
      "p_holm", "cohen_d", "hedges_g", "rank_biserial", "bca_low", "bca_high", "bca_undefined", "bca_ideal",
      "pairs_one_censored", "pairs_both_censored", "undefined", "verdict",
    ]
    let reference = baselineArm
    let rows = arms.filter { $0.arm != baseline }.flatMap { arm in
      arm.measures.map { measureRow(arm, $0, reference) }
    }
    return Table(columns: keys.map { Table.Column($0) }, rows: rows)
  }

  private func measureRow(_ arm: ArmSummary, _ summary: MeasureSummary, _ baseline: ArmSummary?) -> [Cell] {
    let comparison = summary.comparison
    let difference = comparison?.difference
    let reference = baseline?.measures.first { $0.measure == summary.measure }?.mean
    let isTimed = summary.measure.isCensored != nil
    let description: [Cell] = [
      .text(arm.arm),
      .text(summary.measure.name),
      .integer(arm.results.count),
      .number(summary.mean, digits: 4),
      .number(summary.deviation, digits: 4),
      .number(reference, digits: 4),
      .integer(difference?.pairCount),
      .number(difference?.mean, digits: 4),
      .number(difference?.interval?.lowerBound, digits: 4),
      .number(difference?.interval?.upperBound, digits: 4),
      .number(difference?.standardDeviation, digits: 4),
    ]
    let tests: [Cell] = [
      .number(comparison?.result(.t).statistic, digits: 3),
      .number(comparison?.result(.t).pValue, digits: 3),
      .number(comparison?.result(.wilcoxon).statistic, digits: 1),
      .text(comparison?.result(.wilcoxon).method?.rawValue),
      .number(comparison?.result(.sign).statistic, digits: 0),
    ]
    let end: [Cell] = [
      .boolean(comparison?.bootstrap.interval == nil ? nil : comparison?.bootstrap.isIdeal),
      .integer(isTimed ? comparison?.oneCensored : nil),
      .integer(isTimed ? comparison?.bothCensored : nil),
      .text(comparison?.result(test).undefined?.rawValue ?? arm.missingReason),
      .text(comparison.map { verdict($0, summary.measure) }),
    ]
    return description + tests + Self.statisticCells(comparison) + end
  }

  /// What each client gains, a row for each arm but the baseline and client.
  package var clientTable: Table {
    let columns: [Table.Column] = [
      .words("arm"), Table.Column("client"), .words("domain"), Table.Column("gain"), Table.Column("pairs"),
      Table.Column("seeds_worse"), .words("name"),
    ]
    let rows = arms.flatMap { arm in
      arm.clients.map { client -> [Cell] in
        [
          .text(arm.arm), .integer(client.client), .text(client.domain), metric.differenceCell(client.gain),
          .integer(client.pairCount), .integer(client.worseCount), .text(client.name.isEmpty ? nil : client.name),
        ]
      }
    }
    return Table(columns: columns, rows: rows)
  }

  /// The arms whose data are not the baseline's, a row each, with the first seed under which they differ.
  package var mismatchTable: Table {
    let columns: [Table.Column] = [.words("arm"), Table.Column("seed"), .words("kind"), .words("difference")]
    let rows = arms.compactMap { arm -> [Cell]? in
      arm.mismatch.map {
        [.text(arm.arm), .unsigned($0.seed), .text($0.difference.kind.rawValue), .text($0.difference.words)]
      }
    }
    return Table(columns: columns, rows: rows)
  }

  /// The comparison as CSV: where it is by the metric alone the arms, a row each, with their differences to the
  /// baseline; else a row for each other arm and measure.
  package func csv() -> String {
    measures == [metric.measure] ? armTable.csv() : measureTable.csv()
  }

  /// The comparison as one JSON object: `metric`, `baseline`, `round` (as asked for, or null), `target`, `arms`,
  /// `domains`, `runs`, `curves`, `excluded`, `metrics`, `test`, `family` (over how many p values the correction is),
  /// `differences`, `clients`, `conclusion` (what people read first), `common_round` (where runs end at different rounds
  /// and are compared at the last that all have), `target_left_out` (why the rounds to the target are),
  /// `data_differences` (arms that are no pairs of the baseline), `distances` (of arms to bounds).
  ///
  /// - Parameters:
  ///   - title: The experiment's name, as `experiment`.
  ///   - evaluated: Which evaluations are compared, in words, as `evaluated`.
  package func json(title: String? = nil, evaluated: String? = nil) -> String {
    var document = JSONDocument()
    document.add("experiment", .text(title))
    document.add("metric", .text(metric.name))
    document.add("evaluated", .text(evaluated))
    document.add("baseline", .text(baseline))
    document.add("round", .integer(at))
    document.add("target", metric.cell(target))
    document.add("arms", armTable)
    document.add("domains", domainTable)
    document.add("runs", seedTable)
    document.add("curves", curveTable)
    document.add("excluded", excludedTable)
    document.add("metrics", list: measures.map { .text($0.name) })
    document.add("test", .text(test.name))
    document.add("family", .integer(familySize))
    document.add("differences", measureTable)
    document.add("clients", clientTable)
    document.add("conclusion", .text(conclusion))
    document.add("common_round", .integer(ends.round))
    document.add("target_left_out", .text(targetSentence))
    document.add("data_differences", mismatchTable)
    document.add("distances", distanceTable)
    return document.json()
  }
}
