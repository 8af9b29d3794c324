internal import Catalogs

/// Draws the values of an example apart from their mean, or together.
///
///     m + p · (x − m),  m the mean over all values of the example
struct ContrastChange: FeatureShift {
  let range: LevelRange

  func apply(to example: ShiftedExample) {
    let factor = range.value(at: example.level)
    let mean = example.values.reduce(0) { $0 + Double($1) } / Double(example.values.count)
    for place in example.values.indices {
      example.values[place] = Float(mean + factor * (Double(example.values[place]) - mean))
    }
  }

  static let entry = CatalogEntry<ShiftEntry>.shift(
    "contrast", "draws values apart from their mean, or together",
    options: [LevelRange.option("range", .atLeast(0), "the factors at levels 0 and 1; 1 changes nothing")]
  ) { ContrastChange(range: LevelRange($0, "range")) }
}
