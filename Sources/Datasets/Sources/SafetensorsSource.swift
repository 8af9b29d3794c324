internal import Catalogs
public import Tensors

/// Clients whose examples stand in one safetensors file: `client<i>.x` (N×C×H×W, N×T×C or N×C), `client<i>.y` (int64)
/// and, if there are test examples, `client<i>.test_x` and `client<i>.test_y`. Each client is a domain of its own, and
/// its examples keep their order. N may be 0; a client may have test examples only.
public struct SafetensorsSource: ExampleSource {
  /// `client0`, `client1` and so on.
  public let domains: [String]
  /// One example's shape, channels last.
  public let sampleShape: Shape
  /// One more than the largest label.
  public let classCount: Int
  /// The file, with what was read of it.
  public let inputs: [SourceInput]
  private let train: [ClientPart]
  private let test: [ClientPart?]

  /// What the user should know of the file.
  public let remarks: [String]

  /// - Parameter name: What the scenario calls the file.
  init(path: String, name: String) throws {
    let file = try SafetensorsFile(path: path)
    let clients = try ClientTensors(file)
    var reader = ClientReader(file: file, clients: clients)
    train = try (0..<clients.count).map { client in
      let hasTests = clients.has(client, .testX) || clients.has(client, .testY)
      // A site that only tests has neither.
      if hasTests, !clients.has(client, .x), !clients.has(client, .y) { return ClientPart(values: [], labels: []) }
      return try reader.part(client, .x, .y)
    }
    test = try (0..<clients.count).map { client in
      clients.has(client, .testX) || clients.has(client, .testY) ? try reader.part(client, .testX, .testY) : nil
    }
    domains = (0..<clients.count).map { "client\($0)" }
    sampleShape = reader.sampleShape ?? [1]
    classCount = 1 + Int((train + test.compactMap { $0 }).lazy.compactMap { $0.labels.max() }.max() ?? 0)
    inputs = [SourceInput(name: name, sha256: reader.hash.finished())]
    remarks = clients.remarks + reader.remarks
  }

  /// Each client is a domain.
  public var units: SourceUnits { SourceUnits(domains: domains, clients: domains) }

  /// Where an example comes from.
  public func origin(_ reference: ExampleReference, split: DataSplit) -> ExampleOrigin {
    ExampleOrigin(domain: reference.domain, client: reference.domain)
  }

  private func part(_ domain: Int, _ split: DataSplit) -> ClientPart? {
    switch split {
    case .train: train[domain]
    case .test: test[domain]
    case .validation: nil
    }
  }

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
    return SourceRecipe(hasClients: true) { folder, _ in
      try SafetensorsSource(path: resolvedPath(path, in: folder), name: path)
    }
  }
}
