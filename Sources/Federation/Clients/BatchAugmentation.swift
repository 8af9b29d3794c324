internal import Datasets
internal import Networks
internal import Randomness
internal import Tensors

/// What `client.augment` makes of the batches of a client in a round.
///
/// The random numbers of an image are addressed by seed, client, its place among the client's examples, and the pass over them: so
/// a batch that is made twice, as for a contrast, another model or a joint step, is the same, and so it is on any number of threads
/// and after a resume. Nothing is remembered.
struct BatchAugmentation {
  private let list: [any Augmentation]
  private let black: BlackValues
  private let shape: Shape
  private let seed: UInt64
  private let client: UInt64
  /// The client's participation, above the passes of it.
  private let draw: UInt64

  /// Makes what a client's batches need in a round; nil where nothing is augmented.
  init?(_ training: LocalTraining) {
    let configuration = training.configuration
    guard !configuration.augment.isEmpty else { return nil }
    list = configuration.augment.map(\.component)
    let data = configuration.trainingData
    black = data.black(training.client)
    shape = data.sampleShape
    seed = configuration.seed
    client = UInt64(training.client)
    draw = UInt64(training.draw) << 32
  }

  /// Changes a batch where the plan reads it.
  ///
  /// - Parameters:
  ///   - values: The batch's images, one behind another, channels last.
  ///   - room: Room of the worker.
  func apply(to values: UnsafeMutablePointer<Float>, _ batch: LocalBatch, room: AlignedBuffer<Float>) {
    let count = shape.count
    room.reserve(count)
    let scratch = UnsafeMutableBufferPointer(start: room.base, count: count)
    for (place, position) in batch.places.enumerated() {
      let image = TrainingImage(
        UnsafeMutableBufferPointer(start: values + place * count, count: count), scratch: scratch, shape: shape,
        black: black[position])
      var random = RandomStream(
        seed: seed, .augmentation, client, UInt64(position), draw | UInt64(batch.pass))
      for augmentation in list { augmentation.apply(to: image, &random) }
    }
  }
}
