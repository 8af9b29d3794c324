internal import Catalogs
internal import Randomness

/// Mirrors an image with a probability, its left side for its right.
///
///     u ← uniform on [0, 1)
///     output(i, j) = input(i, W − 1 − j) where u < probability, else input(i, j)
///
/// Source: torchvision's `RandomHorizontalFlip`.
struct RandomFlip: Augmentation {
  let probability: Double

  func apply(to image: TrainingImage, _ random: inout RandomStream) {
    guard random.uniform() < probability else { return }
    let (width, channels) = (image.width, image.channels)
    for row in 0..<image.height {
      for column in 0..<(width / 2) {
        let left = (row * width + column) * channels
        let right = (row * width + width - 1 - column) * channels
        for channel in 0..<channels { image.values.swapAt(left + channel, right + channel) }
      }
    }
  }

  static let entry = CatalogEntry<any Augmentation>(
    "flip", "left for right, with a probability", source: "torchvision RandomHorizontalFlip",
    options: [Option("probability", .number(.unit), default: .number(0.5), "of an image in a pass")],
    shorthand: "probability"
  ) { RandomFlip(probability: $0.number("probability")) }
}
