public import Catalogs
internal import Tensors

/// Everything that makes clients' examples look different.
public let shiftCatalog = Catalog<ShiftEntry>(
  kind: "shift",
  [
    Rotation.entry, PixelNoise.entry, ContrastChange.entry, BrightnessChange.entry, HueTurn.entry, ChannelGain.entry,
    GaussianBlur.entry, ResolutionLoss.entry, Inversion.entry, FeatureScale.entry,
  ])

extension CatalogEntry<ShiftEntry> {
  /// An entry of the catalog of shifts, with the options that those with levels have in common.
  static func shift(
    _ name: String, _ summary: String, source: String? = nil, options: [Option], shorthand: String? = nil,
    hasLevels: Bool = true,
    make: @escaping @Sendable (Options) throws -> any FeatureShift
  ) -> CatalogEntry {
    let ofLevels = [
      Option(
        "by", .choice(ShiftUnit.allCases.map(\.rawValue)), default: .text(ShiftUnit.client.rawValue),
        "what has a level of its own"),
      Option(
        "draw", .choice(["even", "uniform"]), default: .text("even"),
        "levels (k + ½)/K in order, or drawn from [0, 1) by the seed"),
    ]
    return CatalogEntry(
      name, summary, source: source, options: options + (hasLevels ? ofLevels : []), shorthand: shorthand
    ) { options in
      var values = options.values
      values["kind"] = .text(name)
      return ShiftEntry(
        name, try make(options), by: hasLevels ? ShiftUnit(rawValue: options.text("by")) ?? .client : nil,
        isDrawn: hasLevels && options.text("draw") == "uniform", text: OptionValue.group(values).text)
    }
  }
}

/// p = a + (b − a)ℓ: what a level means between two ends.
struct LevelRange: Sendable, Equatable {
  let first: Double
  let last: Double

  /// The option `name`, which is a pair.
  init(_ options: Options, _ name: String) {
    let pair = options.numbers(name) ?? []
    (first, last) = (pair.first ?? 0, pair.last ?? 0)
  }

  /// The value at a level.
  func value(at level: Double) -> Double { first + (last - first) * level }

  /// An option that is a pair of numbers within bounds.
  static func option(_ name: String, _ range: NumberRange, _ summary: String) -> Option {
    .required(name, .list(.number(range), count: 2...2), summary)
  }
}

/// Why examples of a shape are no images, in words that follow the kind's name; nil where they are.
func imageProblem(_ shape: Shape) -> String? {
  shape.rank == 3 ? nil : "is for images, and the data have examples of \(shape) (allowed: height × width × channels)"
}
