import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct ElementwiseKernelTests {
  /// f(x) and f′(x).
  private func exact(_ activation: Kernels.Activation, _ x: Double) -> (value: Double, slope: Double) {
    switch activation {
    case .relu: return (max(x, 0), x > 0 ? 1 : 0)
    case .leakyReLU(let slope): return x > 0 ? (x, 1) : (Double(slope) * x, Double(slope))
    case .tanh: return (tanh(x), 1 - tanh(x) * tanh(x))
    case .sigmoid:
      let value = 1 / (1 + exp(-x))
      return (value, value * (1 - value))
    case .gelu:
      let share = (1 + erf(x / 2.squareRoot())) / 2
      return (x * share, share + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot())
    }
  }

  @Test(arguments: [Kernels.Activation.relu, .leakyReLU(slope: 0.25), .tanh, .sigmoid, .gelu])
  func activations(activation: Kernels.Activation) {
    let x = normals(77, seed: 1, deviation: 3) + [-100, 100, 1e-20]
    let gradient = normals(x.count, seed: 2)
    var y = [Float](repeating: 9, count: x.count)
    Kernels.activate(activation, x, count: x.count, into: &y)
    let values = x.map { Float(exact(activation, Double($0)).value) }
    #expect(difference(y, values, absolute: 1e-6, relative: 1e-5) == nil)
    var result = y
    Kernels.activateBackward(activation, x: x, y: y, gradient: gradient, count: x.count, into: &result)
    let expected = x.indices.map { Float(exact(activation, Double(x[$0])).slope * Double(gradient[$0])) }
    #expect(difference(result, expected, absolute: 1e-6, relative: 1e-5) == nil)
  }

  @Test(arguments: [Float(0.1), 0.5, 0.9]) func dropoutKeepsItsShare(rate: Float) {
    let count = 100_000
    let ones = [Float](repeating: 1, count: count)
    var kept: [[Bool]] = []
    for key: UInt64 in [1, 2, 1 << 32] {
      var y = ones
      Kernels.dropout(ones, count: count, key: key, rate: rate, into: &y)
      #expect(y.allSatisfy { $0 == 0 || abs($0 * (1 - rate) - 1) < 1e-5 })
      var again = ones
      Kernels.dropout(ones, count: count, key: key, rate: rate, into: &again)
      #expect(again == y)
      kept.append(y.map { $0 != 0 })
      let share = Double(kept[kept.count - 1].count { $0 }) / Double(count)
      let deviation = (Double(rate) * Double(1 - rate) / Double(count)).squareRoot()
      #expect(abs(share - Double(1 - rate)) < 4 * deviation)
      // A place tells nothing of its neighbour.
      let pairs = zip(kept[kept.count - 1], kept[kept.count - 1].dropFirst()).count { $0 && $1 }
      #expect(abs(Double(pairs) / Double(count) - Double((1 - rate) * (1 - rate))) < 8 * deviation)
    }
    for (a, b) in [(0, 1), (0, 2)] {
      let both = zip(kept[a], kept[b]).count { $0 && $1 }
      #expect(abs(Double(both) / Double(count) - Double((1 - rate) * (1 - rate))) < 0.01)
    }
  }

  @Test func dropoutOfNothingIsTheInput() {
    let x = normals(100, seed: 3)
    var y = [Float](repeating: 0, count: 100)
    Kernels.dropout(x, count: 100, key: 5, rate: 0, into: &y)
    #expect(y == x)
  }

  @Test(arguments: [(1, 1, 1), (2, 3, 5), (3, 16, 16), (2, 17, 33), (1, 784, 3)])
  func transposes(batch: Int, rows: Int, columns: Int) {
    let x = normals(batch * rows * columns, seed: 4)
    var y = x
    Kernels.transpose(x, batch: batch, rows: rows, columns: columns, into: &y)
    #expect(y == channelsFirst(x, shape: [batch, columns, rows]))
    var back = x
    Kernels.transpose(y, batch: batch, rows: columns, columns: rows, into: &back)
    #expect(back == x)
  }

  @Test func rowsAndColumns() {
    var y = [Float](repeating: 9, count: 6)
    Kernels.fillRows([1, 2, 3], rows: 2, columns: 3, into: &y)
    #expect(y == [1, 2, 3, 1, 2, 3])
    var sum: [Float] = [9, 9, 9]
    Kernels.columnSums([1, 2, 3, 10, 20, 30], rows: 2, columns: 3, into: &sum)
    #expect(sum == [11, 22, 33])
  }

  @Test func meansOverPositions() {
    // Two samples of two positions and three channels.
    let x: [Float] = [1, 2, 3, 3, 4, 5, 10, 20, 30, 30, 40, 50]
    var y = [Float](repeating: 9, count: 6)
    Kernels.positionMeans(x, batch: 2, positions: 2, channels: 3, into: &y)
    #expect(y == [2, 3, 4, 20, 30, 40])
    var back = x
    Kernels.positionMeansBackward(y, batch: 2, positions: 2, channels: 3, into: &back)
    #expect(back == [1, 1.5, 2, 1, 1.5, 2, 10, 15, 20, 10, 15, 20])
  }

  @Test func pixelsAreScaledShiftedAndRepeated() {
    var y = [Float](repeating: 9, count: 6)
    Kernels.gatherPixels(
      [1, 2], pixels: 2, sourceChannels: 1, channels: 3, scale: [1, 2, 3], shift: [0, 1, 2], into: &y)
    #expect(y == [1, 3, 5, 2, 5, 8])
    Kernels.gatherPixels([1, 2, 3], pixels: 3, sourceChannels: 1, channels: 1, scale: [2], shift: [1], into: &y)
    #expect(y.prefix(3) == [3, 5, 7])
    Kernels.gatherPixels(
      [1, 2, 3, 4], pixels: 2, sourceChannels: 2, channels: 2, scale: [1, 10], shift: [0, 1], into: &y)
    #expect(y.prefix(4) == [1, 21, 3, 41])
    Kernels.gatherPixels(
      [1, 2, 3, 4, 5, 6], pixels: 2, sourceChannels: 3, channels: 3, scale: [1, 1, 1], shift: [0, 0, 1], into: &y)
    #expect(y == [1, 2, 4, 4, 5, 7])
  }
}

