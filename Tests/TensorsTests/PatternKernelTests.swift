import Randomness
import Tensors
import TestSupport
import Testing

@Suite struct PatternKernelTests {
  private func noise(_ count: Int, key: UInt64) -> [Float] {
    var y = [Float](repeating: 9, count: count)
    let zeros = [Float](repeating: 0, count: count)
    Kernels.pattern(zeros, count: count, key: key, gain: 0, deviation: 1, offset: 0, into: &y)
    return y
  }

  private func correlation(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } / Double(a.count)
  }

  /// The header's definition, value by value, in whole numbers and singly rounded products.
  @Test(arguments: [1, 15, 16, 77, 784]) func isItsDefinitionToTheBit(count: Int) {
    let (key, gain, deviation, offset): (UInt64, Float, Float, Float) = (0xFEDC_BA98_7654_3210, 0.3, 1.7, -0.2)
    let pattern = normals(count, seed: 1)
    var y = [Float](repeating: 9, count: count + 1)
    Kernels.pattern(pattern, count: count, key: key, gain: gain, deviation: deviation, offset: offset, into: &y)
    for place in 0..<count {
      var h = UInt32(place) ^ UInt32(truncatingIfNeeded: key)
      h = ((h ^ (h >> 16)) &* 0x7FEB_352D) ^ UInt32(key >> 32)
      h = (h ^ (h >> 15)) &* 0x846C_A68B
      h ^= h >> 16
      let sum = Int(h & 255) + Int(h >> 8 & 255) + Int(h >> 16 & 255) + Int(h >> 24) - 510
      let product = gain * pattern[place]
      let noise = deviation / Float(21_845).squareRoot() * Float(sum)
      #expect(y[place] == product + (noise + offset), "place \(place)")
    }
    #expect(y[count] == 9)
  }

  @Test(arguments: [UInt64(0), 1, 1 << 32, 0x9E37_79B9_7F4A_7C15]) func noiseIsNearlyNormalAndWhite(key: UInt64) {
    let count = 100_000
    let y = noise(count, key: key)
    let mean = y.reduce(0) { $0 + Double($1) } / Double(count)
    let variance = correlation(y[...], y[...])
    let fourth = y.reduce(0) { $0 + Double($1 * $1 * $1 * $1) } / Double(count)
    #expect(abs(mean) < 0.015 && abs(variance - 1) < 0.02)
    // Four bytes: 3 − 6/(5·4) = 2.7 against the normal distribution's 3.
    #expect(abs(fourth - 2.7) < 0.08)
    for lag in [1, 2, 3, 16, 28, 32, 784] {
      #expect(abs(correlation(y[..<(count - lag)], y[lag...])) < 0.016, "lag \(lag)")
    }
  }

  @Test func scatteredKeysHaveNothingInCommon() {
    let count = 50_000
    let all = (0..<12).map { noise(count, key: mixed(UInt64($0))) } + [noise(count, key: mixed(0) ^ 1)]
    for (place, one) in all.enumerated() {
      for other in all[..<place] { #expect(abs(correlation(one[...], other[...])) < 0.024) }
    }
  }
}
