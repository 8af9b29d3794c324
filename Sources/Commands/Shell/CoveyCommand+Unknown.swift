internal import ArgumentParser
internal import func Catalogs.nearestName

extension CoveyCommand {
  /// What is wrong with arguments that name a command that there is not; nil where they do not.
  static func unknownCommand(in arguments: [String]) -> CommandFailure? {
    var command: any ParsableCommand.Type = CoveyCommand.self
    var path = ["covey"]
    for word in arguments.first == "help" ? Array(arguments.dropFirst()) : arguments {
      let subcommands = command.configuration.subcommands
      guard !subcommands.isEmpty, !word.hasPrefix("-") else { return nil }
      if let next = subcommands.first(where: { $0._commandName == word }) {
        command = next
        path.append(word)
        continue
      }
      let names = subcommands.map(\._commandName)
      if word == "help" { return nil }
      let hint = nearestName(to: word, in: names).map { "; did you mean '\($0)'?" } ?? ""
      return CommandFailure(
        "error: '\(path.joined(separator: " "))' has no command '\(word)'\(hint) (allowed: \(names.joined(separator: ", ")))",
        .usage)
    }
    return nil
  }
}
