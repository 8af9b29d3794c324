import CKernels
import Tensors
import TestSupport
import Testing

/// Winograd's convolution against the direct one, and against fp64.
@Suite(.enabled(if: ComputeLibrary.hasWinograd, "skipped: this processor has neither AVX-512 nor AVX2"))
struct WinogradTests {
  /// A convolution of 3×3.
  struct Case: Sendable, CustomStringConvertible {
    var batch = 3
    var size = (height: 13, width: 11)
    var channels = 16
    var filters = 32
    var padBefore = (height: 1, width: 1)
    var padAfter = (height: 1, width: 1)

    var geometry: WindowGeometry {
      WindowGeometry(kernel: (3, 3), padBefore: padBefore, padAfter: padAfter)
    }
    var input: Shape { [size.height, size.width, channels] }
    var output: Shape {
      let out = geometry.output(height: size.height, width: size.width)
      return [out.height, out.width, filters]
    }
    var description: String {
      "\(batch)×\(input) to \(filters), padding \(padBefore.height), \(padBefore.width), \(padAfter.height), \(padAfter.width)"
    }
  }

  /// What a convolution reads.
  private struct Values {
    var x: [Float]
    var weights: [Float]
    var bias: [Float]
    var gradient: [Float]

    init(_ c: Case) {
      x = normals(c.batch * c.input.count, seed: 1)
      weights = normals(c.filters * c.channels * 9, seed: 2, deviation: 0.1)
      bias = normals(c.filters, seed: 3)
      gradient = normals(c.batch * c.output.count, seed: 4, deviation: 0.1)
    }
  }

  /// Output, input gradient, and gradients of weights and bias. Results and scratch hold what is not a number before.
  private static func passes(
    _ c: Case, _ values: Values, _ algorithm: ConvolutionAlgorithm, hasBias: Bool = true
  ) throws -> [[Float]] {
    let convolution = try Convolution(
      batch: c.batch, input: c.input, output: c.output, geometry: c.geometry, groups: 1, hasBias: hasBias,
      needsWeightGradient: true, needsInputGradient: true, algorithm: algorithm)
    let scratch = AlignedBuffer<Float>(capacity: (convolution.scratchBytes + 3) / 4)
    func poison() { for place in 0..<scratch.capacity { scratch.base[place] = .nan } }
    var results = [values.gradient, values.x, values.weights, values.bias].map {
      [Float](repeating: .nan, count: $0.count)
    }
    poison()
    try values.bias.withUnsafeBufferPointer { bias in
      try convolution.forward(
        input: values.x, weights: values.weights, bias: hasBias ? bias.baseAddress : nil, output: &results[0],
        scratch: scratch.base)
    }
    poison()
    try convolution.backwardInput(
      outputGradient: values.gradient, weights: values.weights, inputGradient: &results[1], scratch: scratch.base)
    poison()
    var biasGradient = results[3]
    try biasGradient.withUnsafeMutableBufferPointer { biasGradient in
      try convolution.backwardWeights(
        input: values.x, outputGradient: values.gradient, weightGradient: &results[2],
        biasGradient: hasBias ? biasGradient.baseAddress : nil, scratch: scratch.base)
    }
    results[3] = hasBias ? biasGradient : values.bias
    return results
  }

  static let cases: [Case] = {
    var cases = [Case(), Case(batch: 65, size: (3, 3)), Case(batch: 10, size: (30, 30), channels: 32, filters: 64)]
    for batch in [1, 2, 7, 33] { cases.append(Case(batch: batch, size: (4, 5), channels: 48, filters: 16)) }
    for size in [1, 2, 3, 4, 5, 8, 9] {
      for (channels, filters) in [(16, 16), (80, 48), (64, 128)] {
        cases.append(Case(batch: 2, size: (size, 1), channels: channels, filters: filters))
        cases.append(Case(batch: 2, size: (size, 10 - size), channels: channels, filters: filters))
      }
    }
    for top in 0...2 {
      for left in 0...2 {
        cases.append(Case(size: (5, 6), padBefore: (top, left), padAfter: (2 - top, (left + 1) % 3)))
        cases.append(Case(size: (3, 3), padBefore: (top, left), padAfter: (0, 0)))
      }
    }
    return cases
  }()

  @Test("all three passes are those of the direct convolution", arguments: cases) func agrees(_ c: Case) throws {
    let values = Values(c)
    for hasBias in [true, false] {
      let own = try Self.passes(c, values, .winograd, hasBias: hasBias)
      let direct = try Self.passes(c, values, .direct, hasBias: hasBias)
      for (values, wanted) in zip(own, direct) {
        #expect(difference(values, wanted, absolute: 5e-5, relative: 1e-4) == nil)
      }
    }
  }

