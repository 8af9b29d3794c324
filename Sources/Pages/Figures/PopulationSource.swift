internal import Algorithms
internal import Figures
internal import Records
internal import Reports

/// The clients of the first run and what they hold, in groups where they are too many to draw one by one.
struct PopulationSource {
  /// The largest number of columns that are drawn.
  private static let shownColumns = 200

  /// What a column shows: a client, or the mean over some.
  struct Group {
    let name: String
    let trainSamples: Double?
    let testSamples: Double?
    let labels: [Double]
  }

  /// The clients by number.
  let clients: [ClientRecord]
  /// The columns.
  let groups: [Group]
  /// The names of the classes; empty where they are their numbers.
  let classNames: [String]
  /// What a column is.
  let columnName: String
  /// What is shown, in sentences.
  let words: String

  /// Why there is nothing, for a reader.
  let absence: String

  private static let notRecorded = "The clients are not recorded."

  /// Reads the population.
  ///
  /// - Throws: `StoreError`; `PageQueryError` for a client or a domain that there is not.
  init(_ source: FigureSource) throws {
    guard let run = source.examples.compactMap({ $0 }).first ?? source.runs.first else {
      (clients, groups, columnName, words, absence) = ([], [], "client", "", Self.notRecorded)
      classNames = []
      return
    }
    classNames = run.classNames ?? []
    let asked = AskedClients(source.query)
    try asked.check(source)
    let all = try source.store.clients(run: run.id)
    let clients = all.filter { asked.includes($0.client, of: $0.domain) }
    self.clients = clients
    absence = all.isEmpty ? Self.notRecorded : AskedClients.absence
    let size = (clients.count + Self.shownColumns - 1) / Self.shownColumns
    if size > 1 {
      groups = clients.chunks(ofCount: size).map { chunk in
        let part = Array(chunk)
        let labels = part.map(\.labelHistogram.count).max() ?? 0
        return Group(
          name: "\(part[0].client)–\(part[part.count - 1].client)",
          trainSamples: Sample.mean(part.map { Double($0.trainSamples) }),
          testSamples: Sample.mean(part.map { Double($0.testSamples) }),
          labels: (0..<labels).map { label in
            Sample.mean(part.map { $0.labelHistogram.indices.contains(label) ? Double($0.labelHistogram[label]) : 0 })
              ?? 0
          })
      }
    } else {
      groups = clients.map {
        Group(
          name: String($0.client), trainSamples: Double($0.trainSamples), testSamples: Double($0.testSamples),
          labels: $0.labelHistogram.map(Double.init))
      }
    }
    columnName = size > 1 ? "clients" : "client"
    let seeds = Set(source.runs.map(\.seed)).count
    var words =
      seeds > 1 ? "Of seed \(run.seed); other seeds may split the data in another way." : "Of seed \(run.seed)."
    if size > 1 { words += " A column is the mean over \(size) clients of the \(clients.count)." }
    let domains = clients.map(\.domain)
    if Set(domains).count > 1, clients.count <= 12 {
      words += " Domains: " + clients.map { "\($0.client) \($0.domain)" }.joined(separator: ", ") + "."
    }
    self.words = words
  }
}
