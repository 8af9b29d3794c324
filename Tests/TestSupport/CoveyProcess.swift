package import Foundation

/// The built `covey` as a user runs it: arguments in, output and exit code out.
package struct CoveyProcess {
  /// What a finished process leaves.
  package struct Result {
    /// Standard output.
    package let output: String
    /// Standard error.
    package let errors: String
    /// The exit code; 128 + n for a process that signal n ended.
    package let status: Int32
  }

  /// The program beside the test bundle.
  package static let path: URL = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    let name = "covey"
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent(name)
      if FileManager.default.isExecutableFile(atPath: candidate.path), !isFolder(candidate) { return candidate }
      folder.deleteLastPathComponent()
    }
    // Test bundles can also be loaded by a runner that lives elsewhere.
    return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appendingPathComponent(".build/release/\(name)")
  }()

  private static func isFolder(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue
  }

  private let process = Process()
  private let output: URL
  private let errors: URL

  /// Starts the program in a folder.
  ///
  /// - Parameters:
  ///   - launcher: Another program and its arguments that starts this one, as `strace`.
  ///   - program: A copy of the program; nil for the one beside the test bundle.
  package init(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:], under launcher: [String] = [],
    program: URL? = nil
  ) throws {
    let line = launcher + [(program ?? Self.path).path] + arguments
    process.executableURL = URL(fileURLWithPath: line[0])
    process.arguments = Array(line.dropFirst())
    process.currentDirectoryURL = folder
    var all = ProcessInfo.processInfo.environment
    all["COVEY_DB"] = nil
    all["COLUMNS"] = nil
    process.environment = all.merging(environment) { $1 }
    // Files, not pipes: a full pipe would stop the program.
    let name = UUID().uuidString
    output = FileManager.default.temporaryDirectory.appendingPathComponent("covey-out-\(name)")
    errors = FileManager.default.temporaryDirectory.appendingPathComponent("covey-err-\(name)")
    for url in [output, errors] { _ = FileManager.default.createFile(atPath: url.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  /// Whether it still runs.
  package var isRunning: Bool { process.isRunning }

  /// Sends a signal.
  package func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// What it has written to standard output by now.
  package func outputSoFar() throws -> String { try String(contentsOf: output, encoding: .utf8) }

  /// Waits for its end.
  package func wait() throws -> Result {
    process.waitUntilExit()
    defer { for url in [output, errors] { try? FileManager.default.removeItem(at: url) } }
    let status =
      process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
    return Result(
      output: try String(contentsOf: output, encoding: .utf8), errors: try String(contentsOf: errors, encoding: .utf8),
      status: status)
  }

  /// Runs the program to its end.
  @discardableResult
  package static func run(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:], under launcher: [String] = []
  ) throws -> Result {
    try CoveyProcess(arguments, in: folder, environment: environment, under: launcher).wait()
  }
}

/// A new empty folder that is removed when the value goes.
package final class TemporaryFolder: Sendable {
  /// Where it is.
  package let url: URL

  /// Makes a folder.
  package init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("covey-test-\(UUID().uuidString)")
      .resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a text file and returns its path.
  @discardableResult
  package func write(_ text: String, to name: String) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data(text.utf8).write(to: file)
    return file
  }

  /// Writes bytes and returns their path.
  @discardableResult
  package func write(bytes: [UInt8], to name: String) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    return file
  }
}
