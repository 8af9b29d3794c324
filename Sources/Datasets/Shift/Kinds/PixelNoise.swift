internal import Catalogs

/// Adds noise to each value, the same whenever the example is used.
///
///     x + sd · ℓ · z,  z ~ N(0, 1) of (seed, client, example, value)
///
/// Source: Li et al., "Federated learning on non-IID data silos", ICDE 2022, section IV-B (NIID-Bench).
/// Differs: the level of client k of K is (k + ½)/K rather than k/K, so that the first has some noise too.
struct PixelNoise: FeatureShift {
  let deviation: Double

  func apply(to example: ShiftedExample) {
    var stream = example.stream
    let deviation = deviation * example.level
    for place in example.values.indices {
      example.values[place] = Float(Double(example.values[place]) + deviation * stream.normal())
    }
  }

  static let entry = CatalogEntry<ShiftEntry>.shift(
    "noise", "adds noise to each value, the same in every epoch", source: "Li et al., ICDE 2022",
    options: [.required("sd", .number(.atLeast(0)), "the noise's standard deviation at level 1")], shorthand: "sd"
  ) { PixelNoise(deviation: $0.number("sd")) }
}
