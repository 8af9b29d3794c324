internal import Federation

/// Starts threads that compute.
///
/// - Throws: `CommandFailure` with the words for the user.
func startThreads(_ count: Int) throws -> ComputeThreads {
  do {
    let threads = try ComputeThreads(count: count)
    try SystemRoom.requireThreads()
    return threads
  } catch {
    throw CommandFailure(
      "error: can't start \(counted(count, "worker thread")): \(error)"
        + (count > 1 ? "; fewer --threads need less" : ""),
      .inputOutput)
  }
}
