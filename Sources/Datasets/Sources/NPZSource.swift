internal import Catalogs
internal import Formats
internal import Foundation
internal import Tensors

/// Arrays of NumPy: archives (`.npz`), a client or a domain each or all in one, folders of them, and bare `.npy` files.
enum NPZSource {
  /// Which arrays are what.
  private enum Layout: String, CaseIterable {
    /// As the words say.
    case words
    /// `{train,val,test}_{images,labels}`, a file a domain.
    case medmnist
    /// `train/<client>.npz` and `test/<client>.npz` with `x` and `y`.
    case pfllib
  }

  /// The names of arrays of a split.
  private struct Names {
    var inputs: String?
    var label: String?
    var target: String?
  }

  /// What is read, and what it means.
  private struct Words {
    /// What a layout says itself.
    private static let settled =
      ["inputs", "label", "target"].flatMap { [$0, "test_" + $0, "val_" + $0] } + [
        "group", "split",
      ]

    let options: Options
    let rules: InputRules
    let layout: Layout

    init(_ options: Options) throws {
      self.options = options
      rules = try InputRules(options, names: ["shape", "order", "scale", "invert", "image"])
      layout = options.optionalText("layout").flatMap(Layout.init) ?? .words
      let paths = ["file", "files", "root"].filter { options.value($0) != nil }
      let needed = layout == .pfllib ? ["root"] : layout == .medmnist ? ["file", "files"] : ["file", "root"]
      guard paths.count == 1, needed.contains(paths[0]) else {
        throw OptionProblem(
          paths.first ?? needed[0],
          "exactly one of \(needed.map { "'\($0)'" }.joined(separator: " and ")) says which files are read")
      }
      if layout != .words,
        let given = Self.settled.first(where: { options.value($0) != nil })
          ?? ["client", "domain"].first(where: { key in
            options.optionalText(key).map { layout == .pfllib || $0 != "file" } ?? false
          })
      {
        throw OptionProblem(given, "is settled by the layout '\(layout.rawValue)'")
      }
      for prefix in ["test_", "val_"] {
        let isTarget = options.value(prefix + "target") != nil
        let targets = ["label", "target"].map { prefix + $0 }.filter { options.value($0) != nil }
        guard targets.count < 2 else {
          throw OptionProblem(targets[1], "can't be combined with '\(targets[0])'; give one of them")
        }
        let hasInputs = options.value(prefix + "inputs") != nil
        if hasInputs != !targets.isEmpty {
          throw OptionProblem(
            prefix + (hasInputs ? "label" : "inputs"), "is missing: '\(targets.first ?? prefix + "inputs")' needs it")
        }
        if hasInputs, isTarget != (options.value("target") != nil) {
          throw OptionProblem(
            targets[0], isTarget ? "needs 'target', too" : "can't be combined with 'target'; give '\(prefix)target'")
        }
      }
      if options.value("label") != nil, options.value("target") != nil {
        throw OptionProblem("target", "can't be combined with 'label'; give one of them")
      }
    }

    func names(_ split: DataSplit) -> Names {
      let prefix = split == .train ? "" : split == .test ? "test_" : "val_"
      return Names(
        inputs: options.optionalText(prefix + "inputs"), label: options.optionalText(prefix + "label"),
        target: options.optionalText(prefix + "target"))
    }
  }

  static let entry = CatalogEntry<SourceRecipe>(
    "npz", "arrays of NumPy: archives and bare .npy files",
    options: [
      .optional("file", .text, "the file, or a pattern of files: site-*.npz"),
      .optional("files", .list(.text, count: 1...10_000), "the files of layout 'medmnist', a domain each"),
      .optional("root", .text, "the folder of bare .npy files, or of layout 'pfllib'"),
      .optional("layout", .choice(Layout.allCases.map(\.rawValue)), "which arrays are what, where words don't say it"),
      .optional("inputs", .text, "the array of inputs; 'x', 'image' or 'pixels' unless set"),
      .label, .optional("target", .text, "the array of numbers to be predicted, in place of 'label'"),
      .optional("test_inputs", .text, "the array of test inputs"),
      .optional("test_label", .text, "the array of their classes"),
      .optional("test_target", .text, "the array of their numbers"),
      .optional("val_inputs", .text, "the array of validation inputs"),
      .optional("val_label", .text, "the array of their classes"),
      .optional("val_target", .text, "the array of their numbers"),
      .client, .domain, .group, .split, .classes, .shape, .order, .scale, .invert, .pixels,
    ]
  ) { options in
    let words = try Words(options)
    let image = try options.group("image")
    return SourceRecipe(hasClients: words.layout == .pfllib || options.value("client") != nil) { folder, _ in
      try data(words, folder: folder).source(image)
    }
  }

