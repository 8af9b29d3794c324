internal import Foundation

/// A block of zeroed memory that starts at a multiple of 64 bytes, freed with its owner. Not for two threads at once.
///
/// Large blocks take memory only where they are written to: the system hands out their pages at the first touch.
package final class AlignedBuffer<Element: BitwiseCopyable> {
  /// The first element.
  package private(set) var base: UnsafeMutablePointer<Element>
  /// How many elements there is room for.
  package private(set) var capacity: Int
  /// What was allocated, from up to 64 bytes before `base` on.
  private var block: UnsafeMutableRawPointer

  /// Makes room for `capacity` elements, all bytes zero.
  ///
  /// - Precondition: There is memory for them; `init(asking:)` is for those that may be many.
  package init(capacity: Int = 0) {
    self.capacity = capacity
    (block, base) = Self.unfailing { () throws(OutOfMemory) in try Self.allocate(capacity) }
  }

  /// Makes room for `capacity` elements, all bytes zero.
  ///
  /// - Throws: `OutOfMemory` when there is no memory for them.
  package init(asking capacity: Int) throws(OutOfMemory) {
    (block, base) = try Self.allocate(capacity)
    self.capacity = capacity
  }

  deinit { free(block) }

  /// Makes room for at least `count` elements; the old content is lost when it grows, and then all bytes are zero.
  ///
  /// - Precondition: There is memory for them; `grow` is for those that may be many.
  package func reserve(_ count: Int) { Self.unfailing { () throws(OutOfMemory) in try grow(to: count) } }

  /// Makes room for at least `count` elements; the old content is lost when it grows, and then all bytes are zero.
  ///
  /// - Throws: `OutOfMemory` when there is no memory for them; there is room for none then.
  package func grow(to count: Int) throws(OutOfMemory) {
    guard count > capacity else { return }
    free(block)
    do throws(OutOfMemory) {
      (block, base) = try Self.allocate(count)
      capacity = count
    } catch {
      (block, base) = Self.unfailing { () throws(OutOfMemory) in try Self.allocate(0) }
      capacity = 0
      throw error
    }
  }

  private static func unfailing<Result>(_ body: () throws(OutOfMemory) -> Result) -> Result {
    do throws(OutOfMemory) { return try body() } catch { fatalError("\(error)") }
  }

  private static func allocate(
    _ capacity: Int
  ) throws(OutOfMemory) -> (UnsafeMutableRawPointer, UnsafeMutablePointer<Element>) {
    let (wanted, overflows) = capacity.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    let bytes = max(64, wanted)
    guard !overflows, bytes <= Int.max - 63, let block = calloc(1, bytes + 63) else {
      throw OutOfMemory(bytes: overflows ? Int.max : bytes)
    }
    let start = block.alignedUp(toMultipleOf: 64)
    return (block, start.bindMemory(to: Element.self, capacity: max(1, capacity)))
  }
}
