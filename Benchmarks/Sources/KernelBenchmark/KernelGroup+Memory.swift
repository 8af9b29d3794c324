import Tensors

extension KernelGroup {
  /// Batch normalization with its ReLU: two passes forward, two backward.
  static let normalization = KernelGroup(name: "normalization") { report in
    let cases = [
      ("w1", 32 * 28 * 28, 64), ("w1", 32 * 7 * 7, 128), ("w1", 32, 2048), ("w2", 10 * 30 * 30, 32),
      ("w2", 10 * 28 * 28, 64), ("w3", 10, 128), ("w4", 32 * 32 * 32, 64), ("w4", 32 * 4 * 4, 512),
    ]
    for (workload, rows, channels) in cases {
      let count = rows * channels
      let (x, y, gradient) = (numbers(count), numbers(count), numbers(count))
      let (mean, variance) = (numbers(channels), numbers(channels))
      let (scale, shift) = (numbers(channels), numbers(channels))
      let (sum, dot) = (numbers(channels), numbers(channels))
      // What moves at least: forward reads x twice and writes y, backward reads x and the gradient twice and writes one.
      report(
        Timing(workload, "batch norm \(rows)×\(channels)", .bytes(12 * count)) {
          Kernels.channelMoments(x.base, rows: rows, channels: channels, mean: mean.base, variance: variance.base)
          Kernels.channelAffine(
            x.base, rows: rows, channels: channels, scale: scale.base, shift: shift.base, relu: true, into: y.base)
        })
      report(
        Timing(workload, "batch norm backward \(rows)×\(channels)", .bytes(20 * count)) {
          Kernels.normalizationSums(
            x.base, gradient: gradient.base, rows: rows, channels: channels, mean: mean.base, inverse: variance.base,
            scale: scale.base, shift: shift.base, relu: true, sum: sum.base, dot: dot.base)
          Kernels.normalizationInputGradient(
            x.base, gradient: gradient.base, rows: rows, channels: channels, mean: mean.base, scale: scale.base,
            shift: shift.base, relu: true, a: scale.base, b: sum.base, c: dot.base, into: y.base)
        })
    }
  }

  /// Max pooling by two.
  static let pooling = KernelGroup(name: "pooling") { report in
    for (workload, batch, size, channels) in [("w1", 32, 28, 64), ("w1", 32, 14, 64), ("w2", 10, 28, 64)] {
      let geometry = WindowGeometry(kernel: (2, 2), stride: (2, 2))
      let input: Shape = [size, size, channels]
      let output: Shape = [size / 2, size / 2, channels]
      let plan = try Pooling(
        batch: batch, input: input, output: output, geometry: geometry, kind: .max, isTraining: true)
      let (x, y) = (numbers(batch * input.count), numbers(batch * output.count))
      let scratch = AlignedBuffer<UInt8>(capacity: plan.scratchBytes)
      let workspace = AlignedBuffer<UInt8>(capacity: plan.workspaceBytes)
      let work = Timing.Work.bytes(4 * batch * (input.count + output.count) + plan.workspaceBytes)
      report(
        try Timing(workload, "max pooling \(batch)×\(input)", work) {
          try plan.forward(input: x.base, output: y.base, workspace: workspace.base, scratch: scratch.base)
        })
      report(
        try Timing(workload, "max pooling backward \(batch)×\(input)", work) {
          try plan.backward(
            outputGradient: y.base, inputGradient: x.base, workspace: workspace.base, scratch: scratch.base)
        })
    }
  }

  /// What goes over all weights, and what makes examples.
  static let elementwise = KernelGroup(name: "elementwise") { report in
    for (workload, count) in [("w1", 14_219_210), ("w3", 109_386)] {
      let (values, gradient) = (numbers(count), numbers(count))
      let accumulator = AlignedBuffer<Int64>(capacity: count)
      report(
        Timing(workload, "sgd \(count)", .bytes(12 * count)) {
          Kernels.sgd(values.base, gradient: gradient.base, count: count, rate: 1e-20, decay: 0)
        })
      report(
        Timing(workload, "accumulate \(count)", .bytes(20 * count)) {
          _ = Kernels.accumulate(values.base, count: count, factor: 1024, limit: 0x1p20, into: accumulator.base)
        })
    }
    for (workload, samples, width) in [("w1", 32, 2352), ("w3", 20, 784)] {
      let (pattern, values) = (numbers(width), numbers(samples * width))
      report(
        Timing(workload, "pattern \(samples)×\(width)", .bytes(8 * samples * width)) {
          for sample in 0..<samples {
            Kernels.pattern(
              pattern.base, count: width, key: UInt64(sample), gain: 0.25, deviation: 1, offset: 0.5,
              into: values.base + sample * width)
          }
        })
    }
  }
}