@Suite struct LossKernelTests {
  @Test func crossEntropyOfExtremeLogits() {
    let x: [Float] = [1e4, -1e4, 0, -1e4, 1e4, 0, 1e4, 1e4, 1e4]
    var gradient = [Float](repeating: 9, count: 9)
    let result = Kernels.crossEntropy(x, targets: [0, 0, 2], rows: 3, classes: 3, factor: 1, gradient: &gradient)
    #expect(abs(result.sum - (0 + 2e4 + log(3))) < 1e-6)
    #expect(result.correct == 1)
    let third = Float(1.0 / 3)
    #expect(difference(gradient, [0, 0, 0, -1, 1, 0, third, third, third - 1], absolute: 1e-7, relative: 0) == nil)
  }

  @Test func binaryCrossEntropyOfExtremeLogits() {
    var gradient = [Float](repeating: 9, count: 4)
    let sum = Kernels.binaryCrossEntropy(
      [1e4, -1e4, 1e4, -1e4], targets: [1, 0, 0, 1], count: 4, factor: 1, gradient: &gradient)
    #expect(abs(sum - 2e4) < 1e-6)
    #expect(gradient == [0, 0, 1, -1])
  }
}

@Suite struct ReductionKernelTests {
  @Test(arguments: [0, 1, 15, 16, 17, 1000]) func sums(count: Int) {
    let a = normals(count, seed: 1)
    let b = normals(count, seed: 2)
    func sum(_ term: (Double, Double) -> Double) -> Double {
      zip(a, b).reduce(0) { $0 + term(Double($1.0), Double($1.1)) }
    }
    #expect(abs(Kernels.sumOfSquares(a, count: count) - sum { x, _ in x * x }) < 1e-9)
    #expect(abs(Kernels.squaredDistance(a, b, count: count) - sum { ($0 - $1) * ($0 - $1) }) < 1e-9)
    #expect(abs(Kernels.dot(a, b, count: count) - sum { $0 * $1 }) < 1e-9)
    var y = b
    Kernels.addScaled(a, count: count, factor: -2, to: &y)
    #expect(difference(y, zip(a, b).map { $1 - 2 * $0 }, absolute: 1e-6, relative: 1e-6) == nil)
  }

