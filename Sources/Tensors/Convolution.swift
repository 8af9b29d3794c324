internal import CKernels
internal import COneDNN

/// The geometry of a two-dimensional window that slides over images: convolution and pooling.
package struct WindowGeometry: Sendable, Equatable {
  /// Height and width of the window.
  package var kernel: (height: Int, width: Int)
  /// How far it moves.
  package var stride: (height: Int, width: Int)
  /// Rows and columns of padding before the image.
  package var padBefore: (height: Int, width: Int)
  /// Rows and columns of padding after the image.
  package var padAfter: (height: Int, width: Int)
  /// The distance of the window's elements; 1 is dense.
  package var dilation: (height: Int, width: Int)

  /// Makes a geometry.
  package init(
    kernel: (height: Int, width: Int), stride: (height: Int, width: Int) = (1, 1),
    padBefore: (height: Int, width: Int) = (0, 0), padAfter: (height: Int, width: Int) = (0, 0),
    dilation: (height: Int, width: Int) = (1, 1)
  ) {
    self.kernel = kernel
    self.stride = stride
    self.padBefore = padBefore
    self.padAfter = padAfter
    self.dilation = dilation
  }

  /// Height and width of what comes out of `height × width`; below 1 where the window does not fit.
  package func output(height: Int, width: Int) -> (height: Int, width: Int) {
    func extent(_ size: Int, _ kernel: Int, _ stride: Int, _ before: Int, _ after: Int, _ dilation: Int) -> Int {
      let room = size + before + after - dilation * (kernel - 1) - 1
      return room < 0 ? 0 : room / stride + 1
    }
    return (
      extent(height, kernel.height, stride.height, padBefore.height, padAfter.height, dilation.height),
      extent(width, kernel.width, stride.width, padBefore.width, padAfter.width, dilation.width)
    )
  }

  package static func == (a: Self, b: Self) -> Bool {
    a.kernel == b.kernel && a.stride == b.stride && a.padBefore == b.padBefore && a.padAfter == b.padAfter
      && a.dilation == b.dilation
  }

  /// What oneDNN is told; its own idea of the padding after is the part that the window reaches.
  func window(batch: Int, input: Shape, output: Shape, groups: Int) -> covey_window_shape {
    func reached(_ size: Int, _ out: Int, _ kernel: Int, _ stride: Int, _ before: Int, _ dilation: Int) -> Int {
      (out - 1) * stride + dilation * (kernel - 1) + 1 - size - before
    }
    return covey_window_shape(
      batch: Int64(batch), in_height: Int64(input[0]), in_width: Int64(input[1]), in_channels: Int64(input[2]),
      out_height: Int64(output[0]), out_width: Int64(output[1]), out_channels: Int64(output[2]),
      kernel_height: Int64(kernel.height), kernel_width: Int64(kernel.width), stride_height: Int64(stride.height),
      stride_width: Int64(stride.width), pad_top: Int64(padBefore.height), pad_left: Int64(padBefore.width),
      pad_bottom: Int64(reached(input[0], output[0], kernel.height, stride.height, padBefore.height, dilation.height)),
      pad_right: Int64(reached(input[1], output[1], kernel.width, stride.width, padBefore.width, dilation.width)),
      dilation_height: Int64(dilation.height), dilation_width: Int64(dilation.width), groups: Int64(groups))
  }
}

extension WindowGeometry {
  /// What Covey's own kernels are told of a pooling.
  func pooling(batch: Int, input: Shape, output: Shape) -> covey_pool_window {
    covey_pool_window(
      samples: batch, channels: input[2], in_height: input[0], in_width: input[1], out_height: output[0],
      out_width: output[1], kernel_height: kernel.height, kernel_width: kernel.width, stride_height: stride.height,
      stride_width: stride.width, pad_top: padBefore.height, pad_left: padBefore.width)
  }
}

