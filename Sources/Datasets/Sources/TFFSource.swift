internal import Catalogs
internal import Formats
internal import Foundation
internal import Tensors

/// Databases of TensorFlow Federated: users are natural clients.
///
/// Test clients may be other people than training clients of the same name (CIFAR-100): `data.test: union` tests on all
/// of their examples together.
enum TFFSource {
  static let entry = CatalogEntry<SourceRecipe>(
    "tff", "databases of TensorFlow Federated, plain or LZMA; users are clients",
    options: [
      .required("file", .text, "the file"),
      .optional("inputs", .text, "the feature of inputs; 'pixels', 'image', 'snippets' or 'tokens' unless set"),
      .label,
      .optional(
        "target", .text, "'next-character' or 'next-token' of the inputs, in place of 'label'"),
      .optional(
        "splits",
        .group([
          .optional("train", .text, "the split for training; 'train' unless set"),
          .optional("val", .text, "the split for validation; 'val' where there is one unless set"),
          .optional("test", .text, "the split for testing; 'test' where there is one unless set"),
        ]), "which splits of the file are which"),
      .classes, .shape, .order, .scale, .invert, .tokens, .vocabulary, .length, .pixels,
    ]
  ) { options in
    let image = try options.group("image")
    let rules = try InputRules(options, names: ["shape", "order", "scale", "invert", "image"])
    let words = try TokenWords(options, unlessSaid: .given)
    if options.value("target") != nil, !words.predictsNext {
      throw OptionProblem(
        "target",
        "'\(printable(options.text("target")))' is not known here (allowed: \(TokenWords.nextTargets.joined(separator: ", ")))"
      )
    }
    if options.value("label") != nil, options.value("target") != nil {
      throw OptionProblem("target", "can't be combined with 'label'; give one of them")
    }
    return SourceRecipe(hasClients: true) { folder, _ in
      try data(options, rules, words, folder: folder).source(image)
    }
  }

  /// The splits of the file by what they are for.
  private static func splits(_ options: Options, _ database: TFFDatabase) throws -> [(DataSplit, String)] {
    let given = try options.group("splits")
    let hasGiven = options.value("splits") != nil
    return try [("train", DataSplit.train), ("val", .validation), ("test", .test)].compactMap { name, split in
      if let own = given.optionalText(name) {
        _ = try database.clients(split: own)
        return (split, own)
      }
      if database.splits.contains(name), !hasGiven || name == "train" { return (split, name) }
      guard split == .train else { return nil }
      throw DataFileError.malformed(
        path: database.path,
        reason:
          "has no split 'train'; say which one it is with 'data.splits' (splits there: \(listed(database.splits)))")
    }
  }

  private static func data(
    _ options: Options, _ rules: InputRules, _ words: TokenWords, folder: String
  ) throws -> HeldData {
    var files = SourceFiles(folder: folder)
    let name = options.text("file")
    let path = files.path(name)
    let database = try TFFDatabase.open(path: path, limit: MemoryLimit.standard)
    try files.note(path, shownName: name)
    let splits = try splits(options, database)
    let isText = words.predictsNext || options.value("tokens") != nil
    let features = try featureNames(database, splits)
    func feature(_ given: String?, _ usual: [String], _ key: String) throws -> String {
      if let given { return given }
      if let found = usual.first(where: features.contains) { return found }
      throw DataFileError.malformed(
        path: path,
        reason:
          "has no feature '\(usual[0])'; say which one it is with 'data.\(key)' (features there: \(listed(features)))")
    }
    let inputs = try feature(
      options.optionalText("inputs"), isText ? ["tokens", "snippets"] : ["pixels", "image", "x"], "inputs")
    let label = words.predictsNext ? nil : try feature(options.optionalText("label"), ["label", "y"], "label")
    var builder = HeldBuilder(shape: [1])
    var remarks = FileRemarks()
    builder.classes = options.classChoice
    if isText {
      var parts: [TextPart] = []
      for (split, own) in splits {
        for client in try database.clients(split: own) {
          parts.append(try textPart(database, inputs, label, split, own, client))
        }
      }
      try words.add(parts, to: &builder, files: &files)
    } else {
      for (split, own) in splits {
        let part = try numberPart(database, inputs, label ?? "", split, own, rules, &builder, &remarks)
        builder.parts.append(part)
      }
    }
    builder.remarks += remarks.sentences
    builder.files = files.read
    return try builder.data()
  }

