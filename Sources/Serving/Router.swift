internal import Catalogs
internal import Figures
internal import Foundation
internal import Pages
internal import Questions
internal import Reports
internal import RunStore
internal import Tables

/// What is answered to which request: a fixed list of paths, none of which is a file's.
struct Router: Sendable {
  /// What a page shows.
  enum View: Sendable, Equatable {
    /// The list of runs.
    case list
    /// Some runs.
    case runs(PageQuery)
  }

  /// An answer.
  enum Answer: Sendable {
    /// All of it.
    case response(Response)
    /// One that goes on.
    case events(View)
  }

  /// Who waits for changes.
  let feed = ChangeFeed()
  private let database: ServedDatabase
  private let hosts: Set<String>
  private let list: RunList
  private let cache = PageCache()
  // Lists and revisions come at once also while a large page is being made.
  private let quick = BackgroundQueue("quick")
  private let slow = BackgroundQueue("pages")

  init(database: ServedDatabase, port: UInt16) {
    self.database = database
    list = RunList(database: database)
    var hosts = Set(["127.0.0.1", "localhost", "[::1]"].map { "\($0):\(port)" })
    if port == 80 { hosts.formUnion(["127.0.0.1", "localhost", "[::1]"]) }
    self.hosts = hosts
  }

  /// Looks for changes three times a second and tells those who wait; ends when it is cancelled.
  func followChanges() async {
    while !Task.isCancelled {
      if (try? await quick.run { database.look() }) == true { await feed.announce() }
      try? await Task.sleep(for: .milliseconds(330))
    }
  }

  /// A text that differs where what a view shows does.
  func revision(of view: View) async -> String {
    (try? await quick.run { [database] in
      do {
        switch view {
        case .list: return try database.revision(of: database.runs())
        case .runs(let query): return try RunPage.revision(database.store(), query)
        }
      } catch {
        // What a page says then is an error, and that changes with its words.
        return "e" + Revision.of("\(error)")
      }
    }) ?? ""
  }

  /// What a request is answered.
  func answer(_ head: RequestHead) async -> Answer {
    guard let host = head["host"]?.lowercased(), hosts.contains(host) else {
      // A name that an attacker points at this machine is no name of this server.
      return .response(.text("this server is \(hosts.sorted()[0]) and answers to no other name", status: .misdirected))
    }
    if let origin = head["origin"], origin.lowercased() != "http://\(host)" {
      return .response(.text("only this server's own pages may ask it", status: .forbidden))
    }
    if let site = head["sec-fetch-site"], !["same-origin", "none"].contains(site),
      head["sec-fetch-mode"] != "navigate" || head["sec-fetch-dest"] != "document"
    {
      return .response(.text("only this server's own pages may ask it", status: .forbidden))
    }
    guard head.method == "GET" || head.method == "HEAD" else {
      var response = Response.text("only GET and HEAD are answered", status: .methodNotAllowed)
      response.headers.append(("Allow", "GET, HEAD"))
      return .response(response)
    }
    do {
      return try await route(head)
    } catch {
      return .response(failure(error, path: head.path))
    }
  }

  private func route(_ head: RequestHead) async throws -> Answer {
    switch head.path {
    case "/":
      let content = await listContent()
      let document = PageDocument(
        title: "Runs", revision: content.revision, content: content.html, live: "list")
      return .response(.html(document.html, policy: document.policy))
    case "/list":
      let content = await listContent()
      var response = Response.html(content.html)
      response.headers.append(("X-Covey-Revision", content.revision))
      return .response(response)
    case "/compare":
      let page = try await page(head)
      let document = PageDocument(
        title: page.page.title, revision: page.page.revision, content: page.content, live: "content")
      return .response(.html(document.html, policy: document.policy))
    case "/content":
      let page = try await page(head)
      var response = Response.html(page.content)
      response.headers.append(("X-Covey-Revision", page.page.revision))
      return .response(response)
    case "/events":
      if head.items.count == 1, head.items[0] == ("view", "list") { return .events(.list) }
      return .events(.runs(try PageQuery(items: head.items)))
    case "/api/runs":
      guard head.items.isEmpty else { throw PageQueryError.unknownField(head.items[0].name, nearest: nil, allowed: []) }
      return .response(.json(try await quick.run { [list] in try list.json() }))
    case "/api/compare":
      let page = try await page(head)
      return .response(.json(page.page.json()))
    case "/api/figures":
      let page = try await page(head)
      return .response(.json(try await slow.run { Self.json(page.page.figures) }))
    default:
      guard let name = head.path.wholeMatch(of: /\/figure\/([a-z0-9-]{1,64})\.svg/)?.1 else {
        return .response(errorPage("There is no such page", "Nothing is at this address.", status: .notFound))
      }
      return .response(try await figure(String(name), head))
    }
  }

