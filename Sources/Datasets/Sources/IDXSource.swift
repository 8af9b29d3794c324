internal import Catalogs
internal import Formats
internal import Foundation
public import Tensors

/// Images in the format of MNIST, one pair of files a domain and split:
/// `<domain>-{train,test}-{images,labels}-idx*[.gz]`. Files by other names, and of other things than images, are read by
/// `IDXWords`.
///
/// Bytes count as value/255, floats as they are. Images are resized bilinearly at loading; grey is repeated over
/// three channels when the model wants colour, and colour becomes luminance when it wants grey.
public struct IDXSource: ExampleSource {
  private struct Part: Sendable {
    static let empty = Part(values: [], channels: 1, labels: [], scale: [0], range: nil, isBytes: false)
    let values: [Float]
    let channels: Int
    let labels: [Int32]
    /// What values are multiplied with by channel: the image's own scale, and 1/255 for bytes.
    let scale: [Float]
    /// The smallest and the largest value of images of floats.
    let range: ClosedRange<Float>?
    let isBytes: Bool

    /// The same with values as they are, bytes over 255.
    func unscaled(_ image: ImageOptions) -> Part {
      Part(
        values: values, channels: channels, labels: labels, scale: image.scale.map { isBytes ? $0 * (1 / 255) : $0 },
        range: range, isBytes: isBytes)
    }
  }

  public let domains: [String]
  public let classCount: Int
  /// The files of the domains, without what stands behind their names' `images` or `labels`.
  public let inputs: [SourceInput]
  /// What the user should know of the images' values.
  public let remarks: [String]
  private let image: ImageOptions
  private let train: [Part]
  private let test: [Part?]

  /// - Parameter name: What the scenario calls the folder.
  init(root: String, name: String, domains: [String], image: ImageOptions) throws {
    self.domains = domains
    self.image = image
    var inputs: [SourceInput] = []
    let folder = try IDXFolder(root: root)
    func load(_ domain: String, _ split: IDXFolder.Split) throws -> Part {
      let path = try folder.path(domain: domain, split, .images)
      let labelPath = try folder.path(domain: domain, split, .labels)
      let images = try IDXImages.read(path: path)
      let labels = try IDXFile.readLabels(path: labelPath)
      guard labels.count == images.count else {
        throw DataFileError.malformed(
          path: labelPath, reason: "holds \(labels.count) labels for \(images.count) images")
      }
      let stem = "\(name)\(name.hasSuffix("/") ? "" : "/")\(domain)-\(split.rawValue)"
      inputs.append(SourceInput(name: "\(stem)-images", sha256: images.contentHash))
      inputs.append(SourceInput(name: "\(stem)-labels", sha256: contentHash(labels: labels)))
      var values = images.resized(height: image.height, width: image.width)
      var channels = images.channels
      if channels == 3, image.channels == 1 {
        let pixels = images.count * image.height * image.width
        values.withUnsafeMutableBufferPointer { toLuminance($0, pixels: pixels) }
        values.removeLast(2 * pixels)
        channels = 1
      }
      let isBytes = if case .bytes = images.values { true } else { false }
      let scale = image.scale.map { isBytes ? $0 * (1 / 255) : $0 }
      let range = valueRange(values)
      for bound in [range.lowerBound, range.upperBound] {
        guard zip(scale, image.shift).allSatisfy({ (bound * $0 + $1).isFinite }) else {
          throw DataFileError.malformed(
            path: path, reason: "a value of \(bound) is not finite after 'image.mean' and 'image.std'")
        }
      }
      return Part(
        values: values, channels: channels, labels: labels.map(Int32.init), scale: scale, range: isBytes ? nil : range,
        isBytes: isBytes)
    }
    train = try domains.map { folder.isTestOnly(domain: $0) ? .empty : try load($0, .train) }
    // A domain may have no test files; one of the two alone is a mistake, as a name that is misspelt.
    test = try domains.map { try folder.hasFiles(domain: $0, .test) ? load($0, .test) : nil }
    self.inputs = inputs
    // A domain without images says nothing of their values.
    let parts = (train + test.compactMap { $0 }).filter { !$0.labels.isEmpty }
    classCount = 1 + Int(parts.lazy.compactMap { $0.labels.max() }.max() ?? 0)
    let ranges = zip(domains + domains, train + test.map { $0 ?? .empty }).compactMap { domain, part in
      part.labels.isEmpty ? nil : part.range.map { (domain, $0) }
    }
    remarks = image.remarks(ofFloats: ranges, hasOthers: ranges.count < parts.count)
  }

