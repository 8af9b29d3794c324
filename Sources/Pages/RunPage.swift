internal import Catalogs
package import Figures
internal import Questions
package import Reports
package import RunStore

/// Runs as one HTML page: what they come to, figures, tables.
package struct RunPage: Sendable {
  private let source: FigureSource
  private let sections: [PageSection: [Figure]]
  private let tables: PageTables
  /// Changes whenever what the page shows does.
  package let revision: String

  /// Reads what a query asks for and makes its figures.
  ///
  /// - Parameter proceed: Called again and again on the way; what it throws ends the work.
  /// - Throws: `StoreError`, `PageQueryError`, `QuestionError` and `ComparisonError`, and what `proceed` throws.
  package init(_ store: RunStore, _ query: PageQuery, proceed: () throws -> Void = {}) throws {
    try proceed()
    let wanted = query.figures
    for name in wanted where figureCatalog[name] == nil {
      let names = figureCatalog.names
      throw PageQueryError.unknownFigure(name, nearest: nearestName(to: name, in: names), allowed: names)
    }
    // Before anything else is read: what changes meanwhile is then shown by the next page.
    revision = try Self.revision(store, query)
    let source = try FigureSource(store, query, proceed: proceed)
    self.source = source
    var sections: [PageSection: [Figure]] = [:]
    for entry in figureCatalog.entries where wanted.isEmpty || wanted.contains(entry.name) {
      try proceed()
      let recipe = try entry.make(Options(declared: entry.options, given: [:]))
      guard !wanted.isEmpty || recipe.isUsual(source) else { continue }
      sections[recipe.section, default: []].append(try recipe.make(source))
    }
    self.sections = sections
    try proceed()
    tables = try PageTables(source)
  }

  /// The revision of a page, without making it.
  ///
  /// - Throws: `StoreError`, `QuestionError`.
  package static func revision(_ store: RunStore, _ query: PageQuery) throws -> String {
    Revision.of(try store.runs(of: query.question), remarks: try store.remarks())
  }

  /// A figure by its name, if the page has it.
  package func figure(_ name: String) -> Figure? { figures.first { $0.id == name } }

  /// The figures in the order of the page.
  package var figures: [Figure] { PageSection.allCases.flatMap { sections[$0] ?? [] } }

  /// The arms side by side.
  package var comparison: Comparison { source.comparison }

  /// The comparison with the keys of `covey compare --format json`.
  package func json() -> String { comparison.json(title: title, evaluated: source.selection.words(nil)) }

  /// The experiments' names.
  package var title: String { source.experiments.map(\.record.name).joined(separator: ", ") }

  /// The page as one HTML document that needs nothing else.
  ///
  /// - Parameter live: Whether it follows its server: see `PageScript.live`.
  package func document(live: Bool = false) -> String {
    PageDocument(title: title, revision: revision, content: content(), live: live ? "content" : nil).html
  }

  /// What lies inside the document's `<main>`, to replace it where runs go on.
  package func content() -> String {
    PageContent(source: source, sections: sections, tables: tables).html
  }
}
