internal import Foundation

/// A manual page made of what a program says of itself for `--help`.
///
/// Source: man(7), the `an` macros.
struct ManualPage {
  /// The help of a program, as the argument parser dumps it.
  struct Help: Decodable {
    /// The program.
    let command: Command
  }

  /// A command or subcommand.
  struct Command: Decodable {
    let commandName: String
    let shouldDisplay: Bool?
    let abstract: String?
    let discussion: String?
    let arguments: [Argument]?
    let subcommands: [Command]?
  }

  /// An argument, option or flag.
  struct Argument: Decodable {
    /// How an option is written.
    struct Name: Decodable {
      let kind: String
      let name: String

      /// The name with its dashes.
      var text: String { (kind == "long" ? "--" : "-") + name }
    }

    let kind: String
    let shouldDisplay: Bool
    let isOptional: Bool
    let isRepeating: Bool
    let names: [Name]?
    let preferredName: Name?
    let valueName: String?
    let abstract: String?
    let defaultValue: String?
    let allValues: [String]?
  }

  private let program: Command
  private let version: String

  init(_ program: Command, version: String) {
    self.program = program
    self.version = version
  }

  /// The page.
  var text: String {
    let name = program.commandName
    var lines = [
      ".TH \(name.uppercased()) 1 \"\" \"\(name) \(version)\" \"\"", ".SH NAME",
      "\(Self.escaped(name)) \\- \(Self.escaped(program.abstract ?? ""))", ".SH SYNOPSIS",
      ".B \(name)", ".I command", "[options]", ".SH DESCRIPTION",
    ]
    lines += Self.paragraphs(program.discussion ?? "")
    lines.append(".SH COMMANDS")
    for command in program.subcommands ?? [] { lines += section(command, path: [name]) }
    lines += [".SH ENVIRONMENT"]
    for (variable, meaning) in Self.environment {
      lines += [".TP", ".B \(variable)", Self.escaped(meaning)]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let environment = [
    ("COVEY_DB", "The database where '--db' names none."),
    ("NO_COLOR", "When not empty, tables have no bold or dim text."),
    (
      "COLUMNS",
      "The width of a terminal that does not tell it, and the limit of tables in a file or pipe, which otherwise have none."
    ),
  ]

  private func section(_ command: Command, path: [String]) -> [String] {
    guard command.shouldDisplay ?? true, command.commandName != "help" else { return [] }
    let path = path + [command.commandName]
    let arguments = (command.arguments ?? []).filter { $0.shouldDisplay && !Self.isCommon($0) }
    var lines = [".SS \"\(path.joined(separator: " "))\"", Self.escaped(command.abstract ?? "")]
    if command.subcommands?.contains(where: { $0.commandName != "help" }) != true {
      let synopsis = arguments.map(Self.synopsis).joined(separator: " ")
      lines += [".PP", ".B \(path.joined(separator: " "))", Self.escaped(synopsis)].filter { !$0.isEmpty }
    }
    if let discussion = command.discussion { lines += [".PP"] + Self.paragraphs(discussion) }
    for argument in arguments {
      var description = argument.abstract ?? ""
      if let values = argument.allValues, !description.contains(values.first ?? "") {
        description += " (values: \(values.joined(separator: ", ")))"
      }
      if let value = argument.defaultValue, argument.kind == "option", !description.contains("default") {
        description += " (default: \(value))"
      }
      lines += [".TP", ".B \(Self.escaped(Self.title(argument)))", Self.escaped(description)]
    }
    for subcommand in command.subcommands ?? [] { lines += section(subcommand, path: path) }
    return lines
  }

  /// What every command has, and the description tells once.
  private static func isCommon(_ argument: Argument) -> Bool {
    ["help", "version"].contains(argument.preferredName?.name ?? "")
  }

  private static func value(_ argument: Argument) -> String { "<\(argument.valueName ?? "value")>" }

  private static func title(_ argument: Argument) -> String {
    let names = (argument.names ?? []).map(\.text).joined(separator: ", ")
    switch argument.kind {
    case "positional": return value(argument)
    case "option": return names + " " + value(argument)
    default: return names
    }
  }

  private static func synopsis(_ argument: Argument) -> String {
    let word =
      switch argument.kind {
      case "positional": value(argument)
      case "option": (argument.preferredName?.text ?? "") + " " + value(argument)
      default: argument.preferredName?.text ?? ""
      }
    return (argument.isOptional ? "[\(word)]" : word) + (argument.isRepeating ? " ..." : "")
  }

  /// Running text; lines that begin with spaces are examples and stay as they are.
  private static func paragraphs(_ text: String) -> [String] {
    var lines: [String] = []
    var isExample = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("  ") != isExample {
        lines.append(isExample ? ".EE" : ".EX")
        isExample.toggle()
      }
      if line.isEmpty {
        if !lines.isEmpty, lines.last != ".PP" { lines.append(".PP") }
      } else {
        lines.append(escaped(String(line)))
      }
    }
    if isExample { lines.append(".EE") }
    return lines
  }

  /// Text that the formatter takes for nothing else than text.
  private static func escaped(_ text: String) -> String {
    var result = text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" : ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "\n": result += " "
      case _ where scalar.value > 126: result += "\\[u\(String(format: "%04X", scalar.value))]"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
