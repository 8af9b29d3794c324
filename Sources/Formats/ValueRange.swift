/// The smallest and the largest of finite values; 0…0 of none.
///
/// - Complexity: O(values), at the speed of memory.
package func valueRange(_ values: [Float]) -> ClosedRange<Float> {
  guard let first = values.first else { return 0...0 }
  return values.withUnsafeBytes { raw in
    var low = SIMD16<Float>(repeating: first)
    var high = low
    let whole = values.count / 16
    for place in 0..<whole {
      let next = raw.loadUnaligned(fromByteOffset: place * 64, as: SIMD16<Float>.self)
      low = next.replacing(with: low, where: low .< next)
      high = next.replacing(with: high, where: high .> next)
    }
    var (least, greatest) = (low.min(), high.max())
    for value in values[(whole * 16)...] {
      least = min(least, value)
      greatest = max(greatest, value)
    }
    return least...greatest
  }
}
