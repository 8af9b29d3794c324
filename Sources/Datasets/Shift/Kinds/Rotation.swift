internal import Catalogs
internal import Foundation
internal import Tensors

/// Turns an image by p degrees against the clock, as one sees it, around its middle.
///
///     c_y = (H − 1)/2, c_x = (W − 1)/2
///     x = c_x + cos p · (j − c_x) − sin p · (i − c_y)
///     y = c_y + sin p · (j − c_x) + cos p · (i − c_y)
///     output(i, j) = input at (y, x), clamped to the image, bilinear
///
/// Source: rotated MNIST as in Ghosh et al., "An efficient framework for clustered federated learning", NeurIPS 2020; PyTorch's
/// `grid_sample` with `border` and `align_corners=True`.
struct Rotation: FeatureShift {
  let degrees: LevelRange

  func problem(with shape: Shape) -> String? { imageProblem(shape) }

  func apply(to example: ShiftedExample) {
    let (height, width, channels) = (example.shape[0], example.shape[1], example.shape.channels)
    turnImage(
      example.values, example.scratch, height: height, width: width, channels: channels,
      degrees: degrees.value(at: example.level)
    ) { y, x, target in
      let (x, y) = (BilinearPlace(x, extent: width), BilinearPlace(y, extent: height))
      for channel in 0..<channels {
        target[channel] = Float(bilinear(example.scratch, x, y, width: width, channels: channels, channel))
      }
    }
  }

  static let entry = CatalogEntry<ShiftEntry>.shift(
    "rotate", "turns images against the clock", source: "Ghosh et al., NeurIPS 2020",
    options: [LevelRange.option("degrees", .any, "the angles at levels 0 and 1")]
  ) { Rotation(degrees: LevelRange($0, "degrees")) }
}

/// Turns an image against the clock, as one sees it, around its middle, by the equations of `Rotation`.
///
/// - Parameters:
///   - values: The image, channels last.
///   - scratch: Room for as many values, of any content; the image as it was lies there when `pixel` is called.
///   - pixel: Writes the channels of a pixel that was at (y, x), a place between pixels or beyond the image.
@inline(__always)
func turnImage(
  _ values: UnsafeMutableBufferPointer<Float>, _ scratch: UnsafeMutableBufferPointer<Float>, height: Int, width: Int,
  channels: Int, degrees: Double, _ pixel: (_ y: Double, _ x: Double, _ target: UnsafeMutablePointer<Float>) -> Void
) {
  guard let base = values.baseAddress else { return }
  let angle = degrees * .pi / 180
  let (cosine, sine) = (cos(angle), sin(angle))
  let (middleY, middleX) = (Double(height - 1) / 2, Double(width - 1) / 2)
  _ = scratch.update(fromContentsOf: values)
  for row in 0..<height {
    for column in 0..<width {
      let (down, right) = (Double(row) - middleY, Double(column) - middleX)
      pixel(
        middleY + sine * right + cosine * down, middleX + cosine * right - sine * down,
        base + (row * width + column) * channels)
    }
  }
}

/// A place between two neighbours of a row or a column.
struct BilinearPlace {
  let first: Int
  let second: Int
  /// The second's weight.
  let weight: Double

  /// The place `position`, clamped to 0 … extent − 1.
  init(_ position: Double, extent: Int) {
    let clamped = min(max(position, 0), Double(extent - 1))
    first = Int(clamped)
    second = min(first + 1, extent - 1)
    weight = clamped - Double(first)
  }
}

/// The value of a channel between four pixels of an image, channels last.
func bilinear(
  _ image: UnsafeMutableBufferPointer<Float>, _ x: BilinearPlace, _ y: BilinearPlace, width: Int, channels: Int,
  _ channel: Int
) -> Double {
  func pixel(_ row: Int, _ column: Int) -> Double { Double(image[(row * width + column) * channels + channel]) }
  let above = pixel(y.first, x.first) * (1 - x.weight) + pixel(y.first, x.second) * x.weight
  let below = pixel(y.second, x.first) * (1 - x.weight) + pixel(y.second, x.second) * x.weight
  return above * (1 - y.weight) + below * y.weight
}
