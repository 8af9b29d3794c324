import Tensors

extension KernelGroup {
  /// A convolution of a workload.
  private struct ConvolutionCase {
    let workload: String
    let batch: Int
    let size: Int
    let channels: Int
    let filters: Int
    let kernel: Int
    let padding: Int
    let stride: Int
    /// The first layer's input needs no gradient.
    var isFirst: Bool { channels == 3 }

    /// Of `batch` square images.
    init(
      _ workload: String, _ batch: Int, _ size: Int, _ channels: Int, _ filters: Int, kernel: Int, padding: Int = 0,
      stride: Int = 1
    ) {
      self.workload = workload
      self.batch = batch
      self.size = size
      self.channels = channels
      self.filters = filters
      self.kernel = kernel
      self.padding = padding
      self.stride = stride
    }
  }

  /// Forward and both backward passes of the workloads' convolutions.
  static let convolutions = KernelGroup(name: "convolutions") { report in
    let cases = [
      ConvolutionCase("w1", 32, 28, 3, 64, kernel: 5, padding: 2),
      ConvolutionCase("w1", 32, 14, 64, 64, kernel: 5, padding: 2),
      ConvolutionCase("w1", 32, 7, 64, 128, kernel: 5, padding: 2),
      ConvolutionCase("w2", 10, 32, 3, 32, kernel: 3),
      ConvolutionCase("w2", 10, 30, 32, 64, kernel: 3),
      ConvolutionCase("w4", 32, 32, 3, 64, kernel: 3, padding: 1),
      ConvolutionCase("w4", 32, 32, 64, 64, kernel: 3, padding: 1),
      ConvolutionCase("w4", 32, 32, 64, 128, kernel: 3, padding: 1, stride: 2),
      ConvolutionCase("w4", 32, 32, 64, 128, kernel: 1, stride: 2),
      ConvolutionCase("w4", 32, 16, 128, 128, kernel: 3, padding: 1),
      ConvolutionCase("w4", 32, 8, 256, 256, kernel: 3, padding: 1),
      ConvolutionCase("w4", 32, 4, 512, 512, kernel: 3, padding: 1),
    ]
    for one in cases { try measure(one, report) }
  }

  private static func measure(_ one: ConvolutionCase, _ report: (Timing) -> Void) throws {
    let geometry = WindowGeometry(
      kernel: (one.kernel, one.kernel), stride: (one.stride, one.stride), padBefore: (one.padding, one.padding),
      padAfter: (one.padding, one.padding))
    let out = geometry.output(height: one.size, width: one.size)
    let input: Shape = [one.size, one.size, one.channels]
    let output: Shape = [out.height, out.width, one.filters]
    let plan = try Convolution(
      batch: one.batch, input: input, output: output, geometry: geometry, groups: 1, hasBias: true,
      needsWeightGradient: true, needsInputGradient: !one.isFirst)
    let weightCount = one.filters * one.channels * one.kernel * one.kernel
    let (x, y) = (numbers(one.batch * input.count), numbers(one.batch * output.count))
    let (weights, gradient) = (numbers(weightCount), numbers(weightCount))
    let (bias, dx) = (numbers(one.filters), numbers(one.batch * input.count))
    let scratch = AlignedBuffer<UInt8>(capacity: plan.scratchBytes)
    let work = Timing.Work.operations(2 * one.batch * out.height * out.width * weightCount)
    let name =
      "\(one.kernel)×\(one.kernel) \(one.batch)×\(input) to \(one.filters)" + (one.stride > 1 ? " /\(one.stride)" : "")
    report(
      try Timing(one.workload, "conv \(name)", work) {
        try plan.forward(input: x.base, weights: weights.base, bias: bias.base, output: y.base, scratch: scratch.base)
      })
    report(
      try Timing(one.workload, "conv weights \(name)", work) {
        try plan.backwardWeights(
          input: x.base, outputGradient: y.base, weightGradient: gradient.base, biasGradient: bias.base,
          scratch: scratch.base)
      })
    guard !one.isFirst else { return }
    report(
      try Timing(one.workload, "conv input \(name)", work) {
        try plan.backwardInput(
          outputGradient: y.base, weights: weights.base, inputGradient: dx.base, scratch: scratch.base)
      })
  }

  /// The three matrix products of the workloads' dense layers.
  static let dense = KernelGroup(name: "dense") { report in
    let cases = [
      ("w1", 32, 6272, 2048, false), ("w1", 32, 2048, 512, false), ("w2", 10, 12_544, 128, false),
      ("w3", 10, 784, 128, true), ("w3", 10, 128, 64, false), ("w4", 32, 512, 10, false),
    ]
    for (workload, rows, inputs, units, isFirst) in cases {
      let (x, y) = (numbers(rows * inputs), numbers(rows * units))
      let (weights, dx) = (numbers(units * inputs), numbers(rows * inputs))
      let work = Timing.Work.operations(2 * rows * inputs * units)
      let name = "\(rows)×\(inputs) to \(units)"
      report(
        try Timing(workload, "dense \(name)", work) {
          try matrixProduct(
            x.base, weights.base, transposesB: true, rows: rows, columns: units, inner: inputs, into: y.base)
        })
      report(
        try Timing(workload, "dense weights \(name)", work) {
          // The step is folded in, as in training with plain SGD; so small a rate leaves the weights as they are.
          try matrixProduct(
            y.base, x.base, transposesA: true, rows: units, columns: inputs, inner: rows, alpha: -1e-20, beta: 1,
            into: weights.base)
        })
      if !isFirst {
        report(
          try Timing(workload, "dense input \(name)", work) {
            try matrixProduct(y.base, weights.base, rows: rows, columns: inputs, inner: units, into: dx.base)
          })
      }
    }
  }
}
