internal import ArgumentParser
internal import Foundation

/// `covey manual`.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", abstract: "Prints the manual page, in the form that 'man' reads.",
    discussion: """
      It is made of what '--help' says of all commands.

      Examples:
        covey manual > ~/.local/share/man/man1/covey.1
        covey manual > covey.1 && man ./covey.1
        covey manual --format json > covey.json
      """)

  /// The forms of the manual.
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case man
    case json
  }

  @Option(help: "The form: man, or json, as programs read it.")
  var format: Form = .man

  func run() throws {
    let text = CoveyCommand._dumpHelp()
    if format == .json { return StandardOutput.write(text) }
    let help = try JSONDecoder().decode(ManualPage.Help.self, from: Data(text.utf8))
    StandardOutput.write(ManualPage(help.command, version: coveyVersion).text)
  }
}
