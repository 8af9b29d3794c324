internal import Catalogs
internal import Figures
internal import Records
internal import RunStore
internal import Tables

/// How often examples of each class were taken for each, a panel an arm.
enum ConfusionFigure {
  static let entry = CatalogEntry<FigureRecipe>(
    "confusion", "what examples of each class were taken for, a panel an arm"
  ) { _ in FigureRecipe(.clients, make) }

  /// More panels than a reader follows are left out, and so are classes of which a cell would be a dot.
  private static let shownArms = 12
  private static let shownClasses = 40

  private static func make(_ source: FigureSource) throws -> Figure {
    let title = "True against predicted classes"
    let arms = try source.arms.map { try CountedArm($0, "confusion", source) }
    let rows = arms.flatMap(\.rows)
    guard !rows.isEmpty else {
      return Figure(id: "confusion", title: title, absent: "No confusion is recorded of \(source.evaluatedWords).")
    }
    let names = source.runs.compactMap(\.classNames).max { $0.count < $1.count } ?? []
    let last = Int(rows.flatMap { [$0[0], $0[1]] }.max() ?? 0)
    let count = max(names.count, last + 1)
    func name(_ number: Int) -> String { names.indices.contains(number) ? names[number] : "class \(number)" }
    let shown = min(count, shownClasses)
    let scale = HeatScale([0, 1], name: "share of the true class", format: .percent)
    let panels = arms.prefix(shownArms).map { arm in
      let shares = arm.shares(ofClasses: shown)
      return Figure.Panel(
        arm.title,
        .heat(
          HeatMap(
            rows: (0..<shown).map(name), columns: (0..<shown).map(name), columnName: "predicted class",
            values: shares, scale: scale, showsValues: true)))
    }
    var left = arms.count > panels.count ? " The first \(panels.count) of \(arms.count) arms." : ""
    if count > shown { left += " The first \(shown) of \(count) classes; shares are of all." }
    return Figure(
      id: "confusion", title: title,
      caption:
        "Of the examples of each class (a row), the share that was taken for each (a column), at the last evaluation, summed over clients and seeds (\(source.evaluatedWords)).\(left)",
      panels: panels,
      table: Table(
        columns: [.words("arm"), .words("true_class"), .words("predicted_class"), Table.Column("count")],
        rows: arms.flatMap { arm in
          arm.rows.map { row -> [Cell] in
            [.text(arm.name), .text(name(Int(row[0]))), .text(name(Int(row[1]))), .integer(Int(row[2]))]
          }
        }))
  }
}

/// What the last evaluations of an arm's runs count, summed over runs and clients.
struct CountedArm {
  let name: String
  /// The name as people read it, which says whether the arm is a bound.
  let title: String
  let style: Int
  /// Rows whose first `keyCount` numbers say what is counted, ascending.
  let rows: [[Double]]

  /// Reads and sums counts.
  ///
  /// - Parameter keyCount: How many numbers of a row say what it counts; the others are summed.
  /// - Throws: `StoreError`.
  init(_ arm: FigureSource.Arm, _ counts: String, keyCount: Int = 2, _ source: FigureSource) throws {
    name = arm.name
    title = arm.title
    style = arm.style
    var sums: [[Double]: [Double]] = [:]
    for run in arm.shownRuns {
      for row in try source.store.lastEvaluations(run: run.id, of: source.selection(of: run)).tested {
        for counted in row.counts[counts] ?? [] where counted.count > keyCount {
          let values = Array(counted[keyCount...])
          sums[Array(counted[..<keyCount]), default: values.map { _ in 0 }].add(values)
        }
      }
    }
    rows = sums.map { $0.key + $0.value }.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// The share of each class's examples that was taken for each; nil of a class that has none.
  func shares(ofClasses count: Int) -> [[Double?]] {
    var totals: [Double: Double] = [:]
    for row in rows { totals[row[0], default: 0] += row[2] }
    var shares = (0..<count).map { [Double?](repeating: totals[Double($0)] == nil ? nil : 0, count: count) }
    for row in rows where row[0] < Double(count) && row[1] < Double(count) && row[0] >= 0 && row[1] >= 0 {
      shares[Int(row[0])][Int(row[1])] = row[2] / max(1, totals[row[0]] ?? 1)
    }
    return shares
  }
}

extension [Double] {
  fileprivate mutating func add(_ others: [Double]) {
    for place in indices where others.indices.contains(place) { self[place] += others[place] }
  }
}
