internal import Algorithms
internal import Figures
internal import Foundation
internal import Pages
internal import Records
internal import Reports

/// The list of experiments and runs, as what lies inside a page's `<main>`.
struct RunListContent {
  /// The newest first.
  let runs: [StoredRun]
  let courses: [Int64: RunList.Course]
  let path: String

  private struct Group {
    let experiment: Int64
    let name: String
    var runs: [StoredRun]
  }

  /// The runs by experiment, the newest experiment first, each in the order of its runs.
  private var groups: [Group] {
    var groups: [Group] = []
    var places: [Int64: Int] = [:]
    for run in runs {
      if let place = places[run.experimentID] {
        groups[place].runs.append(run)
      } else {
        places[run.experimentID] = groups.count
        groups.append(Group(experiment: run.experimentID, name: run.experiment, runs: [run]))
      }
    }
    for place in groups.indices { groups[place].runs.reverse() }
    return groups
  }

  var html: String {
    let groups = groups
    var html = """
      <header><div data-theme-place></div>
      <h1>Runs</h1>
      <p class="meta">\(escaped(path))</p>
      <ul class="counts" id="counts">\(counts(groups.count))</ul>
      </header>

      """
    if runs.isEmpty {
      return html
        + "<section class=\"card\"><p>There are no runs yet. They appear here as soon as one begins: covey run FILE --db \(escaped(path))</p></section>\n"
    }
    html += bar
    html += "<form id=\"list\" action=\"compare\" method=\"get\">\n"
    for group in groups { html += card(group) }
    return html + "<p class=\"absent\" id=\"nothing\" hidden>No run matches the filter.</p>\n</form>\n"
  }

  private func counts(_ experiments: Int) -> String {
    var items = [
      "<li><b>\(experiments)</b> experiment\(experiments == 1 ? "" : "s")</li>",
      "<li><b>\(runs.count)</b> run\(runs.count == 1 ? "" : "s")</li>",
    ]
    for word in ShownStatus.allCases {
      let count = runs.count { ShownStatus($0) == word }
      if count > 0, word != .finished { items.append("<li><b>\(count)</b> \(word.words)</li>") }
    }
    return items.joined()
  }

  private var bar: String {
    let words = ShownStatus.allCases.filter { word in runs.contains { ShownStatus($0) == word } }
    let chips = words.map {
      "<button type=\"button\" class=\"chip\" id=\"status-\($0.rawValue)\" data-status=\"\($0.rawValue)\">"
        + "<i class=\"dot \($0.rawValue)\"></i>\($0.words)</button>"
    }
    return """
      <div class="tools" id="bar">
      <input type="search" id="filter" placeholder="Filter by experiment, arm, policy, seed" aria-label="Filter runs" \
      autocomplete="off" spellcheck="false">
      <span class="chips" role="group" aria-label="Status" id="chips">\(chips.joined())</span>
      <span class="actions"><button type="button" class="plain" id="clear">Clear</button>\
      <button type="submit" form="list" class="primary" id="compare" disabled>Compare</button></span>
      </div>

      """
  }

  private func card(_ group: Group) -> String {
    let arms = Set(group.runs.map(\.arm)).count
    let seeds = Set(group.runs.map(\.seed)).count
    let begun = group.runs.map(\.startedAt).min().map { "begun \(escaped(PageDate.words($0))) · " } ?? ""
    let link = group.runs.map { "run=\($0.id)" }.joined(separator: "&amp;")
    var html = """
      <section class="card experiment" id="experiment-\(group.experiment)">
      <div class="head"><h2>\(escaped(group.name))</h2><a href="compare?\(link)">Open</a></div>
      <p class="meta">\(begun)\(arms) arm\(arms == 1 ? "" : "s"), \(seeds) seed\(seeds == 1 ? "" : "s")</p>
      <table class="runs"><thead><tr><th class="pick"></th><th class="words">arm</th><th>seed</th>\
      <th class="words status">status</th><th class="words rounds">rounds</th><th>accuracy</th>\
      <th class="words spark">course</th></tr></thead><tbody>

      """
    let values = group.runs.flatMap { courses[$0.id]?.accuracies ?? [] }.compactMap { $0 }.filter(\.isFinite)
    let arranged = Dictionary(grouping: group.runs, by: \.arm)
    let (low, high) = values.minAndMax() ?? (0, 1)
    for (style, name) in group.runs.map(\.arm).uniqued().enumerated() {
      for run in arranged[name] ?? [] {
        html += row(run, style: style, low: low, high: high)
      }
    }
    return html + "</tbody></table>\n</section>\n"
  }

