internal import Algorithms
package import Tables

/// How far apart the clients' normalization layers are, which of them most, and when.
package enum DriftListing {
  /// Columns that a plot's header takes.
  private static let leastPlot = 9
  /// More columns than this are hard to follow.
  private static let largestPlot = 60

  /// Returns the layers that drift most, a row each, the farthest first.
  ///
  /// - Parameters:
  ///   - ranking: Layers by a measure.
  ///   - count: How many layers at most.
  ///   - plot: The axis of the people's plots; nil leaves them empty.
  package static func layerTable(_ ranking: DriftRanking, count: Int = 10, plot: RoundPlot? = nil) -> Table {
    layerTable(ranking.layers, count: count, plot: plot, cell: ranking.measure.cell, curve: \.measure)
  }

  private static func layerTable(
    _ layers: [DriftRanking.Layer], count: Int, plot: RoundPlot?, cell: (Double?) -> Cell,
    curve: (DriftRanking.Layer) -> DriftCurve?
  ) -> Table {
    let columns: [Table.Column] = [
      .name("layer"), Table.Column("over_time", alignment: .leading, audience: .people),
      Table.Column("last"), Table.Column("last_round", audience: .programs), Table.Column("most"),
      Table.Column("most_round", header: "round"),
    ]
    let rows = layers.prefix(max(0, count)).compactMap { layer -> [Cell]? in
      guard let curve = curve(layer) else { return nil }
      return [
        .text(layer.name), .text(plot?.text(curve.values) ?? ""), cell(curve.last.value), .integer(curve.last.round),
        cell(curve.most.value), .integer(curve.most.round),
      ]
    }
    return Table(columns: columns, rows: rows)
  }

  /// Returns the clients that drift most, a row each, the farthest first: the mean over their layers in the round in
  /// which it is largest, the layer that is farthest then, and how long ago they had trained.
  ///
  /// - Parameters:
  ///   - ranking: Clients by a measure.
  ///   - count: How many clients at most.
  ///   - plot: The axis of the people's plots; nil leaves them empty.
  package static func clientTable(_ ranking: DriftRanking, count: Int = 10, plot: RoundPlot? = nil) -> Table {
    let isOfLayers = ranking.measure.isOfLayers
    let columns: [Table.Column] = [
      Table.Column("client"), .words("domain"),
      Table.Column("over_time", alignment: .leading, audience: .people), Table.Column("most"),
      Table.Column("most_round", header: "round"),
      Table.Column(
        "layer", alignment: .leading, audience: isOfLayers ? .all : .programs, canShrink: true),
      Table.Column("staleness", header: "stale", audience: isOfLayers ? .all : .programs),
    ]
    let rows = ranking.clients.prefix(max(0, count)).map { client -> [Cell] in
      let (curve, farthest) = (client.measure, client.farthest)
      return [
        .integer(client.number), .text(farthest?.domain), .text(plot?.text(curve.values) ?? ""),
        ranking.measure.cell(curve.most.value), .integer(curve.most.round),
        isOfLayers ? .text(farthest?.layer) : .missing,
        .integer(farthest?.staleness),
      ]
    }
    return Table(columns: columns, rows: rows)
  }

  /// Returns the layers and the clients that drift most for people, with a plot over the rounds of each; each table has
  /// the largest of what it shows first.
  ///
  /// - Parameters:
  ///   - ranking: Layers and clients by a measure.
  ///   - client: The one client whose lines the ranking is made of; nil for all.
  ///   - count: How many layers and how many clients at most.
  ///   - style: Whether escape sequences may be used.
  ///   - width: The terminal's width in columns; nil means there is no limit.
  package static func text(
    _ ranking: DriftRanking, ofClient client: Int? = nil, count: Int = 10, style: TextStyle = .plain, width: Int? = 80
  ) -> String {
    guard let (first, last) = ranking.rounds.minAndMax() else { return "No drift is recorded.\n" }
    let rounds = first == last ? "round \(first)" : "rounds \(first) to \(last)"
    let measure = ranking.measure
    var sections: [(title: String, table: (RoundPlot?) -> Table)] = []
    func layers(of all: Int) -> String { all > count ? "The \(count) farthest of \(all) layers" : "Layers" }
    let shared = ranking.layers.filter { $0.share != nil }.count
    if shared > 0 {
      sections.append(
        (
          "\(layers(of: shared)): share of the variance between the clients, \(rounds)",
          { layerTable(ranking.layersByShare, count: count, plot: $0, cell: Cell.percent, curve: \.share) }
        ))
    }
    let measured = ranking.layers.filter { $0.measure != nil }.count
    if measured > 0, measure.isOfLayers {
      let whose = client.map { "of client \($0)" } ?? "mean over the clients"
      sections.append(
        (
          "\(layers(of: measured)): \(measure.heading), \(whose), \(rounds)",
          { layerTable(ranking, count: count, plot: $0) }
        ))
    }
    let all = ranking.clients.count
    if all > 0 {
      let who = client != nil ? "The client" : all > count ? "The \(count) farthest of \(all) clients" : "Clients"
      let what = measure.isOfLayers ? "\(measure.heading), mean over the layers" : measure.heading
      sections.append(("\(who): \(what), \(rounds)", { clientTable(ranking, count: count, plot: $0) }))
    }
    // One axis for all, as wide as the numbers leave room for everywhere.
    let numbers = sections.flatMap {
      $0.table(nil).text(width: nil).split(separator: "\n").map { TerminalWidth.of($0) }
    }
    let room = width.map { leastPlot + $0 - (numbers.max() ?? 0) } ?? largestPlot
    let plot = RoundPlot(rounds: ranking.rounds, maxWidth: min(max(room, leastPlot), largestPlot))
    var parts = sections.map { section in
      Paragraph.wrapped(section.title, width: width) + section.table(plot).text(style: style, width: width)
    }
    if all == 0 { parts.append("No \(measure.rawValue) is recorded.\n") }
    if let plot, !sections.isEmpty, first != last { parts.append(Paragraph.wrapped(plot.legend, width: width)) }
    return parts.joined(separator: "\n")
  }
}
