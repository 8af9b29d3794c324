package import Tables

extension Comparison {
  /// The arms, a row each: for people the values at the compared round; for programs also the difference to the
  /// baseline.
  ///
  /// Its CSV is the comparison's CSV.
  package var armTable: Table {
    let targetWords = shownTarget.map { "rounds to \(metric.targetWords($0))" }
    let names: [Table.Column] = [
      .name("arm", audience: .programs),
      .name("arm_text", header: "arm", audience: .people),
      Table.Column("seeds", audience: .programs),
      Table.Column("seeds_text", header: "seeds", audience: .people),
      Table.Column("runs_excluded", audience: .programs),
      Table.Column("final_text", header: "final", audience: .people),
      Table.Column("final_mean", audience: .programs),
      Table.Column("final_sd", audience: .programs),
      Table.Column("sample_weighted", audience: .programs),
      Table.Column(
        "best_mean", header: isChosenOnValidation ? "best by val" : "best",
        necessity: shownBounds.isEmpty ? .needed : .useful),
      Table.Column("worst_client", audience: .programs),
      Table.Column("bottom_decile", audience: .programs),
      Table.Column("loss", audience: .programs),
      Table.Column(
        "area_text", header: "area", audience: .people,
        necessity: showsTimeToTarget || !shownBounds.isEmpty ? .useful : .needed),
      Table.Column("bytes_up", header: "MB up", necessity: shownBounds.isEmpty ? .needed : .useful),
    ]
    let targetColumn = targetWords.map { Table.Column("rounds_to_target_text", header: $0, audience: .people) }
    let timeColumn = shownTarget.flatMap { target in
      showsTimeToTarget
        ? Table.Column("time_to_target_text", header: "time to \(metric.targetWords(target))", audience: .people) : nil
    }
    let keys = [
      "bytes_down", "target", "rounds_to_target", "target_not_reached", "difference", "difference_low",
      "difference_high", "p_value", "pairs", "undefined",
    ]
    let columns =
      names + [targetColumn, timeColumn].compactMap { $0 } + distanceColumns
      + (keys + Self.armStatisticKeys + Self.boundKeys).map { Table.Column($0, audience: .programs) }
    let shared = SharedCells(
      someSpread: arms.contains { $0.deviation != nil }, leading: leadingArm,
      excluded: Dictionary(grouping: excluded, by: \.run.arm).mapValues(\.count),
      isWhole: arms.allSatisfy { ($0.roundsToTarget ?? 0).truncatingRemainder(dividingBy: 1) == 0 })
    return Table(columns: columns, rows: arms.map { armRow($0, shared) })
  }

  /// What the rows of all arms depend on, found out once.
  private struct SharedCells {
    /// Whether any arm has a standard deviation.
    let someSpread: Bool
    /// The arm that the verdict says is ahead.
    let leading: String?
    /// How many runs of each arm are left out.
    let excluded: [String: Int]
    /// Whether all rounds to the target are whole numbers.
    let isWhole: Bool
  }

  private func armRow(_ arm: ArmSummary, _ shared: SharedCells) -> [Cell] {
    let count = arm.results.count
    let final = arm.mean.map { mean in
      let spread = arm.deviation.map(metric.spreadWords) ?? "–"
      return metric.words(mean) + (shared.someSpread ? " ± " + spread : "")
    }
    let difference = arm.difference
    let names: [Cell] = [
      .text(arm.arm),
      .text(arm.title),
      .integer(count),
      .text(count == arm.seedCount ? "\(count)" : "\(count) of \(arm.seedCount)"),
      .integer(shared.excluded[arm.arm] ?? 0),
      .text(final).emphasized(arm.arm == shared.leading ? .bold : .normal),
      metric.cell(arm.mean),
      metric.cell(arm.deviation),
      metric.cell(arm.sampleWeighted),
      metric.cell(arm.best),
      metric.cell(arm.worst),
      metric.cell(arm.bottomDecile),
      .number(arm.loss, digits: 4),
      metric.cell(arm.area),
      .bytes(arm.bytesUp),
    ]
    let targetCell: [Cell] =
      (shownTarget == nil ? [] : [.text(roundsWords(arm, isWhole: shared.isWhole))])
      + (showsTimeToTarget ? [.text(timeWords(arm))] : [])
    let numbers: [Cell] = [
      .bytes(arm.bytesDown),
      metric.cell(target),
      .number(shownTarget == nil ? nil : arm.roundsToTarget, digits: 1),
      .integer(frame.target == nil ? nil : arm.notReachedCount),
      metric.differenceCell(difference?.mean),
      metric.differenceCell(difference?.interval?.lowerBound),
      metric.differenceCell(difference?.interval?.upperBound),
      .number(arm.bound == .none ? difference?.pValue : nil, digits: 3),
      .integer(difference?.pairCount),
      .text((arm.bound == .none ? difference?.undefined?.rawValue : nil) ?? arm.missingReason),
    ]
    return arm.steppingBack(
      names + targetCell + distanceCells(arm) + numbers + armStatisticCells(arm) + boundCells(arm))
  }

