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
  package init(capacity: Int = 0) {
    self.capacity = capacity
    (block, base) = Self.allocate(capacity)
  }

  deinit { free(block) }

  /// Makes room for at least `count` elements; the old content is lost when it grows, and then all bytes are zero.
  package func reserve(_ count: Int) {
    guard count > capacity else { return }
    free(block)
    (block, base) = Self.allocate(count)
    capacity = count
  }

  private static func allocate(_ capacity: Int) -> (UnsafeMutableRawPointer, UnsafeMutablePointer<Element>) {
    let bytes = max(64, capacity * MemoryLayout<Element>.stride)
    guard let block = calloc(1, bytes + 63) else { fatalError("out of memory: \(bytes) bytes") }
    let start = block.alignedUp(toMultipleOf: 64)
    return (block, start.bindMemory(to: Element.self, capacity: max(1, capacity)))
  }
}
