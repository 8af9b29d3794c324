extension SafetensorsFile {
  /// What is wrong with the first value of a floating-point tensor that is not a finite 32-bit number, with its name
  /// and place; nil where all are finite.
  ///
  /// - Parameter values: The tensor, as `floats(_:)` gave it.
  /// - Complexity: O(values), at the speed of memory.
  package func nonFiniteValue(of name: String, in values: [Float]) -> String? {
    guard
      let place = values.withUnsafeBufferPointer({ buffer in
        buffer.baseAddress.flatMap { Kernels.firstNonFinite($0, count: buffer.count) }
      })
    else { return nil }
    let position = placeText(place, in: entries[name]?.shape ?? [])
    if let wide = try? double(name, at: place), wide.isFinite {
      return "\(quoted(name)) has the value \(wide) at \(position), which 32 bits can't hold (allowed: up to 3.4e+38)"
    }
    return "\(quoted(name)) has the value \(values[place]) at \(position) (allowed: finite numbers)"
  }

  /// What is wrong with the first element of a floating-point tensor that is no whole number, with its name and place;
  /// nil where all are whole.
  package func nonWholeValue(of name: String, in values: [Float]) -> String? {
    guard let place = values.firstIndex(where: { !$0.isFinite || $0 != $0.rounded() }) else { return nil }
    return "\(quoted(name)) has the value \(values[place]) at \(placeText(place, in: entries[name]?.shape ?? []))"
  }

  /// A single F64 as it is in the file; nil for other types.
  package func double(_ name: String, at place: Int) throws(SafetensorsError) -> Double? {
    let (type, bytes) = try contents(name)
    guard type == .float64, (place + 1) * 8 <= bytes.count else { return nil }
    return Double(bitPattern: bytes[place * 8..<place * 8 + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }
}

/// The place of an array's element by extents, outermost first: `[3, 0, 27]`.
///
/// - Parameter place: The element's number in the array.
package func placeText(_ place: Int, in shape: [Int]) -> String {
  var rest = place
  var indices: [Int] = []
  for extent in shape.reversed() {
    let extent = max(extent, 1)
    indices.append(rest % extent)
    rest /= extent
  }
  return "\(Array(indices.reversed()))"
}
