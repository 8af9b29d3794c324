import Foundation
import Pages
import RunStore
import Synchronization
import Testing

@testable import Serving

/// Which pages are made, of those that are asked for.
@Suite(.timeLimit(.minutes(5))) struct PageCacheTests {
  /// What was made, and a gate that holds it back.
  private final class Maker: Sendable {
    let begun = Mutex<[String]>([])
    let broken = Mutex<[String]>([])
    private let isOpen = Atomic<Bool>(false)
    let page: RenderedPage

    init(_ page: RenderedPage) { self.page = page }

    func open() { isOpen.store(true, ordering: .relaxed) }

    func make(_ name: String) -> PageCache.Making {
      { isWanted in
        self.begun.withLock { $0.append(name) }
        while !self.isOpen.load(ordering: .relaxed) {
          if !isWanted() {
            self.broken.withLock { $0.append(name) }
            throw CancellationError()
          }
          try await Task.sleep(for: .milliseconds(1))
        }
        return self.page
      }
    }

    func waitFor(_ names: [String]) async throws {
      while begun.withLock({ $0 }) != names { try await Task.sleep(for: .milliseconds(1)) }
    }
  }

  private func maker() throws -> Maker {
    let folder = try ServedFolder()
    let store = try folder.store()
    _ = try folder.begin("study", arms: ["a", "b"], rounds: 1, in: store)
    return Maker(RenderedPage(page: try RunPage(store, try PageQuery(items: [])), content: "c"))
  }

  @Test func manyWhoAskForTheSameGetOnePage() async throws {
    let (cache, maker) = (PageCache(), try maker())
    let asking = (0..<20).map { _ in Task { try await cache.page("k", revision: "1", make: maker.make("1")).content } }
    try await maker.waitFor(["1"])
    maker.open()
    for task in asking { #expect(try await task.value == "c") }
    #expect(try await cache.page("k", revision: "1", make: maker.make("again")).content == "c")
    #expect(maker.begun.withLock { $0 } == ["1"])
  }

  @Test func ofOneKindOneIsMadeAtATimeAndThenTheNewest() async throws {
    let (cache, maker) = (PageCache(), try maker())
    let first = Task { try await cache.page("k", revision: "1", make: maker.make("1")).content }
    try await maker.waitFor(["1"])
    var later: [Task<String, any Error>] = []
    for revision in ["2", "3", "4"] {
      later.append(Task { try await cache.page("k", revision: revision, make: maker.make(revision)).content })
      // In this order.
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(maker.begun.withLock { $0 } == ["1"])
    maker.open()
    for task in [first] + later { #expect(try await task.value == "c") }
    #expect(maker.begun.withLock { $0 } == ["1", "4"])
  }

  @Test func whatNobodyWaitsForIsGivenUp() async throws {
    let (cache, maker) = (PageCache(), try maker())
    let asking = (0..<3).map { _ in Task { try await cache.page("k", revision: "1", make: maker.make("1")).content } }
    try await maker.waitFor(["1"])
    for task in asking { task.cancel() }
    for task in asking { await #expect(throws: CancellationError.self) { try await task.value } }
    while maker.broken.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(1)) }
    // Whoever comes then gets a page of their own.
    let last = Task { try await cache.page("k", revision: "1", make: maker.make("2")).content }
    try await maker.waitFor(["1", "2"])
    maker.open()
    #expect(try await last.value == "c")
  }
}
