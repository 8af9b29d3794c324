internal import ArgumentParser
internal import Tables

/// `covey completions`.
struct CompletionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Prints a script that completes covey's words in a shell.",
    discussion: """
      Commands, options and their values are completed, and the names of runs from the database that '--db' or COVEY_DB names.

      Examples:
        covey completions bash > ~/.local/share/bash-completion/completions/covey
        covey completions zsh > ~/.zfunc/_covey
        covey completions fish > ~/.config/fish/completions/covey.fish
        covey completions bash --format json
      """)

  /// The shells that there is a script for.
  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash
    case zsh
    case fish

    var completionShell: CompletionShell {
      switch self {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    }
  }

  @Argument(help: "The shell: bash, zsh or fish.")
  var shell: Shell

  /// The forms of the script.
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case script
    case json
  }

  @Option(help: "The form: script, or json with the script in it.")
  var format: Form = .script

  func run() throws {
    let script = CoveyCommand.completionScript(for: shell.completionShell)
    if format == .script { return StandardOutput.write(script) }
    var json = JSONDocument()
    json.add("shell", .text(shell.rawValue))
    json.add("script", .text(script))
    StandardOutput.write(json.json())
  }
}
