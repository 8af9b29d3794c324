/// Buffers for values that are not all needed at the same time. A buffer is a number until all are known; then they
/// lie behind one another.
struct BufferPool {
  /// Floats of each buffer.
  private var sizes: [Int] = []
  /// How many need what lies in each buffer; nobody's is free.
  private var holders: [Int] = []

  /// A buffer for `count` floats that nobody else holds: the smallest free one with room, else the largest free one made
  /// larger, else a new one.
  mutating func take(_ count: Int) -> Int {
    let free = holders.indices.filter { holders[$0] == 0 }
    let fitting = free.filter { sizes[$0] >= count }.min { sizes[$0] < sizes[$1] }
    if let buffer = fitting ?? free.max(by: { sizes[$0] < sizes[$1] }) {
      sizes[buffer] = max(sizes[buffer], count)
      holders[buffer] = 1
      return buffer
    }
    sizes.append(count)
    holders.append(1)
    return sizes.count - 1
  }

  /// One more needs what lies in a buffer.
  mutating func hold(_ buffer: Int) { holders[buffer] += 1 }

  /// One needs it no longer.
  mutating func release(_ buffer: Int) {
    precondition(holders[buffer] > 0, "buffer \(buffer) is free already")
    holders[buffer] -= 1
  }

  /// Whether only one needs what lies in a buffer.
  func isOwn(_ buffer: Int) -> Bool { holders[buffer] == 1 }

  /// Where each buffer begins when the first lies at `start`, and where the last one ends; each begins on a cache line
  /// if `start` does.
  func offsets(from start: Int) -> (offsets: [Int], end: Int) {
    sizes.reduce(into: (offsets: [], end: start)) { result, size in
      result.offsets.append(result.end)
      result.end += (size + 15) & ~15
    }
  }
}
