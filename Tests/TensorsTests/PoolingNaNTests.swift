import Tensors
import Testing

/// Pooling must not hide what is not a number: oneDNN's largest value of a window does.
@Suite struct PoolingNaNTests {
  struct Window: Sendable {
    var kernel: (height: Int, width: Int) = (2, 2)
    var stride: (height: Int, width: Int) = (2, 2)
    var pad: (height: Int, width: Int) = (0, 0)
    var channels = 16
  }

  static let windows = [
    Window(), Window(channels: 3), Window(kernel: (3, 3), stride: (1, 1), pad: (1, 1)),
    Window(kernel: (3, 2), stride: (2, 1), pad: (1, 0), channels: 48),
    Window(kernel: (2, 2), stride: (3, 3), channels: 32),
  ]
  private static let batch = 3
  private static let size = (height: 7, width: 6)

  private static func pool(_ window: Window, training: Bool, _ x: [Float]) throws -> [Float] {
    let geometry = WindowGeometry(
      kernel: window.kernel, stride: window.stride, padBefore: window.pad, padAfter: window.pad)
    let out = geometry.output(height: size.height, width: size.width)
    let pooling = try Pooling(
      batch: batch, input: [size.height, size.width, window.channels],
      output: [out.height, out.width, window.channels],
      geometry: geometry, kind: .max, isTraining: training)
    var y = [Float](repeating: 5, count: batch * out.height * out.width * window.channels)
    let workspace = AlignedBuffer<UInt8>(capacity: pooling.workspaceBytes + 64)
    let scratch = AlignedBuffer<UInt8>(capacity: pooling.scratchBytes + 64)
    try pooling.forward(
      input: x, output: &y, workspace: UnsafeMutableRawPointer(workspace.base),
      scratch: UnsafeMutableRawPointer(scratch.base))
    return y
  }

  /// Where a value of an image lies.
  private static func place(
    _ sample: Int, _ row: Int, _ column: Int, _ channel: Int, height: Int, width: Int, channels: Int
  ) -> Int {
    ((sample * height + row) * width + column) * channels + channel
  }

  /// As PyTorch: not a number where any value of the window is none.
  private static func expected(_ window: Window, _ x: [Float]) -> [Float] {
    let geometry = WindowGeometry(
      kernel: window.kernel, stride: window.stride, padBefore: window.pad, padAfter: window.pad)
    let out = geometry.output(height: size.height, width: size.width)
    var y = [Float](repeating: 0, count: batch * out.height * out.width * window.channels)
    for sample in 0..<batch {
      for row in 0..<out.height {
        for column in 0..<out.width {
          for channel in 0..<window.channels {
            var largest = -Float.infinity
            for i in 0..<window.kernel.0 {
              for j in 0..<window.kernel.1 {
                let (r, c) = (row * window.stride.0 - window.pad.0 + i, column * window.stride.1 - window.pad.1 + j)
                guard (0..<size.height).contains(r), (0..<size.width).contains(c) else { continue }
                let value = x[
                  place(
                    sample, r, c, channel, height: size.height, width: size.width, channels: window.channels)]
                if value > largest || value.isNaN { largest = value }
              }
            }
            y[
              place(
                sample, row, column, channel, height: out.height, width: out.width, channels: window.channels)] =
              largest
          }
        }
      }
    }
    return y
  }

  @Test("a window with a value that is no number gives none", arguments: windows.indices, [false, true])
  func propagates(index: Int, training: Bool) throws {
    let window = Self.windows[index]
    let count = Self.batch * Self.size.height * Self.size.width * window.channels
    for places in [[0], [count - 1], [7, 100, 101, 400], Array(0..<count), [] as [Int]] {
      for value in [Float.nan, -.nan, .infinity, -.infinity] {
        var x = normals(count, seed: 4)
        for place in places where place < count { x[place] = value }
        // PyTorch's first window of −∞ alone is −∞; oneDNN begins with the least number.
        if value == -.infinity, places.count > 4 { continue }
        let actual = try Self.pool(window, training: training, x)
        let wanted = Self.expected(window, x)
        #expect(
          zip(actual, wanted).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN },
          "\(value) at \(places.prefix(4))")
      }
    }
  }
}