  /// The figures' tables by their names.
  private static func json(_ figures: [Figure]) -> String {
    var document = JSONDocument()
    for figure in figures { document.add(figure.id, figure.table) }
    return document.json()
  }

  private func figure(_ name: String, _ head: RequestHead) async throws -> Response {
    // The theme is the server's business, and what the figure shows the page's.
    let theme = head.items.last { $0.name == "theme" }?.value
    guard theme == nil || theme.flatMap(Theme.init(rawValue:)) != nil else {
      throw PageQueryError.badValue(field: "theme", value: theme ?? "", allowed: "light, dark")
    }
    var query = try PageQuery(items: head.items.filter { $0.name != "theme" })
    query.figures = [name]
    let page = try await page(query)
    guard let figure = page.page.figure(name) else {
      return errorPage("There is no such figure", "The runs have no figure '\(name)'.", status: .notFound)
    }
    let svg = try await slow.run { figure.svg(theme: theme.flatMap(Theme.init(rawValue:))) }
    return Response(
      contentType: "image/svg+xml", body: Data(svg.utf8), policy: "default-src 'none'; style-src 'unsafe-inline'")
  }

  private func page(_ head: RequestHead) async throws -> RenderedPage { try await page(PageQuery(items: head.items)) }

  private func page(_ query: PageQuery) async throws -> RenderedPage {
    let (store, revision) = try await quick.run { [database] in
      let store = try database.store()
      return (store, try RunPage.revision(store, query))
    }
    let key = query.items.map { "\($0.name)=\($0.value)" }.joined(separator: "\n")
    return try await cache.page(key, revision: revision + "/\(ObjectIdentifier(store).hashValue)") { [slow] isWanted in
      try await slow.run {
        // It may have waited for other pages meanwhile, and looks again as it goes on.
        let page = try RunPage(store, query) { if !isWanted() { throw CancellationError() } }
        let filters = try PageFilters(store, query)
        return RenderedPage(page: page, content: filters.html + page.content())
      }
    }
  }

  private func listContent() async -> (html: String, revision: String) {
    (try? await quick.run { [list] in list.content() }) ?? ("", "")
  }

  /// An error as whoever asked can take it.
  private func failure(_ error: any Error, path: String) -> Response {
    let status: Status
    let title: String
    switch error {
    case is PageQueryError, is QuestionError, is ComparisonError: (status, title) = (.badRequest, "This can't be shown")
    case StoreError.unknownRun, StoreError.unknownExperiment, StoreError.unknownTag:
      (status, title) = (.notFound, "There is no such run")
    case StoreError.noRuns: (status, title) = (.notFound, "There are no runs yet")
    case is StoreError: (status, title) = (.unavailable, "The database can't be read")
    default: (status, title) = (.internalError, "Something went wrong")
    }
    let words = plainWords(of: error)
    if path.hasPrefix("/api/") {
      var document = JSONDocument()
      document.add("error", .text(words))
      return .json(document.json(), status: status)
    }
    if path == "/content" { return .html(ErrorContent(title: title, words: words).html, status: status) }
    if path == "/events" { return .text(words, status: status) }
    return errorPage(title, words, status: status, live: path == "/compare" && status != .badRequest ? "content" : nil)
  }

  private func errorPage(_ title: String, _ words: String, status: Status, live: String? = nil) -> Response {
    let document = PageDocument(
      title: title, revision: "", content: ErrorContent(title: title, words: words).html, live: live)
    return .html(document.html, status: status, policy: document.policy)
  }
}

extension Response {
  /// What a stream of events begins with.
  static let events = Response(contentType: "text/event-stream; charset=utf-8", body: Data())
}