  @Test("AVX2 and AVX-512 have the same bits", arguments: cases) func sameBits(_ c: Case) throws {
    let values = Values(c)
    let best = covey_winograd_level()
    let own = try Self.passes(c, values, .winograd)
    // What runs beside it has the same bits either way.
    covey_winograd_limit(3)
    defer { covey_winograd_limit(best) }
    let limited = try Self.passes(c, values, .winograd)
    #expect(own == limited)
  }

  @Test("an image's output and gradient are the same in a batch of any size") func alone() throws {
    let c = Case(batch: 9, size: (10, 7), channels: 80, filters: 48)
    let values = Values(c)
    let together = try Self.passes(c, values, .winograd)
    var single = c
    single.batch = 1
    for image in 0..<c.batch {
      var own = values
      own.x = Array(values.x[(image * c.input.count)..<((image + 1) * c.input.count)])
      own.gradient = Array(values.gradient[(image * c.output.count)..<((image + 1) * c.output.count)])
      let result = try Self.passes(single, own, .winograd)
      #expect(result[0] == Array(together[0][(image * c.output.count)..<((image + 1) * c.output.count)]))
      #expect(result[1] == Array(together[1][(image * c.input.count)..<((image + 1) * c.input.count)]))
    }
  }

  /// √(Σ(value − exact)²/Σexact²).
  private static func relativeError(_ values: [Float], _ exact: [Double]) -> Double {
    let off = zip(values, exact).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
    return (off / exact.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }

  /// The passes in fp64, tap by tap.
  private static func exact(_ c: Case, _ values: Values) -> [[Double]] {
    let (x, weights, gradient) = (
      values.x.map(Double.init), values.weights.map(Double.init), values.gradient.map(Double.init)
    )
    var y = [Double](repeating: 0, count: gradient.count)
    var dx = [Double](repeating: 0, count: x.count)
    var dw = [Double](repeating: 0, count: weights.count)
    for n in 0..<c.batch {
      for row in 0..<c.output[0] {
        for column in 0..<c.output[1] {
          let out = ((n * c.output[0] + row) * c.output[1] + column) * c.filters
          for tap in 0..<9 {
            let (r, s) = (row + tap / 3 - c.padBefore.height, column + tap % 3 - c.padBefore.width)
            guard 0..<c.size.height ~= r, 0..<c.size.width ~= s else { continue }
            let place = ((n * c.size.height + r) * c.size.width + s) * c.channels
            for k in 0..<c.filters {
              let g = gradient[out + k]
              var sum = 0.0
              for i in 0..<c.channels {
                let w = (k * c.channels + i) * 9 + tap
                sum += x[place + i] * weights[w]
                dx[place + i] += g * weights[w]
                dw[w] += g * x[place + i]
              }
              y[out + k] += sum
            }
          }
        }
      }
    }
    return [y, dx, dw]
  }

  @Test("errors against fp64 don't grow with the channels", arguments: [(64, 16), (128, 12), (256, 8), (512, 4)])
  func errors(channels: Int, size: Int) throws {
    let c = Case(batch: 2, size: (size, size), channels: channels, filters: channels)
    let values = Values(c)
    let own = try Self.passes(c, values, .winograd, hasBias: false)
    for (values, exact) in zip(own, Self.exact(c, values)) {
      #expect(Self.relativeError(values, exact) < 1.3e-6)
    }
  }

  @Test("it is for dense windows of 3×3 and channels in multiples of 16") func fits() {
    func fits(
      _ geometry: WindowGeometry, input: Shape = [8, 8, 16], output: Shape = [6, 6, 32], groups: Int = 1
    ) -> Bool { Convolution.winogradFits(input: input, output: output, geometry: geometry, groups: groups) }
    let window = WindowGeometry(kernel: (3, 3))
    #expect(fits(window))
    #expect(!fits(WindowGeometry(kernel: (5, 5))) && !fits(WindowGeometry(kernel: (3, 1))))
    #expect(!fits(WindowGeometry(kernel: (3, 3), stride: (2, 2))))
    #expect(!fits(WindowGeometry(kernel: (3, 3), dilation: (2, 2))))
    #expect(!fits(window, input: [8, 8, 8]) && !fits(window, output: [6, 6, 33]) && !fits(window, groups: 2))
    #expect(!fits(WindowGeometry(kernel: (3, 3), padBefore: (3, 0))))
    #expect(!fits(WindowGeometry(kernel: (3, 3), padAfter: (0, 3))))
    #expect(fits(WindowGeometry(kernel: (3, 3), padBefore: (2, 2), padAfter: (2, 2))))
  }
}
