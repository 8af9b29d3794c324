internal import Catalogs

/// Multiplies each channel with a gain of its own.
///
///     channel c of C times a + (b − a) · ((ℓ + c/C) mod 1)
struct ChannelGain: FeatureShift {
  let gain: LevelRange

  func apply(to example: ShiftedExample) {
    let channels = example.shape.channels
    for channel in 0..<channels {
      let place = (example.level + Double(channel) / Double(channels)).truncatingRemainder(dividingBy: 1)
      let factor = gain.value(at: place)
      for value in stride(from: channel, to: example.values.count, by: channels) {
        example.values[value] = Float(Double(example.values[value]) * factor)
      }
    }
  }

  static let entry = CatalogEntry<ShiftEntry>.shift(
    "channels", "multiplies each channel with a gain of its own",
    options: [LevelRange.option("gain", .atLeast(0), "the ends of the gains")]
  ) { ChannelGain(gain: LevelRange($0, "gain")) }
}
