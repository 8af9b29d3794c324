public import Randomness
public import Tensors

/// Something that changes training images at random, each time that they are trained on.
///
/// It is applied to batches, behind shifts and normalization. Evaluations, constants of a normalization and statistics that
/// are measured see the images as they are.
public protocol Augmentation: Sendable {
  /// Why examples of a shape can't be changed so, in words that follow the kind's name; nil where they can. Unless said, images
  /// can, and nothing else.
  func problem(with shape: Shape) -> String?
  /// Changes an image by random numbers that are its own in this pass.
  func apply(to image: TrainingImage, _ random: inout RandomStream)
}

extension Augmentation {
  public func problem(with shape: Shape) -> String? { imageProblem(shape) }
}

/// An image of a batch, which is changed in place.
public struct TrainingImage {
  /// The values, `[H, W, C]`.
  public let values: UnsafeMutableBufferPointer<Float>
  /// Room for as many values, of any content.
  public let scratch: UnsafeMutableBufferPointer<Float>
  /// H.
  public let height: Int
  /// W.
  public let width: Int
  /// C.
  public let channels: Int
  /// What black is, by channel: see `BlackValues`.
  public let black: [Float]

  /// Makes an image of so many values.
  ///
  /// - Precondition: As many values, and as much room, as the shape of an image has.
  public init(
    _ values: UnsafeMutableBufferPointer<Float>, scratch: UnsafeMutableBufferPointer<Float>, shape: Shape,
    black: [Float]
  ) {
    precondition(
      shape.rank == 3 && values.count == shape.count && scratch.count == shape.count && black.count == shape.channels,
      "\(values.count) values, \(scratch.count) more and \(black.count) of black for an image of \(shape)")
    (self.values, self.scratch, self.black) = (values, scratch, black)
    (height, width, channels) = (shape[0], shape[1], shape.channels)
  }

  /// Keeps the image in `scratch` as it is now.
  func keep() { _ = scratch.update(fromContentsOf: values) }

  /// Makes a pixel black.
  func blacken(_ row: Int, _ column: Int) {
    let start = (row * width + column) * channels
    for channel in 0..<channels { values[start + channel] = black[channel] }
  }
}

/// What black is in the images of a client, as the model gets them: what a stored 0 becomes behind `image.mean` and `image.std`
/// or `data.normalize`, by channel. torchvision fills with 0 before it normalizes, which is the same.
public struct BlackValues: Sendable, Equatable {
  private let values: [[Float]]
  /// The position behind the examples that each of several values is of; empty where all have one.
  private let ends: [Int]

  /// One value a channel, for all examples.
  init(_ values: [Float]) {
    self.values = [values]
    ends = []
  }

  /// One value a channel for each of several clients, who have so many examples, one behind another.
  init(_ values: [[Float]], counts: [Int]) {
    self.values = values
    var ends: [Int] = []
    for count in counts { ends.append((ends.last ?? 0) + count) }
    self.ends = ends
  }

  /// What black is in the example at a position, by channel.
  public subscript(position: Int) -> [Float] {
    ends.isEmpty ? values[0] : values[ends.partitioningIndex { $0 > position }]
  }
}

extension FederatedDataset {
  /// What black is in a client's training examples.
  public func black(_ client: Int) -> BlackValues {
    guard let origin else { return BlackValues(ownBlack(client)) }
    let clients = 0..<origin.clientCount
    return BlackValues(clients.map(origin.ownBlack), counts: clients.map(origin.trainCount))
  }

  private func ownBlack(_ client: Int) -> [Float] {
    let channels = sampleShape.channels
    guard let preparation else { return sourceBlack }
    guard let scaling = scaling(client, preparation) else { return [Float](repeating: 0, count: channels) }
    let offset = scaling.offset.map { Float($0) }
    return offset.count == channels ? offset : [Float](repeating: offset.first ?? 0, count: channels)
  }
}
