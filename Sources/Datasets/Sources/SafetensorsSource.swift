internal import Catalogs
internal import Formats
internal import Tensors

/// Clients whose examples stand in one safetensors file: `client<i>.x` (N×C×H×W, N×T×C or N×C; U8 is value/255),
/// `client<i>.y` (integers) and, if there are such examples, `.val_x`, `.val_y`, `.test_x` and `.test_y`. N may be 0; a
/// client may have test examples only.
///
/// A file that `covey import` wrote says names of clients, domains, groups and classes in its metadata, and may hold
/// targets that are no classes, tokens, and test examples of nobody. In other files clients are `client0`, `client1` and so
/// on, each a domain of its own.
enum SafetensorsSource {
  static let entry = CatalogEntry<SourceRecipe>(
    "safetensors", "clients whose examples stand in one safetensors file",
    options: [.required("file", .text, "the file"), .classes, .pixels]
  ) { options in
    let name = options.text("file")
    let image = try options.group("image")
    return SourceRecipe(hasClients: true) { folder, _ in
      try data(options, name: name, folder: folder).source(image)
    }
  }

  private static func data(_ options: Options, name: String, folder: String) throws -> HeldData {
    var files = SourceFiles(folder: folder)
    let path = files.path(name)
    let file = try SafetensorsFile(path: path)
    let clients = try ClientTensors(file)
    let metadata = try ClientReader.Metadata(file)
    let names = metadata.clients ?? (0..<clients.count).map { "client\($0)" }
    guard names.count == clients.count else {
      throw DataFileError.malformed(
        path: path, reason: "metadata 'clients' has \(names.count) names, and the file has \(clients.count) clients")
    }
    let domains = metadata.isFederation ? metadata.domains : names
    for (key, list) in [("domains", domains), ("groups", metadata.groups)] {
      if let list, list.count != clients.count {
        throw DataFileError.malformed(
          path: path, reason: "metadata '\(key)' has \(list.count) names for \(clients.count) clients")
      }
    }
    var reader = ClientReader(file: file, clients: clients, metadata: metadata)
    var parts: [HeldPart] = []
    func add(_ part: HeldPart, client: Int?) {
      guard part.count > 0 else { return }
      var part = part
      part.clients = [String?](repeating: client.map { names[$0] }, count: part.count)
      if let domains { part.domains = [String](repeating: client.flatMap { domains[$0] } ?? "", count: part.count) }
      if let groups = metadata.groups {
        part.groups = [String?](repeating: client.flatMap { groups[$0] }, count: part.count)
      }
      parts.append(part)
    }
    for client in 0..<clients.count {
      for split in DataSplit.allCases {
        let pair = ClientTensors.Part.pair(split)
        let hasPart = clients.has(client, pair.x) || clients.has(client, pair.y)
        if split == .train ? hasPart || !hasOthers(clients, client) : hasPart {
          add(try reader.part(client, split), client: client)
        }
      }
    }
    if clients.hasUnion { add(try reader.part("union.test_x", "union.test_y", .test), client: nil) }
    try files.note(path, shownName: name)
    var builder = HeldBuilder(shape: reader.sample?.shape ?? [1])
    builder.parts = parts
    builder.classes = options.classChoice
    builder.fileClasses = metadata.classes ?? []
    builder.clientOrder = .asRead
    builder.knownClients = names
    // Domains come as the clients do.
    var seen: Set<String> = []
    builder.domainOrder = (domains ?? []).map { $0 ?? "" }.filter { seen.insert($0).inserted }
    builder.features = metadata.features ?? []
    if let features = metadata.features, let sample = reader.sample, features.count != sample.shape.channels {
      throw DataFileError.malformed(
        path: path,
        reason:
          "metadata 'features' has \(features.count) names, and examples have \(sample.shape.channels) values each")
    }
    builder.vocabulary = metadata.vocabulary ?? []
    // Where inputs are no tokens, targets are the classes of their steps.
    let leastSize = reader.sample?.isTokens ?? true ? 258 : 1
    builder.vocabularySize = metadata.vocabulary?.count ?? max(leastSize, Int(reader.largestToken) + 1)
    builder.files = files.read
    builder.remarks = clients.remarks + reader.remarks
    return try builder.data()
  }

  /// Whether a client has parts beside those for training.
  private static func hasOthers(_ clients: ClientTensors, _ client: Int) -> Bool {
    [ClientTensors.Part.testX, .testY, .valX, .valY].contains { clients.has(client, $0) }
  }
}
