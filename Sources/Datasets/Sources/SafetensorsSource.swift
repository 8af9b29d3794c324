internal import Catalogs
public import Tensors

/// Clients whose examples stand in one safetensors file: `client<i>.x` (N×C×H×W, N×T×C or N×C), `client<i>.y` (int64)
/// and, if there are test examples, `client<i>.test_x` and `client<i>.test_y`. Each client is a domain of its own, and
/// its examples keep their order.
public struct SafetensorsSource: ExampleSource {
  private struct Part: Sendable {
    let values: [Float]
    let labels: [Int32]
  }

  /// `client0`, `client1` and so on.
  public let domains: [String]
  /// One example's shape, channels last.
  public let sampleShape: Shape
  /// One more than the largest label.
  public let classCount: Int
  /// The file, with what was read of it.
  public let inputs: [SourceInput]
  private let train: [Part]
  private let test: [Part?]

  /// - Parameter name: What the scenario calls the file.
  init(path: String, name: String) throws {
    let file = try SafetensorsFile(path: path)
    var hash = ContentHash()
    var clients = 0
    while file.entries["client\(clients).x"] != nil { clients += 1 }
    guard clients > 0 else { throw DataFileError.malformed(path: path, reason: "has no tensor 'client0.x'") }
    // A client behind a gap would be left out in silence.
    let named = Set((0..<clients).map { "client\($0)" })
    let isData = { (key: String) in [".x", ".y", ".test_x", ".test_y"].contains { key.hasSuffix($0) } }
    let left = file.entries.keys.filter {
      $0.hasPrefix("client") && isData($0) && !named.contains($0.prefix { $0 != "." }.description)
    }
    if let first = left.min() {
      throw DataFileError.malformed(path: path, reason: "has a tensor '\(first)' but no 'client\(clients).x'")
    }
    var shape: Shape?
    func load(_ x: String, _ y: String) throws -> Part {
      guard let images = file.entries[x], let labels = file.entries[y] else {
        let absent = file.entries[x] == nil ? x : y
        throw DataFileError.malformed(path: path, reason: "has no tensor '\(absent)'")
      }
      guard (2...4).contains(images.shape.count), images.shape.allSatisfy({ $0 > 0 }) else {
        throw DataFileError.malformed(
          path: path, reason: "'\(x)' has shape \(images.shape) (allowed: N×C×H×W, N×T×C or N×C)")
      }
      guard labels.shape == [images.shape[0]] else {
        throw DataFileError.malformed(
          path: path, reason: "'\(y)' has shape \(labels.shape) for \(images.shape[0]) examples")
      }
      let s = images.shape
      let sample: Shape = s.count == 4 ? [s[2], s[3], s[1]] : Shape(Array(s.dropFirst()))
      guard shape == nil || shape == sample else {
        throw DataFileError.malformed(
          path: path, reason: "'\(x)' has examples of \(sample), those before have \(shape ?? [1])")
      }
      shape = sample
      let numbers = try file.integers(y)
      guard let bad = numbers.first(where: { $0 < 0 || $0 > 65_535 }) else {
        let part = Part(values: channelsLast(try file.floats(x), shape: s), labels: numbers.map(Int32.init))
        hash.add(x, shape: s, part.values)
        hash.add(y, labels: part.labels)
        return part
      }
      throw DataFileError.malformed(path: path, reason: "'\(y)' holds label \(bad) (allowed: 0 to 65535)")
    }
    train = try (0..<clients).map { try load("client\($0).x", "client\($0).y") }
    test = try (0..<clients).map { client in
      let names = ("client\(client).test_x", "client\(client).test_y")
      return file.entries[names.0] == nil && file.entries[names.1] == nil ? nil : try load(names.0, names.1)
    }
    inputs = [SourceInput(name: name, sha256: hash.finished())]
    domains = (0..<clients).map { "client\($0)" }
    sampleShape = shape ?? [1]
    classCount = 1 + Int((train + test.compactMap { $0 }).flatMap(\.labels).max() ?? 0)
  }

  private func part(_ domain: Int, _ split: DataSplit) -> Part? { split == .train ? train[domain] : test[domain] }

  /// How many examples a client has; 0 for a split that the file lacks.
  public func exampleCount(domain: Int, split: DataSplit) -> Int? { part(domain, split)?.labels.count ?? 0 }

  /// An example's label.
  public func label(_ reference: ExampleReference, split: DataSplit) -> Int32 {
    part(Int(reference.domain), split)?.labels[Int(reference.index)] ?? 0
  }

  /// values = the examples, one after another, channels last.
  public func write(
    _ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>
  ) {
    let count = sampleShape.count
    for (place, reference) in references.enumerated() {
      part(Int(reference.domain), split)?.values.withUnsafeBufferPointer { source in
        guard let base = source.baseAddress else { return }
        (values + place * count).update(from: base + Int(reference.index) * count, count: count)
      }
    }
  }

  static let entry = CatalogEntry<SourceRecipe>(
    "safetensors", "clients whose examples stand in one safetensors file",
    options: [.required("file", .text, "the file")]
  ) { options in
    let path = options.text("file")
    return SourceRecipe(dependsOnSeed: false) { folder, _ in
      try SafetensorsSource(path: resolvedPath(path, in: folder), name: path)
    }
  }
}

/// N×C×H×W as N×H×W×C; other shapes as they are.
private func channelsLast(_ values: [Float], shape: [Int]) -> [Float] {
  guard shape.count == 4, shape[1] > 1, shape[2] * shape[3] > 1 else { return values }
  return [Float](unsafeUninitializedCapacity: values.count) { buffer, initialized in
    if let base = buffer.baseAddress {
      base.initialize(repeating: 0, count: values.count)
      Kernels.transpose(values, batch: shape[0], rows: shape[1], columns: shape[2] * shape[3], into: base)
    }
    initialized = values.count
  }
}
