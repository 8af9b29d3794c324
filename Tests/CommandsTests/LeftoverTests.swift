import Foundation
import RunStore
import TestSupport
import Testing

/// What a command that is killed leaves behind is removed by the next one, and nothing that somebody still uses.
@Suite(.serialized) struct LeftoverTests {
  @Test func partsOfExportsAreRemoved() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    for name in [".covey-99999999-17.part", ".covey-1-18446744073709551615.part"] { try folder.write("half", to: name) }
    try folder.write("mine", to: ".covey-notes")
    let held = try folder.write("half", to: ".covey-12-3.part")
    let descriptor = open(held.path, O_RDONLY)
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    usleep(3_100_000)
    let result = try CoveyProcess.run(["export", "1", "--json", "x.json"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
        == [".covey-12-3.part", ".covey-notes", "covey.sqlite", "tiny.yaml", "x.json"])
    close(descriptor)
  }

  @Test func errorsOfTheSystemAreInPlainWords() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    do {
      let store = try RunStore(path: folder.url.appendingPathComponent("old.sqlite").path, access: .readWrite)
      try store.forgetSummaries()
    }
    for (arguments, message) in [
      (["verify", "1", "--quiet"], "error: cannot create a folder in '/nowhere/at/all': no such file or directory\n"),
      (
        ["db", "merge", "old.sqlite"],
        "error: database 'old.sqlite' failed: cannot create a folder in '/nowhere/at/all': no such file or directory\n"
      ),
    ] {
      let result = try CoveyProcess.run(arguments, in: folder.url, environment: ["TMPDIR": "/nowhere/at/all"])
      #expect(result.errors == message, "\(result.errors)")
      #expect([73, 74].contains(result.status))
    }
  }

  @Test func scratchFoldersAreRemoved() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    let temporary = try TemporaryFolder()
    let left = temporary.url.appendingPathComponent("covey-verify-left")
    try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
    try Data("x".utf8).write(to: left.appendingPathComponent("verify.sqlite"))
    let other = temporary.url.appendingPathComponent("covey-other")
    try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
    usleep(3_100_000)
    let result = try CoveyProcess.run(
      ["verify", "1", "--quiet"], in: folder.url, environment: ["TMPDIR": temporary.url.path])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.url.path) == ["covey-other"])
  }
}