  /// The median of the rounds to the target, or `> 20` where half of the runs or more never got there: then the median of
  /// what is known, with the last round of each run that never did.
  private func roundsWords(_ arm: ArmSummary, isWhole: Bool) -> String? {
    guard target != nil, !arm.results.isEmpty else { return nil }
    if let median = arm.roundsToTarget { return NumberText.fixed(median, digits: isWhole ? 0 : 1) }
    let bounds = arm.results.map { Double($0.roundsToTarget ?? $0.final.round) }
    return Sample.median(bounds).map { "> " + NumberText.fixed($0, digits: $0 == $0.rounded() ? 0 : 1) }
  }

  /// Whether every best round is chosen on validation examples.
  var isChosenOnValidation: Bool {
    arms.contains { !$0.results.isEmpty } && arms.allSatisfy { $0.results.isEmpty || $0.bestSplit == .validation }
  }

  /// Whether the table of arms has a column with the time to the target: where the rounds to it are shown and an arm has
  /// clocks.
  var showsTimeToTarget: Bool { shownTarget != nil && arms.contains { $0.clockCount > 0 } }

  /// The same as `roundsWords` of the simulated seconds to the target; nil where a run has no clock.
  private func timeWords(_ arm: ArmSummary) -> String? {
    guard !arm.results.isEmpty, arm.clockCount == arm.results.count else { return nil }
    if let median = arm.secondsToTarget { return MeasureUnit.seconds.words(median, metric) }
    let bounds = arm.results.compactMap { $0.secondsToTarget ?? $0.lastSeconds }
    return Sample.median(bounds).map { "> " + MeasureUnit.seconds.words($0, metric) }
  }

  /// The domains (or clients) for people, a row each and a column for each of `shown`, with the gain over the
  /// baseline behind the mean.
  package func domainView(arms shown: [Int]) -> Table { domainView(arms: shown, best: bestOfDomains) }

  /// The best mean of each domain among arms that are no bounds; nil where nothing stands out, as no two arms compete.
  var bestOfDomains: [Double?] {
    let competing = arms.indices.filter { arms[$0].bound == .none || arms[$0].arm == baseline }
    guard competing.count > 1 else { return domains.map { _ in nil } }
    let ranked = competing.filter { arms[$0].bound == .none }
    return domains.map { domain in
      ranked.reduce(nil as Double?) { best, index in
        guard let mean = domain.arms[index].mean else { return best }
        return best.map { metric.isBetter(mean, than: $0) } ?? true ? mean : best
      }
    }
  }

  /// The same with `bestOfDomains`, which many views of one comparison share.
  func domainView(arms shown: [Int], best bestOfDomains: [Double?]) -> Table {
    let first = Table.Column.words("domain", header: domainsAreClients ? "client" : "domain")
    let columns =
      [first]
      + shown.map {
        Table.Column("arm_\($0)", header: TerminalWidth.truncated(TerminalWidth.printable(arms[$0].title), to: 18))
      }
    return Table(
      columns: columns,
      rows: zip(domains, bestOfDomains).map { domain, best in
        let name = domainsAreClients ? String(domain.domain.drop { !$0.isNumber }) : domain.domain
        return [.text(name)]
          + shown.map { index in
            let arm = domain.arms[index]
            guard let mean = arm.mean else { return .missing }
            let gain = arm.gain.map { " " + ($0.mean.map(metric.differenceWords) ?? "–") } ?? ""
            let isBest = best.map { !metric.isBetter($0, than: mean) } ?? false
            let cell = Cell.text(metric.words(mean) + gain)
            if arms[index].bound != .none { return cell.emphasized(.dim) }
            return cell.emphasized(isBest ? .bold : .normal)
          }
      })
  }

