package import ArgumentParser
internal import Foundation

/// The program: `covey`.
package struct CoveyCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "covey",
    abstract: "Simulates federated learning with batch normalization done right.",
    discussion: """
      A scenario file says which clients, data, model and methods; 'covey run' trains them and records every round in one \
      SQLite file; 'covey history', 'covey compare' and 'covey drift' answer questions about it, 'covey report' and 'covey plot' show it.

      Examples:
        covey run Scenarios/quickstart.yaml
        covey compare quickstart --baseline fedavg
        covey history quickstart/fedbn/1 --clients --where "accuracy < 50%"
        covey report quickstart

      Exit codes: 0 done; 1 a run failed; 64 usage; 65 bad scenario or data; 66 missing input; 73 cannot create; 74 I/O; \
      130 interrupted.
      """,
    version: coveyVersion,
    subcommands: [
      RunCommand.self, ResumeCommand.self, ExtendCommand.self, ValidateCommand.self, ImportCommand.self,
      DataCommand.self, ListCommand.self,
      HistoryCommand.self,
      CompareCommand.self,
      DriftCommand.self, ReportCommand.self, PlotCommand.self, ServeCommand.self, ExportCommand.self,
      VerifyCommand.self,
      SQLCommand.self, RunsCommand.self, DatabaseCommand.self, CompletionsCommand.self, ManualCommand.self,
    ])

  /// How the parser's complaints begin: as all others.
  package static var _errorPrefix: String { "error: " }

  package init() {}

  /// Runs the program with the process's arguments; ends the process with its exit code.
  package static func main() {
    do {
      if let failure = unknownCommand(in: Array(CommandLine.arguments.dropFirst())) { throw failure }
      var command = try parseAsRoot()
      try command.run()
    } catch {
      switch error {
      case is CommandFailure, is any ReportableError: end(CommandFailure(error))
      // The parser would show what it does not know as it is, an error object with its domain and numbers.
      case _ where !(error is ExitCode) && exitCode(for: error) == .failure: end(CommandFailure(error))
      default: exit(withError: error)
      }
    }
  }

  private static func end(_ failure: CommandFailure) -> Never {
    for line in failure.lines { StandardError.write(line) }
    exit(withError: failure.status.code)
  }
}

/// The version of this program.
package let coveyVersion = "0.1.0"
