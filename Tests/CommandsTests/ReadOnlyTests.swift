import Foundation
import RunStore
import TestSupport
import Testing

/// Databases that somebody may read and not write to, as an ordinary user has them.
@Suite(.serialized) struct ReadOnlyTests {
  /// The program, and who runs it.
  private struct Visitor {
    /// Whether this process may become somebody else.
    static let works = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")
    static let words = "needs to be root, and setpriv (Debian's package util-linux)"

    /// A copy of the program where anybody can run it.
    private static let program: TemporaryFolder? = {
      guard let folder = try? TemporaryFolder() else { return nil }
      let copy = folder.url.appendingPathComponent("covey")
      guard (try? FileManager.default.copyItem(at: CoveyProcess.path, to: copy)) != nil else { return nil }
      chmod(folder.url.path, 0o755)
      chmod(copy.path, 0o755)
      return folder
    }()

    /// Where the visitor may write.
    let home: TemporaryFolder

    init() throws {
      home = try TemporaryFolder()
      chmod(home.url.path, 0o777)
    }

    func run(_ arguments: [String]) throws -> CoveyProcess.Result {
      let program = try #require(Self.program).url.appendingPathComponent("covey")
      return try CoveyProcess(
        arguments, in: home.url, environment: ["TMPDIR": home.url.path, "HOME": home.url.path],
        under: ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"], program: program
      ).wait()
    }
  }

  /// A folder with a database of two runs that everybody may read.
  private func library(fileMode: mode_t = 0o644, folderMode: mode_t = 0o555) throws -> (TemporaryFolder, path: String) {
    let folder = try TemporaryFolder()
    try folder.write(bytes: FuzzCase.soundDatabase(), to: "covey.sqlite")
    let path = folder.url.appendingPathComponent("covey.sqlite").path
    chmod(path, fileMode)
    chmod(folder.url.path, folderMode)
    return (folder, path)
  }

  private static let reading = FuzzCase.readers.filter { $0 != ["db", "check", "--quick", "--format", "json"] }

  private func readsEverything(_ path: String, in folder: TemporaryFolder) throws {
    let visitor = try Visitor()
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    for arguments in Self.reading {
      let result = try visitor.run(arguments + ["--db", path])
      #expect(result.status == 0, "\(arguments): \(result.status) \(result.errors)")
    }
    let own = try CoveyProcess.run(["history", "1", "--format", "csv", "--db", path], in: visitor.home.url)
    #expect(try visitor.run(["history", "1", "--format", "csv", "--db", path]).output == own.output)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == before)
  }

  @Test(.enabled(if: Visitor.works, Comment(rawValue: Visitor.words)))
  func anOrdinaryUserReadsInAFolderThatIsReadOnly() throws {
    let (folder, path) = try library()
    try readsEverything(path, in: folder)
  }

  @Test(.enabled(if: Visitor.works, Comment(rawValue: Visitor.words)))
  func anOrdinaryUserReadsAFileThatIsReadOnlyInAFolderThatIsNot() throws {
    let (folder, path) = try library(fileMode: 0o444, folderMode: 0o777)
    try readsEverything(path, in: folder)
  }

  @Test(.enabled(if: Visitor.works, Comment(rawValue: Visitor.words)))
  func whatWritesSaysThatItCanNot() throws {
    let (folder, path) = try library()
    // Until the end: the folder goes with the value.
    defer { withExtendedLifetime(folder) {} }
    let visitor = try Visitor()
    for arguments in [["runs", "tag", "1", "x"], ["runs", "rm", "1", "--yes"], ["db", "vacuum"], ["resume"]] {
      let result = try visitor.run(arguments + ["--db", path])
      #expect(result.status == 73, "\(arguments): \(result.status)")
      #expect(
        result.errors == "error: cannot write to database '\(path)': the file or its folder is read-only\n",
        "\(arguments)")
    }
  }

  @Test(.enabled(if: Visitor.works, Comment(rawValue: Visitor.words)))
  func aLogThatNobodyBroughtInIsSaid() throws {
    let (folder, path) = try library(folderMode: 0o755)
    // A log whose program is gone, and without the file that says what is in it: as a copy has it.
    let log = try {
      let store = try RunStore(path: path, access: .readWrite)
      try store.setNote("in the log", ofRuns: [1])
      return try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
    }()
    try log.write(to: URL(fileURLWithPath: path + "-wal"))
    chmod(path + "-wal", 0o644)
    chmod(folder.url.path, 0o555)
    let visitor = try Visitor()
    let result = try visitor.run(["history", "--db", path])
    #expect(result.status == 73)
    #expect(
      result.errors
        == "error: cannot read database '\(path)': its log '\(path)-wal' holds rounds that are not in it yet, and the file or "
        + "its folder is read-only; copy both into a folder that you can write to, or let 'covey history' read it once as "
        + "somebody who can\n")
    // While a program that can write has it open, it can be read.
    chmod(folder.url.path, 0o755)
    let store = try RunStore(path: path, access: .readWrite)
    try store.setNote("another", ofRuns: [1])
    for name in ["-wal", "-shm"] { chmod(path + name, 0o644) }
    chmod(folder.url.path, 0o555)
    let live = try visitor.run(["history", "--format", "json", "--db", path])
    #expect(live.status == 0 && live.output.contains("\"another\""), "\(live.errors)")
    chmod(folder.url.path, 0o755)
    store.close()
  }

  @Test(.enabled(if: SmallDisk.works, "needs to be root and to be allowed to mount a tmpfs"))
  func aDiskThatIsMountedReadOnlyIsRead() throws {
    let disk = try SmallDisk(kilobytes: 20_000)
    let path = disk.url.appendingPathComponent("covey.sqlite").path
    try Data(FuzzCase.soundDatabase()).write(to: URL(fileURLWithPath: path))
    try disk.remountReadOnly()
    let folder = try TemporaryFolder()
    for arguments in Self.reading {
      let result = try CoveyProcess.run(arguments + ["--db", path], in: folder.url)
      #expect(result.status == 0, "\(arguments): \(result.status) \(result.errors)")
    }
    let result = try CoveyProcess.run(["runs", "tag", "1", "x", "--db", path], in: folder.url)
    #expect(result.status == 73, "\(result.errors)")
  }

}
