internal import Catalogs

/// Another unit and another zero for each feature of a client: s · x + o.
///
/// s is uniform on the range and o on ±offset, one pair of (seed, client, feature), for training and test alike. There is
/// no level, and values of any size stay as they come out.
struct FeatureScale: FeatureShift {
  let range: LevelRange
  let offset: Double

  var isOfUnitRange: Bool { false }

  func apply(to example: ShiftedExample) {
    let channels = example.shape.channels
    var stream = example.clientStream
    for channel in 0..<channels {
      let factor = range.value(at: stream.uniform())
      let added = stream.uniform(-offset, offset)
      for place in stride(from: channel, to: example.values.count, by: channels) {
        example.values[place] = Float(factor * Double(example.values[place]) + added)
      }
    }
  }

  static let entry = CatalogEntry<ShiftEntry>.shift(
    "scale", "another unit and another zero for each feature of a client",
    options: [
      LevelRange.option("range", .above(0), "the ends of the factors"),
      Option("offset", .number(.atLeast(0)), default: .number(0), "what is added is within ± this"),
    ], hasLevels: false
  ) { options in
    let range = LevelRange(options, "range")
    guard range.first <= range.last else {
      throw OptionProblem("range", "begins above its end (allowed: the smaller factor first)")
    }
    return FeatureScale(range: range, offset: options.number("offset"))
  }
}
