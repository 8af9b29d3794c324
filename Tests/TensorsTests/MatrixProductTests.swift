import Tensors
import TestSupport
import Testing

@Suite struct MatrixProductTests {
  private static let sizes = [(1, 1, 1), (3, 5, 7), (1, 64, 33), (17, 1, 65), (64, 10, 128), (130, 70, 300)]

  @Test(arguments: sizes, [(false, false), (false, true), (true, false), (true, true)])
  func agreesWithTheSum(size: (Int, Int, Int), transposes: (Bool, Bool)) throws {
    let (rows, columns, inner) = size
    let a = normals(rows * inner, seed: 1)
    let b = normals(inner * columns, seed: 2)
    let start = normals(rows * columns, seed: 3)
    for (alpha, beta) in [(Float(1), Float(0)), (-0.5, 1), (2, 0.25)] {
      // With beta = 0 the old content must not matter, whatever it is.
      var c = beta == 0 ? [Float](repeating: .nan, count: rows * columns) : start
      try matrixProduct(
        a, b, transposesA: transposes.0, transposesB: transposes.1, rows: rows, columns: columns, inner: inner,
        alpha: alpha,
        beta: beta, into: &c)
      var expected = start
      for r in 0..<rows {
        for k in 0..<columns {
          var sum = 0.0
          for i in 0..<inner {
            let left = a[transposes.0 ? i * rows + r : r * inner + i]
            let right = b[transposes.1 ? k * inner + i : i * columns + k]
            sum += Double(left) * Double(right)
          }
          let old = beta == 0 ? 0 : Double(beta) * Double(start[r * columns + k])
          expected[r * columns + k] = Float(Double(alpha) * sum + old)
        }
      }
      let problem = difference(c, expected, absolute: 1e-4, relative: 2e-5)
      #expect(problem == nil)
    }
  }
}
