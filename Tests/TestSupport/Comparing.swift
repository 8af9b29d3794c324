/// The worst of the places where two arrays differ by more than `absolute + relative · |expected|`, in words; nil when
/// there is none.
///
/// A value that is not a number differs from everything.
package func difference(_ actual: [Float], _ expected: [Float], absolute: Double, relative: Double) -> String? {
  guard actual.count == expected.count else { return "has \(actual.count) values, expected \(expected.count)" }
  var worst: (place: Int, excess: Double)?
  var count = 0
  for (place, (a, b)) in zip(actual, expected).enumerated() where a != b {
    let excess = abs(Double(a) - Double(b)) / (absolute + relative * abs(Double(b)))
    if excess <= 1 { continue }
    count += 1
    if excess.isNaN || excess > worst?.excess ?? 0 { worst = (place, excess) }
  }
  return worst.map {
    "\(count) of \(actual.count) values differ; at \($0.place) is \(actual[$0.place]), expected \(expected[$0.place])"
  }
}

/// An array `[N, C, …]` with its channels last: `[N, …, C]`.
package func channelsLast(_ values: [Float], shape: [Int]) -> [Float] {
  guard shape.count > 2 else { return values }
  return transposed(values, batch: shape[0], rows: shape[1], columns: shape.dropFirst(2).reduce(1, *))
}

/// An array `[N, …, C]` with its channels first, `shape` = `[N, C, …]`.
package func channelsFirst(_ values: [Float], shape: [Int]) -> [Float] {
  guard shape.count > 2 else { return values }
  return transposed(values, batch: shape[0], rows: shape.dropFirst(2).reduce(1, *), columns: shape[1])
}

private func transposed(_ values: [Float], batch: Int, rows: Int, columns: Int) -> [Float] {
  var result = values
  for b in 0..<batch {
    for r in 0..<rows {
      for c in 0..<columns { result[(b * columns + c) * rows + r] = values[(b * rows + r) * columns + c] }
    }
  }
  return result
}
