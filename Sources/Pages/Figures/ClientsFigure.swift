internal import Catalogs
internal import Figures
internal import Records
internal import Reports
internal import RunStore
internal import Tables

/// The compared metric of single clients by round: a panel a client.
enum ClientsFigure {
  static let entry = CatalogEntry<FigureRecipe>("clients", "accuracy by round of single clients, a panel a client") {
    _ in
    FigureRecipe(.clients, make)
  }

  private static let shownRounds = 50

  private static func make(_ source: FigureSource) throws -> Figure {
    let metric = source.comparison.metric
    let title = "\(metric.capitalizedTitle) of single clients"
    let examples = source.examples
    let choice = try ClientChoice(source)
    guard !choice.clients.isEmpty else { return Figure(id: "clients", title: title, absent: choice.absence) }
    let rounds = Self.rounds(source)
    var values: [Int: [Int: [Int: Double]]] = [:]
    for (index, example) in examples.enumerated() {
      guard let run = example else { continue }
      let rows = try source.store.evaluations(
        run: run.id, rounds: rounds, clients: choice.clients.map(\.client), of: source.selection(of: run))
      for row in rows where row.split == .test {
        let value = metric.value(of: row.record) ?? .nan
        values[row.client, default: [:]][index, default: [:]][row.round] = value
      }
    }
    let all = values.values.flatMap { $0.values.flatMap(\.values) }
    guard all.contains(where: \.isFinite) else {
      return Figure(id: "clients", title: title, absent: "No \(metric.title) of single clients is recorded.")
    }
    let format: ValueFormat = metric.isFraction ? .percent : .number
    let x = Axis(rounds.map(Double.init), name: "round", format: .count, isTight: true)
    let y = Axis(
      all, name: metric.title, format: format, limits: metric.isFraction ? 0...1 : nil,
      allowsLogarithm: !metric.isFraction)
    let panels = choice.clients.map { client in
      let rounds = Self.rounds(rounds, of: values[client.client])
      let lines = source.arms.enumerated().compactMap { index, arm -> LineChart.Line? in
        guard let own = values[client.client]?[index] else { return nil }
        return LineChart.Line(
          series: index, style: arm.style,
          points: rounds.compactMap { round in own[round].map { LineChart.Point(Double(round), $0) } })
      }
      return Figure.Panel(client.title, .lines(LineChart(x: x, y: y, lines: lines)))
    }
    let caption =
      "\(metric.capitalizedTitle) on each client's own examples, by round (\(source.evaluatedWords)); \(source.exampleWords). "
      + choice.words + source.boundWords
    return Figure(
      id: "clients", title: title, caption: caption, legend: source.legend, panels: panels,
      arrangement: .grid(minimumWidth: 130), table: table(source, choice, rounds, values))
  }

  /// The rounds that have evaluations in any example; thinned where all clients have the same.
  private static func rounds(_ source: FigureSource) -> [Int] {
    let evaluated = source.examples.compactMap { $0 }.flatMap { run in
      (source.rounds[run.id] ?? []).filter(\.isEvaluated).map(\.round)
    }
    let rounds = Set(evaluated).filter { source.query.rounds?.contains($0) ?? true }.sorted()
    // Thinned rounds might have nothing of a client that seldom trains.
    return source.selection.phase == .afterTraining ? rounds : ArmCurves.thinned(rounds, to: shownRounds)
  }

  /// Returns those of some rounds that a client is drawn with; it has some of them only after it trained.
  private static func rounds(_ rounds: [Int], of client: [Int: [Int: Double]]?) -> [Int] {
    guard rounds.count > shownRounds else { return rounds }
    return ArmCurves.thinned(Set((client ?? [:]).values.flatMap(\.keys)).sorted(), to: shownRounds)
  }

  private static func table(
    _ source: FigureSource, _ choice: ClientChoice, _ rounds: [Int], _ values: [Int: [Int: [Int: Double]]]
  ) -> Table {
    let metric = source.comparison.metric
    var table = Table(
      columns: [Table.Column("client"), .words("domain"), Table.Column("round")]
        + source.arms.indices.map { Table.Column("arm_\($0 + 1)", header: source.arms[$0].name) })
    for client in choice.clients {
      for round in Self.rounds(rounds, of: values[client.client]) {
        table.append(
          [.integer(client.client), .text(client.domain), .integer(round)]
            + source.arms.indices.map { metric.cell(values[client.client]?[$0]?[round]) })
      }
    }
    return table
  }
}