  /// The domains (or clients) for programs, a row for each domain and arm.
  package var domainTable: Table {
    let columns: [Table.Column] = [
      .words("domain"),
      .name("arm"),
      Table.Column("clients"),
      Table.Column("mean"),
      Table.Column("sd"),
      Table.Column("gain"),
      Table.Column("gain_low"),
      Table.Column("gain_high"),
      Table.Column("p_value"),
      Table.Column("pairs"),
    ]
    let rows = domains.flatMap { domain in
      domain.arms.map { arm -> [Cell] in
        [
          .text(domain.domain),
          .text(arm.arm),
          .integer(domain.clientCount),
          metric.cell(arm.mean),
          metric.cell(arm.deviation),
          metric.differenceCell(arm.gain?.mean),
          metric.differenceCell(arm.gain?.interval?.lowerBound),
          metric.differenceCell(arm.gain?.interval?.upperBound),
          .number(arm.gain?.pValue, digits: 3),
          .integer(arm.gain?.pairCount),
        ]
      }
    }
    return Table(columns: columns, rows: rows)
  }

  /// The runs in the means, a row each.
  package var seedTable: Table {
    let columns: [Table.Column] = [
      Table.Column("run"),
      .name("arm"),
      Table.Column("seed"),
      Table.Column("round"),
      Table.Column("mean"),
      Table.Column("sample_weighted"),
      Table.Column("worst_client", header: "worst"),
      Table.Column("bottom_decile", header: "worst 10%"),
      Table.Column("best_mean", header: "best"),
      Table.Column("best_round"),
      Table.Column("loss"),
      Table.Column("bytes_up", header: "MB up"),
      Table.Column("bytes_down", header: "MB down"),
      Table.Column("rounds_to_target"),
      Table.Column("simulated_seconds"),
      Table.Column("seconds_to_target"),
      .words("best_split"),
      .words("stop_reason"),
    ]
    let rows = arms.flatMap(\.results).map { result -> [Cell] in
      [
        Self.number(result.run),
        .text(result.run.arm),
        .unsigned(result.run.seed),
        .integer(result.final.round),
        metric.cell(result.value),
        metric.cell(result.final.sampleWeighted),
        metric.cell(result.final.worst),
        metric.cell(result.final.bottomDecile),
        metric.cell(result.best),
        .integer(result.bestRound),
        .number(result.final.loss, digits: 4),
        .bytes(result.final.bytesUp),
        .bytes(result.final.bytesDown),
        .integer(result.roundsToTarget),
        .number(result.final.simulatedSeconds, digits: 1),
        .number(result.secondsToTarget, digits: 1),
        .text(result.bestSplit.rawValue),
        .text(result.run.stopReason?.rawValue),
      ]
    }
    return Table(columns: columns, rows: rows)
  }

  /// The way to the compared round, a row for each arm and round.
  package var curveTable: Table {
    let columns: [Table.Column] = [.words("arm"), Table.Column("round"), Table.Column("mean")]
    let rows = curves.flatMap { curve in
      zip(curve.rounds, curve.means).map { [Cell.text(curve.arm), .integer($0), metric.cell($1)] }
    }
    return Table(columns: columns, rows: rows)
  }

  /// The runs that are not in the means, a row each, with the reason in words.
  package var excludedTable: Table {
    let columns: [Table.Column] = [
      .words("run"), .words("arm"), Table.Column("seed"), .words("status"), .words("reason"),
    ]
    let rows = excluded.map { excluded -> [Cell] in
      [
        Self.number(excluded.run), .text(excluded.run.arm), .unsigned(excluded.run.seed),
        .text(excluded.run.status.rawValue),
        .text(excluded.words),
      ]
    }
    return Table(columns: columns, rows: rows)
  }

  /// A run's number in the database, or its name where it has none.
  private static func number(_ run: ComparedRun) -> Cell { Int(run.id).map { .integer($0) } ?? .text(run.id) }
}
