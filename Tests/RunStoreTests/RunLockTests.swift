#if os(Linux)
  import Foundation
  import Records
  import Testing

  @testable import RunStore

  /// The locks that show which runs are being computed.
  struct RunLockTests {
    private func exists(_ folder: TemporaryFolder) -> Bool {
      FileManager.default.fileExists(atPath: folder.file() + "-live")
    }

    private func isAlive(_ id: Int64, _ path: String) throws -> Bool {
      try #require(try RunStore(path: path, access: .readOnly).allRuns().first { $0.id == id }).isAlive
    }

    @Test func aStoreLocksTheRunsItComputes() throws {
      let folder = try TemporaryFolder()
      let store = try RunStore(path: folder.file(), access: .readWrite)
      #expect(!exists(folder), "a store that computes nothing locks nothing")
      let runs = try store.begin(
        Samples.experiment(), runs: [Samples.run(), Samples.run(seed: 8)], threads: 1, host: "", version: ""
      ).runs
      #expect(exists(folder))
      let process = try store.select("SELECT DISTINCT process FROM runs")
      #expect(process.count == 1 && process[0][0]?.hasSuffix(":lock") == true)
      for run in runs { #expect(try isAlive(run, folder.file())) }
      // A run that has ended is free again; the other stays locked.
      try store.finish(run: runs[0], status: .interrupted, error: nil)
      #expect(RunLocks.isLocked(runs[0], of: folder.file()) == false)
      #expect(RunLocks.isLocked(runs[1], of: folder.file()) == true)
      let other = try RunStore(path: folder.file(), access: .readWrite)
      #expect(throws: StoreError.self) { try other.reopen(run: runs[1], threads: 1, host: "", version: "") }
      _ = try other.reopen(run: runs[0], threads: 1, host: "", version: "")
      // The first store can't take the file away as long as the other has a run in it.
      store.close()
      #expect(exists(folder))
      #expect(try isAlive(runs[0], folder.file()))
      #expect(try !isAlive(runs[1], folder.file()), "its store is closed: nobody computes it")
      other.close()
      #expect(!exists(folder))
      #expect(try !isAlive(runs[0], folder.file()))
    }

    @Test func linksLeadToTheSameLocks() throws {
      let folder = try TemporaryFolder()
      let store = try RunStore(path: folder.file(), access: .readWrite)
      let run = try store.begin(Samples.experiment(), runs: [Samples.run()], threads: 1, host: "", version: "").runs[0]
      try FileManager.default.createSymbolicLink(
        atPath: folder.file("link.sqlite"), withDestinationPath: folder.file())
      #expect(try isAlive(run, folder.file("link.sqlite")))
      store.close()
    }

    @Test func whereNothingCanBeLockedTheProcessCounts() throws {
      let folder = try TemporaryFolder()
      let store = try RunStore(path: folder.file(), access: .readWrite)
      // A folder of that name: no file can be made there.
      try FileManager.default.createDirectory(atPath: folder.file() + "-live", withIntermediateDirectories: true)
      let run = try store.begin(Samples.experiment(), runs: [Samples.run()], threads: 1, host: "", version: "").runs[0]
      #expect(try store.select("SELECT process FROM runs")[0][0] == ProcessIdentity.current.text)
      #expect(try isAlive(run, folder.file()))
      try store.append(Samples.round(0), checkpoint: nil, keeping: .all, toRun: run)
      try store.execute("UPDATE runs SET process = '4194305:1'")
      #expect(try !isAlive(run, folder.file()))
    }

    @Test func aLockThatNobodyHoldsIsNoLife() throws {
      let folder = try TemporaryFolder()
      let store = try RunStore(path: folder.file(), access: .readWrite)
      let run = try store.begin(Samples.experiment(), runs: [Samples.run()], threads: 1, host: "", version: "").runs[0]
      store.close()
      // The process lives, and computes it no longer.
      #expect(try !isAlive(run, folder.file()))
      // Whoever may not look into the file goes by the process.
      #expect(ProcessIdentity("1:2:lock")?.hasLock == true)
      for text in ["1:2:3", "1:2:lock:4", "x:2:lock", ":lock", "-4:1:lock"] { #expect(ProcessIdentity(text) == nil) }
      // Numbers at the edge of what a lock takes.
      for number in [Int64.max, 0, -1, Int64.min] {
        let locks = RunLocks(database: folder.file())
        #expect((locks.lock(number) == .locked) == (number >= 0))
        locks.close()
        _ = RunLocks.isLocked(number, of: folder.file())
      }
    }

    @Test func theFileIsNeverRemovedUnderALock() throws {
      // Several take and give back locks as fast as they can: each must find its own lock while it has it.
      let folder = try TemporaryFolder()
      _ = try RunStore(path: folder.file(), access: .readWrite)
      let path = folder.file()
      let failures = Failures()
      DispatchQueue.concurrentPerform(iterations: 4) { worker in
        for _ in 0..<200 {
          let locks = RunLocks(database: path)
          let run = Int64(worker + 1)
          if locks.lock(run) != .locked { failures.add("lock") }
          if RunLocks.isLocked(run, of: path) != true { failures.add("seen") }
          locks.close()
        }
      }
      #expect(failures.all.isEmpty, "\(failures.all)")
      #expect(!exists(folder))
    }

    @Test func mergingAnOlderDatabaseSeesWhoComputesItsRuns() throws {
      let source = try TestStore()
      _ = try source.run(rounds: 0...1)
      try source.store.execute("DROP TABLE inputs")
      try source.store.execute("DROP TABLE instruction_sets")
      try source.store.execute(
        "DELETE FROM grdb_migrations WHERE identifier = 'record inputs and instruction sets'")
      let target = try TestStore()
      #expect(try target.store.merge(source.folder.file()).runs.map(\.outcome) == [.running])
      source.store.close()
      #expect(try target.store.merge(source.folder.file()).runs.map(\.outcome) == [.copied])
    }
  }

  /// What went wrong on several threads.
  private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var words: [String] = []

    func add(_ word: String) { lock.withLock { words.append(word) } }

    var all: [String] { lock.withLock { words } }
  }
#endif
