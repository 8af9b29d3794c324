internal import Figures
internal import Foundation
internal import Records
internal import Tables

/// What lies inside a page's `<main>`.
struct PageContent {
  let source: FigureSource
  let sections: [PageSection: [Figure]]
  let tables: PageTables

  /// More rows of runs are folded.
  private static let openRuns = 12
  /// More layers of a match report are folded.
  private static let openLayers = 12

  private var title: String { source.experiments.map(\.record.name).joined(separator: ", ") }

  var html: String {
    var html = header
    for section in PageSection.allCases {
      var content = (sections[section] ?? []).map { FigureMarkup($0, title: title).html }.joined()
      if section == .comparison { content = comparison + content }
      if !content.isEmpty {
        html += "<section id=\"\(section.rawValue)\"><h2>\(section.title)</h2>\n\(content)</section>\n"
      }
    }
    html += "<section id=\"scenario\"><h2>Scenario</h2>\n\(scenarios)\(matches)</section>\n"
    html += "<section id=\"runs\"><h2>Runs</h2>\n\(runs)</section>\n"
    return html + footer
  }

  private var header: String {
    let comparison = source.comparison
    let begun = source.experiments.map(\.createdAt).min().map { "begun \(PageDate.words($0))" }
    let versions = Set(source.runs.map(\.version)).sorted().joined(separator: ", ")
    let meta = [begun, "Covey \(versions)", "compared: \(source.evaluatedWords)"].compactMap { $0 }
    var links = PageSection.allCases.filter { !(sections[$0] ?? []).isEmpty || $0 == .comparison }.map {
      (id: $0.rawValue, title: $0.title)
    }
    links += [("scenario", "Scenario"), ("runs", "Runs")]
    let verdict = comparison.conclusion
    let sentence = verdict.prefix(1).uppercased() + verdict.dropFirst()
    return """
      <header><div data-theme-place></div>
      <h1>\(escaped(title))</h1>
      <p class="meta">\(escaped(meta.joined(separator: " · ")))</p>
      <ul class="counts">\(counts)</ul>
      <p class="verdict">\(escaped(comparison.arms.isEmpty || isPlainName(verdict) ? sentence : verdict, to: 1200))</p>
      <nav aria-label="Sections">\(links.map { "<a href=\"#\($0.id)\">\($0.title)</a>" }.joined())</nav>
      </header>

      """
  }

  /// Whether a sentence may begin with a capital: not where it begins with an arm's name.
  private func isPlainName(_ sentence: String) -> Bool {
    !source.arms.contains { sentence.hasPrefix($0.name) }
  }

  /// How many runs there are, by status.
  private var counts: String {
    let arms = source.arms.count
    let seeds = Set(source.runs.map(\.seed)).count
    var items = [
      "<li><b>\(arms)</b> arm\(arms == 1 ? "" : "s")</li>", "<li><b>\(seeds)</b> seed\(seeds == 1 ? "" : "s")</li>",
    ]
    for words in ["finished", "running", "cut off", "interrupted", "failed"] {
      let count = source.runs.count { $0.statusWords == words }
      if count > 0 {
        let style = words == "failed" ? " class=\"bad\"" : ""
        items.append("<li\(style)><b\(style)>\(count)</b> \(count == 1 ? "run" : "runs") \(words)</li>")
      }
    }
    return items.joined()
  }

