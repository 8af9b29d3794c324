import Foundation
import Records
import RunStore
import Testing

struct VacuumingTests {
  @Test func whatIsFreeGoesBackToTheDisk() throws {
    let test = try TestStore()
    let kept = try test.run(rounds: 0...3)
    let removed = try test.beginRun(Samples.run(clients: 60))
    for round in 0...40 {
      try test.store.append(Samples.round(round, clients: 60), checkpoint: nil, keeping: .all, toRun: removed)
    }
    try test.store.finish(run: removed, status: .interrupted, error: nil)
    let removal = try test.store.remove(runs: [removed])
    #expect(removal.freedBytes > 100_000)
    let result = try test.store.vacuum()
    #expect(result.isLogEmpty)
    #expect(result.bytesBefore - result.bytesAfter >= removal.freedBytes)
    let size = try FileManager.default.attributesOfItem(atPath: test.store.path)[.size] as? Int
    #expect(size == result.bytesAfter)
    #expect(try test.store.round(2, run: kept) == Samples.round(2))
    #expect(try test.store.info().freeBytes == 0)
  }

  @Test func aReaderKeepsTheLogAndALockIsSaid() throws {
    let test = try TestStore()
    _ = try test.run(rounds: 0...3)
    let other = try RunStore(path: test.store.path, access: .readWrite, busySeconds: 0)
    try test.store.withWriteLock { () throws -> Void in
      let error = #expect(throws: StoreError.self) { try other.vacuum() }
      #expect(error?.description == "database '\(test.store.path)' is locked by another program; gave up after 0 s")
    }
    let reader = try RunStore(path: test.store.path, access: .readOnly)
    try reader.query("SELECT * FROM rounds", columns: { _ in }) { _ in
      let packed = try other.vacuum()
      #expect(!packed.isLogEmpty)
      return false
    }
    #expect(try other.vacuum().isLogEmpty)
  }

  @Test func aReadOnlyStoreIsNotPacked() throws {
    let test = try TestStore()
    let reader = try RunStore(path: test.store.path, access: .readOnly)
    #expect(throws: StoreError.notWritable(path: test.store.path)) { try reader.vacuum() }
  }

  @Test func infoCountsRowsAndRuns() throws {
    let test = try TestStore()
    _ = try test.run(rounds: 0...3)
    let info = try test.store.info()
    #expect(info.runs == [.running: 1])
    #expect(info.tables.first { $0.table == "rounds" }?.rows == 4)
    #expect(info.tables.first { $0.table == "run_tags" }?.rows == 0)
    #expect(info.migrations.first == "create tables" && info.migrations.contains("add tags and notes"))
    #expect(info.fileBytes + info.logBytes > 4096)
  }
}
