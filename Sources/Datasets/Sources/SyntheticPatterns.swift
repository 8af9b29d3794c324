internal import Catalogs
internal import Randomness
internal import Tensors

/// Noisy patterns of any shape, one pattern a label: nothing is read or stored, any number of clients and examples,
/// made about as fast as memory is copied.
///
///     x = c_d · (signal · T_y + noise · n) + b_d
///
/// T_y is the pattern of label y and n the example's own noise, both hashes with mean 0 and variance 1; c_d and b_d are
/// the contrast and the brightness of domain d, 1 and 0 without `domain_shift`. Patterns of images are patches of 4×4
/// pixels, so that convolution and pooling see them.
///
/// Example i of a domain is a function of (seed, domain, split, i); its label is i mod K shuffled within each K, so
/// that every client's labels are nearly balanced.
struct SyntheticPatterns: ExampleSource {
  /// What a domain does to its examples, and the keys of its examples by split.
  private struct Domain: Sendable {
    let contrast: Float
    let brightness: Float
    /// The keys of the first example and of the first labels: training, then test.
    let keys: (train: (example: UInt64, label: UInt64), test: (example: UInt64, label: UInt64))
  }

  /// What may be set beside the domains.
  struct Settings: Sendable {
    var shape: Shape
    var classes = 10
    var signal = 0.25
    var noise = 1.0
    var domainShift = 0.0
  }

  /// The distance of neighbouring keys: SplitMix64's increment, 2⁶⁴ over the golden ratio.
  private static let keyStep: UInt64 = 0x9E37_79B9_7F4A_7C15

  let domains: [String]
  let sampleShape: Shape
  let classCount: Int
  private let signal: Float
  private let noise: Float
  private let looks: [Domain]
  /// T: the labels' patterns, one after another.
  private let patterns: [Float]
  /// Numbers that have no divisor in common with the number of labels, below it.
  private let factors: [UInt64]

  init(_ settings: Settings, domains: [String], seed: UInt64) {
    self.domains = domains
    sampleShape = settings.shape
    classCount = settings.classes
    signal = Float(settings.signal)
    noise = Float(settings.noise)
    looks = domains.map { name in
      let name = nameHash(name)
      var look = RandomStream(seed: seed, .examples, name, 2)
      // ±1 twice the contrast or half of it: as brightness, it is as likely up as down.
      let stretch = settings.domainShift * look.uniform(-1, 1)
      let contrast = stretch < 0 ? 1 / (1 - stretch) : 1 + stretch
      let brightness = settings.domainShift * look.uniform(-1, 1)
      var train = RandomStream(seed: seed, .examples, name, 0)
      var test = RandomStream(seed: seed, .examples, name, 1)
      return Domain(
        contrast: Float(contrast), brightness: Float(brightness),
        keys: ((train.next(), train.next()), (test.next(), test.next())))
    }
    patterns = Self.patterns(of: settings.shape, classes: settings.classes, seed: seed)
    let classes = UInt64(settings.classes)
    factors = (1...max(1, classes - 1)).filter { greatestCommonDivisor($0, classes) == 1 }
  }

  var isCheapToMake: Bool { true }

  func exampleCount(domain: Int, split: DataSplit) -> Int? { nil }

  func label(_ reference: ExampleReference, split: DataSplit) -> Int32 {
    label(Int(reference.index), keys: keys(of: Int(reference.domain), split))
  }

  private func keys(of domain: Int, _ split: DataSplit) -> (example: UInt64, label: UInt64) {
    split == .train ? looks[domain].keys.train : looks[domain].keys.test
  }

  /// A permutation of each K: x ↦ a·x + b mod K with a coprime to K, both from the hash of the K's number.
  private func label(_ index: Int, keys: (example: UInt64, label: UInt64)) -> Int32 {
    let (group, place) = index.quotientAndRemainder(dividingBy: classCount)
    let hash = mixed(keys.label &+ UInt64(group) &* Self.keyStep)
    let classes = UInt64(classCount)
    let factor = factors[Int(((hash & 0xFFFF_FFFF) * UInt64(factors.count)) >> 32)]
    let start = ((hash >> 32) * classes) >> 32
    return Int32((factor * UInt64(place) + start) % classes)
  }

  func write(
    _ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>
  ) {
    patterns.withUnsafeBufferPointer { patterns in
      guard let patterns = patterns.baseAddress else { return }
      for (place, reference) in references.enumerated() {
        write(
          Int(reference.index), label: label(reference, split: split), of: looks[Int(reference.domain)],
          keys: keys(of: Int(reference.domain), split), patterns: patterns, into: values + place * sampleShape.count)
      }
    }
  }

