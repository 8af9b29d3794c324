internal import Locks

/// The threads that compute and record, started before anything begins, so that nothing has begun where the system has
/// too few of them.
public final class ComputeThreads: Sendable {
  /// How many compute.
  public let count: Int
  let work: WorkerPool
  let records: RecordQueue

  /// Starts `count` threads that compute, and one that records.
  ///
  /// - Throws: An error in words when the system starts no more threads; none is left then.
  /// - Precondition: count ≥ 1.
  public init(count: Int) throws {
    precondition(count >= 1, "a simulation needs a thread")
    self.count = count
    records = try RecordQueue()
    do {
      work = try WorkerPool(threads: count)
    } catch {
      records.close()
      throw error
    }
  }

  deinit {
    work.close()
    records.close()
  }
}
