import Tensors
import TestSupport
import Testing

/// A normalization with a ReLU and a pooling in one pass against the same in three.
@Suite struct MaxPoolingTests {
  struct Case: Sendable, CustomStringConvertible {
    var size = (height: 8, width: 6)
    var kernel = (height: 2, width: 2)
    var stride = (height: 2, width: 2)
    var pad = (height: 0, width: 0)
    var channels = 16
    var description: String {
      "\(size.height)×\(size.width)×\(channels), \(kernel.height)×\(kernel.width) by \(stride.height), \(stride.width), "
        + "padding \(pad.height), \(pad.width)"
    }

    var geometry: WindowGeometry {
      WindowGeometry(kernel: kernel, stride: stride, padBefore: pad, padAfter: pad)
    }
    var input: Shape { [size.height, size.width, channels] }
    var output: Shape {
      let out = geometry.output(height: size.height, width: size.width)
      return [out.height, out.width, channels]
    }
  }

  static let cases: [Case] = {
    var cases: [Case] = []
    for channels in [1, 3, 16, 20, 64] {
      for size in [(8, 6), (7, 5), (2, 2), (3, 9)] {
        cases.append(Case(size: size, channels: channels))
        cases.append(Case(size: size, kernel: (2, 1), stride: (3, 2), channels: channels))
        if size.0 >= 3, size.1 >= 3 {
          cases.append(Case(size: size, kernel: (3, 3), stride: (3, 3), pad: (1, 1), channels: channels))
        }
      }
    }
    cases.append(Case(size: (9, 9), kernel: (3, 3), stride: (2, 2), pad: (1, 1), channels: 64))
    cases.append(Case(size: (8, 7), kernel: (3, 3), stride: (1, 1), channels: 96))
    return cases
  }()

  private static let batch = 3

  private struct Results: Equatable {
    var y: [UInt32]
    var sum: [UInt32]
    var dot: [UInt32]
    var dx: [UInt32]
  }

  /// Values, and per channel mean, inverse, scale, shift, a, b, c.
  private struct Values {
    var x: [Float]
    var gradient: [Float]
    var vectors: [[Float]]

    init(_ c: Case, isCoarse: Bool) {
      x = normals(batch * c.input.count, seed: 1)
      // Coarse values have many equals.
      if isCoarse { x = x.map { ($0 * 2).rounded() / 2 } }
      gradient = normals(batch * c.output.count, seed: 2)
      vectors = (0..<7).map { normals(c.channels, seed: 3 + UInt64($0)) }
    }
  }

  private static func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

  private static func together(_ c: Case, _ v: Values, relu: Bool) -> Results {
    let pooling = MaxPooling(batch: batch, input: c.input, output: c.output, geometry: c.geometry)
    let scratch = AlignedBuffer<UInt8>(capacity: pooling.scratchBytes)
    func poison() { for place in 0..<scratch.capacity { scratch.base[place] = 255 } }
    var (y, dx) = ([Float](repeating: .nan, count: v.gradient.count), [Float](repeating: .nan, count: v.x.count))
    var (sum, dot) = (v.vectors[0], v.vectors[0])
    pooling.forward(v.x, scale: v.vectors[2], shift: v.vectors[3], relu: relu, into: &y)
    poison()
    pooling.sums(
      v.x, gradient: v.gradient, mean: v.vectors[0], inverse: v.vectors[1], scale: v.vectors[2], shift: v.vectors[3],
      relu: relu, sum: &sum, dot: &dot, scratch: scratch.base)
    poison()
    pooling.inputGradient(
      v.x, gradient: v.gradient, mean: v.vectors[0], scale: v.vectors[2], shift: v.vectors[3], relu: relu,
      a: v.vectors[4], b: v.vectors[5], c: v.vectors[6], into: &dx, scratch: scratch.base)
    return Results(y: bits(y), sum: bits(sum), dot: bits(dot), dx: bits(dx))
  }

  private static func apart(_ c: Case, _ v: Values, relu: Bool) throws -> Results {
    let rows = batch * c.input.positions
    let pooling = try Pooling(
      batch: batch, input: c.input, output: c.output, geometry: c.geometry, kind: .max, isTraining: true)
    let scratch = AlignedBuffer<UInt8>(capacity: pooling.scratchBytes)
    let workspace = AlignedBuffer<UInt8>(capacity: pooling.workspaceBytes)
    var (normalized, dy, dx, y) = (v.x, v.x, v.x, v.gradient)
    var (sum, dot) = (v.vectors[0], v.vectors[0])
    Kernels.channelAffine(
      v.x, rows: rows, channels: c.channels, scale: v.vectors[2], shift: v.vectors[3], relu: relu, into: &normalized)
    try pooling.forward(input: normalized, output: &y, workspace: workspace.base, scratch: scratch.base)
    try pooling.backward(
      outputGradient: v.gradient, inputGradient: &dy, workspace: workspace.base, scratch: scratch.base)
    Kernels.normalizationSums(
      v.x, gradient: dy, rows: rows, channels: c.channels, mean: v.vectors[0], inverse: v.vectors[1],
      scale: v.vectors[2], shift: v.vectors[3], relu: relu, sum: &sum, dot: &dot)
    Kernels.normalizationInputGradient(
      v.x, gradient: dy, rows: rows, channels: c.channels, mean: v.vectors[0], scale: v.vectors[2],
      shift: v.vectors[3], relu: relu, a: v.vectors[4], b: v.vectors[5], c: v.vectors[6], into: &dx)
    return Results(y: bits(y), sum: bits(sum), dot: bits(dot), dx: bits(dx))
  }

  @Test(
    "the bits are those of the separate passes, but for gradients of windows that overlap", arguments: cases,
    [false, true])
  func sameBits(_ c: Case, relu: Bool) throws {
    for isCoarse in [false, true] {
      let values = Values(c, isCoarse: isCoarse)
      let together = Self.together(c, values, relu: relu)
      let apart = try Self.apart(c, values, relu: relu)
      #expect(together.y == apart.y)
      if c.stride.height >= c.kernel.height, c.stride.width >= c.kernel.width {
        #expect(together == apart)
        continue
      }
      // Gradients of windows that overlap are added in another order.
      for (own, other) in zip([together.sum, together.dot, together.dx], [apart.sum, apart.dot, apart.dx]) {
        let (own, other) = (own.map { Float(bitPattern: $0) }, other.map { Float(bitPattern: $0) })
        #expect(difference(own, other, absolute: 2e-5, relative: 1e-5) == nil)
      }
    }
  }

  @Test("a window with a value that is no number gives none, and the others what they had", arguments: [false, true])
  func notANumber(relu: Bool) throws {
    for c in Self.cases where c.channels % 16 != 3 {
      var values = Values(c, isCoarse: false)
      for place in [0, 17, values.x.count - 1] { values.x[place % values.x.count] = .nan }
      let together = Self.together(c, values, relu: relu)
      let apart = try Self.apart(c, values, relu: relu)
      #expect(together.y.map { Float(bitPattern: $0).isNaN } == apart.y.map { Float(bitPattern: $0).isNaN })
      #expect(together.y.contains { Float(bitPattern: $0).isNaN })
      // Of so many windows not all have such a value.
      if together.y.count > 10 * c.channels { #expect(!together.y.allSatisfy { Float(bitPattern: $0).isNaN }) }
    }
  }
}
