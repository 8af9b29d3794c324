package import Tables

extension Comparison {
  /// How the arms treat their clients, a row each, for people: the worst, the spread, and who loses against the baseline.
  package var fairnessTable: Table {
    let hasGains = arms.contains { !$0.clients.isEmpty }
    var columns: [Table.Column] = [
      .name("arm"),
      Table.Column("worst"),
      Table.Column("worst_decile", header: "worst 10%"),
      Table.Column("sd"),
      Table.Column("jain", header: "Jain"),
    ]
    if hasGains {
      columns += [
        Table.Column("losers", header: "worse"),
        Table.Column("always", header: "always"),
        Table.Column(
          "largest", header: !metric.higherIsBetter ? "largest setback" : "largest loss", alignment: .leading),
      ]
    }
    let rows = arms.filter { !$0.results.isEmpty }.map { arm -> [Cell] in
      let values: [Cell] = [
        .text(arm.title),
        metric.cell(arm.worst),
        metric.cell(arm.bottomDecile),
        .text(arm.clientDeviation.map(metric.spreadWords)),
        .number(arm.jainIndex, digits: 3),
      ]
      return arm.steppingBack(values + (hasGains ? loserCells(arm) : []))
    }
    return Table(columns: columns, rows: rows)
  }

  private func loserCells(_ arm: ArmSummary) -> [Cell] {
    guard !arm.clients.isEmpty else { return [.missing, .missing, .missing] }
    let losers = arm.losers(metric)
    let largest = losers.first.map { "\(metric.differenceWords($0.gain)) \($0.title)" }
    return [
      .text("\(losers.count) of \(arm.clients.count)"),
      .integer(losers.count { $0.isAlwaysWorse }),
      .text(largest),
    ]
  }

  /// Whether there is anything to say about single clients.
  package var hasFairness: Bool {
    arms.contains { $0.worst != nil || $0.clientDeviation != nil }
  }

  /// What the fairness table is about.
  package var fairnessHeading: String {
    let spread = arms.contains { $0.deviation != nil } ? ", mean over seeds" : ""
    let gains = arms.contains { !$0.clients.isEmpty } ? ", and those worse off than under \(baseline ?? "")" : ""
    return "Clients\(spread)\(gains)\(leftOutWords)"
  }
}
