internal import Foundation
internal import Locks
internal import Pages
internal import Records
internal import Reports
internal import RunStore
internal import Tables

/// The list of all experiments and runs: as page content and as JSON.
///
/// Used on one queue. Curves are read again only of runs that went on since.
final class RunList: Sendable {
  /// How a run did in one state of it, which the revision names.
  struct Course: Sendable {
    let revision: String
    /// The mean accuracy at each evaluated round.
    let accuracies: [Double?]
    /// The clients without test examples, which are not in the last of them; nil where nothing was evaluated.
    let untested: UntestedClients?
    /// Wall-clock seconds of all rounds.
    let seconds: Double?
  }

  private let database: ServedDatabase
  private let courses = Locked([Int64: Course]())

  init(database: ServedDatabase) { self.database = database }

  /// The content of the page and its revision. What can't be read is the page's to say, too.
  func content() -> (html: String, revision: String) {
    do {
      let runs = try database.runs()
      let revision = try database.revision(of: runs)
      return (RunListContent(runs: runs, courses: try read(runs), path: database.path).html, revision)
    } catch {
      let missing = if case StoreError.missingFile = error { true } else { false }
      let title = missing ? "No database yet" : "The database can't be read"
      let words =
        missing
        ? "There is no file '\(database.path)'. The runs appear here as soon as there is one: covey run FILE --db \(database.path)"
        : "\(error)".prefix(1).uppercased() + "\(error)".dropFirst() + ". The runs appear here as soon as it can be."
      return (ErrorContent(title: title, words: String(words), isList: true).html, "")
    }
  }

  /// The runs with the keys of `covey history --format json`, under `runs`.
  func json() throws -> String {
    let runs = try database.runs()
    let courses = try read(runs)
    let (tags, notes) = (try database.store().tags(), try database.store().notes())
    var document = JSONDocument()
    document.add("database", .text(database.path))
    document.add("revision", .text(try database.revision(of: runs)))
    document.add(
      "runs",
      RunListing.table(
        runs.map { run in
          ListedRun(
            run, accuracy: courses[run.id]?.accuracies.last ?? nil, untested: courses[run.id]?.untested?.count,
            seconds: courses[run.id]?.seconds,
            tags: tags[run.id] ?? [], note: notes[run.id])
        }))
    return document.json()
  }

  private func read(_ runs: [StoredRun]) throws -> [Int64: Course] {
    let store = try database.store()
    return try courses.withLock { courses in
      var kept: [Int64: Course] = [:]
      for run in runs {
        let revision = Revision.of(run)
        if let known = courses[run.id], known.revision == revision {
          kept[run.id] = known
          continue
        }
        let rows = try store.rounds(run: run.id, withDrift: false)
        kept[run.id] = Course(
          revision: revision, accuracies: rows.filter(\.isEvaluated).map(\.meanAccuracy),
          untested: rows.last(where: \.isEvaluated)?.untested(.client), seconds: rows.seconds)
      }
      courses = kept
      return kept
    }
  }
}
