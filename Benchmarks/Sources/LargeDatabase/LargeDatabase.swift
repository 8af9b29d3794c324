internal import ArgumentParser
internal import Commands
internal import Foundation
internal import RunStore
internal import TestSupport

/// Makes a large database, and times the documented queries on it.
@main struct LargeDatabase: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a large database of generated runs, and times queries on it.",
    subcommands: [MakeCommand.self, TimeCommand.self])
}

/// Writes the database.
struct MakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "make", abstract: "Writes a database of generated runs.")

  @Argument(help: "The database; it must not be there yet.") var path: String
  @Option var runs = 200
  @Option var rounds = 200
  @Option var clients = 100
  @Option var layers = 5

  func run() throws {
    if FileManager.default.fileExists(atPath: path) { throw ValidationError("'\(path)' is there already") }
    // What is there under the name is complete.
    let unfinished = path + ".unfinished"
    try? FileManager.default.removeItem(atPath: unfinished)
    do {
      let store = try RunStore(path: unfinished, access: .readWrite)
      try GeneratedDatabase(runs: runs, rounds: rounds, clients: clients, layers: layers).write(to: store) { id in
        FileHandle.standardError.write(Data("run \(id)\n".utf8))
      }
      try store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }
    try FileManager.default.moveItem(atPath: unfinished, toPath: path)
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    print("\(path): \(size / 1_000_000) MB")
  }
}

/// Times queries.
struct TimeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "time",
    abstract: "Times queries, the best of three: in this process, and as a whole covey process.")

  @Argument(help: "The database.") var path: String
  @Option(help: "A file with a query a line: a covey command, or SQL.") var queries: String
  @Option(help: "The program to start for the times of whole processes.") var covey: String
  @Option(help: "Milliseconds that a query may take in this process.") var limit = 100.0

  func run() throws {
    setenv("COVEY_DB", path, 1)
    let store = try RunStore(path: path, access: .readOnly)
    var slow = 0
    print(" in process  as process  query")
    for query in try DocumentedQuery.all(inFile: queries) {
      let inside = try best { try run(query, store) }
      let outside = try query.arguments.map { arguments in try best { try start(arguments) } }
      if inside > limit { slow += 1 }
      let whole = outside.map { String(format: "%7.1f ms", $0) } ?? "         –"
      print(String(format: "%8.1f ms", inside), "", whole, "", query.text, inside > limit ? "  SLOW" : "")
    }
    guard slow == 0 else {
      print("\(slow) took more than \(limit) ms")
      throw ExitCode.failure
    }
  }

  /// The least milliseconds of three times.
  private func best(_ body: () throws -> Void) throws -> Double {
    try (0..<3).map { _ in
      let time = try ContinuousClock().measure(body)
      return Double(time.components.seconds) * 1e3 + Double(time.components.attoseconds) * 1e-15
    }.min() ?? .nan
  }

  private func run(_ query: DocumentedQuery, _ store: RunStore) throws {
    guard let arguments = query.arguments else {
      _ = try store.select(query.text)
      return
    }
    var command = try CoveyCommand.parseAsRoot(arguments)
    // What it prints goes nowhere.
    fflush(nil)
    let terminal = dup(STDOUT_FILENO)
    let nowhere = open("/dev/null", O_WRONLY)
    dup2(nowhere, STDOUT_FILENO)
    defer {
      dup2(terminal, STDOUT_FILENO)
      close(terminal)
      close(nowhere)
    }
    try command.run()
  }

  /// Runs the program to its end; Foundation's own processes are waited for in steps of 50 ms.
  private func start(_ arguments: [String]) throws {
    let words = ([covey] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    var child: pid_t = 0
    var status: Int32 = 0
    guard posix_spawn(&child, covey, &actions, nil, words, environ) == 0, waitpid(child, &status, 0) == child,
      status == 0
    else { throw ExitCode.failure }
  }
}
