internal import Catalogs
internal import Formats
internal import Foundation
internal import Tensors

/// The binary versions of CIFAR-10 and CIFAR-100.
enum CIFARSource {
  static let entry = CatalogEntry<SourceRecipe>(
    "cifar", "the binary versions of CIFAR-10 and CIFAR-100", source: "Krizhevsky 2009",
    options: [
      .root,
      .optional("label", .choice(["fine", "coarse"]), "which classes, of CIFAR-100; 'fine' unless set"),
      .optional("domain", .choice(["coarse"]), "the coarse classes as domains, of CIFAR-100"),
      .optional("group", .choice(["coarse"]), "the coarse classes as groups, of CIFAR-100"), .classes, .pixels, .files,
    ]
  ) { options in
    let image = try options.group("image")
    let rules = try InputRules(options, names: ["image"])
    return SourceRecipe { folder, _ in
      try data(options, rules, root: options.text("root"), folder: folder).source(image)
    }
  }

  /// Which of the two sets a file belongs to, by its size: a record of CIFAR-100 has a byte more.
  private static func kind(of path: String) -> CIFARFile.Kind {
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    return size % 3073 != 0 && size % 3074 == 0 ? .hundred : .ten
  }

  private static func data(_ options: Options, _ rules: InputRules, root: String, folder: String) throws -> HeldData {
    var files = SourceFiles(folder: folder)
    let whole = files.path(root)
    guard let there = try? FileManager.default.contentsOfDirectory(atPath: whole) else {
      throw DataFileError.missing(path: whole)
    }
    let given = try options.splitFiles()
    for name in (given ?? [:]).values.joined().sorted() where !there.contains(name) {
      let hint = nearestName(to: name, in: there).map { "; did you mean '\(printable($0))'?" } ?? ""
      throw DataFileError.malformed(path: whole, reason: "has no file '\(printable(name))'\(hint)")
    }
    let kind =
      given.map { Self.kind(of: "\(whole)/\($0[.train]?.first ?? "")") }
      ?? (there.contains("train.bin") ? .hundred : .ten)
    if kind == .ten {
      if let given = ["label", "domain", "group"].first(where: { options.value($0) != nil }) {
        throw DataFileError.malformed(
          path: whole, reason: "holds CIFAR-10, which has one kind of class (allowed: no 'data.\(given)')")
      }
      if given == nil, !there.contains("data_batch_1.bin"), there.contains("data_batch_1") {
        // The Python version: the reader says what it is.
        _ = try CIFARFile.read(path: "\(whole)/data_batch_1", kind: .ten)
      }
    }
    let isCoarse = options.optionalText("label") == "coarse"
    func names(_ file: String?) throws -> [String] {
      guard let file, there.contains(file) else { return [] }
      try files.note("\(whole)/\(file)", name: file, shownName: "\(root)/\(file)")
      return try CIFARFile.names(path: "\(whole)/\(file)")
    }
    let fine = try names(kind.classFile)
    let coarse = try names(kind.coarseClassFile)
    func coarseName(_ label: Int) -> String { coarse.indices.contains(label) ? coarse[label] : "\(label)" }
    var builder = HeldBuilder(shape: Shape(CIFARFile.shape))
    builder.classes = options.classChoice
    builder.fileClasses = isCoarse ? coarse : fine
    let train = given?[.train] ?? kind.trainFiles.filter { there.contains($0) }
    guard let first = train.first else {
      throw DataFileError.malformed(
        path: whole,
        reason:
          "has no file '\(kind.trainFiles[0])' (allowed: the binary version of CIFAR-10, or of CIFAR-100 with 'train.bin')"
      )
    }
    if given == nil, kind == .ten, train.count < 5 {
      builder.remarks.append(
        "\(whole): \(train.count) of the 5 batches of CIFAR-10 are there (\(first)\(train.count > 1 ? ", …" : ""))")
    }
    var remarks = FileRemarks()
    var rules = rules
    rules.order = .channelsLast
    let test = given.map { $0[.test] ?? [] } ?? [kind.testFile].filter { there.contains($0) }
    for (names, split) in [(train, DataSplit.train), (given?[.validation] ?? [], .validation), (test, .test)] {
      guard !names.isEmpty else { continue }
      var (pixels, labels, coarseLabels): ([UInt8], [Int], [Int]) = ([], [], [])
      for file in names {
        let path = "\(whole)/\(file)"
        let read = try CIFARFile.read(path: path, kind: kind)
        try files.note(path, name: file, shownName: "\(root)/\(file)")
        // The files are of one size, so that the images are in memory once.
        if pixels.isEmpty { pixels.reserveCapacity(read.pixels.count * names.count) }
        pixels += read.pixels
        labels += read.labels
        coarseLabels += read.coarseLabels ?? []
      }
      let array = StoredArray(
        name: "images", shape: [labels.count] + CIFARFile.shape, typeText: "u1", values: .bytes(pixels))
      let inputs = try rules.inputs(of: array, path: whole, remarks: &remarks)
      builder.shape = inputs.shape
      var part = HeldPart(
        split: split, inputs: inputs.inputs, targets: .numbers((isCoarse ? coarseLabels : labels).map(Int64.init)),
        count: labels.count, targetPlace: names.count == 1 ? "\(whole)/\(names[0])" : whole)
      if options.value("domain") != nil { part.domains = coarseLabels.map(coarseName) }
      if options.value("group") != nil { part.groups = coarseLabels.map(coarseName) }
      builder.parts.append(part)
    }
    builder.remarks += remarks.sentences
    builder.files = files.read
    return try builder.data()
  }
}
