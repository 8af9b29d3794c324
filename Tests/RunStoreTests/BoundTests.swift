import Records
import RunStore
import TestSupport
import Testing

/// What a run is, if it is no federation: a column that results don't depend on.
struct BoundTests {
  private static func run(_ bound: Bound) -> RunDescription {
    var run = Samples.run(arm: bound.rawValue)
    run.bound = bound
    return run
  }

  @Test(arguments: Bound.allCases)
  func itIsKept(bound: Bound) throws {
    let test = try TestStore()
    _ = try test.beginRun(Self.run(bound))
    #expect(try test.store.allRuns().map(\.bound) == [bound])
    #expect(try test.store.select("SELECT bound FROM runs") == [[bound.rawValue]])
    #expect(throws: StoreError.self) { try test.store.execute("UPDATE runs SET bound = 'upper'") }
  }

  @Test func itIsNoPartOfTheResult() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.run(.central))
    let hash = try test.store.resultHash(run: id)
    try test.store.execute("UPDATE runs SET bound = 'none'")
    #expect(try test.store.resultHash(run: id) == hash)
  }

  @Test func aRunOfAnOlderVersionIsAFederationUntilItGoesOn() throws {
    let test = try TestStore()
    let id = try test.beginRun(Self.run(.local))
    try test.store.finish(run: id, status: .interrupted, error: nil)
    try test.store.forgetBounds()
    let migrated = try RunStore(path: test.store.path, access: .readWrite)
    #expect(try migrated.allRuns().map(\.bound) == [.none])
    _ = try migrated.reopen(run: id, threads: 1, host: "", version: "", description: Self.run(.local))
    #expect(try migrated.allRuns().map(\.bound) == [.local])
  }
}
