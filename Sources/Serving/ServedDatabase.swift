internal import Foundation
internal import Locks
internal import Pages
internal import Records
internal import RunStore

/// The database that is served: opened to be read only, opened again when it was replaced, and looked at for changes.
///
/// All of it is used on the server's queues, never where connections are handled.
final class ServedDatabase: Sendable {
  /// What a file is, whatever it is called.
  private struct FileIdentity: Equatable {
    let device: Int
    let number: Int
  }

  private struct State {
    var store: RunStore?
    var problem: StoreError?
    var file: FileIdentity?
    var changeCount = 0
    var ticks = 0
    var fingerprint = ""
  }

  /// The database's path.
  let path: String
  private let state = Locked(State())

  /// Names a database that may not be there yet.
  init(path: String) { self.path = path }

  /// The database as it is now.
  ///
  /// - Throws: `StoreError` while it is not there or can't be read.
  func store() throws(StoreError) -> RunStore {
    let (store, problem) = state.withLock { state in
      if state.store?.isStale ?? true || state.file != Self.identity(path) { open(&state) }
      return (state.store, state.problem)
    }
    guard let store else { throw problem ?? .missingFile(path: path) }
    return store
  }

  /// The runs, the newest first.
  func runs() throws(StoreError) -> [StoredRun] {
    do { return try store().allRuns() } catch .noRuns { return [] } catch { throw error }
  }

  /// The name of what the list shows of runs.
  func revision(of runs: [StoredRun]) throws(StoreError) -> String { Revision.of(runs, remarks: try store().remarks()) }

  /// Looks whether something that pages show has changed since the last look.
  ///
  /// Asks SQLite whether another connection wrote, which costs microseconds, and reads the runs only if so; besides
  /// every fourth time, since a process that died writes nothing.
  func look() -> Bool {
    state.withLock { state in
      let file = Self.identity(path)
      if state.store?.isStale ?? true || state.file != file { open(&state) }
      let before = state.fingerprint
      guard let store = state.store else {
        state.fingerprint = "\(state.problem?.description ?? "")"
        return state.fingerprint != before
      }
      do throws(StoreError) {
        let changeCount = try store.changeCount()
        state.ticks += 1
        guard changeCount != state.changeCount || state.ticks % 4 == 0 || before.isEmpty else { return false }
        state.changeCount = changeCount
        state.fingerprint = Revision.of(try store.allRuns(), remarks: try store.remarks())
      } catch {
        state.problem = error
        state.fingerprint = error.description
      }
      return state.fingerprint != before
    }
  }

  private func open(_ state: inout State) {
    state.store = nil
    state.file = Self.identity(path)
    state.changeCount = -1
    do throws(StoreError) {
      // Pages say at once that a database is locked, rather than after half a minute.
      state.store = try RunStore(path: path, access: .readOnly, busySeconds: 2)
      state.problem = nil
    } catch {
      state.problem = error
    }
  }

  private static func identity(_ path: String) -> FileIdentity? {
    var information = stat()
    guard stat(path, &information) == 0 else { return nil }
    return FileIdentity(device: Int(information.st_dev), number: Int(information.st_ino))
  }
}
