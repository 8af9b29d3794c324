internal import ArgumentParser
internal import Dispatch
internal import Foundation
internal import Locks
internal import RunStore
internal import Serving
internal import Tables

/// `covey serve`.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Shows runs in a browser while they go on.",
    discussion: """
      Serves pages on 127.0.0.1, for this machine alone: the list of runs, and for any selection of them what 'covey report' shows. Pages \
      follow the database, which is only read; they keep their filters in their address. Prints the address, then serves until it is \
      interrupted (Ctrl-C), which is its way to end: exit code 0. The database need not be there yet.

      Examples:
        covey serve
        covey serve --open
        covey serve --db results/covey.sqlite --port 9000
        covey serve --port 0 --format json
      """)

  @OptionGroup var database: DatabaseOptions

  @Option(help: ArgumentHelp("The port; 0 is any that is free.", valueName: "number"))
  var port: UInt16 = 8080

  @Flag(help: "Opens the address in the browser.")
  var open = false

  @Option(help: "The form of the address: table (a line) or json.")
  var format: DocumentFormat = .table

  /// Complains where the system has fewer threads than serving takes, which would wait for them for ever: those that
  /// Swift's tasks run on, one for each core, and those of the queues that read and draw.
  private static func requireThreads(_ count: Int) throws {
    let gate = DispatchSemaphore(value: 0)
    for started in 0..<count {
      do {
        try StartedThread.start("covey-question", stackSize: 1 << 16) { gate.wait() }
      } catch {
        for _ in 0..<started { gate.signal() }
        throw CommandFailure("error: can't serve: \(error)", .inputOutput)
      }
    }
    for _ in 0..<count { gate.signal() }
  }

  /// Seconds that connections have to be closed in once the server is to end.
  private static let patience = 0.5

  func run() throws {
    try checkDatabase()
    let signals = try InterruptSignals()
    try Self.requireThreads(ThreadOptions.usual + 3)
    let isAsked = Locked(false)
    let server = try PageServer(database: database.path, port: port)
    let (asked, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let serving = Task {
      await server.run()
      ended.signal()
      asked.signal()
    }
    signals.begin { count in
      if count == 1 {
        isAsked.withLock { $0 = true }
        serving.cancel()
        asked.signal()
      } else {
        _exit(0)
      }
    }
    switch format {
    case .table: StandardOutput.write(server.address)
    case .json:
      var document = JSONDocument()
      document.add("url", .text(server.address))
      StandardOutput.write(document.json())
    }
    StandardError.write("serving '\(database.path)'; stop with Ctrl-C")
    if open { Self.openInBrowser(server.address) }
    asked.wait()
    guard isAsked.withLock({ $0 }) else {
      throw CommandFailure(
        "error: can't serve: the system has nothing more to wait for connections with (ulimit -n)", .inputOutput)
    }
    _ = ended.wait(timeout: .now() + Self.patience)
    // What is being made for a page can't always be broken off, and nobody waits for it any more; a database that is
    // only read can't be left half done. Handlers at exit would take away what such work still uses.
    fflush(nil)
    _exit(0)
  }

  /// Complains at once about what waiting does not mend.
  private func checkDatabase() throws {
    do {
      _ = try database.read()
    } catch StoreError.missingFile(let path) {
      StandardError.write("no database '\(path)' yet; its runs are shown when there is one")
    } catch StoreError.noRuns {
      return
    }
  }

  private static func openInBrowser(_ address: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    #if os(macOS)
      process.arguments = ["open", address]
    #else
      process.arguments = ["xdg-open", address]
    #endif
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      StandardError.write("no browser opens by itself here; open \(address)")
    }
  }
}
