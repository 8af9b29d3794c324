internal import ArgumentParser
internal import func Catalogs.shownText
internal import RunStore

/// `covey runs tag`.
struct RunsTagCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Gives runs tags, takes them away, or shows them.",
    discussion: """
      A tag is 1 to 64 of the characters a-z, 0-9, '.', '_' and '-'. Wherever a RUN is expected, tag:NAME means all runs that have the \
      tag. Without a TAG, shows the runs' tags and notes.

      Examples:
        covey runs tag quickstart/fedbn paper best
        covey runs tag 3 best --remove
        covey runs tag latest
      """)

  @Argument(help: ArgumentHelp(RunHelp.several, valueName: "run"), completion: RunCompletion.kind)
  var name: String

  @Argument(help: ArgumentHelp("Tags.", valueName: "tag"))
  var tags: [String] = []

  @OptionGroup var database: DatabaseOptions

  @Flag(help: "Take the tags away instead.")
  var remove = false

  @Option(help: "The form of the result: table, json or csv.")
  var format: OutputFormat = .table

  func validate() throws {
    if remove, tags.isEmpty { throw ValidationError("'--remove' needs the tags to take away") }
  }

  func run() throws {
    let store = try tags.isEmpty ? database.read() : database.change()
    let runs = try store.resolve(name)
    if remove {
      try store.remove(tags: tags, fromRuns: runs.map(\.id))
    } else if !tags.isEmpty {
      for tag in tags { try check(tag, store) }
      try store.add(tags: tags, toRuns: runs.map(\.id))
    }
    try store.annotationTable(of: runs).write(format)
  }

  /// Whether a word is the name of runs.
  private static func names(_ word: String, _ store: RunStore) throws(StoreError) -> Bool {
    do throws(StoreError) {
      return try !store.resolve(word).isEmpty
    } catch {
      if case .unknownRun = error { return false }
      throw error
    }
  }

  /// Refuses a tag that names runs, as the second of two runs that somebody wants to tag does.
  ///
  /// - Throws: `CommandFailure`; `StoreError`.
  private func check(_ tag: String, _ store: RunStore) throws {
    let isNumber = tag.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && !tag.isEmpty
    let isRun = tag.contains("/") || tag.hasPrefix("tag:")
    guard try isNumber || isRun || Self.names(tag, store) else { return }
    let word = shownText(tag)
    throw CommandFailure(
      "error: '\(word)' names \(isNumber ? "a run" : "runs") and can't be a tag; no run was tagged (a command tags one RUN: 'covey runs tag \(shownText(name)) TAG…', then 'covey runs tag \(word) TAG…')",
      .usage)
  }
}
