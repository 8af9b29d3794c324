internal import ArgumentParser
internal import Foundation
internal import RunStore

/// `covey runs note`.
struct RunsNoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note", abstract: "Gives runs a note, takes it away, or shows it.",
    discussion: """
      A note has up to 10000 characters and replaces the one before; an empty one takes it away. Without a text, shows the runs' tags and \
      notes.

      Examples:
        covey runs note 3 "diverges after round 12: learning rate too high"
        covey runs note 3 ""
        covey runs note quickstart --format json
      """)

  @Argument(help: ArgumentHelp(RunHelp.several, valueName: "run"), completion: RunCompletion.kind)
  var name: String

  @Argument(help: ArgumentHelp("The note.", valueName: "text"))
  var text: String?

  @OptionGroup var database: DatabaseOptions

  @Option(help: "The form of the result: table, json or csv.")
  var format: OutputFormat = .table

  func run() throws {
    let store = try text == nil ? database.read() : database.change()
    let runs = try store.resolve(name)
    if let text {
      let note = text.trimmingCharacters(in: .whitespacesAndNewlines)
      try store.setNote(note, ofRuns: runs.map(\.id))
    }
    try store.annotationTable(of: runs).write(format)
  }
}
