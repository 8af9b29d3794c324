internal import Questions

/// Which clients figures of single clients show: those with the numbers and of the domains that were asked for.
struct AskedClients {
  /// Why there is none, where there are clients.
  static let absence = "No client is of a domain and has a number that were asked for."

  private let clients: Set<Int>
  private let domains: Set<String>

  /// Takes what a query asks for.
  init(_ query: PageQuery) {
    clients = Set(query.clients)
    domains = Set(query.domains)
  }

  /// Whether a client is among them; everyone is where nobody was asked for.
  func includes(_ client: Int, of domain: String) -> Bool {
    (clients.isEmpty || clients.contains(client)) && (domains.isEmpty || domains.contains(domain))
  }

  /// Complains about a client and a domain that there is not; where no client is known, about nothing.
  ///
  /// - Throws: `QuestionError.notShown`.
  func check(_ known: Set<Int>, of names: Set<String>) throws(QuestionError) {
    if known.isEmpty { return }
    if let unknown = clients.subtracting(known).min() {
      throw .notShown(QuestionError.Name("client", String(unknown), known: known.sorted().map(String.init)))
    }
    if let unknown = domains.subtracting(names).min() {
      throw .notShown(QuestionError.Name("domain", unknown, known: names.subtracting([""]).sorted()))
    }
  }

  /// Complains about a client and a domain that none of a page's runs has.
  ///
  /// - Throws: `StoreError`, `QuestionError.notShown`.
  func check(_ source: FigureSource) throws {
    if clients.isEmpty, domains.isEmpty { return }
    var known: Set<Int> = []
    var names: Set<String> = []
    for run in source.runs {
      let own = try source.store.domains(run: run.id)
      known.formUnion(own.keys)
      names.formUnion(own.values)
    }
    try check(known, of: names)
  }
}
