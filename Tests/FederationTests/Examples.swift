import Catalogs
import Datasets
import Federation
import Networks
import Randomness
import Tensors

/// Examples of clients that look different: each domain is one client, told apart by a key rather than by its number.
struct ShiftedExamples: ExampleSource {
  /// What decides a domain's examples; equal keys mean equal examples.
  var keys: [UInt64]
  /// Training examples of each domain.
  var trainCounts: [Int]
  /// Test examples of each domain.
  var testCounts: [Int]
  var sampleShape: Shape = [5]
  var classCount = 3
  /// What every value is multiplied with.
  var magnitude: Float = 1

  var domains: [String] { keys.map { "key\($0)" } }

  func exampleCount(domain: Int, split: DataSplit) -> Int? {
    switch split {
    case .train: trainCounts[domain]
    case .validation: 0
    case .test: testCounts[domain]
    }
  }

  func label(_ reference: ExampleReference, split: DataSplit) -> Int32 {
    Int32((Int(reference.index) + Int(keys[Int(reference.domain)])) % classCount)
  }

  func write(_ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>) {
    var place = 0
    for reference in references {
      let key = keys[Int(reference.domain)]
      var stream = RandomStream(seed: key, .examples, split == .train ? 0 : 1, UInt64(reference.index))
      let shift = Float(key % 7) / 3 - 1
      let label = Float(label(reference, split: split))
      for channel in 0..<sampleShape.count {
        let slope = Float(channel % 3) - 1
        values[place] = magnitude * (shift + label * slope + 0.5 * Float(stream.normal()))
        place += 1
      }
    }
  }
}

extension ShiftedExamples {
  /// The examples as a federation with one client a domain.
  func dataset(seed: UInt64 = 1) throws -> FederatedDataset {
    try FederatedDataset(source: self, partitioner: ByDomain(), trainPerClient: nil, testPerClient: nil, seed: seed)
  }

  /// Four clients of different sizes.
  static let four = ShiftedExamples(keys: [1, 2, 3, 5], trainCounts: [24, 17, 30, 9], testCounts: [12, 7, 6, 10])
}

/// Small networks.
enum ExampleNetworks {
  /// Dense layers with two batch normalizations; `names` are those of the normalization layers.
  static func dense(_ names: [String] = ["bn1", "bn2"], inputs: Int = 5, classes: Int = 3) throws -> Network {
    try Network(
      input: [inputs],
      layers: [
        Dense(name: "fc1", units: 6), BatchNorm(name: names[0]), ReLU(), Dense(name: "fc2", units: 4),
        BatchNorm(name: names[1]), ReLU(), Dense(name: "fc3", units: classes),
      ])
  }

  /// A convolution, dropout and batch normalization on 4×4 images of two channels.
  static func convolution() throws -> Network {
    try Network(
      input: [4, 4, 2],
      layers: [
        Conv2D(name: "conv1", filters: 4, kernel: [3, 3], padding: .same), BatchNorm(name: "bn1"), ReLU(),
        MaxPool2D(kernel: [2, 2]), Flatten(), Dropout(rate: 0.25), Dense(name: "fc1", units: 3),
      ])
  }
}
