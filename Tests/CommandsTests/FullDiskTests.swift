import Foundation
import RunStore
import TestSupport
import Testing

/// Databases on a disk without room for the 32 kB that programs which share one need.
@Suite(.serialized) struct FullDiskTests {
  /// A small disk with a database of two runs and at most so many bytes left.
  private struct FullDisk {
    let disk: SmallDisk
    let path: String
    let folder: TemporaryFolder

    init(left: Int) throws {
      disk = try SmallDisk(kilobytes: 4000)
      path = disk.url.appendingPathComponent("covey.sqlite").path
      folder = try TemporaryFolder()
      let bytes = try FuzzCase.soundDatabase()
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let store = try RunStore(path: path, access: .readWrite)
      store.close()
      // What fills the disk, but for what is to be left.
      let filler = disk.url.appendingPathComponent("filler")
      _ = FileManager.default.createFile(atPath: filler.path, contents: nil)
      let file = try FileHandle(forWritingTo: filler)
      let page = Data(count: 4096)
      while try free() > left { try file.write(contentsOf: page) }
      try file.close()
    }

    func free() throws -> Int {
      let attributes = try FileManager.default.attributesOfFileSystem(forPath: disk.url.path)
      return (attributes[.systemFreeSize] as? NSNumber)?.intValue ?? 0
    }

    func run(_ arguments: [String]) throws -> CoveyProcess.Result {
      try CoveyProcess.run(arguments + ["--db", path], in: folder.url)
    }
  }

  @Test(
    .enabled(if: SmallDisk.works, "needs to be root and to be allowed to mount a tmpfs"),
    arguments: [0, 8192, 28_672])
  func aFullDiskIsReadAndFreed(left: Int) throws {
    let full = try FullDisk(left: left)
    for arguments in FuzzCase.readers where arguments != ["db", "check", "--quick", "--format", "json"] {
      let result = try full.run(arguments)
      #expect(result.status == 0, "\(arguments): \(result.status) \(result.errors)")
    }
    let begun = try CoveyProcess.run(["history", "--format", "json", "--db", full.path], in: full.folder.url)
    #expect(begun.output.contains("\"run\": 2"))
    let before = try full.free()
    let removal = try full.run(["runs", "rm", "2", "--yes"])
    #expect(removal.status == 0, "\(removal.errors)")
    #expect(removal.output.hasPrefix("removed 1 run with 4 rounds"), "\(removal.output)")
    #expect(removal.errors.contains("the disk has no room for the database's log, so the file itself is changed"))
    let packed = try full.run(["db", "vacuum"])
    #expect(packed.status == 0, "\(packed.errors)")
    #expect(try full.free() > before + 8192)
    let check = try full.run(["db", "check"])
    #expect(check.status == 0, "\(check.output) \(check.errors)")
    let results = try StoredResults(URL(fileURLWithPath: full.path))
    #expect(results.runs.map(\.id) == [1])
  }

  @Test(.enabled(if: SmallDisk.works, "needs to be root and to be allowed to mount a tmpfs"))
  func aRunSaysThatTheDiskIsFull() throws {
    let full = try FullDisk(left: 8192)
    try full.folder.write(TinyScenario.text(rounds: 1), to: "tiny.yaml")
    let result = try full.run(["run", "tiny.yaml", "--quiet"])
    #expect(result.status == 74)
    #expect(result.errors == "error: cannot write to database '\(full.path)': the disk is full\n")
  }

  @Test(.enabled(if: SmallDisk.works, "needs to be root and to be allowed to mount a tmpfs"))
  func nobodyIsPushedAsideOnAFullDisk() throws {
    let full = try FullDisk(left: 8192)
    // Somebody reads it, alone.
    let reader = try RunStore(path: full.path, access: .readOnly, busySeconds: 0)
    #expect(try reader.allRuns().count == 2)
    #expect(throws: StoreError.self) { try RunStore(path: full.path, access: .readOnly, busySeconds: 0).allRuns() }
    reader.close()
    #expect(try RunStore(path: full.path, access: .readOnly, busySeconds: 0).allRuns().count == 2)
  }
}
