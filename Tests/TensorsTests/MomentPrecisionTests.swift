import Tensors
import Testing

/// How exact the moments of a batch are wherever its mean is, against fp64 and against PyTorch's way of finding them.
@Suite struct MomentPrecisionTests {
  static let means = [0.0, 100, 1000, 10_000, 100_000]
  private static let rowCounts = [32, 64, 65, 500, 5000]
  private static let channels = 48

  private struct Moments {
    var mean: [Double]
    var variance: [Double]
  }

  /// Two passes in fp64.
  private static func exact(_ x: [Float], rows: Int) -> Moments {
    var moments = Moments(mean: .init(repeating: 0, count: channels), variance: .init(repeating: 0, count: channels))
    for c in 0..<channels {
      for r in 0..<rows { moments.mean[c] += Double(x[r * channels + c]) }
      moments.mean[c] /= Double(rows)
      for r in 0..<rows {
        let distance = Double(x[r * channels + c]) - moments.mean[c]
        moments.variance[c] += distance * distance / Double(rows)
      }
    }
    return moments
  }

  /// As `batch_norm_cpu_collect_stats_contiguous_impl` of PyTorch 2 does: sums in fp64, the mean rounded to fp32, and the
  /// squared distances from it in fp32.
  private static func pytorch(_ x: [Float], rows: Int) -> [Float] {
    (0..<channels).map { c in
      var sum = 0.0
      for r in 0..<rows { sum += Double(x[r * channels + c]) }
      let mean = Float(sum / Double(rows))
      var squares = 0.0
      for r in 0..<rows { squares += Double((x[r * channels + c] - mean) * (x[r * channels + c] - mean)) }
      return Float(squares) / Float(rows)
    }
  }

  private static func worst(_ values: [Float], _ exact: [Double]) -> Double {
    zip(values, exact).map { abs(Double($0) / $1 - 1) }.max() ?? .infinity
  }

  private static func measured(_ x: [Float], rows: Int) -> (mean: [Float], variance: [Float]) {
    var mean = [Float](repeating: 9, count: channels)
    var variance = mean
    Kernels.channelMoments(
      x, rows: rows, channels: channels, mean: &mean, variance: &variance)
    return (mean, variance)
  }

  @Test("a variance is exact to fp32 at every mean, and no worse than PyTorch's", arguments: means, [1, 0.05])
  func table(mean: Double, deviation: Double) {
    var (own, other) = (0.0, 0.0)
    for rows in Self.rowCounts {
      let x = normals(rows * Self.channels, seed: UInt64(rows), mean: mean, deviation: deviation)
      let exact = Self.exact(x, rows: rows)
      let found = Self.measured(x, rows: rows)
      let error = Self.worst(found.variance, exact.variance)
      #expect(error <= 2e-7, "\(rows) rows: \(error)")
      for (a, b) in zip(found.mean, exact.mean) { #expect(abs(Double(a) - b) <= 6e-8 * abs(b) + 1e-6 * deviation) }
      own = max(own, error)
      other = max(other, Self.worst(Self.pytorch(x, rows: rows), exact.variance))
      // Two roundings to fp32 of ½·10⁻⁷ each are luck.
      #expect(own <= max(other, 1.3e-7), "\(rows) rows: \(own), PyTorch's way \(other)")
    }
  }

  @Test("a first row that is far off costs nothing", arguments: [Float(1e4), -1e6, 1e8])
  func outlier(value: Float) {
    for rows in [33, 200] {
      var x = normals(rows * Self.channels, seed: 3, mean: 10)
      for c in 0..<Self.channels { x[c] = value }
      let found = Self.measured(x, rows: rows)
      let exact = Self.exact(x, rows: rows)
      #expect(Self.worst(found.variance, exact.variance) <= 1e-6)
      // In another chunk than the first.
      var later = normals(rows * Self.channels, seed: 3, mean: 10)
      for c in 0..<Self.channels { later[(rows - 1) * Self.channels + c] = value }
      #expect(Self.worst(Self.measured(later, rows: rows).variance, Self.exact(later, rows: rows).variance) <= 1e-6)
    }
  }

  @Test("a constant has no variance, whatever it is", arguments: [0.1, -3, 1000.123, 100_000.1, 1e20] as [Float])
  func constants(value: Float) {
    for rows in [1, 2, 63, 64, 65, 300] {
      let found = Self.measured([Float](repeating: value, count: rows * Self.channels), rows: rows)
      #expect(found.mean.allSatisfy { $0 == value } && found.variance.allSatisfy { $0 == 0 }, "\(rows) rows")
    }
  }

  @Test("what is not a number is not hidden", arguments: [Float.nan, .infinity, -.infinity])
  func notANumber(value: Float) {
    for place in [0, 5, 70, 199] {
      var x = normals(200 * Self.channels, seed: 1)
      x[place * Self.channels + 17] = value
      let found = Self.measured(x, rows: 200)
      #expect(!found.variance[17].isFinite && !found.mean[17].isFinite)
      #expect(found.variance.enumerated().allSatisfy { $0.offset == 17 || $0.element.isFinite })
    }
  }

  @Test("unrounded moments are those that are rounded") func unrounded() {
    for (rows, channels) in [(65, 5), (200, 16), (1000, 20)] {
      let x = normals(rows * channels, seed: 2, mean: 1000)
      var (mean, variance) = ([Float](repeating: 0, count: channels), [Float](repeating: 0, count: channels))
      var (means, variances) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
      Kernels.channelMoments(x, rows: rows, channels: channels, mean: &mean, variance: &variance)
      Kernels.unroundedChannelMoments(x, rows: rows, channels: channels, mean: &means, variance: &variances)
      #expect(means.map { Float($0) } == mean && variances.map { Float($0) } == variance)
    }
  }
}
