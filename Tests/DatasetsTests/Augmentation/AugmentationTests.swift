import Catalogs
import Foundation
import Randomness
import Tensors
import Testing

@testable import Datasets

/// What `client.augment` does to single images, by closed forms and over many draws.
@Suite("augmentations of images")
struct AugmentationTests {
  /// An image of values 1, 2, … whose black is −1, −2, … by channel.
  private struct Image {
    var shape: Shape
    var values: [Float]
    var black: [Float] { (0..<shape.channels).map { -Float($0 + 1) } }

    init(_ height: Int, _ width: Int, _ channels: Int = 1) {
      shape = [height, width, channels]
      values = (0..<shape.count).map { Float($0 + 1) }
    }

    /// The image after an augmentation whose random numbers are the `draw`-th.
    func after(_ augmentation: any Augmentation, draw: UInt64 = 0) -> [Float] {
      var random = RandomStream(seed: 5, .augmentation, draw)
      return after(augmentation, &random)
    }

    func after(_ augmentation: any Augmentation, _ random: inout RandomStream) -> [Float] {
      var values = values
      var scratch = [Float](repeating: .nan, count: values.count)
      values.withUnsafeMutableBufferPointer { values in
        scratch.withUnsafeMutableBufferPointer { scratch in
          augmentation.apply(to: TrainingImage(values, scratch: scratch, shape: shape, black: black), &random)
        }
      }
      return values
    }

    /// The pixels that are black.
    func blackened(_ values: [Float]) -> [Bool] {
      stride(from: 0, to: values.count, by: shape.channels).map { start in
        (0..<shape.channels).allSatisfy { values[start + $0] == black[$0] }
      }
    }
  }

  /// An example of each kind; the contract below wants one of all that there are.
  private static let examples: [String: any Augmentation] = [
    "flip": RandomFlip(probability: 0.5), "crop": RandomCrop(padding: 2), "rotate": RandomTurn(degrees: 25),
    "cutout": Cutout(size: 3),
  ]