  private init(unscaling other: IDXSource) {
    (domains, classCount, inputs, remarks) = (other.domains, other.classCount, other.inputs, other.remarks)
    let image = other.image.unscaled
    train = other.train.map { $0.unscaled(image) }
    test = other.test.map { $0?.unscaled(image) }
    self.image = image
  }

  public var unscaled: UnscaledSource {
    let ranges = (train + test.compactMap { $0 }).filter { !$0.labels.isEmpty }.map { $0.range ?? 0...1 }
    let range = ranges.reduce(ranges.first ?? 0...1) {
      min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound)
    }
    return UnscaledSource(IDXSource(unscaling: self), range: range, mean: image.mean, deviation: image.deviation)
  }

  /// SHA-256 over lines of the hash of a file's contents and the file's name, without the folder and what stands behind
  /// `images` and `labels`: a compressed file is the same data.
  public var dataHash: String? {
    let lines = inputs.map { "\($0.sha256) \($0.name.split(separator: "/").last ?? "")\n" }
    return hashOfBytes(Array(lines.sorted(by: NameOrder.precedes).joined().utf8))
  }

  public var sampleShape: Shape { image.shape }

  private func part(_ domain: Int, _ split: DataSplit) -> Part? {
    switch split {
    case .train: train[domain]
    case .test: test[domain]
    case .validation: nil
    }
  }

  public func exampleCount(domain: Int, split: DataSplit) -> Int? { part(domain, split)?.labels.count ?? 0 }

  public func label(_ reference: ExampleReference, split: DataSplit) -> Int32 {
    part(Int(reference.domain), split)?.labels[Int(reference.index)] ?? 0
  }

  public func write(
    _ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>
  ) {
    let pixels = image.height * image.width
    for (place, reference) in references.enumerated() {
      guard let part = part(Int(reference.domain), split) else { continue }
      part.values.withUnsafeBufferPointer { source in
        guard let base = source.baseAddress else { return }
        Kernels.gatherPixels(
          base + Int(reference.index) * pixels * part.channels, pixels: pixels, sourceChannels: part.channels,
          channels: image.channels, scale: part.scale, shift: image.shift, into: values + place * image.shape.count)
      }
    }
  }

  static let entry = CatalogEntry<SourceRecipe>(
    "idx", "MNIST's IDX format: images, a pair of files a domain and split, or any files by name",
    options: [
      .required("root", .text, "the folder of the files"),
      .required("domains", .list(.text, count: 1...10_000), unless: IDXWords.keys, "the domains' names"),
      IDXWords.option("inputs", "the files of inputs, in place of 'domains'"),
      IDXWords.option("label", "the files of their classes, one for each of 'inputs'"),
      IDXWords.option("client", "the files of who holds each example, one for each of 'inputs'"),
      IDXWords.option("domain", "the files of the domain of each example, one for each of 'inputs'"), .classes, .shape,
      .order, .scale, .invert, ImageOptions.option(scaleCount: 1...65_536),
    ]
  ) { options in
    if let words = try IDXWords(options) {
      return SourceRecipe(hasClients: words.hasClients) { folder, _ in try words.source(in: folder) }
    }
    try checkScales(options)
    let image = try ImageOptions(options)
    let root = options.text("root")
    let domains = options.texts("domains") ?? []
    if Set(domains).count != domains.count { throw OptionProblem("domains", "names a domain twice") }
    return SourceRecipe(dependsOnSeed: false) { folder, _ in
      try IDXSource(root: resolvedPath(root, in: folder), name: root, domains: domains, image: image)
    }
  }
}

extension IDXSource {
  /// Checks that no list has more numbers than images have channels; examples of `inputs` may have more.
  private static func checkScales(_ options: Options) throws {
    guard case .group(let given)? = options.value("image") else { return }
    for option in ImageOptions.option.kind.groupOptions ?? [] {
      guard case .list(let values)? = given[option.name], values.count > 3 else { continue }
      throw OptionProblem(
        "image.\(option.name)",
        "'\(OptionValue.list(values).text)' is not allowed (allowed: \(option.kind.allowed))")
    }
  }
}

/// `path` as it is when absolute, else below `folder`.
package func resolvedPath(_ path: String, in folder: String) -> String {
  path.hasPrefix("/") ? path : URL(fileURLWithPath: folder).appendingPathComponent(path).standardizedFileURL.path
}