/// oneDNN could not do what it was asked.
package struct LibraryError: Error, CustomStringConvertible {
  /// What it was asked to do.
  package let operation: String
  /// oneDNN's status; 1 is out of memory, 3 unimplemented.
  package let status: Int32

  package var description: String {
    "oneDNN \(String(cString: covey_onednn_version())) can't do \(operation) (\(status == 1 ? "out of memory" : "status \(status)"))"
  }
}

private func check(_ status: Int32, _ operation: @autoclosure () -> String) throws(LibraryError) {
  if status != 0 { throw LibraryError(operation: operation(), status: status) }
}

/// A two-dimensional convolution with PyTorch's weights, for one batch size; not for two threads
/// at once.
package final class Convolution {
  /// What computes it.
  private enum Engine {
    /// oneDNN, product by product.
    case direct(OpaquePointer)
    /// Covey's own kernels.
    case winograd(covey_winograd_shape)
  }

  private let engine: Engine
  private let label: String
  /// Bytes of scratch that its calls need.
  package let scratchBytes: Int

  /// Plans the convolution of `batch` images of `input` `[H, W, C]` to `output` `[H, W, C]`.
  ///
  /// - Parameter algorithm: How it is computed.
  package init(
    batch: Int, input: Shape, output: Shape, geometry: WindowGeometry, groups: Int, hasBias: Bool,
    needsWeightGradient: Bool, needsInputGradient: Bool, algorithm: ConvolutionAlgorithm = .direct
  ) throws(LibraryError) {
    label = "a convolution of \(batch)×\(input) to \(output)"
    var window = geometry.window(batch: batch, input: input, output: output, groups: groups)
    if algorithm == .winograd {
      precondition(
        Self.winogradFits(input: input, output: output, geometry: geometry, groups: groups),
        "\(label), which is none of Winograd's")
      var shape = covey_winograd_shape(
        batch: window.batch, in_height: window.in_height, in_width: window.in_width, in_channels: window.in_channels,
        out_height: window.out_height, out_width: window.out_width, out_channels: window.out_channels,
        pad_top: window.pad_top, pad_left: window.pad_left, pad_bottom: window.pad_bottom, pad_right: window.pad_right)
      engine = .winograd(shape)
      scratchBytes = covey_winograd_scratch(&shape, needsWeightGradient ? 1 : 0, needsInputGradient ? 1 : 0)
      return
    }
    var result: OpaquePointer?
    let status = covey_convolution_create(
      &window, hasBias ? 1 : 0, needsWeightGradient ? 1 : 0, needsInputGradient ? 1 : 0, &result)
    guard status == 0, let result else { throw LibraryError(operation: label, status: status) }
    engine = .direct(result)
    scratchBytes = covey_convolution_scratch(result)
  }

  deinit { if case .direct(let handle) = engine { covey_convolution_destroy(handle) } }

  /// Whether Winograd's algorithm F(4×4, 3×3) can compute it here: a dense window of 3×3 that moves by 1, at most 2 rows and
  /// columns of padding, channels in multiples of 16, and a processor with AVX2.
  package static func winogradFits(input: Shape, output: Shape, geometry: WindowGeometry, groups: Int) -> Bool {
    guard ComputeLibrary.hasWinograd, geometry.kernel == (3, 3), geometry.stride == (1, 1), geometry.dilation == (1, 1),
      groups == 1, input[2] % 16 == 0, output[2] % 16 == 0
    else { return false }
    let pads = [geometry.padBefore, geometry.padAfter].flatMap { [$0.height, $0.width] }
    return pads.allSatisfy { 0...2 ~= $0 }
  }

  /// output = input ∗ weights + bias.
  package func forward(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
  ) throws(LibraryError) {
    switch engine {
    case .direct(let handle): try check(covey_convolution_forward(handle, input, weights, bias, output, scratch), label)
    case .winograd(var shape): covey_winograd_forward(&shape, input, weights, bias, output, scratch)
    }
  }

  /// inputGradient = the gradient of the input.
  package func backwardInput(
    outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutableRawPointer
  ) throws(LibraryError) {
    switch engine {
    case .direct(let handle):
      try check(covey_convolution_backward_input(handle, outputGradient, weights, inputGradient, scratch), label)
    case .winograd(var shape): covey_winograd_backward_input(&shape, outputGradient, weights, inputGradient, scratch)
    }
  }

  /// weightGradient =, biasGradient = the gradients of the parameters.
  package func backwardWeights(
    input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, weightGradient: UnsafeMutablePointer<Float>,
    biasGradient: UnsafeMutablePointer<Float>?, scratch: UnsafeMutableRawPointer
  ) throws(LibraryError) {
    switch engine {
    case .direct(let handle):
      let status = covey_convolution_backward_weights(
        handle, input, outputGradient, weightGradient, biasGradient, scratch)
      try check(status, label)
    case .winograd(var shape):
      covey_winograd_backward_weights(&shape, input, outputGradient, weightGradient, biasGradient, scratch)
    }
  }
}