  private var comparison: String {
    let comparison = source.comparison
    let metric = comparison.metric
    var html = "<div class=\"card\">"
    if !comparison.arms.isEmpty {
      let spread = comparison.arms.contains { $0.deviation != nil } ? ", mean ± standard deviation over seeds" : ""
      let leftOut = comparison.leftOutWords
      html += TableMarkup.link(comparison.armTable, file: PageName.file(title) + "-arms")
      html += TableMarkup.html(
        comparison.armTable, caption: "\(metric.capitalizedTitle) \(comparison.placeWords)\(spread)\(leftOut)")
    }
    let differences = comparison.differenceTable
    if !differences.rows.isEmpty {
      let unit = metric.isFraction ? " in percentage points" : ""
      html += TableMarkup.html(
        differences,
        caption: "Difference to \(comparison.baseline ?? "")\(unit), paired by seed\(comparison.leftOutWords)")
    }
    let evidence = comparison.evidenceTable
    if !evidence.rows.isEmpty { html += TableMarkup.html(evidence, caption: comparison.evidenceHeading) }
    if comparison.hasFairness {
      html += TableMarkup.html(comparison.fairnessTable, caption: comparison.fairnessHeading)
    }
    let shown = comparison.arms.indices.filter { !comparison.arms[$0].results.isEmpty }
    if !comparison.domains.isEmpty, !shown.isEmpty {
      let gains = comparison.domains.contains { $0.arms.contains { $0.gain != nil } }
      html += TableMarkup.html(
        comparison.domainView(arms: shown),
        caption: "\(metric.capitalizedTitle) by \(comparison.domainsAreClients ? "client" : "domain")"
          + (gains ? ", with the gain over \(comparison.baseline ?? "")" : "") + comparison.leftOutWords)
    }
    return html + list(comparison.notes) + "</div>\n"
  }

  private var scenarios: String {
    source.experiments.map { experiment in
      let id = "details-scenario-\(experiment.id)"
      return
        "<details class=\"card\" id=\"\(id)\"><summary>\(escaped(experiment.record.name)), as it was run (YAML)</summary>"
        + "<pre>\(MarkupText.escaped(experiment.record.scenario))</pre></details>\n"
    }.joined()
  }

  private var matches: String {
    if tables.matches.isEmpty { return "" }
    var html =
      "<div class=\"card\"><p class=\"caption\">What each arm's norm policy does to the normalization layers, and how many values"
    html += " of one a client sends and keeps in a round</p><div class=\"matches\">"
    for (index, match) in tables.matches.enumerated() {
      let shown = match.arms.prefix(8).joined(separator: ", ")
      let arms = match.arms.count > 8 ? shown + ", …" : shown
      html += "<div>"
      if match.layers.isEmpty {
        html += "<h3>\(escaped(arms))</h3><p class=\"absent\">No normalization layer was matched.</p>"
      } else if match.layers.count > Self.openLayers {
        html +=
          "<details id=\"details-match-\(index)\"><summary>\(escaped(arms)): \(match.layers.count) layers</summary>"
        html += TableMarkup.html(match.table) + "</details>"
      } else {
        html += "<h3>\(escaped(arms))</h3>" + TableMarkup.html(match.table)
      }
      html += "</div>"
    }
    return html + "</div></div>\n"
  }

  private var runs: String {
    let table =
      TableMarkup.link(tables.runs, file: PageName.file(title) + "-runs") + TableMarkup.html(tables.runs, limit: 1000)
    let body =
      source.runs.count > Self.openRuns
      ? "<details id=\"details-runs\"><summary>All \(source.runs.count) runs</summary>\(table)</details>" : table
    return "<div class=\"card\">\(body)\(list(tables.runNotes))</div>\n"
  }

  private var footer: String {
    let hashes = source.runs.compactMap(\.resultHash)
    let words =
      hashes.isEmpty
      ? "" : " The results' hashes are in the database: covey verify checks them."
    return
      "<footer>Made by Covey from the record of \(source.runs.count) run\(source.runs.count == 1 ? "" : "s").\(words)</footer>"
  }

  private func list(_ notes: [String]) -> String {
    if notes.isEmpty { return "" }
    return "<ul class=\"notes\">" + notes.map { "<li>\(escaped($0, to: 2000))</li>" }.joined() + "</ul>"
  }

  private func escaped(_ text: some StringProtocol, to width: Int = 200) -> String {
    MarkupText.escaped(text.count > width ? TerminalWidth.truncated(String(text), to: width) : String(text))
  }
}
