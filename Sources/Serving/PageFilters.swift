internal import Algorithms
internal import Figures
internal import Pages
internal import Questions
internal import Reports
internal import RunStore

/// What a reader can choose on a page of runs. It is a plain form whose fields are the address's, so that it works
/// without a script; with one, the page changes without being loaded again.
struct PageFilters {
  private let query: PageQuery
  private let arms: [String]
  private let seeds: [UInt64]
  private let metrics: [(String, String)]

  /// More arms than this are not offered one by one.
  private static let shownArms = 40

  /// Reads what there is to choose from.
  ///
  /// - Throws: `StoreError`, `QuestionError`.
  init(_ store: RunStore, _ query: PageQuery) throws {
    self.query = query
    var all = query.question
    all.filter = RunFilter()
    let runs = try store.runs(of: all)
    arms = Array(runs.map(\.arm).uniqued())
    seeds = Set(runs.map(\.seed)).sorted()
    let recorded = Set(try store.measureNames(runs: runs.map(\.id)))
    metrics = ComparedMetric.names.filter { ["accuracy", "loss"].contains($0) || recorded.contains($0) }
      .map { ($0, ComparedMetric($0)?.title ?? $0) }
  }

  var html: String {
    var html = "<p class=\"back\"><a href=\"/\">All runs</a></p>\n"
    html += "<form class=\"tools filters\" id=\"filters\" action=\"compare\" method=\"get\">\n"
    // What the form has no control for stays as it is.
    let controlled: Set<String> = ["arm", "seed", "metric", "baseline", "rounds"]
    for item in query.items where !controlled.contains(item.name) {
      html += "<input type=\"hidden\" name=\"\(item.name)\" value=\"\(MarkupText.escaped(item.value))\">"
    }
    if arms.count > 1, arms.count <= Self.shownArms { html += choices("Arms", "arm", arms, query.question.filter.arms) }
    if seeds.count > 1, seeds.count <= Self.shownArms {
      html += choices("Seeds", "seed", seeds.map(String.init), query.question.filter.seeds.map(String.init))
    }
    html += "<span class=\"fields\">"
    html += select("Metric", "metric", metrics, query.question.metric.name)
    let compared = query.question.filter.arms.isEmpty ? arms : arms.filter { query.question.filter.arms.contains($0) }
    if compared.count > 1 {
      html += select(
        "Baseline", "baseline", [("", "first arm")] + compared.map { ($0, $0) }, query.question.baseline ?? "")
    }
    let rounds = query.items.first { $0.name == "rounds" }?.value ?? ""
    html +=
      "<label>Rounds <input type=\"text\" name=\"rounds\" id=\"filter-rounds\" size=\"7\" placeholder=\"10..20\""
      + " value=\"\(rounds)\" autocomplete=\"off\"></label>"
    html += "<noscript><button type=\"submit\">Show</button></noscript></span>\n</form>\n"
    return html
  }

  private func choices(_ title: String, _ name: String, _ values: [String], _ chosen: [String]) -> String {
    var html = "<span class=\"chips\" role=\"group\" aria-label=\"\(title)\"><span class=\"meta\">\(title)</span>"
    for (index, value) in values.enumerated() {
      let mark = chosen.contains(value) ? " checked" : ""
      let words = MarkupText.escaped(value)
      html +=
        "<label class=\"chip\"><input type=\"checkbox\" name=\"\(name)\" id=\"filter-\(name)-\(index)\" value=\"\(words)\"\(mark)>"
        + "<span>\(words)</span></label>"
    }
    return html + "</span>\n"
  }

  private func select(_ title: String, _ name: String, _ values: [(value: String, words: String)], _ chosen: String)
    -> String
  {
    var html = "<label>\(title) <select name=\"\(name)\" id=\"filter-\(name)\">"
    for (value, words) in values {
      let mark = value == chosen ? " selected" : ""
      html += "<option value=\"\(MarkupText.escaped(value))\"\(mark)>\(MarkupText.escaped(words))</option>"
    }
    return html + "</select></label>"
  }
}
