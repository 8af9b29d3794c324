import Formats
import Testing

// Expected values: this reimplementation of torch's upsample_bilinear2d (align_corners=False) in numpy, in float32.
//
//   import numpy as np
//   def resize(x, h, w):                                     # x is [H, W, C]
//       f = np.float32
//       def axis(n, m):
//           s = np.maximum((np.arange(m, dtype=f) + f(.5)) * (f(n) / f(m)) - f(.5), 0)
//           i = np.minimum(s.astype(int), n - 1)
//           return i, np.minimum(i + 1, n - 1), (s - i).astype(f)
//       r0, r1, b = axis(x.shape[0], h); c0, c1, a = axis(x.shape[1], w)
//       a = a[None, :, None]; b = b[:, None, None]
//       top = (1 - a) * x[r0][:, c0] + a * x[r0][:, c1]
//       return (1 - b) * top + b * ((1 - a) * x[r1][:, c0] + a * x[r1][:, c1])
//   squares = np.arange(12, dtype=np.float32).reshape(2, 3, 2) ** 2
//   bytes = ((np.arange(20) * 37) % 256).astype(np.float32).reshape(4, 5, 1)
//   resize(squares, 3, 5), resize(bytes, 3, 2), resize(bytes, 7, 8)

private func isNear(_ a: [Float], _ b: [Float]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 }
}

@Suite("bilinear resize")
struct ResizeTests {
  private let bytes = (0..<20).map { UInt8(truncatingIfNeeded: $0 * 37) }

  @Test("two interleaved channels, larger")
  func channels() {
    let squares = (0..<12).map { Float($0 * $0) }
    let expected: [Float] = [
      0.0, 1.0, 1.6, 4.2, 4.0, 9.0, 11.200002, 18.600002, 16.0, 25.0, 18.0, 25.0, 24.4, 33.0, 34.0, 45.0, 48.400005,
      61.800003, 58.0, 73.0, 36.0, 49.0, 47.200005, 61.800003, 64.0, 81.0, 85.600006, 105.0, 100.0, 121.0,
    ]
    let resized = bilinearResized(squares, count: 1, channels: 2, from: (2, 3), to: (3, 5))
    #expect(isNear(resized, expected))
    // Two images give each what one gives.
    let twice = bilinearResized(squares + squares.reversed(), count: 2, channels: 2, from: (2, 3), to: (3, 5))
    #expect(Array(twice.prefix(30)) == resized)
    let reversed = bilinearResized(squares.reversed(), count: 1, channels: 2, from: (2, 3), to: (3, 5))
    #expect(Array(twice.suffix(30)) == reversed)
  }

  @Test("bytes, smaller")
  func smaller() {
    let expected: [Float] = [58.583336, 108.416664, 177.25, 109.75, 82.583321, 164.416656]
    #expect(isNear(bilinearResized(bytes, count: 1, channels: 1, from: (4, 5), to: (3, 2)), expected))
  }

  @Test("bytes, larger by uneven factors")
  func larger() {
    let expected: [Float] = [
      0.0, 16.1875, 39.3125, 62.4375, 85.5625, 108.6875, 131.8125, 148.0, 66.071442, 82.258942, 99.669655, 65.651787,
      60.205353, 83.330353, 106.455353, 122.642853, 171.785721, 187.973221, 196.241074, 70.79464, 19.633926, 42.758926,
      65.883926, 82.071426, 149.5, 165.6875, 180.8125, 123.9375, 107.0625, 130.1875, 81.3125, 41.5, 108.928551,
      125.116058, 148.241058, 171.366043, 194.491058, 217.616058, 107.026802, 19.214325, 68.357132, 84.544632,
      107.669632, 130.794632, 153.919632, 177.044632, 148.741089, 124.928596, 43.0, 59.1875, 82.3125, 105.4375,
      128.5625, 151.6875, 174.8125, 191.0,
    ]
    #expect(isNear(bilinearResized(bytes, count: 1, channels: 1, from: (4, 5), to: (7, 8)), expected))
  }

  @Test("the same size, one pixel and no image")
  func edges() {
    #expect(bilinearResized(bytes, count: 1, channels: 1, from: (4, 5), to: (4, 5)) == bytes.map { Float($0) })
    #expect(bilinearResized([UInt8(9)], count: 1, channels: 1, from: (1, 1), to: (2, 2)) == [9, 9, 9, 9])
    #expect(bilinearResized([UInt8](), count: 0, channels: 3, from: (2, 2), to: (5, 5)) == [])
  }
}