  @Test func theFirstValueThatIsNotFinite() {
    for place in [0, 5, 1023, 1024, 2999] {
      for value in [Float.nan, .infinity, -.infinity, .signalingNaN] {
        var x = [Float](repeating: .greatestFiniteMagnitude, count: 3000)
        x[place] = value
        x[2999] = .nan
        #expect(Kernels.firstNonFinite(x, count: 3000) == place)
        #expect(Kernels.firstNonFinite(x, count: place) == nil)
      }
    }
    #expect(Kernels.firstNonFinite([0, -0, .leastNonzeroMagnitude], count: 3) == nil)
  }

  @Test func fixedPointSumsDoNotDependOnTheOrder() {
    let count = 1000
    let updates = (0..<20).map { normals(count, seed: UInt64($0), deviation: pow(10, Double($0 % 7) - 3)) }
    func total(_ order: [Int]) -> [Float] {
      var sums = [Int64](repeating: 0, count: count)
      for index in order {
        #expect(Kernels.accumulate(updates[index], count: count, factor: 0x1p40 / 20, limit: 1e6, into: &sums) == nil)
      }
      var result = [Float](repeating: 0, count: count)
      Kernels.takeAccumulated(&sums, count: count, factor: 0x1p-40, into: &result)
      // What was taken is gone.
      #expect(sums.allSatisfy { $0 == 0 })
      return result
    }
    let forward = total(Array(0..<20))
    #expect(total((0..<20).reversed()) == forward)
    #expect(total((0..<20).map { ($0 * 7) % 20 }) == forward)
    let expected = (0..<count).map { place in Float(updates.reduce(0) { $0 + Double($1[place]) } / 20) }
    #expect(difference(forward, expected, absolute: 1e-10, relative: 1e-6) == nil)
  }

  @Test func fixedPointSumsOfDifferencesAreOnesOfTheirValues() {
    let count = 1000
    let (x, base) = (normals(count, seed: 1, deviation: 3), normals(count, seed: 2, deviation: 3))
    var sums = [Int64](repeating: 0, count: count)
    #expect(Kernels.accumulate(x, base: base, count: count, factor: 0x1p40, limit: 1e6, into: &sums) == nil)
    for place in 0..<count {
      #expect(sums[place] == Int64(((Double(x[place]) - Double(base[place])) * 0x1p40).rounded(.toNearestOrEven)))
    }
    // Too large is a value as well as a difference.
    for (value, other, isOut) in [(900 as Float, 0 as Float, false), (900, -200, true), (1100, 900, true)] {
      var (a, b) = (x, base)
      (a[700], b[700]) = (value, other)
      let found = Kernels.accumulate(a, base: b, count: count, factor: 1, limit: 1000, into: &sums)
      #expect(found == (isOut ? 700 : nil))
    }
  }

  @Test func fixedPointSumsLeaveOutWhatDoesNotFit() {
    for (place, value) in [(0, Float.nan), (3, .infinity), (511, -.infinity), (512, 1e8), (1500, -1e8)] {
      var x = [Float](repeating: 1.5, count: 2000)
      x[place] = value
      x[1999] = .nan
      var sums = [Int64](repeating: 1, count: 2000)
      let first = abs(value) == 1e8 ? 1999 : place
      #expect(Kernels.accumulate(x, count: 2000, factor: 4, limit: 1e8, into: &sums) == first)
      sums = [Int64](repeating: 1, count: 2000)
      #expect(Kernels.accumulate(x, count: 2000, factor: 0x1p40, limit: 1e6, into: &sums) == place)
      for (index, sum) in sums.enumerated() {
        #expect(sum == (index == place || index == 1999 ? 1 : 1 + 3 << 39))
      }
    }
  }

