/// Images of floats at another size.
///
/// For output row i, with `scale = from.height / to.height`:
///
///     y  = max(0, (i + ½)·scale − ½)
///     y₀ = ⌊y⌋,  y₁ = min(y₀ + 1, from.height − 1),  b = y − y₀
///
/// the same for columns with x and a, and
///
///     out = (1−b)·((1−a)·in[y₀,x₀] + a·in[y₀,x₁]) + b·((1−a)·in[y₁,x₀] + a·in[y₁,x₁])
///
/// The same size gives the same values. Smaller sizes are not smoothed first.
///
/// Source: `torch.nn.functional.interpolate(mode="bilinear", align_corners=False)`, without antialiasing.
///
/// - Parameter values: `[count, from.height, from.width, channels]`, channels interleaved.
/// - Returns: `[count, to.height, to.width, channels]`.
/// - Precondition: The sizes are at least 1 and `values` has as many elements as they say.
package func bilinearResized(
  _ values: [Float], count: Int, channels: Int, from: (height: Int, width: Int), to: (height: Int, width: Int)
) -> [Float] {
  resized(values, count: count, channels: channels, from: from, to: to) { $0 }
}

/// Images of bytes at another size, as floats of 0…255; see the form for floats.
///
/// - Parameter values: `[count, from.height, from.width, channels]`, channels interleaved.
/// - Returns: `[count, to.height, to.width, channels]`.
/// - Precondition: The sizes are at least 1 and `values` has as many elements as they say.
package func bilinearResized(
  _ values: [UInt8], count: Int, channels: Int, from: (height: Int, width: Int), to: (height: Int, width: Int)
) -> [Float] {
  resized(values, count: count, channels: channels, from: from, to: to) { Float($0) }
}

/// For each output position of one axis: the two inputs it lies between and the weight of the second.
private struct AxisWeights {
  let lower: [Int]
  let upper: [Int]
  let weight: [Float]

  /// - Parameter window: The positions that are wanted, from 0 to `to`.
  init(from: Int, to: Int, window: Range<Int>) {
    let scale = Float(from) / Float(to)
    var (lower, upper, weight): ([Int], [Int], [Float]) = ([], [], [])
    for position in window {
      let source = max(0, (Float(position) + 0.5) * scale - 0.5)
      let first = min(Int(source), from - 1)
      lower.append(first)
      upper.append(min(first + 1, from - 1))
      weight.append(min(max(source - Float(first), 0), 1))
    }
    (self.lower, self.upper, self.weight) = (lower, upper, weight)
  }
}

private func resized<Value>(
  _ values: [Value], count: Int, channels: Int, from: (height: Int, width: Int), to: (height: Int, width: Int),
  _ float: (Value) -> Float
) -> [Float] {
  bilinearWindow(
    values, count: count, channels: channels, from: from, to: to, rows: 0..<to.height, columns: 0..<to.width, float)
}

/// A part of images at another size, as `bilinearResized` gives it; nothing but the part is computed.
///
/// - Parameters:
///   - values: `[count, from.height, from.width, channels]`, channels interleaved.
///   - float: What a value counts as.
/// - Returns: `[count, rows.count, columns.count, channels]`.
/// - Precondition: The sizes are at least 1, `values` has as many elements as they say, the ranges lie within `to`.
func bilinearWindow<Value>(
  _ values: [Value], count: Int, channels: Int, from: (height: Int, width: Int), to: (height: Int, width: Int),
  rows rowRange: Range<Int>, columns columnRange: Range<Int>, _ float: (Value) -> Float
) -> [Float] {
  precondition(count >= 0 && channels >= 1, "\(count) images of \(channels) channels")
  precondition(from.height >= 1 && from.width >= 1 && to.height >= 1 && to.width >= 1, "can't resize \(from) to \(to)")
  let imageCount = from.height * from.width * channels
  precondition(
    values.count == count * imageCount, "\(values.count) values are not \(count) images of \(from) × \(channels)")
  if from == to, rowRange == 0..<to.height, columnRange == 0..<to.width { return values.map(float) }
  precondition(
    (0...to.height).contains(rowRange.upperBound) && (0...to.width).contains(columnRange.upperBound)
      && rowRange.lowerBound >= 0 && columnRange.lowerBound >= 0, "no rows \(rowRange), columns \(columnRange) of \(to)"
  )
  let rows = AxisWeights(from: from.height, to: to.height, window: rowRange)
  let columns = AxisWeights(from: from.width, to: to.width, window: columnRange)
  let total = count * rowRange.count * columnRange.count * channels
  return values.withUnsafeBufferPointer { input in
    [Float](unsafeUninitializedCapacity: total) { output, filled in
      for image in 0..<count {
        for row in 0..<rowRange.count {
          let top = image * imageCount + rows.lower[row] * from.width * channels
          let bottom = image * imageCount + rows.upper[row] * from.width * channels
          let b = rows.weight[row]
          for column in 0..<columnRange.count {
            let left = columns.lower[column] * channels
            let right = columns.upper[column] * channels
            let a = columns.weight[column]
            for channel in 0..<channels {
              let above = (1 - a) * float(input[top + left + channel]) + a * float(input[top + right + channel])
              let below = (1 - a) * float(input[bottom + left + channel]) + a * float(input[bottom + right + channel])
              output.initializeElement(at: filled, to: (1 - b) * above + b * below)
              filled += 1
            }
          }
        }
      }
    }
  }
}
