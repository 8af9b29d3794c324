internal import Catalogs
internal import Randomness
internal import Tensors

/// Turns an image around its middle by an angle of at most so many degrees, either way.
///
///     a ← uniform on [−d, d)
///     output(i, j) = input at the place of `turnImage`, bilinear between pixels, black outside
///
/// Source: torchvision's `RandomRotation(d, interpolation=BILINEAR, fill=0)`.
/// Differs: pixels at the border are mixed with the black beyond it, as by `grid_sample` with `zeros`; torchvision's default is the
/// nearest pixel.
struct RandomTurn: Augmentation {
  let degrees: Double

  func apply(to image: TrainingImage, _ random: inout RandomStream) {
    let angle = random.uniform(-degrees, degrees)
    let (height, width, channels) = (image.height, image.width, image.channels)
    turnImage(image.values, image.scratch, height: height, width: width, channels: channels, degrees: angle) {
      y, x, target in
      let (top, left) = (y.rounded(.down), x.rounded(.down))
      let (down, right) = (y - top, x - left)
      let (row, column) = (Int(top), Int(left))
      for channel in 0..<channels {
        func pixel(_ row: Int, _ column: Int) -> Double {
          guard row >= 0, row < height, column >= 0, column < width else { return Double(image.black[channel]) }
          return Double(image.scratch[(row * width + column) * channels + channel])
        }
        let above = pixel(row, column) * (1 - right) + pixel(row, column + 1) * right
        let below = pixel(row + 1, column) * (1 - right) + pixel(row + 1, column + 1) * right
        target[channel] = Float(above * (1 - down) + below * down)
      }
    }
  }

  static let entry = CatalogEntry<any Augmentation>(
    "rotate", "turns by up to so many degrees either way", source: "torchvision RandomRotation",
    options: [.required("degrees", .number(.init(0, 180)), "the largest angle")], shorthand: "degrees"
  ) { RandomTurn(degrees: $0.number("degrees")) }
}
