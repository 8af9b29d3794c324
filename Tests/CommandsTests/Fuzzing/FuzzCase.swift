import Foundation
import TestSupport

/// One hostile input: a folder with files, and the commands that get to see them.
struct FuzzCase {
  /// The case's number, of which everything in it follows.
  let seed: UInt64
  let folder: TemporaryFolder
  /// Arguments of each command, which runs in the folder.
  var commands: [[String]] = []
  /// Databases that no refused command may create.
  var databases: [String] = []

  init(seed: UInt64) throws {
    self.seed = seed
    folder = try TemporaryFolder()
  }

  /// How long a command may take.
  static let limit: Double = 60
  /// What a command may end with; 130 only where it was asked to stop.
  static let allowed: Set<Int32> = [0, 1, 64, 65, 66, 73, 74]
  /// As many bytes a command may write to standard error, whatever its input quotes.
  static let longestMessage = 64 << 10
  /// After so many seconds a command that computes is asked to stop.
  static let patience = 2.0

  /// What is wrong with how the commands end; none where all is well.
  func complaints() throws -> [String] {
    var complaints: [String] = []
    for arguments in commands {
      let end = try BoundedProcess.run(
        arguments, in: folder.url, patience: ["run", "resume", "verify"].contains(arguments[0]) ? Self.patience : nil,
        limit: Self.limit)
      let shown = arguments.map { $0.count > 80 ? $0.prefix(80) + "…" : $0 }.joined(separator: " ")
      func complain(_ what: String) {
        complaints.append("'covey \(shown)' \(what), status \(end.status): \(end.errors.prefix(2000))")
      }
      if end.wasKilled {
        complain("took more than \(Int(Self.limit)) s")
        continue
      }
      if end.wasInterrupted {
        if ![130, 128 + SIGTERM].contains(end.status), !Self.allowed.contains(end.status) {
          complain("does not end well when it is stopped")
        }
        continue
      }
      if !Self.allowed.contains(end.status) { complain("ends unexpectedly") }
      if end.status != 0, end.errors.isEmpty { complain("says nothing") }
      if end.errors.utf8.count > Self.longestMessage { complain("says \(end.errors.utf8.count) bytes") }
      let isControl = { (scalar: Unicode.Scalar) in scalar != "\n" && scalar.properties.generalCategory == .control }
      if ["validate", "run"].contains(arguments[0]), end.errors.unicodeScalars.contains(where: isControl) {
        complain("writes control characters")
      }
      for database in databases {
        let isThere = FileManager.default.fileExists(atPath: folder.url.appendingPathComponent(database).path)
        if ![0, 1, 74].contains(end.status), isThere { complain("creates the database '\(database)'") }
        guard isThere, let stored = try? StoredResults(folder.url.appendingPathComponent(database)) else { continue }
        if stored.runs.contains(where: { $0.status == .running }) { complain("leaves a run that is running") }
      }
    }
    return complaints
  }
}

/// The program with 4 GiB of memory and a limit to its time.
enum BoundedProcess {
  struct End {
    var status: Int32
    var errors: String
    /// Whether it was asked to stop.
    var wasInterrupted = false
    /// Whether it did not end.
    var wasKilled = false
  }

  static func run(_ arguments: [String], in folder: URL, patience: Double?, limit: Double) throws -> End {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments =
      ["-c", "ulimit -v 4194304; ulimit -c 0; exec \"$0\" \"$@\"", CoveyProcess.path.path] + arguments
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment
    environment["COVEY_DB"] = nil
    // What Swift prints of a crash is enough; it would take seconds to look for symbols.
    environment["SWIFT_BACKTRACE"] = "enable=no"
    process.environment = environment
    let errors = FileManager.default.temporaryDirectory.appendingPathComponent("covey-err-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let clock = ContinuousClock()
    let start = clock.now
    var (wasInterrupted, wasKilled) = (false, false)
    while process.isRunning {
      usleep(2000)
      let seconds = (clock.now - start) / .seconds(1)
      if let patience, seconds > patience, !wasInterrupted {
        wasInterrupted = true
        kill(process.processIdentifier, SIGTERM)
        usleep(300_000)
        if process.isRunning { kill(process.processIdentifier, SIGTERM) }
      }
      if seconds > limit {
        wasKilled = true
        kill(process.processIdentifier, SIGKILL)
        break
      }
    }
    process.waitUntilExit()
    let status =
      process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
    let said = (try? Data(contentsOf: errors)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return End(status: status, errors: said, wasInterrupted: wasInterrupted, wasKilled: wasKilled)
  }
}
