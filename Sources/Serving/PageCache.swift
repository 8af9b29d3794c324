internal import Pages

/// A page as it is answered.
struct RenderedPage: Sendable {
  let page: RunPage
  let content: String
}

/// The pages that were asked for last, so that a page which many look at is made once for each change.
actor PageCache {
  private struct Entry {
    let key: String
    let revision: String
    let page: Task<RenderedPage, any Error>
  }

  private var entries: [Entry] = []

  /// How many are kept; one of a large database takes some ten megabytes.
  private static let limit = 6

  /// The page of a query in one state of the database; whoever asks while it is being made waits for the same.
  func page(
    _ key: String, revision: String, make: @escaping @Sendable () async throws -> RenderedPage
  ) async throws -> RenderedPage {
    if let index = entries.firstIndex(where: { $0.key == key && $0.revision == revision }) {
      let entry = entries.remove(at: index)
      entries.append(entry)
      return try await entry.page.value
    }
    let task = Task { try await make() }
    entries.removeAll { $0.key == key }
    entries.append(Entry(key: key, revision: revision, page: task))
    if entries.count > Self.limit { entries.removeFirst() }
    do {
      return try await task.value
    } catch {
      entries.removeAll { $0.key == key && $0.revision == revision }
      throw error
    }
  }
}
