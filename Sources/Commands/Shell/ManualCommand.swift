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
      """)

  func run() throws {
    let help = try JSONDecoder().decode(ManualPage.Help.self, from: Data(CoveyCommand._dumpHelp().utf8))
    StandardOutput.write(ManualPage(help.command, version: coveyVersion).text)
  }
}
