internal import Tensors

/// What inputs are multiplied with, and what is then added, by channel.
struct ChannelScaling: Sendable, Equatable {
  let scale: [Double]
  let offset: [Double]

  private init(scale: [Double], offset: [Double]) { (self.scale, self.offset) = (scale, offset) }

  /// (x − mean)/deviation, with one number for all channels or one a channel.
  init(mean: [Double], deviation: [Double], channels: Int) {
    func each(_ values: [Double]) -> [Double] {
      values.count == channels ? values : [Double](repeating: values.first ?? 0, count: channels)
    }
    let (means, deviations) = (each(mean), each(deviation))
    self.init(scale: deviations.map { 1 / $0 }, offset: zip(means, deviations).map { -$0 / $1 })
  }

  /// (x − m)/√(v + 10⁻⁵), and 0 where v is 0.
  init(_ moments: ChannelMoments) {
    let scale = moments.variance.map { $0 == 0 ? 0 : 1 / ($0 + 1e-5).squareRoot() }
    self.init(scale: scale, offset: zip(moments.mean, scale).map { $1 == 0 ? 0 : -$0 * $1 })
  }

  /// Whether it changes nothing.
  var isIdentity: Bool { scale.allSatisfy { $0 == 1 } && offset.allSatisfy { $0 == 0 } }

  /// Changes `count` values, channels last.
  func apply(to values: UnsafeMutablePointer<Float>, count: Int) {
    let channels = scale.count
    if channels == 1 {
      let (scale, offset) = (scale[0], offset[0])
      for place in 0..<count { values[place] = Float(Double(values[place]) * scale + offset) }
      return
    }
    scale.withUnsafeBufferPointer { scale in
      offset.withUnsafeBufferPointer { offset in
        for start in stride(from: 0, to: count, by: channels) {
          for channel in 0..<channels {
            values[start + channel] = Float(Double(values[start + channel]) * scale[channel] + offset[channel])
          }
        }
      }
    }
  }
}

/// Mean and variance of each channel over some examples.
struct ChannelMoments: Sendable, Equatable {
  /// Examples.
  let count: Int
  let mean: [Double]
  /// Divided by the number of values; exactly 0 where all are equal, and the mean is that value then.
  let variance: [Double]

  private init(count: Int, mean: [Double], variance: [Double]) {
    (self.count, self.mean, self.variance) = (count, mean, variance)
  }

  /// Values that are read at once.
  private static let blockSize = 1 << 16

  /// The moments of all examples, which are as they are before normalization.
  ///
  /// Deviations from the first value are summed, so that a large mean takes no digits of the variance.
  init(_ examples: ClientExamples, shape: Shape) {
    let (channels, width) = (shape.channels, shape.count)
    var first = [Double](repeating: 0, count: channels)
    var sums = [Double](repeating: 0, count: channels)
    var squares = sums
    var isConstant = [Bool](repeating: true, count: channels)
    let block = max(1, min(examples.count, Self.blockSize / width))
    let values = UnsafeMutablePointer<Float>.allocate(capacity: block * width)
    defer { values.deallocate() }
    values.initialize(repeating: 0, count: block * width)
    for start in stride(from: 0, to: examples.count, by: block) {
      let places = Array(start..<min(start + block, examples.count))
      examples.gather(places[...], values: values, targets: nil)
      if start == 0 { for channel in 0..<channels { first[channel] = Double(values[channel]) } }
      for channel in 0..<channels {
        let origin = first[channel]
        var (sum, square) = (0.0, 0.0)
        for place in stride(from: channel, to: places.count * width, by: channels) {
          let difference = Double(values[place]) - origin
          sum += difference
          square += difference * difference
        }
        sums[channel] += sum
        squares[channel] += square
        // A difference of 0 alone adds nothing.
        if square > 0 || sum != 0 { isConstant[channel] = false }
      }
    }
    let number = Double(max(1, examples.count * shape.positions))
    count = examples.count
    mean = zip(first, sums).map { $0 + $1 / number }
    variance = (0..<channels).map { channel in
      if isConstant[channel] { return 0 }
      let offset = sums[channel] / number
      // Never 0 where values differ, be it by rounding.
      return max(squares[channel] / number - offset * offset, .leastNormalMagnitude)
    }
  }

  /// The moments of all clients' examples together: the law of total variance, weighed by their numbers.
  init(pooling parts: [ChannelMoments]) {
    let parts = parts.filter { $0.count > 0 }
    let total = Double(max(1, parts.reduce(0) { $0 + $1.count }))
    let channels = parts.first?.mean.count ?? 0
    var (mean, variance) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    for channel in 0..<channels {
      let first = parts[0].mean[channel]
      if parts.allSatisfy({ $0.variance[channel] == 0 && $0.mean[channel] == first }) {
        mean[channel] = first
        continue
      }
      let m = parts.reduce(0) { $0 + Double($1.count) * $1.mean[channel] } / total
      mean[channel] = m
      variance[channel] =
        parts.reduce(0) {
          let difference = $1.mean[channel] - m
          return $0 + Double($1.count) * ($1.variance[channel] + difference * difference)
        } / total
    }
    self.init(count: Int(total), mean: mean, variance: variance)
  }
}
