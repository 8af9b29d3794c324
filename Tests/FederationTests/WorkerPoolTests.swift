import Testing

@testable import Federation

@Suite struct WorkerPoolTests {
  private struct Refusal: Error, Equatable { let item: Int }

  /// Runs straight code on a pool of so many workers.
  private func onPool<Value: Sendable>(
    threads: Int, _ body: @escaping @Sendable (WorkerPool) async throws -> Value
  ) async throws -> Value {
    let pool = try WorkerPool(threads: threads)
    defer { pool.close() }
    return try await Task(executorPreference: pool) { try await body(pool) }.value
  }

  @Test(arguments: [1, 2, 7]) func resultsComeInTheItemsOrder(threads: Int) async throws {
    let doubled = try await onPool(threads: threads) { pool in
      try await pool.map(Array(0..<500)) { item, _ in 2 * item }
    }
    #expect(doubled == (0..<500).map { 2 * $0 })
    #expect(try await onPool(threads: threads) { try await $0.map([Int]()) { item, _ in item } } == [])
    #expect(try await onPool(threads: threads) { try await $0.once { _ in "done" } } == "done")
  }

  @Test(arguments: [1, 2, 7]) func theFirstItemThatFailsIsTold(threads: Int) async throws {
    for _ in 0..<20 {
      await #expect(throws: Refusal(item: 3)) {
        try await onPool(threads: threads) { pool in
          try await pool.map(Array(0..<50)) { item, _ in if item % 10 == 3 { throw Refusal(item: item) } }
        }
      }
    }
  }

  /// A run changes in place, after a phase, what the phase's jobs read: a copy of a model each round would cost as much
  /// as a round.
  @Test(arguments: [1, 2, 7]) func nothingIsHeldBehindAMap(threads: Int) async throws {
    final class Captured: Sendable {}
    let heldAnyway = try await onPool(threads: threads) { pool in
      var held = 0
      for _ in 0..<200 {
        var captured = Captured()
        _ = try await pool.map(Array(0..<20)) { [captured] item, _ in
          item + (captured as AnyObject === captured ? 1 : 0)
        }
        if !isKnownUniquelyReferenced(&captured) { held += 1 }
      }
      return held
    }
    #expect(heldAnyway == 0)
  }
}
