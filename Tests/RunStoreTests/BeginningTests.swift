import Dispatch
import Foundation
import RunStore
import Synchronization
import Testing

/// What others see of a database while it is made, and what opening and closing do to each other.
struct BeginningTests {
  @Test func readersNeverSeeHalfADatabase() throws {
    let folder = try TemporaryFolder()
    let errors = Mutex<[String]>([])
    for number in 0..<200 {
      let path = folder.file("new\(number).sqlite")
      let isMade = Mutex(false)
      DispatchQueue.concurrentPerform(iterations: 4) { worker in
        do {
          if worker == 0 {
            defer { isMade.withLock { $0 = true } }
            _ = try RunStore(path: path, access: .readWrite)
            return
          }
          while !isMade.withLock({ $0 }) {
            do {
              _ = try RunStore(path: path, access: .readOnly).allRuns()
            } catch StoreError.missingFile, StoreError.noRuns {
              // There is nothing yet.
            }
          }
        } catch {
          errors.withLock { $0.append("\(error)") }
        }
      }
      try FileManager.default.removeItem(atPath: path)
    }
    #expect(errors.withLock { $0 } == [])
  }

  @Test func storesOpenAndCloseInTurns() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    test.store.close()
    let errors = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { worker in
      for number in 0..<60 {
        do {
          let store = try RunStore(path: test.store.path, access: worker % 2 == 0 ? .readWrite : .readOnly)
          if worker == 0 { try store.setNote("\(number)", ofRuns: [id]) }
          _ = try store.allRuns()
        } catch {
          errors.withLock { $0.append("\(error)") }
        }
      }
    }
    #expect(errors.withLock { $0 } == [])
  }

  @Test func aDatabaseThatIsMadeAtOnceIsWhatTheMigrationsMake() throws {
    let folder = try TemporaryFolder()
    let store = try RunStore(path: folder.file(), access: .readWrite)
    let check = try store.check(isQuick: false)
    #expect(check.problems == [])
    #expect(try store.info().migrations.contains("create tables"))
    #expect(try store.select("PRAGMA journal_mode") == [["wal"]])
    // Opening it again has nothing to bring up to date.
    #expect(throws: Never.self) { try RunStore(path: folder.file(), access: .readOnly) }
  }
}
