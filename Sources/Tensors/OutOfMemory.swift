internal import Foundation
internal import Synchronization

/// Memory that was asked for and is not to be had.
public struct OutOfMemory: Error, Equatable, CustomStringConvertible {
  /// How many bytes were asked for.
  public let bytes: Int

  /// Makes an error.
  public init(bytes: Int) { self.bytes = bytes }

  public var description: String { "out of memory: \(bytes) bytes more are not to be had" }
}

/// Bytes that must be left beside what is asked for: all that is small and can't be asked for beforehand.
private let memorySlack = 16 << 20

/// Where the last block was that was asked for: who reads it can't know that, so that no compiler leaves the question out.
private let probedAddress = Atomic<UInt>(0)

/// Asks whether the system would give so many bytes now; nothing is kept of them, and no page is touched.
///
/// Arrays end the program where they get no memory. What is about to make large ones asks here first, so that only what
/// is small goes unasked.
///
/// - Throws: `OutOfMemory` when it would not.
package func requireMemory(bytes: Int) throws(OutOfMemory) {
  // What is small goes unasked: the question costs microseconds, and short trainings ask it for each client.
  if bytes < 1 << 20 { return }
  let (sum, overflows) = max(0, bytes).addingReportingOverflow(memorySlack)
  guard !overflows, let block = malloc(sum) else { throw OutOfMemory(bytes: bytes) }
  probedAddress.store(UInt(bitPattern: block), ordering: .relaxed)
  free(block)
}
