internal import Catalogs
internal import Randomness
internal import Tensors

/// Pads an image with so many black pixels on each side, and cuts one of its size out of that anywhere.
///
///     a, b ← uniform on 0, …, 2p
///     output(i, j) = input(i + a − p, j + b − p), black outside
///
/// Source: torchvision's `RandomCrop(size, padding=p)`; He et al. 2016, section 4.2, with p = 4 for 32 × 32.
struct RandomCrop: Augmentation {
  let padding: Int

  func problem(with shape: Shape) -> String? {
    if let problem = imageProblem(shape) { return problem }
    let least = min(shape[0], shape[1])
    guard padding >= least else { return nil }
    return
      "pads by \(padding), and nothing may be left of images of \(shape[0]) × \(shape[1]) (allowed: 0 to \(least - 1))"
  }

  func apply(to image: TrainingImage, _ random: inout RandomStream) {
    let down = random.index(below: 2 * padding + 1) - padding
    let right = random.index(below: 2 * padding + 1) - padding
    guard down != 0 || right != 0 else { return }
    let (height, width, channels) = (image.height, image.width, image.channels)
    image.keep()
    for row in 0..<height {
      for column in 0..<width {
        let (y, x) = (row + down, column + right)
        guard (0..<height).contains(y), (0..<width).contains(x) else {
          image.blacken(row, column)
          continue
        }
        let (target, source) = ((row * width + column) * channels, (y * width + x) * channels)
        for channel in 0..<channels { image.values[target + channel] = image.scratch[source + channel] }
      }
    }
  }

  static let entry = CatalogEntry<any Augmentation>(
    "crop", "pads with black and cuts out anywhere", source: "torchvision RandomCrop",
    options: [.required("padding", .integer(0...255), "pixels on each side")], shorthand: "padding"
  ) { RandomCrop(padding: $0.integer("padding")) }
}
