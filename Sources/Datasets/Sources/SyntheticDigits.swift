internal import Catalogs
internal import Randomness
public import Tensors

/// Digits that are drawn, in domains that look different: nothing is read or stored, any number of clients and
/// examples.
///
/// Example i of a domain is a function of (seed, domain, split, i); its label is i mod 10 shuffled within each ten,
/// so that every client's labels are nearly balanced.
public struct SyntheticDigits: ExampleSource {
  private let image: ImageOptions
  private let styles: [DigitDomain]
  private let seed: UInt64

  init(_ image: ImageOptions, domains: [String]?, seed: UInt64) {
    self.image = image
    let wanted = domains ?? Array(DigitDomains.names.prefix(5))
    styles = wanted.compactMap { name in DigitDomains.all.first { $0.name == name } }
    self.seed = seed
  }

  private init(unscaling other: SyntheticDigits) {
    (image, styles, seed) = (other.image.unscaled, other.styles, other.seed)
  }

  public var unscaled: UnscaledSource {
    UnscaledSource(SyntheticDigits(unscaling: self), range: 0...1, mean: image.mean, deviation: image.deviation)
  }

  public var domains: [String] { styles.map(\.name) }
  public var sampleShape: Shape { image.shape }
  public var classCount: Int { 10 }
  public var remarks: [String] { image.remarks(ofFloats: [], hasOthers: true) }

  public func exampleCount(domain: Int, split: DataSplit) -> Int? { nil }

  public func label(_ reference: ExampleReference, split: DataSplit) -> Int32 {
    // A permutation of ten: x ↦ a·x + b mod 10 with a coprime to 10, both from the ten's own stream.
    let (ten, place) = Int(reference.index).quotientAndRemainder(dividingBy: 10)
    var stream = stream(reference, split, salt: UInt64(ten) << 1 | 1)
    let factor = [1, 3, 7, 9][stream.index(below: 4)]
    return Int32((factor * place + stream.index(below: 10)) % 10)
  }

  private func stream(_ reference: ExampleReference, _ split: DataSplit, salt: UInt64) -> RandomStream {
    let style = nameHash(styles[Int(reference.domain)].name)
    return RandomStream(seed: seed, .examples, style, split == .test ? 1 : 0, salt)
  }

  public func write(
    _ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>
  ) {
    var painter = DigitPainter(width: image.width, height: image.height)
    let pixels = image.width * image.height
    let canvas = UnsafeMutableBufferPointer<Float>.allocate(capacity: pixels * 3)
    defer { canvas.deallocate() }
    canvas.initialize(repeating: 0)
    guard let base = canvas.baseAddress else { return }
    for (place, reference) in references.enumerated() {
      var stream = stream(reference, split, salt: UInt64(reference.index) << 1)
      painter.paint(
        Int(label(reference, split: split)), in: styles[Int(reference.domain)], using: &stream, into: canvas)
      if image.channels == 1 { toLuminance(canvas, pixels: pixels) }
      Kernels.gatherPixels(
        base, pixels: pixels, sourceChannels: image.channels, channels: image.channels, scale: image.scale,
        shift: image.shift,
        into: values + place * image.shape.count)
    }
  }

  static let entry = CatalogEntry<SourceRecipe>(
    "synthetic-digits", "digits drawn in domains that look different; built in",
    options: [
      .optional(
        "domains", .list(.choice(DigitDomains.names), count: 1...1000), "which looks; the first five unless set"),
      ImageOptions.option,
    ]
  ) { options in
    let image = try ImageOptions(options)
    let domains = options.texts("domains")
    if let domains, Set(domains).count != domains.count { throw OptionProblem("domains", "names a domain twice") }
    return SourceRecipe(dependsOnSeed: true) { _, seed in SyntheticDigits(image, domains: domains, seed: seed) }
  }
}

/// The first third of `pixels` = the luminance (ITU-R BT.601) of the interleaved colours.
func toLuminance(_ canvas: UnsafeMutableBufferPointer<Float>, pixels: Int) {
  for pixel in 0..<pixels {
    canvas[pixel] = 0.299 * canvas[3 * pixel] + 0.587 * canvas[3 * pixel + 1] + 0.114 * canvas[3 * pixel + 2]
  }
}