  @Test func sketchesThatFitAreTheDifference() {
    let a = normals(300, seed: 1)
    let b = normals(300, seed: 2)
    var sketch = [Float](repeating: 0, count: 300)
    Kernels.sketchDifference(a, b, count: 300, offset: 0, size: 300, into: &sketch)
    #expect(sketch == zip(a, b).map { $0 - $1 })
  }

  @Test func foldedSketchesKeepLengthsOnAverage() {
    // Equal values would add up if the signs were not balanced.
    let count = 64 * 1024
    let ones = [Float](repeating: 1, count: count)
    let zeros = [Float](repeating: 0, count: count)
    var sketch = [Float](repeating: 0, count: 1024)
    Kernels.sketchDifference(ones, zeros, count: count, offset: 0, size: 1024, into: &sketch)
    let ratio = Kernels.sumOfSquares(sketch, count: 1024) / Double(count)
    #expect(abs(ratio - 1) < 4 * (2.0 / 1024).squareRoot())
    let sum = sketch.reduce(0, +)
    #expect(abs(sum - 1024) < 4 * Float(count).squareRoot())
    // Inner products of different vectors are kept too, and pieces add up to the whole.
    let a = normals(count, seed: 3)
    let b = zip(a, normals(count, seed: 4)).map { 0.6 * $0 + 0.8 * $1 }
    var sketchA = [Float](repeating: 0, count: 1024)
    var sketchB = sketchA
    Kernels.sketchDifference(a, zeros, count: count, offset: 0, size: 1024, into: &sketchA)
    for start in stride(from: 0, to: count, by: 5000) {
      let piece = Array(b[start..<min(start + 5000, count)])
      Kernels.sketchDifference(piece, zeros, count: piece.count, offset: start, size: 1024, into: &sketchB)
    }
    var whole = [Float](repeating: 0, count: 1024)
    Kernels.sketchDifference(b, zeros, count: count, offset: 0, size: 1024, into: &whole)
    #expect(difference(sketchB, whole, absolute: 1e-4, relative: 1e-5) == nil)
    let cosine =
      Kernels.dot(sketchA, sketchB, count: 1024)
      / (Kernels.sumOfSquares(sketchA, count: 1024) * Kernels.sumOfSquares(sketchB, count: 1024)).squareRoot()
    #expect(abs(cosine - 0.6) < 0.1)
  }
}

@Suite struct AlignedBufferTests {
  private func isAligned(_ buffer: AlignedBuffer<Float>) -> Bool { UInt(bitPattern: buffer.base) % 64 == 0 }

  private func content(_ buffer: AlignedBuffer<Float>) -> [Float] {
    Array(UnsafeBufferPointer(start: buffer.base, count: buffer.capacity))
  }

  @Test func startsAlignedAndZero() {
    for capacity in [0, 1, 15, 1000] {
      let buffer = AlignedBuffer<Float>(capacity: capacity)
      #expect(isAligned(buffer))
      #expect(content(buffer) == [Float](repeating: 0, count: capacity))
    }
  }

  @Test func reservingKeepsWhatFitsAndClearsWhatGrows() {
    let buffer = AlignedBuffer<Float>(capacity: 3)
    buffer.base.update(repeating: 5, count: 3)
    buffer.reserve(2)
    #expect(content(buffer) == [5, 5, 5])
    buffer.reserve(40)
    #expect(buffer.capacity == 40 && isAligned(buffer))
    #expect(content(buffer) == [Float](repeating: 0, count: 40))
  }
}

@Suite struct ShapeTests {
  @Test func extents() {
    let shape: Shape = [4, 5, 3]
    #expect(shape.count == 60 && shape.rank == 3 && shape.channels == 3 && shape.positions == 20 && shape[1] == 5)
    #expect("\(shape)" == "4×5×3")
    #expect(Shape([7]).positions == 1)
    #expect(Shape([]).count == 1 && Shape([]).channels == 1)
  }
}