  func write(
    _ positions: ArraySlice<Int>, of run: ExampleRun, split: DataSplit, into values: UnsafeMutablePointer<Float>,
    labels: UnsafeMutablePointer<Int32>
  ) {
    let look = looks[run.domain]
    let keys = keys(of: run.domain, split)
    let count = sampleShape.count
    patterns.withUnsafeBufferPointer { patterns in
      guard let patterns = patterns.baseAddress else { return }
      for (place, position) in positions.enumerated() {
        let index = run.first + position
        labels[place] = label(index, keys: keys)
        write(
          index, label: labels[place], of: look, keys: keys, patterns: patterns, into: values + place * count)
      }
    }
  }

  @inline(__always)
  private func write(
    _ index: Int, label: Int32, of look: Domain, keys: (example: UInt64, label: UInt64),
    patterns: UnsafePointer<Float>, into values: UnsafeMutablePointer<Float>
  ) {
    let count = sampleShape.count
    Kernels.pattern(
      patterns + Int(label) * count, count: count, key: mixed(keys.example &+ UInt64(index) &* Self.keyStep),
      gain: look.contrast * signal, deviation: look.contrast * noise, offset: look.brightness, into: values)
  }

  /// One pattern a label: a number of its own for each value of a vector or a sequence, for each channel of each 4×4
  /// pixels of an image.
  private static func patterns(of shape: Shape, classes: Int, seed: UInt64) -> [Float] {
    var stream = RandomStream(seed: seed, .examples, 0, 3)
    let patch = shape.rank == 3 ? 4 : 1
    let (height, width) = shape.rank == 3 ? (shape[0], shape[1]) : (shape.positions, 1)
    let channels = shape.channels
    let columns = (width + patch - 1) / patch
    let gridCount = (height + patch - 1) / patch * columns * channels
    let zeros = [Float](repeating: 0, count: gridCount)
    var grid = zeros
    var patterns: [Float] = []
    patterns.reserveCapacity(classes * shape.count)
    for _ in 0..<classes {
      Kernels.pattern(zeros, count: gridCount, key: stream.next(), gain: 0, deviation: 1, offset: 0, into: &grid)
      for row in 0..<height {
        for column in 0..<width {
          let start = (row / patch * columns + column / patch) * channels
          patterns.append(contentsOf: grid[start..<(start + channels)])
        }
      }
    }
    return patterns
  }

  /// The most values that an example's, and that all labels' patterns together, may have: 64 MiB.
  private static let valueLimit = 1 << 24

  static let entry = CatalogEntry<SourceRecipe>(
    "synthetic-patterns", "noisy patterns of any shape, made as fast as memory is copied; built in",
    options: [
      .required("shape", .list(.integer(1...65_536), count: 1...3), "one example's extents, channels last"),
      Option("classes", .integer(2...65_536), default: .integer(10), "how many labels"),
      Option(
        "domains", .either([.integer(1...10_000), .list(.text, count: 1...10_000)]), default: .integer(1),
        "how many domains, or their names"),
      Option("domain_shift", .number(.init(0, 100)), default: .number(0), "how far domains differ in their inputs"),
      Option("signal", .number(.init(0, 1000)), default: .number(0.25), "the patterns' standard deviation"),
      Option("noise", .number(.init(0, 1000)), default: .number(1), "the noise's standard deviation"),
    ]
  ) { options in
    let shape = Shape(options.integers("shape") ?? [1])
    let settings = Settings(
      shape: shape, classes: options.integer("classes"), signal: options.number("signal"),
      noise: options.number("noise"), domainShift: options.number("domain_shift"))
    guard shape.count <= valueLimit / settings.classes else {
      throw OptionProblem(
        "shape",
        "has \(shape.count) values for each of \(settings.classes) labels (allowed: at most \(valueLimit) in all)")
    }
    let domains =
      options.texts("domains") ?? (0..<options.integer("domains")).map { "domain-\($0)" }
    // Divisions by label keep a number for each pair.
    guard settings.classes <= (1 << 20) / domains.count else {
      throw OptionProblem(
        "classes", "are \(settings.classes) in each of \(domains.count) domains (allowed: at most 1048576 in all)")
    }
    if Set(domains).count != domains.count { throw OptionProblem("domains", "names a domain twice") }
    return SourceRecipe(dependsOnSeed: true) { _, seed in SyntheticPatterns(settings, domains: domains, seed: seed) }
  }
}

private func greatestCommonDivisor(_ a: UInt64, _ b: UInt64) -> UInt64 {
  b == 0 ? a : greatestCommonDivisor(b, a % b)
}
