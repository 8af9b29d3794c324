import Foundation
import RunStore
import Records
import TestSupport
import Testing

struct OpeningTests {
  private func message(_ path: String, _ access: RunStore.Access) -> String? {
    do {
      _ = try RunStore(path: path, access: access, busySeconds: 1)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func missingFilesAndFolders() throws {
    let folder = try TemporaryFolder()
    let path = folder.file()
    #expect(message(path, .readOnly) == "no database '\(path)': the file does not exist")
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(
      message("/nope/deep/x.sqlite", .readWrite)
        == "cannot create database '/nope/deep/x.sqlite': the folder '/nope/deep' does not exist")
    #expect(message("/nope/x.sqlite", .readOnly) == "no database '/nope/x.sqlite': the file does not exist")
    #expect(
      message("nope/x.sqlite", .readWrite) == "cannot create database 'nope/x.sqlite': the folder 'nope' does not exist"
    )
    #expect(message("", .readWrite) == "no database '': the file does not exist")
  }

  @Test func pathsThatAreNoFiles() throws {
    let folder = try TemporaryFolder()
    #expect(message(folder.path, .readWrite) == "cannot open database '\(folder.path)': it is a folder")
    #expect(message(folder.path, .readOnly) == "cannot open database '\(folder.path)': it is a folder")
    let file = folder.file("file")
    try Data("text".utf8).write(to: URL(fileURLWithPath: file))
    #expect(
      message(file + "/x.sqlite", .readWrite) == "cannot open database '\(file)/x.sqlite': '\(file)' is not a folder")
    #expect(
      message(file + "/a/x.sqlite", .readWrite)
        == "cannot open database '\(file)/a/x.sqlite': '\(file)' is not a folder")
    #expect(message("/dev/null", .readWrite) == "cannot open database '/dev/null': it is not an SQLite database")
    #if os(Linux)
      #expect(
        message("/proc/x.sqlite", .readWrite)
          == "cannot create database '/proc/x.sqlite': the folder '/proc' is not writable")
    #endif
  }

  @Test("paths of thousands of parts are looked up at once", .timeLimit(.minutes(1)))
  func longPaths() throws {
    for count in [2000, 2500] {
      let path = String(repeating: "p/", count: count)
      #expect(message(path, .readOnly) == "no database '\(path)': the file does not exist")
      #expect(message(path, .readWrite)?.hasPrefix("cannot create database 'p/p/") == true)
    }
  }

  @Test func filesThatAreNoDatabasesStayAsTheyAre() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("scenario.yaml")
    let bytes = Data(String(repeating: "name: digits\n", count: 200).utf8)
    try bytes.write(to: URL(fileURLWithPath: path))
    for access in [RunStore.Access.readWrite, .readOnly] {
      #expect(message(path, access) == "cannot open database '\(path)': it is not an SQLite database")
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["scenario.yaml"])
  }

  @Test func databasesOfOthersStayAsTheyAre() throws {
    let folder = try TemporaryFolder()
    let path = folder.file()
    do {
      let store = try RunStore(path: path, access: .readWrite)
      try store.execute("PRAGMA application_id = 0")
      try store.execute("DROP TABLE grdb_migrations")
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for access in [RunStore.Access.readWrite, .readOnly] {
      #expect(message(path, access) == "cannot open database '\(path)': it is an SQLite database of another program")
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
  }

  @Test func anEmptyFileBecomesADatabase() throws {
    let folder = try TemporaryFolder()
    let path = folder.file()
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    #expect(message(path, .readOnly) == "database '\(path)' has no runs")
    #expect(message(path, .readWrite) == nil)
    #expect(message(path, .readOnly) == nil)
  }

  @Test func namesThatMeanSomethingToSQLiteAreFiles() throws {
    let folder = try TemporaryFolder()
    for name in [":memory:", "file:x?mode=memory", "ein Läufer.sqlite"] {
      #expect(message(folder.file(name), .readWrite) == nil)
      #expect(FileManager.default.fileExists(atPath: folder.file(name)))
    }
  }

  @Test func newerVersionsAreRefused() throws {
    let test = try TestStore()
    try test.store.execute("INSERT INTO grdb_migrations VALUES ('add weather')")
    for access in [RunStore.Access.readWrite, .readOnly] {
      #expect(
        message(test.store.path, access)
          == "cannot open database '\(test.store.path)': it was written by a newer version of covey "
          + "(it has 'add weather', which this version does not know)")
    }
  }

  @Test func olderVersionsAreMigratedByWritersOnly() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    try test.store.forgetSummaries()
    #expect(
      message(test.store.path, .readOnly)
        == "cannot read database '\(test.store.path)': it was written by an older version of covey; "
        + "any command that writes to it, as 'covey run' and 'covey resume', brings it up to date")
    let migrated = try RunStore(path: test.store.path, access: .readWrite)
    var expected = Samples.round(1)
    expected.measures = [:]
    for place in expected.participations.indices { expected.participations[place].measures = [:] }
    for place in expected.evaluations.indices {
      (expected.evaluations[place].measures, expected.evaluations[place].counts) = ([:], MeasureCounts())
    }
    #expect(try migrated.round(1, run: id) == expected)
    #expect(try migrated.select("SELECT COUNT(*) FROM round_summary") == [["2"]])
  }

  @Test func runsRecordedBeforeEffectiveMomentumAreKept() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    let hash = try test.store.resultHash(run: id, encoding: .first)
    try test.store.execute("ALTER TABLE norm_drift DROP COLUMN effective_momentum")
    try test.store.execute("DELETE FROM grdb_migrations WHERE identifier = 'add effective momentum'")
    #expect(message(test.store.path, .readOnly)?.contains("by an older version of covey") == true)
    let migrated = try RunStore(path: test.store.path, access: .readWrite)
    let drift = try migrated.normDrift(run: id, rounds: 1...1)
    #expect(drift.count == 6 && drift.allSatisfy { $0.effectiveMomentum == nil })
    #expect(drift.map(\.record.affineDistance) == Samples.round(1).normDrift.map(\.affineDistance))
    #expect(try migrated.resultHash(run: id, encoding: .first) == hash)
    try migrated.append(Samples.round(2), checkpoint: nil, keeping: .all, toRun: id)
    #expect(try migrated.round(2, run: id) == Samples.round(2))
  }

  @Test(arguments: ["'many'", "-1", "9223372036854775807", "x'00'"])
  func damageThatAMigrationMeetsIsSaid(samples: String) throws {
    let test = try TestStore()
    _ = try test.run(rounds: 0...1)
    try test.store.forgetSummaries()
    try test.store.execute("UPDATE evaluations SET samples = \(samples) WHERE client = 1")
    let text = try #require(message(test.store.path, .readWrite))
    #expect(text.hasPrefix("database '\(test.store.path)' is damaged: samples holds "), "\(text)")
    #expect(try test.number("SELECT COUNT(*) FROM rounds") == 2)
  }

  @Test func aReaderSeesEverythingAndWritesNothing() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...2)
    let reader = try RunStore(path: test.store.path, access: .readOnly)
    #expect(try reader.rounds(run: id).count == 3)
    try test.store.append(Samples.round(3), checkpoint: nil, keeping: .all, toRun: id)
    #expect(try reader.rounds(run: id).count == 4)
    let error = #expect(throws: StoreError.self) { try reader.finish(run: id, status: .finished, error: nil) }
    #expect(error?.description == "cannot write to database '\(test.store.path)': the file or its folder is read-only")
  }

  @Test(arguments: [RunStore.Access.readWrite, .readOnly])
  func aStoreThatOthersHoldCanBeClosed(access: RunStore.Access) throws {
    let folder = try TemporaryFolder()
    do { _ = try RunStore(path: folder.file(), access: .readWrite) }
    let store = try RunStore(path: folder.file(), access: access)
    #expect(try store.allRuns().isEmpty)
    if access == .readWrite { try store.execute("CREATE TABLE more (x)") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 3)
    store.close()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["covey.sqlite"])
    store.close()
    #expect(throws: StoreError.self) { try store.allRuns() }
    #expect(throws: StoreError.self) { try store.execute("CREATE TABLE less (x)") }
  }

  @Test func nothingStaysBesideAClosedDatabase() throws {
    let folder = try TemporaryFolder()
    for access in [RunStore.Access.readWrite, .readOnly, .readOnly] {
      do {
        let store = try RunStore(path: folder.file(), access: access)
        #expect(try store.allRuns().isEmpty)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["covey.sqlite"])
    }
  }

  @Test func aLockedDatabaseIsSaid() throws {
    let test = try TestStore()
    let id = try test.beginRun()
    let other = try RunStore(path: test.store.path, access: .readWrite, busySeconds: 0)
    try test.store.withWriteLock { () throws -> Void in
      let error = #expect(throws: StoreError.self) {
        try other.append(Samples.round(0), checkpoint: nil, keeping: .all, toRun: id)
      }
      #expect(error?.description == "database '\(test.store.path)' is locked by another program; gave up after 0 s")
      #expect(try other.rounds(run: id).isEmpty, "readers do not wait")
    }
    try other.append(Samples.round(0), checkpoint: nil, keeping: .all, toRun: id)
  }

  @Test func damageIsSaid() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    try test.store.execute("UPDATE participations SET outcome = 'vanished' WHERE client = 1")
    #expect(throws: StoreError.damaged(path: test.store.path, reason: "outcome holds \"vanished\"")) {
      try test.store.participations(run: id)
    }
    try test.store.execute("UPDATE norm_layers SET position = x'00' WHERE run_id = \(id)")
    let hashing = #expect(throws: StoreError.self) { try test.store.resultHash(run: id) }
    #expect(hashing?.description.hasPrefix("database '\(test.store.path)' is damaged: position holds") == true)
    try test.store.execute("UPDATE clients SET label_histogram = '[1,'")
    #expect(throws: StoreError.self) { try test.store.clients(run: id) }
  }
}
