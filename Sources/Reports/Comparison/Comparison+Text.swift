internal import Algorithms
package import Tables

extension Comparison {
  /// Returns the comparison for people: what it comes to in one sentence, the arms, the differences to the baseline,
  /// what other methods say to them, fairness, the domains, the curves, and everything that was left out.
  ///
  /// - Parameters:
  ///   - title: The experiment's name, before the first line.
  ///   - style: Whether escape sequences may be used.
  ///   - width: The terminal's width in columns; nil means there is no limit.
  ///   - hasPlot: Whether the curves are drawn as a plot, where the terminal is wide enough, and not as a line each.
  package func text(
    title: String? = nil, style: TextStyle = .plain, width: Int? = 80, hasPlot: Bool = false
  ) -> String {
    var sections = [headline(title: title, style: style, width: width)]
    if !arms.isEmpty {
      sections.append(caption(width) + armTable.text(style: style, width: width))
    }
    let differences = differenceTable
    if !differences.rows.isEmpty {
      sections.append(differenceHeading(width) + differences.text(style: style, width: width))
    }
    let evidence = evidenceTable
    if !evidence.rows.isEmpty {
      sections.append(Paragraph.wrapped(evidenceHeading, width: width) + evidence.text(style: style, width: width))
    }
    let fairness = fairnessTable
    if hasFairness {
      sections.append(
        Paragraph.wrapped(fairnessHeading, width: width) + fairness.text(style: style, width: width))
    }
    sections += domainSections(style: style, width: width)
    let plot = hasPlot ? curvePlot(style: style, width: width) : nil
    if let curves = plot ?? curveLines(width: width) { sections.append(curves) }
    let notes = notes.map { Paragraph.wrapped($0, width: width) }
    if !notes.isEmpty { sections.append(notes.joined()) }
    return sections.joined(separator: "\n")
  }

  private func headline(title: String?, style: TextStyle, width: Int?) -> String {
    let prefix = title.map { $0 + ": " } ?? ""
    let lines = Paragraph.wrapped(prefix + conclusion, width: width, indent: 0)
    return lines.split(separator: "\n").map { style.apply(.bold, to: String($0)) + "\n" }.joined()
  }

  private func caption(_ width: Int?) -> String {
    let spread = arms.contains { $0.deviation != nil } ? ", mean ± standard deviation over seeds" : ""
    return Paragraph.wrapped("\(metric.capitalizedTitle) \(placeWords)\(spread)\(leftOutWords)", width: width)
  }

  private func differenceHeading(_ width: Int?) -> String {
    let label = test == .t ? "" : "; p by \(test.title)"
    if measures.count > 1 {
      let unit = metric.isFraction ? "; points for accuracies" : ""
      return Paragraph.wrapped(
        "Differences to \(baseline ?? ""), paired by seed\(unit)\(label)\(leftOutWords)", width: width)
    }
    let isPoints = metric.isFraction && (measures[0].unit == .metric || measures[0].unit == .mean(metric))
    let unit = isPoints ? " percentage points" : measures[0].unit.differenceUnit(metric)
    let title = measures == [metric.measure] ? "" : " of the \(measures[0].title(metric))"
    let words = unit.isEmpty ? "" : " in" + unit
    return Paragraph.wrapped(
      "Difference to \(baseline ?? "")\(title)\(words), paired by seed\(label)\(leftOutWords)", width: width)
  }

  /// The domain table, in several parts where a terminal is too narrow for all arms; each has the baseline for
  /// comparison.
  private func domainSections(style: TextStyle, width: Int?) -> [String] {
    guard !domains.isEmpty else { return [] }
    let shown = arms.indices.filter { !arms[$0].results.isEmpty }
    let reference = shown.filter { arms[$0].arm == baseline }
    var parts: [[Int]] = []
    var part = reference
    // Once for all parts: arms can be thousands.
    let best = bestOfDomains
    for index in shown where !reference.contains(index) {
      let wider = part + [index]
      if let width, part.count > reference.count, naturalWidth(wider, best: best) > width {
        parts.append(part)
        part = reference + [index]
      } else {
        part = wider
      }
    }
    parts.append(part)
    let isPartial = arms.contains { !$0.unpairedSeeds.isEmpty } || !missingSeeds.isEmpty
    let change = metric.higherIsBetter ? "gain over" : "difference to"
    let gains =
      domains.contains { $0.arms.contains { $0.gain != nil } }
      ? ", with the \(change) \(baseline ?? "")" + (isPartial ? " in the seeds that both have" : "") : ""
    let subject = "\(metric.capitalizedTitle) by \(domainsAreClients ? "client" : "domain")"
    let heading = subject + (arms.contains { $0.deviation != nil } ? ", mean over seeds" : "") + gains + leftOutWords
    return parts.enumerated().map { position, part in
      let table = domainView(arms: part, best: best)
      return (position == 0 ? Paragraph.wrapped(heading, width: width) : "") + table.text(style: style, width: width)
    }
  }

  private func naturalWidth(_ part: [Int], best: [Double?]) -> Int {
    let table = domainView(arms: part, best: best)
    return table.text(width: nil).split(separator: "\n").map(TerminalWidth.of).max() ?? 0
  }

  /// The arms' means over rounds as one plot; nil where a terminal is too narrow or no arm has two rounds.
  private func curvePlot(style: TextStyle, width: Int?) -> String? {
    let width = width ?? 80
    guard width >= 60, let rounds = curves.first?.rounds, rounds.count > 1 else { return nil }
    let titles = titles
    let lines = curves.map { curve in
      let points = zip(curve.rounds, curve.means).compactMap { round, mean in
        mean.map { BraillePlot.Point(x: Double(round), y: $0) }
      }
      let last = points.last.map { " " + metric.words($0.y) } ?? ""
      return BraillePlot.Curve(name: (titles[curve.arm] ?? curve.arm) + last, points: points)
    }
    guard let plot = BraillePlot(lines, width: min(width, 100), height: 12) else { return nil }
    return "\(metric.capitalizedTitle) over rounds, mean over seeds and clients\(leftOutWords)\n"
      + plot.text(style: style, words: metric.words)
  }

  /// A line an arm with its mean over rounds, on one scale for all arms; nil where no arm has two rounds.
  private func curveLines(width: Int?) -> String? {
    let finite = curves.flatMap(\.means).compactMap { $0 }
    guard let (low, high) = finite.minAndMax(), let rounds = curves.first?.rounds, rounds.count > 1 else {
      return nil
    }
    let titles = titles
    let names = curves.map { TerminalWidth.truncated(TerminalWidth.printable(titles[$0.arm] ?? $0.arm), to: 24) }
    let nameWidth = names.map(TerminalWidth.of).max() ?? 0
    let heading =
      "\(metric.capitalizedTitle) over rounds \(rounds[0]) to \(rounds[rounds.count - 1])\(leftOutWords)\n"
    let lines = zip(curves, names).map { curve, name in
      let known = curve.means.compactMap { $0 }
      let ends =
        known.first.flatMap { first in known.last.map { "\(metric.words(first)) → \(metric.words($0))" } } ?? "–"
      let room = max(8, min(40, (width ?? 80) - nameWidth - 4 - 18))
      let line = Sparkline.text(curve.means, range: low...high, maxWidth: room)
      return name + String(repeating: " ", count: nameWidth - TerminalWidth.of(name)) + "  \(line)  \(ends)\n"
    }
    return heading + lines.joined()
  }
}
