internal import Catalogs
internal import Tensors

/// The size and scale in which a source hands out images: `image: {width, height, channels, mean, std}`.
struct ImageOptions: Sendable {
  let height: Int
  let width: Int
  /// 1 or 3.
  let channels: Int
  /// What a value of [0, 1] is multiplied with, and what is added, by channel: (v − mean) / std.
  let scale: [Float]
  let shift: [Float]
  /// By channel, as the scenario has them.
  let mean: [Double]
  let deviation: [Double]

  var shape: Shape { [height, width, channels] }

  static let option = option(scaleCount: 1...3)

  /// The option, with so many numbers in a list of means or deviations.
  static func option(scaleCount: ClosedRange<Int>) -> Option {
    .optional(
      "image",
      .group([
        Option("width", .integer(8...256), default: .integer(28), "columns"),
        Option("height", .integer(8...256), default: .integer(28), "rows"),
        Option("channels", .choice(["1", "3"]), default: .text("3"), "1 (grey) or 3 (colour)"),
        Option(
          "mean", .either([.number(.any), .list(.number(.any), count: scaleCount)]), default: .number(0.5),
          "subtracted from values of [0, 1]"),
        Option(
          "std", .either([.number(.above(0)), .list(.number(.above(0)), count: scaleCount)]), default: .number(0.5),
          "then divided by"),
      ]), "size and scale of the images")
  }

  /// The same size with values as they are.
  var unscaled: ImageOptions { ImageOptions(unscaling: self) }

  private init(unscaling other: ImageOptions) {
    (height, width, channels) = (other.height, other.width, other.channels)
    scale = [Float](repeating: 1, count: channels)
    shift = [Float](repeating: 0, count: channels)
    mean = [Double](repeating: 0, count: channels)
    deviation = [Double](repeating: 1, count: channels)
  }

  init(_ options: Options) throws {
    let image = try options.group("image")
    height = image.integer("height")
    width = image.integer("width")
    let channels = image.text("channels") == "1" ? 1 : 3
    self.channels = channels
    func perChannel(_ name: String) throws -> [Double] {
      let values = image.numbers(name) ?? []
      guard values.count == 1 || values.count == channels else {
        throw OptionProblem(
          "image.\(name)",
          "has \(values.count) values for \(channels) channels (allowed: a number, or a list of \(channels))")
      }
      return values.count == channels ? values : [Double](repeating: values[0], count: channels)
    }
    mean = try perChannel("mean")
    deviation = try perChannel("std")
    scale = deviation.map { Float(1 / $0) }
    shift = zip(mean, deviation).map { Float(-$0 / $1) }
    guard scale.allSatisfy(\.isFinite) else {
      throw OptionProblem("image.std", "makes values infinite in 32 bits (allowed: a larger number)")
    }
    guard shift.allSatisfy(\.isFinite) else {
      throw OptionProblem("image.mean", "makes values infinite in 32 bits (allowed: a number nearer to 0)")
    }
  }
}