  private static func data(_ words: Words, folder: String) throws -> HeldData {
    var reading = Reading(words: words, files: SourceFiles(folder: folder))
    let options = words.options
    switch words.layout {
    case .words:
      if let root = options.optionalText("root") {
        try reading.readBare(root)
      } else {
        for (name, path) in try reading.files.matches(options.text("file")) {
          try reading.readArchive(path, name: name, shownName: name, fileName: "")
        }
      }
    case .medmnist:
      let names = options.texts("files") ?? options.optionalText("file").map { [$0] } ?? []
      for pattern in names {
        for (name, path) in try reading.files.matches(pattern) {
          try reading.readMedMNIST(path, shownName: name)
        }
      }
    case .pfllib: try reading.readPFLlib(options.text("root"))
    }
    return try reading.data()
  }

  /// What was read so far.
  private struct Reading {
    let words: Words
    var files: SourceFiles
    private var arrays: ArrayParts

    init(words: Words, files: SourceFiles) {
      (self.words, self.files) = (words, files)
      arrays = ArrayParts(words.rules)
    }

    mutating func data() throws -> HeldData {
      var builder = HeldBuilder(shape: arrays.shape)
      builder.parts = arrays.parts
      arrays.parts = []
      builder.classes = words.options.classChoice
      builder.files = files.read
      builder.remarks = arrays.remarks.sentences
      return try builder.data()
    }

    /// Inputs and targets of arrays, as one part.
    private mutating func part(
      _ inputs: consuming StoredArray, _ targets: StoredArray, isTarget: Bool, split: DataSplit, path: String
    ) throws -> HeldPart {
      try arrays.part(
        inputs, targets, isTarget: isTarget, split: split, path: path, targetPath: path,
        targetPlace: "\(path): array '\(printable(targets.name))'")
    }

    private func fileStem(_ path: String) -> String {
      ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    }

    private static let usualInputs = ["x", "image", "images", "pixels", "data"]
    private static let usualLabels = ["y", "label", "labels", "targets"]

    // MARK: Archives

    mutating func readArchive(_ path: String, name: String, shownName: String, fileName: String) throws {
      let archive = try NPZFile(path: path)
      try files.note(path, name: fileName, shownName: shownName)
      let all = Set(archive.names)
      var used: Set<String> = []
      func first(_ given: String?, _ defaults: [String]) -> String? { given ?? defaults.first { all.contains($0) } }
      for split in [DataSplit.train, .validation, .test] {
        let names = words.names(split)
        let isTraining = split == .train
        guard isTraining || names.inputs != nil else { continue }
        guard let inputs = first(names.inputs, Self.usualInputs) else { throw lack("inputs", "x", archive) }
        let isTarget = names.target != nil
        guard let targets = first(names.target ?? names.label, Self.usualLabels) else {
          throw lack("label", "y", archive)
        }
        used.formUnion([inputs, targets])
        var part = try part(
          archive.array(inputs), archive.array(targets), isTarget: isTarget, split: split, path: path)
        func column(_ key: String) throws -> [String] {
          guard let word = words.options.optionalText(key) else { return [] }
          if word == "file", !all.contains("file") {
            return [String](repeating: fileStem(path), count: part.count)
          }
          // An array of the training examples says nothing of others.
          guard isTraining else {
            if key != "group" {
              arrays.remarks.add(
                "array '\(printable(word))' says the \(key) of training examples alone, and nothing of '\(inputs)'",
                path: path)
            }
            return []
          }
          used.insert(word)
          return try storedNames(archive.array(word), count: part.count, path: path)
        }
        part.clients = try column("client")
        part.domains = try column("domain")
        part.groups = try column("group")
        let splits = isTraining ? try column("split") : []
        let each = max(1, part.inputs.count / max(1, part.count))
        arrays.parts +=
          splits.isEmpty
          ? [part]
          : part.divided(
            by: try storedSplits(splits, path: "\(path): array '\(printable(words.options.text("split")))'"), each: each
          )
      }
      let passed = archive.names.filter { !used.contains($0) }
      if !passed.isEmpty {
        arrays.remarks.add(
          "\(passed.count == 1 ? "an array is" : "\(passed.count) arrays are") passed over: \(listed(passed))",
          path: path)
      }
    }