/// How a convolution is computed.
package enum ConvolutionAlgorithm: Sendable {
  /// Product by product.
  case direct
  /// By Winograd's algorithm, which needs a quarter of the products and rounds otherwise.
  ///
  /// Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, F(4×4, 3×3).
  case winograd
}

/// What a pooling window keeps.
package enum PoolingKind: Sendable {
  /// The largest value, the first of equals; what is not a number is larger than all.
  case max
  /// The mean; padding counts as zeros if `countsPadding`.
  case average(countsPadding: Bool)
}

/// A two-dimensional pooling for one batch size; not for two threads at once.
package final class Pooling {
  private let handle: OpaquePointer
  private let label: String
  /// The window of a pooling that keeps the largest values, and how many values it reads; nil for the others.
  private let largest: (window: covey_pool_window, count: Int)?
  /// Bytes of scratch that its calls need.
  package let scratchBytes: Int
  /// Bytes that `forward` leaves for `backward`.
  package let workspaceBytes: Int

  /// Plans the pooling of `batch` images of `input` `[H, W, C]`.
  package init(
    batch: Int, input: Shape, output: Shape, geometry: WindowGeometry, kind: PoolingKind, isTraining: Bool
  ) throws(LibraryError) {
    var shape = geometry.window(batch: batch, input: input, output: output, groups: 1)
    let poolKind =
      switch kind {
      case .max: COVEY_POOL_MAX
      case .average(countsPadding: true): COVEY_POOL_AVERAGE
      case .average(countsPadding: false): COVEY_POOL_AVERAGE_EXCLUDING_PADDING
      }
    var result: OpaquePointer?
    label = "a pooling of \(batch)×\(input) to \(output)"
    let status = covey_pooling_create(&shape, poolKind, isTraining ? 1 : 0, &result)
    guard status == 0, let result else { throw LibraryError(operation: label, status: status) }
    handle = result
    if case .max = kind {
      let window = geometry.pooling(batch: batch, input: input, output: output)
      largest = (window, batch * input.count)
    } else {
      largest = nil
    }
    scratchBytes = covey_pooling_scratch(result)
    workspaceBytes = covey_pooling_workspace(result)
  }

  deinit { covey_pooling_destroy(handle) }

  /// output = the pooled input; workspace = what `backward` needs. A window with a value that is not a number gives
  /// none, as in PyTorch; oneDNN passes such values over, or gives −3.4e38 where there are no others.
  package func forward(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, workspace: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer
  ) throws(LibraryError) {
    try check(covey_pooling_forward(handle, input, output, workspace, scratch), label)
    if var largest, covey_has_nan(input, largest.count) != 0 { covey_spread_nan(&largest.window, input, output) }
  }

  /// inputGradient = the gradient of the input.
  package func backward(
    outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
    workspace: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer
  ) throws(LibraryError) {
    try check(covey_pooling_backward(handle, outputGradient, inputGradient, workspace, scratch), label)
  }
}
