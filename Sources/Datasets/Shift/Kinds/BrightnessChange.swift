internal import Catalogs

/// Makes an example brighter or darker: x + p.
struct BrightnessChange: FeatureShift {
  let range: LevelRange

  func apply(to example: ShiftedExample) {
    let added = range.value(at: example.level)
    for place in example.values.indices { example.values[place] = Float(Double(example.values[place]) + added) }
  }

  static let entry = CatalogEntry<ShiftEntry>.shift(
    "brightness", "adds to all values",
    options: [LevelRange.option("range", .any, "what is added at levels 0 and 1; 0 changes nothing")]
  ) { BrightnessChange(range: LevelRange($0, "range")) }
}
