internal import Catalogs

/// Inverts the examples of those whose level is below a share: 1 − x.
struct Inversion: FeatureShift {
  let share: Double

  func apply(to example: ShiftedExample) {
    guard example.level < share else { return }
    for place in example.values.indices { example.values[place] = 1 - example.values[place] }
  }

  static let entry = CatalogEntry<ShiftEntry>.shift(
    "invert", "1 − x for a share of the clients",
    options: [.required("share", .number(.unit), "whose level is below it is inverted")], shorthand: "share"
  ) { Inversion(share: $0.number("share")) }
}
