import Foundation
import TestSupport
import Testing

/// `script/check-repeats` with a stand-in for `swift`, which notes its arguments and fails the third time.
struct RepeatScriptTests {
  private func run(_ arguments: [String], in folder: TemporaryFolder) throws -> (status: Int32, output: String) {
    let tools = folder.url.appendingPathComponent("bin")
    try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
    let stand = tools.appendingPathComponent("swift")
    let notes = folder.url.appendingPathComponent("notes").path
    let text = """
      #!/bin/sh
      echo "$*" >> '\(notes)'
      if [ "$(wc -l < '\(notes)')" -eq 4 ]; then echo '✘ Test sample() failed'; exit 1; fi
      """
    try Data(text.utf8).write(to: stand)
    chmod(stand.path, 0o755)
    let process = Process()
    let script = SharedFolders.scenarios.deletingLastPathComponent().appendingPathComponent("script/check-repeats")
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [script.path] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging([
      "PATH": tools.path + ":/usr/local/bin:/usr/bin:/bin", "TMPDIR": folder.url.path,
    ]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, said)
  }

  @Test(arguments: [[], ["--busy"]])
  func whatFailsOnceIsPrinted(options: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try run(["4", "--filter", "SampleTests"] + options, in: folder)
    #expect(result.status == 1)
    #expect(result.output.contains("check-repeats: number 3 failed; its output is \(folder.url.path)/"))
    #expect(result.output.contains("✘ Test sample() failed\n"))
    #expect(result.output.hasSuffix("check-repeats: 1 of 4 failed\n"), "\(result.output)")
    let calls = try String(contentsOf: folder.url.appendingPathComponent("notes"), encoding: .utf8).split(
      separator: "\n")
    #expect(calls.first == "test list -c release" && calls.count == 5)
    #expect(calls.dropFirst().allSatisfy { $0 == "test -c release --skip-build --no-parallel --filter SampleTests" })
  }

  @Test func allThatPassesIsSaid() throws {
    let folder = try TemporaryFolder()
    let result = try run(["2"], in: folder)
    #expect(result.status == 0 && result.output == "check-repeats: 0 of 2 failed\n", "\(result.output)")
    #expect(try run(["none"], in: folder).status == 64)
    #expect(try run(["--filter"], in: folder).status == 64)
  }
}
