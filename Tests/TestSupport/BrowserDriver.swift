internal import Foundation

/// A `chromedriver` of a test's own on a free port, with the folder that its browser keeps its profile in.
final class BrowserDriver: Sendable {
  /// Takes whatever a command returns.
  struct Ignored: Decodable {
    init(from decoder: any Decoder) {}
  }

  /// The folder of the browser's profile.
  var profile: URL { folder.appendingPathComponent("profile") }

  private let folder: URL
  private let process: Process
  private let port: Int

  /// Starts the driver and waits until it says on which port it listens.
  init() async throws {
    guard let program = Browser.program(["chromedriver"]) else { throw Browser.Failure(description: Browser.missing) }
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("covey-browser-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let output = folder.appendingPathComponent("driver.txt")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    let file = try FileHandle(forWritingTo: output)
    process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["--port=0"]
    process.standardOutput = file
    process.standardError = file
    process.standardInput = FileHandle.nullDevice
    // The browser puts its own files there, too, so that none is left behind.
    process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder.path]) { $1 }
    try process.run()
    do {
      port = try await Self.port(of: process, output)
    } catch {
      Self.kill(process)
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
  }

  /// The port in the driver's first words.
  private static func port(of process: Process, _ output: URL) async throws -> Int {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(60)
    var text = ""
    while clock.now < end, process.isRunning {
      text = try String(contentsOf: output, encoding: .utf8)
      if let match = text.firstMatch(of: /started successfully on port (\d+)/), let port = Int(match.1) { return port }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw Browser.Failure(description: "chromedriver does not start: \(text)")
  }

  /// Sends a command and returns the value that comes back.
  ///
  /// - Throws: `Browser.Failure` with the driver's words when it refuses.
  func send<Value: Decodable>(
    _ method: String, _ path: String, _ body: [String: Any]?, _ type: Value.Type
  ) async throws -> Value {
    let data = try body.map { try JSONSerialization.data(withJSONObject: $0) }
    let answer = try await LocalRequest(port: port, method: method, path: path, body: data).answer(seconds: 90)
    guard answer.status == 200 else {
      let refusal = try? JSONDecoder().decode(Answer<Refusal>.self, from: answer.body).value
      let words = refusal.map { "\($0.error): \($0.message)" } ?? String(decoding: answer.body, as: UTF8.self)
      throw Browser.Failure(description: "\(method) \(path): \(words)")
    }
    return try JSONDecoder().decode(Answer<Value>.self, from: answer.body).value
  }

  private struct Answer<Value: Decodable>: Decodable { let value: Value }

  private struct Refusal: Decodable {
    let error: String
    let message: String
  }

  /// Ends the session, the driver and the browser, and removes their files.
  func end(session: String?) async {
    if let session { _ = try? await send("DELETE", "/session/\(session)", nil, Ignored.self) }
    Self.kill(process)
    process.waitUntilExit()
    // A browser that is on its way out may still write.
    for _ in 0..<50 where (try? FileManager.default.removeItem(at: folder)) == nil {
      if !FileManager.default.fileExists(atPath: folder.path) { break }
      try? await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Kills the driver and, where it leads a process group, the browser that it started.
  private static func kill(_ process: Process) {
    let number = process.processIdentifier
    guard number > 0 else { return }
    if getpgid(number) == number { Foundation.kill(-number, SIGKILL) }
    if process.isRunning { Foundation.kill(number, SIGKILL) }
  }
}
