import Tensors

@testable import Networks

/// Batch normalization in fp64, straight from its definition, one channel after another.
struct BatchNormReference {
  /// A batch `[N, …]` and its axis of channels.
  let extents: [Int]
  let axis: Int
  var epsilon = 1e-5
  var gamma: [Double]?
  var beta: [Double]?
  var hasReLU = false
  /// Batch renormalization's r and d, one a channel.
  var ratios: [Double]?
  var shifts: [Double]?

  var channels: Int { extents[axis] }

  /// The places of a channel's values.
  func places(_ channel: Int) -> [Int] {
    let behind = extents[(axis + 1)...].reduce(1, *)
    return (0..<extents.reduce(1, *)).filter { $0 / behind % channels == channel }
  }

  /// The mean and the biased variance of each channel.
  func moments(_ x: [Double]) -> [(mean: Double, variance: Double)] {
    (0..<channels).map { channel in
      let values = places(channel).map { x[$0] }
      let mean = values.reduce(0, +) / Double(values.count)
      return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
    }
  }

  /// What comes out, normalized by given moments, else by the batch's.
  func output(_ x: [Double], by given: [(mean: Double, variance: Double)]? = nil) -> [Double] {
    var result = x
    for (channel, moment) in (given ?? moments(x)).enumerated() {
      for place in places(channel) {
        var value = (x[place] - moment.mean) / (moment.variance + epsilon).squareRoot()
        value = value * (ratios?[channel] ?? 1) + (shifts?[channel] ?? 0)
        value = value * (gamma?[channel] ?? 1) + (beta?[channel] ?? 0)
        result[place] = hasReLU ? max(0, value) : value
      }
    }
    return result
  }

  /// The gradient of Σ weights·output by differences of fp64.
  func gradient(_ x: [Double], weights: [Double]) -> [Double] {
    func sum(_ x: [Double]) -> Double { zip(output(x), weights).reduce(0) { $0 + $1.0 * $1.1 } }
    return x.indices.map { place in
      var (up, down) = (x, x)
      up[place] += 1e-4
      down[place] -= 1e-4
      return (sum(up) - sum(down)) / 2e-4
    }
  }
}
