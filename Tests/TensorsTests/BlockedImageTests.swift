import Tensors
import TestSupport
import Testing

/// Images in blocks of 16 channels against the same channels last.
@Suite struct BlockedImageTests {
  /// `samples × positions × channels` with the channels in blocks of 16.
  private static func blocked(_ x: [Float], samples: Int, channels: Int) -> [Float] {
    let positions = x.count / samples / channels
    var result = x
    for sample in 0..<samples {
      for position in 0..<positions {
        for c in 0..<channels {
          let place = ((sample * channels / 16 + c / 16) * positions + position) * 16 + c % 16
          result[place] = x[(sample * positions + position) * channels + c]
        }
      }
    }
    return result
  }

  @Test(arguments: [16, 48], [1, 9, 70]) func normalization(channels: Int, positions: Int) {
    let samples = 3
    let rows = samples * positions
    let x = normals(rows * channels, seed: 1, mean: 2)
    let gradient = normals(rows * channels, seed: 2)
    let vectors = (0..<6).map { normals(channels, seed: 3 + UInt64($0)) }
    func run(_ x: [Float], _ gradient: [Float], _ blocks: Int?, relu: Bool) -> [[Float]] {
      var mean = [Float](repeating: 9, count: channels)
      var variance = mean
      var sum = mean
      var dot = mean
      var y = x
      var dx = x
      Kernels.channelMoments(
        x, rows: rows, channels: channels, blockedSamples: blocks, mean: &mean, variance: &variance)
      Kernels.channelAffine(
        x, rows: rows, channels: channels, blockedSamples: blocks, scale: vectors[0], shift: vectors[1], relu: relu,
        into: &y)
      Kernels.normalizationSums(
        x, gradient: gradient, rows: rows, channels: channels, blockedSamples: blocks, mean: vectors[2],
        inverse: vectors[3], scale: vectors[0], shift: vectors[1], relu: relu, sum: &sum, dot: &dot)
      Kernels.normalizationInputGradient(
        x, gradient: gradient, rows: rows, channels: channels, blockedSamples: blocks, mean: vectors[2],
        scale: vectors[0], shift: vectors[1], relu: relu, a: vectors[3], b: vectors[4], c: vectors[5], into: &dx)
      return [sum, dot, y, dx, mean, variance]
    }
    for relu in [false, true] {
      let plain = run(x, gradient, nil, relu: relu)
      let blocks = run(
        Self.blocked(x, samples: samples, channels: channels),
        Self.blocked(gradient, samples: samples, channels: channels), samples, relu: relu)
      // Value by value to the bit; sums come in other chunks.
      #expect(blocks[2] == Self.blocked(plain[2], samples: samples, channels: channels))
      #expect(blocks[3] == Self.blocked(plain[3], samples: samples, channels: channels))
      for place in [0, 1, 4, 5] {
        #expect(difference(blocks[place], plain[place], absolute: 1e-4, relative: 1e-5) == nil)
      }
    }
  }

  @Test func transposing() {
    let x = normals(2 * 15 * 32, seed: 1)
    var expected = x
    Kernels.transpose(x, batch: 2, rows: 15, columns: 32, into: &expected)
    let blocks = Self.blocked(x, samples: 2, channels: 32)
    var y = x
    Kernels.transposeBlocked(blocks, batch: 2, positions: 15, channels: 32, into: &y)
    #expect(y == expected)
    var back = x
    Kernels.transposeBlocked(y, batch: 2, positions: 15, channels: 32, back: true, into: &back)
    #expect(back == blocks)
  }

  @Test(arguments: [3, 16, 32], [3, 5]) func convolutions(channels: Int, kernel: Int) throws {
    let samples = 3
    let filters = 48
    var geometry = WindowGeometry(kernel: (kernel, kernel))
    geometry.padBefore = (1, 1)
    geometry.padAfter = (1, 1)
    let input: Shape = [13, 11, channels]
    let extent = geometry.output(height: 13, width: 11)
    let output: Shape = [extent.height, extent.width, filters]
    let x = normals(samples * input.count, seed: 1)
    let weights = normals(filters * channels * kernel * kernel, seed: 2, deviation: 0.1)
    let bias = normals(filters, seed: 3)
    let gradient = normals(samples * output.count, seed: 4, deviation: 0.1)
    let isBlocked = channels % 16 == 0
    func run(_ layout: ImageLayout, winograd: Bool, _ x: [Float], _ gradient: [Float]) throws -> [[Float]] {
      let convolution = try Convolution(
        batch: samples, input: input, output: output, geometry: geometry, groups: 1, hasBias: true,
        needsWeightGradient: true, needsInputGradient: true,
        layouts: (isBlocked ? layout : .channelsLast, layout), allowsWinograd: winograd)
      let scratch = AlignedBuffer<UInt8>(capacity: convolution.scratchBytes)
      var y = gradient
      var dx = x
      var dw = weights
      var db = bias
      try bias.withUnsafeBufferPointer { bias in
        try convolution.forward(
          input: x, weights: weights, bias: bias.baseAddress, output: &y, scratch: scratch.base)
      }
      try convolution.backwardInput(
        outputGradient: gradient, weights: weights, inputGradient: &dx, scratch: scratch.base)
      try db.withUnsafeMutableBufferPointer { db in
        try convolution.backwardWeights(
          input: x, outputGradient: gradient, weightGradient: &dw, biasGradient: db.baseAddress, scratch: scratch.base)
      }
      return [y, dx, dw, db]
    }
    let plain = try run(.channelsLast, winograd: false, x, gradient)
    for winograd in [false, true] {
      let blocks = try run(
        .blocked, winograd: winograd, isBlocked ? Self.blocked(x, samples: samples, channels: channels) : x,
        Self.blocked(gradient, samples: samples, channels: filters))
      let expected = [
        Self.blocked(plain[0], samples: samples, channels: filters),
        isBlocked ? Self.blocked(plain[1], samples: samples, channels: channels) : plain[1], plain[2], plain[3],
      ]
      for (values, wanted) in zip(blocks, expected) {
        #expect(difference(values, wanted, absolute: 5e-5, relative: 1e-4) == nil)
      }
    }
  }

  @Test(arguments: [PoolingKind.max, .average(countsPadding: true)]) func pooling(kind: PoolingKind) throws {
    let x = normals(2 * 8 * 6 * 32, seed: 1)
    let gradient = normals(2 * 4 * 3 * 32, seed: 2)
    func run(_ layout: ImageLayout, _ x: [Float], _ gradient: [Float]) throws -> [[Float]] {
      let pooling = try Pooling(
        batch: 2, input: [8, 6, 32], output: [4, 3, 32],
        geometry: WindowGeometry(kernel: (2, 2), stride: (2, 2)), kind: kind, isTraining: true, layout: layout)
      let scratch = AlignedBuffer<UInt8>(capacity: pooling.scratchBytes)
      let workspace = AlignedBuffer<UInt8>(capacity: pooling.workspaceBytes)
      var y = gradient
      var dx = x
      try pooling.forward(input: x, output: &y, workspace: workspace.base, scratch: scratch.base)
      try pooling.backward(
        outputGradient: gradient, inputGradient: &dx, workspace: workspace.base, scratch: scratch.base)
      return [y, dx]
    }
    let plain = try run(.channelsLast, x, gradient)
    let blocks = try run(
      .blocked, Self.blocked(x, samples: 2, channels: 32), Self.blocked(gradient, samples: 2, channels: 32))
    #expect(blocks == plain.map { Self.blocked($0, samples: 2, channels: 32) })
  }
}