  private func row(_ run: StoredRun, style: Int, low: Double, high: Double) -> String {
    let status = ShownStatus(run)
    let accuracies = courses[run.id]?.accuracies ?? []
    let accuracy = (accuracies.last ?? nil).map { NumberWords.percent($0) } ?? "–"
    let text = [run.experiment, run.arm, run.strategy, run.norm, "seed \(run.seed)", "#\(run.id)"].joined(
      separator: " ")
    let stopped = run.stopReason?.isByRule == true ? run.progressWords : nil
    let note = status == .cutOff ? "its process is gone; go on with: covey resume \(run.id)" : run.error ?? stopped
    let share = run.roundsPlanned > 0 ? min(1, Double(run.roundsDone) / Double(run.roundsPlanned)) : 0
    // Plain averaging goes without saying, and so does what the arm's name says.
    let policies = [run.strategy, run.norm].filter { $0 != "fedavg" && !run.arm.contains($0) }
    return """
      <tr id="run-\(run.id)" data-run="\(run.id)" data-status="\(status.rawValue)" data-text="\(escaped(text.lowercased()))">\
      <td class="pick"><input type="checkbox" name="run" value="\(run.id)" id="pick-\(run.id)" \
      aria-label="Select \(escaped(run.name))"></td>\
      <td class="words"><a href="compare?run=\(run.id)">\(escaped(run.arm))</a>\
      \(policies.isEmpty ? "" : " <span class=\"meta\">\(escaped(policies.joined(separator: ", ")))</span>")</td>\
      <td>\(run.seed)</td>\
      <td class="words status"><i class="dot \(status.rawValue)"></i><span class="word">\(status.words)</span>\
      \(note.map { "<div class=\"meta note\">\(escaped($0))</div>" } ?? "")</td>\
      <td class="words rounds"><span class="progress"><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">\
      <rect class="track" width="100" height="6"></rect><rect class="done" width="\(Int(share * 100))" height="6"></rect></svg></span>\
      <span class="count">\(run.roundsDone)/\(run.roundsPlanned)</span></td>\
      <td class="accuracy">\(accuracy)\
      \(courses[run.id]?.untested?.words.map { "<div class=\"meta note\">\(escaped($0))</div>" } ?? "")</td>\
      <td class="words spark">\(Self.curve(accuracies, style: style, low: low, high: high))</td></tr>

      """
  }

  /// A curve without axes, 120 × 26; all of an experiment have the same scale.
  private static func curve(_ values: [Double?], style: Int, low: Double, high: Double) -> String {
    let width = 120.0
    let height = 26.0
    let steps = 60
    let finite = values.enumerated().compactMap { item in item.element.map { (item.offset, $0) } }
      .filter { $0.1.isFinite }
    guard let last = finite.last, values.count > 1, high > low else { return "" }
    let shown = finite.count <= steps ? finite : (0...steps).map { finite[$0 * (finite.count - 1) / steps] }
    func point(_ item: (Int, Double)) -> String {
      let x = 2 + Double(item.0) / Double(values.count - 1) * (width - 6)
      let y = 3 + (1 - (item.1 - low) / (high - low)) * (height - 6)
      return NumberWords.coordinate(x) + "," + NumberWords.coordinate(y)
    }
    let end = point(last).split(separator: ",")
    return "<svg class=\"curve\" viewBox=\"0 0 120 26\" role=\"img\" aria-label=\"accuracy by round\">"
      + "<polyline class=\"line slim \(Palette.stroke(style))\" points=\"\(shown.map(point).joined(separator: " "))\"></polyline>"
      + "<circle class=\"\(Palette.fill(style))\" cx=\"\(end[0])\" cy=\"\(end[1])\" r=\"2\"></circle></svg>"
  }

  private func escaped(_ text: String) -> String {
    MarkupText.escaped(text.count > 300 ? text.prefix(300) + "…" : text)
  }
}

/// Where a run stands, as it is shown: one whose process died does not run.
enum ShownStatus: String, CaseIterable {
  case running
  case cutOff = "cut-off"
  case interrupted
  case failed
  case finished

  init(_ run: StoredRun) {
    switch run.status {
    case .running: self = run.isAlive ? .running : .cutOff
    case .interrupted: self = .interrupted
    case .failed: self = .failed
    case .finished: self = .finished
    }
  }

  /// The word for readers.
  var words: String { self == .cutOff ? "cut off" : rawValue }
}

/// Numbers as the list has them.
enum NumberWords {
  /// "81.3%".
  static func percent(_ value: Double) -> String {
    value.isFinite ? String(format: "%.1f%%", value * 100) : "–"
  }

  /// One decimal.
  static func coordinate(_ value: Double) -> String { String(format: "%.1f", value) }
}