  /// The features that the first example has.
  private static func featureNames(_ database: TFFDatabase, _ splits: [(DataSplit, String)]) throws -> [String] {
    guard let split = splits.first?.1, let client = try database.clients(split: split).first else { return [] }
    var names: [String] = []
    try database.forEachExample(split: split, client: client) { (example) throws(DataFileError) in
      if names.isEmpty { names = example.names }
    }
    return names
  }

  private static func textPart(
    _ database: TFFDatabase, _ inputs: String, _ label: String?, _ split: DataSplit, _ own: String, _ client: String
  ) throws -> TextPart {
    var features: [(name: String, reading: TFFDatabase.Reading)] = [(inputs, .strings)]
    if let label { features.append((label, .strings)) }
    let place = "\(database.path): client '\(printable(client))' in '\(printable(own))'"
    func texts(_ column: TFFDatabase.Column) throws -> [[String]] {
      guard case .strings(let values) = column.values else { return [] }
      return try values.enumerated().map { number, list in
        try list.map { bytes in
          guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DataFileError.malformed(
              path: place, reason: "example \(number): '\(printable(column.name))' is not UTF-8")
          }
          return text
        }
      }
    }
    var labels: StoredTargets?
    let columns: [TFFDatabase.Column]
    if let label, let numbers = try? database.columns([(label, .numbers)], split: own, client: client)[0],
      case .integers(let values) = numbers.values
    {
      guard numbers.countPerExample == 1 else { throw notOne(label, numbers.countPerExample, database) }
      labels = .numbers(values)
      columns = try database.columns([(inputs, .strings)], split: own, client: client)
    } else {
      columns = try database.columns(features, split: own, client: client)
      if let label {
        labels = .names(
          try texts(columns[1]).map { texts in
            guard texts.count == 1 else { throw notOne(label, texts.count, database) }
            return texts[0]
          })
      }
    }
    let values = try texts(columns[0]).map { $0.count == 1 ? TextValue.text($0[0]) : .list($0) }
    var part = TextPart(split: split, texts: values, targets: labels, targetPlace: place)
    part.clients = [String](repeating: client, count: values.count)
    return part
  }

  private static func notOne(_ label: String, _ count: Int, _ database: TFFDatabase) -> DataFileError {
    .malformed(
      path: database.path,
      reason:
        "feature '\(printable(label))' is no label: it has \(count) values an example (allowed: one whole number, or one text)"
    )
  }

  private static func numberPart(
    _ database: TFFDatabase, _ inputs: String, _ label: String, _ split: DataSplit, _ own: String, _ rules: InputRules,
    _ builder: inout HeldBuilder, _ remarks: inout FileRemarks
  ) throws -> HeldPart {
    var labels: [Int64] = []
    var clients: [String?] = []
    var each = 0
    var bytes: [UInt8] = []
    var floats: [Float] = []
    var integers: [Int64] = []
    for client in try database.clients(split: own) {
      let columns = try database.columns([(inputs, .numbers), (label, .numbers)], split: own, client: client)
      let count = try database.exampleCount(split: own, client: client)
      each = columns[0].countPerExample
      switch columns[0].values {
      case .bytes(let values): bytes += values
      case .floats(let values): floats += values
      case .integers(let values): integers += values
      case .strings: break
      }
      guard case .integers(let numbers) = columns[1].values, columns[1].countPerExample == 1 else {
        throw notOne(label, columns[1].countPerExample, database)
      }
      labels += numbers
      clients += [String?](repeating: client, count: count)
    }
    let values: StoredArray.Values =
      !bytes.isEmpty ? .bytes(bytes) : !integers.isEmpty ? .integers(integers) : .floats(floats)
    let array = StoredArray(
      name: inputs, shape: [labels.count, each],
      typeText: !bytes.isEmpty ? "bytes_list" : !integers.isEmpty ? "int64_list" : "float_list",
      values: values)
    let read = try rules.inputs(of: array, path: database.path, remarks: &remarks)
    if !builder.parts.isEmpty, builder.shape != read.shape {
      throw DataFileError.malformed(
        path: database.path,
        reason:
          "has examples of \(read.shape) in '\(printable(own))', those before are of \(builder.shape) (allowed: one shape)"
      )
    }
    builder.shape = read.shape
    var part = HeldPart(
      split: split, inputs: read.inputs, targets: .numbers(labels), count: labels.count,
      targetPlace: "\(database.path): feature '\(printable(label))' in '\(printable(own))'")
    part.clients = clients
    return part
  }
}