    private func lack(_ key: String, _ usual: String, _ archive: NPZFile) -> DataFileError {
      .malformed(
        path: archive.path,
        reason:
          "has no array '\(usual)'; say which one it is with 'data.\(key)' (arrays there: \(listed(archive.names)))")
    }

    // MARK: Layouts

    mutating func readMedMNIST(_ path: String, shownName: String) throws {
      let archive = try NPZFile(path: path)
      try files.note(path, shownName: shownName)
      let domain = words.options.optionalText("domain")
      for (prefix, split) in [("train", DataSplit.train), ("val", .validation), ("test", .test)] {
        let (inputs, labels) = ("\(prefix)_images", "\(prefix)_labels")
        guard archive.names.contains(inputs) || split == .train else { continue }
        var part = try part(
          archive.array(inputs), archive.array(labels), isTarget: false, split: split, path: path)
        let count = part.count
        if domain == "file" { part.domains = [String](repeating: fileStem(path), count: count) }
        if words.options.optionalText("client") == "file" {
          part.clients = [String](repeating: fileStem(path), count: count)
        }
        arrays.parts.append(part)
      }
    }

    mutating func readPFLlib(_ root: String) throws {
      let whole = files.path(root)
      for (folder, split) in [("train", DataSplit.train), ("test", .test)] {
        let path = "\(whole)/\(folder)"
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
          if split == .test { continue }
          if !FileManager.default.fileExists(atPath: whole) { throw DataFileError.missing(path: whole) }
          throw DataFileError.malformed(path: whole, reason: "has no folder 'train', as PFLlib's data have")
        }
        let archives = NameOrder.sortedAsClients(
          names.filter { $0.hasSuffix(".npz") && !$0.hasPrefix(".") }.map { String($0.dropLast(4)) })
        for client in archives {
          let path = "\(path)/\(client).npz"
          let archive = try NPZFile(path: path)
          try files.note(path, name: "\(folder)/\(client).npz", shownName: "\(root)/\(folder)/\(client).npz")
          // PFLlib itself writes one object called 'data', which is refused as it is read.
          let inputs = archive.names.contains("x") || !archive.names.contains("data") ? "x" : "data"
          var part = try part(archive.array(inputs), archive.array("y"), isTarget: false, split: split, path: path)
          part.clients = [String](repeating: client, count: part.count)
          arrays.parts.append(part)
        }
      }
    }

    // MARK: Bare arrays

    mutating func readBare(_ root: String) throws {
      let whole = files.path(root)
      guard FileManager.default.fileExists(atPath: whole) else { throw DataFileError.missing(path: whole) }
      let there = ((try? FileManager.default.contentsOfDirectory(atPath: whole)) ?? [])
        .filter { $0.hasSuffix(".npy") && !$0.hasPrefix(".") }.sorted(by: NameOrder.precedes)
      func array(_ name: String) throws -> StoredArray {
        let file = there.contains(name) || name.hasSuffix(".npy") ? name : name + ".npy"
        guard there.contains(file) else {
          let hint = nearestName(to: file, in: there).map { "; did you mean '\(printable($0))'?" } ?? ""
          throw DataFileError.malformed(
            path: whole, reason: "has no file '\(printable(file))'\(hint) (arrays there: \(listed(there)))")
        }
        return try NPYFile.read(path: "\(whole)/\(file)")
      }
      func note(_ name: String) throws {
        let file = there.contains(name) ? name : name + ".npy"
        try files.note("\(whole)/\(file)", name: file, shownName: "\(root)/\(file)")
      }
      for split in [DataSplit.train, .validation, .test] {
        let names = words.names(split)
        let isTraining = split == .train
        guard isTraining || names.inputs != nil else { continue }
        func first(_ usual: [String]) -> String { usual.first { there.contains($0 + ".npy") } ?? usual[0] }
        let inputs = names.inputs ?? first(Self.usualInputs)
        let targets = names.target ?? names.label ?? first(Self.usualLabels)
        var part = try part(
          array(inputs), array(targets), isTarget: names.target != nil, split: split, path: whole)
        try note(inputs)
        try note(targets)
        var splits: [String] = []
        if isTraining {
          func column(_ key: String) throws -> [String] {
            guard let word = words.options.optionalText(key) else { return [] }
            try note(word)
            return try storedNames(array(word), count: part.count, path: whole)
          }
          part.clients = try column("client")
          part.domains = try column("domain")
          part.groups = try column("group")
          splits = try column("split")
        }
        let each = max(1, part.inputs.count / max(1, part.count))
        arrays.parts += splits.isEmpty ? [part] : part.divided(by: try storedSplits(splits, path: whole), each: each)
      }
    }
  }
}
