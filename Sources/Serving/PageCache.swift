internal import Locks
internal import Pages

/// A page as it is answered.
struct RenderedPage: Sendable {
  let page: RunPage
  let content: String
}

/// The pages that were asked for last, so that a page which many look at is made once for each change.
///
/// Of one kind of page one is made at a time: who asks for a newer state meanwhile waits, and all who wait get the newest.
/// What nobody waits for any more is given up.
actor PageCache {
  /// Makes a page; throws `CancellationError` where it finds that nobody wants it any more.
  typealias Making = @Sendable (_ isWanted: @escaping @Sendable () -> Bool) async throws -> RenderedPage

  /// Somebody who waits for a page of a state.
  private struct Waiter {
    let number: Int
    let revision: String
    let continuation: CheckedContinuation<RenderedPage, any Error>
  }

  /// A page that is being made.
  private struct Work {
    let revision: String
    var waiters: [Waiter]
    /// Turns false when the last of them has gone.
    let isWanted: Locked<Bool>
  }

  /// All there is of one kind of page.
  private struct Entry {
    let key: String
    var made: (revision: String, page: RenderedPage)?
    var work: Work?
    /// Who asked for another state than the one that is being made, the newest last, and how that is made.
    var next: (waiters: [Waiter], make: Making)?
  }

  private var entries: [Entry] = []
  private var numbers = 0

  /// How many are kept; one of a large database takes some ten megabytes.
  private static let limit = 6

  /// The page of a query in one state of the database; whoever asks while it is being made waits for the same.
  ///
  /// - Throws: What `make` throws; `CancellationError` as soon as the task that asks is cancelled.
  func page(_ key: String, revision: String, make: @escaping Making) async throws -> RenderedPage {
    if let index = entries.firstIndex(where: { $0.key == key }), let made = entries[index].made,
      made.revision == revision
    {
      entries.append(entries.remove(at: index))
      return made.page
    }
    numbers += 1
    let number = numbers
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        join(key, Waiter(number: number, revision: revision, continuation: continuation), make)
      }
    } onCancel: {
      Task { await self.leave(key, number) }
    }
  }

  private func join(_ key: String, _ waiter: Waiter, _ make: @escaping Making) {
    var entry = Entry(key: key)
    if let index = entries.firstIndex(where: { $0.key == key }) { entry = entries.remove(at: index) }
    // What was given up ends as nobody wants it; who comes then is of the next.
    if entry.work?.revision == waiter.revision, entry.work?.waiters.isEmpty == false {
      entry.work?.waiters.append(waiter)
    } else if entry.work != nil {
      entry.next = ((entry.next?.waiters ?? []) + [waiter], make)
    } else {
      entry.work = begin(key, waiter.revision, [waiter], make)
    }
    entries.append(entry)
    // What is being made stays: others wait for it.
    if entries.count > Self.limit, let oldest = entries.firstIndex(where: { $0.work == nil }) {
      entries.remove(at: oldest)
    }
  }

  private func begin(_ key: String, _ revision: String, _ waiters: [Waiter], _ make: @escaping Making) -> Work {
    let isWanted = Locked(true)
    Task {
      let result: Result<RenderedPage, any Error>
      do {
        result = .success(try await make { isWanted.withLock { $0 } })
      } catch {
        result = .failure(error)
      }
      self.end(key, result)
    }
    return Work(revision: revision, waiters: waiters, isWanted: isWanted)
  }

  private func end(_ key: String, _ result: Result<RenderedPage, any Error>) {
    guard let index = entries.firstIndex(where: { $0.key == key }), let work = entries[index].work else { return }
    for waiter in work.waiters { waiter.continuation.resume(with: result) }
    entries[index].work = nil
    if case .success(let page) = result { entries[index].made = (work.revision, page) }
    if let next = entries[index].next, let newest = next.waiters.last {
      entries[index].next = nil
      entries[index].work = begin(key, newest.revision, next.waiters, next.make)
    } else if entries[index].made == nil {
      entries.remove(at: index)
    }
  }

  /// Lets go of somebody who waits no longer.
  private func leave(_ key: String, _ number: Int) {
    guard let index = entries.firstIndex(where: { $0.key == key }) else { return }
    if let place = entries[index].work?.waiters.firstIndex(where: { $0.number == number }) {
      entries[index].work?.waiters.remove(at: place).continuation.resume(throwing: CancellationError())
      if entries[index].work?.waiters.isEmpty == true { entries[index].work?.isWanted.withLock { $0 = false } }
    } else if let place = entries[index].next?.waiters.firstIndex(where: { $0.number == number }) {
      entries[index].next?.waiters.remove(at: place).continuation.resume(throwing: CancellationError())
      if entries[index].next?.waiters.isEmpty == true { entries[index].next = nil }
    }
  }
}