  @Test("every kind gives the same image for the same numbers, finite and within the values that there are")
  func contract() throws {
    #expect(Set(augmentationCatalog.names) == Set(Self.examples.keys))
    for (name, augmentation) in Self.examples {
      for image in [Image(6, 9, 3), Image(5, 5), Image(4, 7, 2)] {
        var others = 0
        for draw in 0..<50 {
          let changed = image.after(augmentation, draw: UInt64(draw))
          #expect(changed == image.after(augmentation, draw: UInt64(draw)), "\(name)")
          #expect(changed.allSatisfy { $0 >= image.black.min()! && $0 <= image.values.max()! }, "\(name)")
          others += changed == image.values ? 0 : 1
        }
        #expect(others > 10, "\(name)")
      }
      for shape in [[16], [4, 3], [2, 3, 4, 1]] as [Shape] {
        #expect(
          augmentation.problem(with: shape)
            == "is for images, and the data have examples of \(shape) (allowed: height × width × channels)")
      }
      #expect(augmentation.problem(with: [5, 5, 1]) == nil)
    }
  }

  @Test("options are checked by the catalog, and by the shape")
  func options() throws {
    #expect(augmentationCatalog.entries.map(\.shorthand) == ["probability", "padding", "degrees", "size"])
    let made = try augmentationCatalog.make("flip")
    #expect((made as? RandomFlip)?.probability == 0.5)
    #expect(
      RandomCrop(padding: 5).problem(with: [5, 9, 1])
        == "pads by 5, and nothing may be left of images of 5 × 9 (allowed: 0 to 4)")
    #expect(RandomCrop(padding: 4).problem(with: [5, 9, 1]) == nil)
    #expect(
      Cutout(size: 6).problem(with: [5, 9, 1]) == "cuts out 6 × 6 of images of 5 × 9 (allowed: 0 to 5)")
    #expect(Cutout(size: 5).problem(with: [5, 9, 1]) == nil)
  }

  // MARK: Closed forms

  @Test("a flip is its own inverse, and mirrors each row")
  func flip() {
    var image = Image(2, 3, 2)
    let mirrored = image.after(RandomFlip(probability: 1))
    #expect(mirrored == [5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8])
    let original = image.values
    image.values = mirrored
    #expect(image.after(RandomFlip(probability: 1)) == original)
    for draw in 0..<100 { #expect(image.after(RandomFlip(probability: 0), draw: UInt64(draw)) == image.values) }
  }

  @Test(
    "what changes nothing leaves each bit",
    arguments: [RandomCrop(padding: 0), RandomTurn(degrees: 0), Cutout(size: 0)] as [any Augmentation])
  func identity(augmentation: any Augmentation) {
    var image = Image(6, 7, 3)
    image.values = image.values.map { ($0 * 0.37).truncatingRemainder(dividingBy: 1) - 0.5 }
    for draw in 0..<100 { #expect(image.after(augmentation, draw: UInt64(draw)) == image.values) }
  }

  @Test("a crop is the image at one of (2p + 1)² places, each as often, with black around it")
  func crop() throws {
    let image = Image(4, 5, 2)
    var counts: [[Float]: Int] = [:]
    for draw in 0..<9000 { counts[image.after(RandomCrop(padding: 1), draw: UInt64(draw)), default: 0] += 1 }
    var expected: Set<[Float]> = []
    for down in -1...1 {
      for right in -1...1 {
        var moved: [Float] = []
        for row in 0..<4 {
          for column in 0..<5 {
            for channel in 0..<2 {
              let (y, x) = (row + down, column + right)
              let isInside = (0..<4).contains(y) && (0..<5).contains(x)
              moved.append(isInside ? image.values[(y * 5 + x) * 2 + channel] : image.black[channel])
            }
          }
        }
        expected.insert(moved)
      }
    }
    #expect(Set(counts.keys) == expected && expected.count == 9)
    // Five standard deviations of a binomial with n = 9000 and p = 1/9.
    for count in counts.values { #expect(abs(Double(count) - 1000) < 5 * (1000 * 8 / 9.0).squareRoot()) }
  }

  @Test("a flip comes as often as its probability says", arguments: [0.2, 0.5, 0.9])
  func flips(probability: Double) {
    let image = Image(2, 2)
    let flipped = (0..<10_000).count {
      image.after(RandomFlip(probability: probability), draw: UInt64($0)) != image.values
    }
    #expect(abs(Double(flipped) - 10_000 * probability) < 5 * (10_000 * probability * (1 - probability)).squareRoot())
  }

  @Test("a cut is a square of black, clipped at the borders, whose middle is anywhere", arguments: [1, 2, 3, 4])
  func cutout(size: Int) {
    let (height, width) = (6, 5)
    let image = Image(height, width, 2)
    var sum = 0
    var hits = [Int](repeating: 0, count: height * width)
    let draws = 12_000
    var isRight = true
    for draw in 0..<draws {
      let values = image.after(Cutout(size: size), draw: UInt64(draw))
      let black = image.blackened(values)
      let rows = (0..<height).filter { row in (0..<width).contains { black[row * width + $0] } }
      let columns = (0..<width).filter { column in (0..<height).contains { black[$0 * width + column] } }
      // One rectangle of neighbours, and nothing else has changed.
      let area = black.count { $0 }
      isRight = isRight && area == rows.count * columns.count && area > 0 && max(rows.count, columns.count) <= size
      isRight = isRight && (rows.last ?? 0) - (rows.first ?? 0) == rows.count - 1
      for place in 0..<(height * width) {
        if black[place] { hits[place] += 1 }
        isRight = isRight && (black[place] || values[place * 2] == image.values[place * 2])
      }
      sum += area
    }
    #expect(isRight)
    /// Of how many middles a square covers a row of so many.
    func cover(_ extent: Int) -> [Double] {
      (0..<extent).map { row in
        Double((0..<extent).count { middle in row >= middle - size / 2 && row < middle - size / 2 + size })
          / Double(extent)
      }
    }
    let expected = cover(height).reduce(0, +) * cover(width).reduce(0, +)
    #expect(abs(Double(sum) / Double(draws) / expected - 1) < 0.03)
    for row in 0..<height {
      for column in 0..<width {
        let share = cover(height)[row] * cover(width)[column]
        let deviation = (share * (1 - share) * Double(draws)).squareRoot()
        #expect(abs(Double(hits[row * width + column]) - share * Double(draws)) <= 5 * deviation + 1)
      }
    }
  }

  @Test("a turn goes either way, leaves the middle where it is and fills with black")
  func turn() {
    var image = Image(7, 7)
    for place in image.values.indices { image.values[place] = place == 24 ? 5 : place == 27 ? 9 : 0 }
    // The bright pixel three to the right of the middle goes up or down with the angle, by at most 3 sin 30°.
    var heights: [Double] = []
    for draw in 0..<4000 {
      let values = image.after(RandomTurn(degrees: 30), draw: UInt64(draw))
      #expect(values[24] == 5)
      var (sum, moment) = (0.0, 0.0)
      for row in 0..<7 {
        for column in 5..<7 where values[row * 7 + column] > 0 {
          sum += Double(values[row * 7 + column])
          moment += Double(values[row * 7 + column]) * Double(3 - row)
        }
      }
      heights.append(moment / sum)
    }
    #expect(heights.allSatisfy { abs($0) < 2 } && heights.max()! > 0.9 && heights.min()! < -0.9)
    let mean = heights.reduce(0, +) / 4000
    #expect(abs(mean) < 0.07)
    // Of 45° the corners of a square come from outside.
    var turned = Image(5, 5)
    turned.values = [Float](repeating: 3, count: 25)
    var found = false
    for draw in 0..<300 where !found {
      let values = turned.after(RandomTurn(degrees: 180), draw: UInt64(draw))
      found = [0, 4, 20, 24].allSatisfy { values[$0] < 0 } && values[12] == 3
    }
    #expect(found)
  }

  @Test("a quarter turn of the resampling that shift and augmentation share is exact but for rounding")
  func quarter() {
    var values: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    var scratch = [Float](repeating: 0, count: 9)
    values.withUnsafeMutableBufferPointer { values in
      scratch.withUnsafeMutableBufferPointer { scratch in
        turnImage(values, scratch, height: 3, width: 3, channels: 1, degrees: 90) { y, x, target in
          target[0] = scratch[Int(y.rounded()) * 3 + Int(x.rounded())]
        }
      }
    }
    // Against the clock.
    #expect(values == [3, 6, 9, 2, 5, 8, 1, 4, 7])
  }

  // MARK: What black is

  private func dataset(
    mean: Double = 0.5, deviation: Double = 0.25, _ normalization: Normalization = .none, shift: [ShiftEntry] = []
  ) throws -> FederatedDataset {
    let options: [String: OptionValue] = [
      "image": .group([
        "width": .integer(8), "height": .integer(8), "channels": .text("3"), "mean": .number(mean),
        "std": .number(deviation),
      ])
    ]
    let source = try datasetCatalog.make("synthetic-digits", options).open("/", 1)
    return try FederatedDataset(
      source: source, partitioner: try partitionCatalog.make("by-domain"), trainPerClient: 6, testPerClient: 2,
      shift: shift, normalization: normalization, seed: 1)
  }

  @Test("black is what a stored 0 becomes: by the source, by a normalization, and by each client's own")
  func black() throws {
    #expect(try dataset().black(0)[5] == [-2, -2, -2])
    #expect(try dataset(mean: 0, deviation: 1).black(2)[0] == [0, 0, 0])
    #expect(
      try dataset(.fixed(mean: [0.5, 1, 0], deviation: [0.5, 0.25, 2])).black(1)[0] == [-1, -4, 0])
    let local = try dataset(.local)
    // m and v of the client: −m/√(v + 10⁻⁵).
    for client in 0..<2 {
      let moments = local.moments(client)
      let expected = zip(moments.mean, moments.variance).map { Float(-$0 / ($1 + 1e-5).squareRoot()) }
      for (own, other) in zip(local.black(client)[0], expected) { #expect(abs(own - other) < 1e-5) }
    }
    #expect(local.black(0) != local.black(1))
    let federated = try dataset(.federated)
    #expect(federated.black(0) == federated.black(1))
    // In one place each example has the black of the client that it came from.
    let pooled = local.pooled().black(0)
    #expect(pooled[0] == local.black(0)[0] && pooled[5] == local.black(0)[0] && pooled[6] == local.black(1)[0])
    #expect(try dataset().pooled().black(0)[17] == [-2, -2, -2])
  }
}
