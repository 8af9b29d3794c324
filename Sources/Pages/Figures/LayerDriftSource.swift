internal import Catalogs
internal import Figures
internal import Reports
internal import RunStore
internal import Tables

/// Drift over the cohort by layer and round, as means over an arm's seeds.
struct LayerDriftSource {
  /// Arms beyond these are left out of heat maps.
  static let shownArms = 8
  /// The largest number of rounds that are drawn.
  static let shownRounds = 80

  /// One measure of drift.
  struct Measure {
    let name: String
    let format: ValueFormat
    let value: @Sendable (LayerDriftMean) -> Double?

    /// The share of the variance that lies between the clients.
    static let share = Measure(name: "variance between clients", format: .percent, value: \.betweenShare)
    /// The mean Kullback–Leibler divergence.
    static let divergence = Measure(name: "mean KL in nats", format: .number, value: \.meanKL)
  }

  /// The rounds, ascending.
  let rounds: [Int]
  /// The layers, in the order of the network.
  let layers: [String]
  /// The arms that are shown.
  let arms: [FigureSource.Arm]
  /// The means by round and layer of each arm.
  let means: [[LayerDriftMean]]
  /// What is shown of what, in sentences.
  let words: String

  /// Reads drift.
  init(_ source: FigureSource) throws {
    var drifting: [(arm: FigureSource.Arm, runs: [Int64], rounds: Set<Int>)] = []
    // Runs that were interrupted have less, and so have those whose scenario records every tenth round.
    var isUneven = false
    for arm in source.arms {
      var runs: [(id: Int64, rounds: Set<Int>)] = []
      for run in arm.shownRuns {
        let rounds = try source.store.driftRounds(run: run.id).filter { source.query.rounds?.contains($0) ?? true }
        if !rounds.isEmpty { runs.append((run.id, Set(rounds))) }
      }
      guard !runs.isEmpty else { continue }
      let all = runs.reduce(into: Set<Int>()) { $0.formUnion($1.rounds) }
      if runs.contains(where: { $0.rounds != all }) { isUneven = true }
      drifting.append((arm, runs.map(\.id), all))
    }
    let shown = drifting.prefix(Self.shownArms)
    let rounds = ArmCurves.thinned(Set(shown.flatMap(\.rounds)).sorted(), to: Self.shownRounds)
    let means = try shown.map { try source.store.layerDriftMeans(runs: $0.runs, rounds: rounds) }
    self.rounds = rounds
    self.means = means
    arms = shown.map(\.arm)
    layers = try source.layerOrder(Set(means.joined().map(\.layer)))
    let seeds = shown.map(\.runs.count).max() ?? 0
    let which = isUneven ? ", in each round over those that have it" : ""
    var words = seeds > 1 ? "Means over \(seeds) seeds\(which)." : "One seed."
    if drifting.count > shown.count { words += " The first \(shown.count) of \(drifting.count) arms." }
    self.words = words + source.failureWords
  }

  /// Why a measure can't be drawn; nil where it can.
  func absence(of measure: Measure) -> String? {
    if means.allSatisfy(\.isEmpty) { return Self.absence }
    return means.joined().contains { measure.value($0)?.isFinite ?? false }
      ? nil : "No drift that is recorded is a number."
  }

  /// Why nothing is recorded, for a reader.
  static let absence =
    "No drift is recorded: the model has no layer with running statistics, or the scenario keeps no drift."

  /// Returns heat maps of layer × round, an arm a panel.
  func figure(id: String, title: String, caption: String, measure: Measure) -> Figure {
    if let absence = absence(of: measure) { return Figure(id: id, title: title, absent: absence) }
    let scale = HeatScale(means.joined().compactMap(measure.value), name: measure.name, format: measure.format)
    let columns = rounds.map(String.init)
    let panels = zip(arms, means).map { arm, rows in
      let values = Dictionary(rows.map { (Key(round: $0.round, layer: $0.layer), measure.value($0)) }) { first, _ in
        first
      }
      let grid = layers.map { layer in rounds.map { values[Key(round: $0, layer: layer)] ?? nil } }
      return Figure.Panel(
        arm.name,
        .heat(HeatMap(rows: layers, columns: columns, columnName: "round", isThinned: true, values: grid, scale: scale))
      )
    }
    return Figure(
      id: id, title: title, caption: caption + " " + words + " Cells without colour are not recorded.", panels: panels,
      arrangement: .grid(minimumWidth: 230), table: table(measure))
  }

  /// Returns the measure by arm, layer and round.
  func table(_ measure: Measure) -> Table {
    var table = Table(columns: [
      .words("arm"), .words("layer"), Table.Column("round"), Table.Column("value", header: measure.name),
    ])
    for (arm, rows) in zip(arms, means) {
      for layer in layers {
        for row in rows where row.layer == layer {
          let value = measure.value(row)
          let cell: Cell = measure.format == .percent ? .percent(value) : .number(value, digits: 4)
          table.append([.text(arm.name), .text(layer), .integer(row.round), cell])
        }
      }
    }
    return table
  }

  private struct Key: Hashable {
    let round: Int
    let layer: String
  }
}
