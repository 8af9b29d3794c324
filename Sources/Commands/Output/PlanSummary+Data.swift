internal import Datasets
internal import Federation
internal import Tables

extension PlanSummary {
  /// Who has what, in short: a row for the arms that have the same, under their first seed.
  var splitTable: Table {
    var rows: [(arms: [String], seed: UInt64, summary: SplitSummary)] = []
    for arm in arms {
      let summary = SplitSummary(arm.first.dataset)
      if let index = rows.firstIndex(where: { $0.summary == summary && $0.seed == arm.first.seed }) {
        rows[index].arms.append(arm.first.arm)
      } else {
        rows.append(([arm.first.arm], arm.first.seed, summary))
      }
    }
    let hasUnseen = rows.contains { $0.summary.unseen > 0 }
    let hasValidation = rows.contains { $0.summary.examples[.validation]?.sum ?? 0 > 0 }
    let hasClasses = rows.contains { $0.summary.classes != nil }
    func audience(_ isShown: Bool) -> Table.Audience { isShown ? .all : .programs }
    let columns = [
      .name("arms"), Table.Column("seed"), Table.Column("clients"), Table.Column("train"),
      Table.Column("train_per_client", header: "a client"),
      Table.Column("validation", audience: audience(hasValidation)),
      Table.Column("validation_per_client", header: "a client", audience: audience(hasValidation)),
      Table.Column("test"), Table.Column("test_per_client", header: "a client"),
      Table.Column("classes_per_client", header: "classes a client", audience: audience(hasClasses)),
      Table.Column("unseen", audience: audience(hasUnseen)),
      Table.Column("unseen_test", header: "their test", audience: audience(hasUnseen)),
    ]
    return Table(
      columns: columns,
      rows: rows.map { row in
        let summary = row.summary
        func spread(_ split: DataSplit) -> [Cell] {
          [.integer(summary.examples[split]?.sum ?? 0), .text(Self.words(summary.examples[split]?.range))]
        }
        let arms = row.arms.prefix(4).joined(separator: ", ")
        return [
          .text(arms + (row.arms.count > 4 ? " and \(row.arms.count - 4) more" : "")), .unsigned(row.seed),
          .integer(summary.clients),
        ] + spread(.train) + spread(.validation) + spread(.test) + [
          .text(Self.words(summary.classes)), .integer(summary.unseen), .integer(summary.unseenTest),
        ]
      })
  }

  /// "16 to 320", or the one number.
  private static func words(_ range: ClosedRange<Int>?) -> String? {
    range.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)" }
  }
}
