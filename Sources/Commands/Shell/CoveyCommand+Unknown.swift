internal import ArgumentParser
internal import func Catalogs.nearestName

extension CoveyCommand {
  /// What is wrong with arguments that name a command that there is not; nil where they do not.
  static func unknownCommand(in arguments: [String]) -> CommandFailure? {
    var configuration = CoveyCommand.configuration
    var path = ["covey"]
    for word in arguments.first == "help" ? Array(arguments.dropFirst()) : arguments {
      guard !configuration.subcommands.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
      // Loops, because the compiler crashes where lists of types are mapped.
      var names: [String] = []
      var next: CommandConfiguration?
      for command in configuration.subcommands {
        let name = command.configuration.commandName ?? ""
        names.append(name)
        if name == word { next = command.configuration }
      }
      guard let next else {
        let hint = nearestName(to: word, in: names).map { "; did you mean '\($0)'?" } ?? ""
        let allowed = names.joined(separator: ", ")
        return CommandFailure(
          "error: '\(path.joined(separator: " "))' has no command '\(word)'\(hint) (allowed: \(allowed))", .usage)
      }
      configuration = next
      path.append(word)
    }
    return nil
  }
}
