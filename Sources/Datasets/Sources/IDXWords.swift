internal import Catalogs
internal import Formats
internal import Foundation
internal import Tensors

/// IDX files by the words that sources share: which files of a folder are the inputs, labels, clients and domains of which
/// split.
struct IDXWords: Sendable {
  /// The options that name files.
  static let keys = ["inputs", "label", "client", "domain"]
  /// Other options that have a meaning beside them alone.
  private static let otherKeys = ["classes", "shape", "order", "scale"]
  private static let splits = DataSplit.folderNames

  /// An option that names files by split.
  static func option(_ name: String, _ summary: String) -> Option {
    let files = OptionKind.either([.text, .list(.text, count: 1...1000)])
    return .optional(
      name,
      .group([
        .optional("train", files, "the files of training examples, or one"),
        .optional("val", files, "those of validation examples"), .optional("test", files, "those of test examples"),
      ]), summary)
  }

  private let root: String
  /// The names of files by key and split, in order.
  private let names: [String: [DataSplit: [String]]]
  private let classes: ClassChoice
  private let rules: InputRules
  private let image: Options
  /// Whether files say who holds the examples.
  let hasClients: Bool

  /// The words of a scenario; nil where it has none of them.
  ///
  /// - Throws: `OptionProblem` for words that don't go together.
  init?(_ options: Options) throws {
    guard let some = Self.keys.first(where: { options.value($0) != nil }) else {
      if let given = Self.otherKeys.first(where: { options.value($0) != nil })
        ?? (options.boolean("invert") ? "invert" : nil)
      {
        throw OptionProblem(given, "has no meaning with 'domains' (allowed: with 'inputs')")
      }
      return nil
    }
    guard options.value("inputs") != nil else { throw OptionProblem("inputs", "is missing: '\(some)' needs it") }
    guard options.value("label") != nil else { throw OptionProblem("label", "is missing: 'inputs' needs it") }
    if options.value("domains") != nil {
      throw OptionProblem(
        "domains", "can't be combined with 'inputs'; 'domain' names files that say the domain of each example")
    }
    var names: [String: [DataSplit: [String]]] = [:]
    for key in Self.keys where options.value(key) != nil { names[key] = try Self.names(options, key) }
    try Self.check(names)
    self.names = names
    root = options.text("root")
    classes = options.classChoice
    hasClients = names["client"] != nil
    image = try Self.image(options)
    var rules = try InputRules(options, names: ["shape", "order", "scale", "invert"])
    rules.channels = image.optionalText("channels").flatMap { Int($0) }
    self.rules = rules
  }

  /// The files of one key by split.
  private static func names(_ options: Options, _ key: String) throws -> [DataSplit: [String]] {
    let group = try options.group(key)
    var names: [DataSplit: [String]] = [:]
    for (word, split) in splits {
      guard let own = group.texts(word) else { continue }
      for name in own where !isBelowFolder(name) {
        throw OptionProblem(
          "\(key).\(word)", "'\(printable(name))' is not below the folder (allowed: the names of files below 'root')")
      }
      names[split] = own
    }
    return names
  }

  /// Checks that each file of inputs has one of everything else, and nothing else has any.
  private static func check(_ names: [String: [DataSplit: [String]]]) throws {
    let inputs = names["inputs"] ?? [:]
    guard inputs[.train] != nil else {
      throw OptionProblem("inputs.train", "is missing (allowed: the files of training examples, or one)")
    }
    var known: Set<String> = []
    for (word, split) in splits {
      for name in inputs[split] ?? [] where !known.insert(name).inserted {
        throw OptionProblem(
          "inputs.\(word)", "names '\(printable(name))' a second time (allowed: each file once)")
      }
    }
    for key in keys.dropFirst() {
      guard let own = names[key] else { continue }
      for (word, split) in splits {
        let count = inputs[split]?.count ?? 0
        guard let files = own[split] else {
          // Test examples may be nobody's.
          guard count == 0 || key == "client" && split != .train else {
            throw OptionProblem("\(key).\(word)", "is missing: 'inputs.\(word)' needs it")
          }
          continue
        }
        guard files.count == count else {
          throw OptionProblem(
            "\(key).\(word)",
            "names \(files.count == 1 ? "1 file" : "\(files.count) files"), and 'inputs.\(word)' \(count == 0 ? "none" : "\(count)") (allowed: as many, in the same order)"
          )
        }
      }
    }
  }

  /// `image` without the defaults that it has beside `domains`.
  private static func image(_ options: Options) throws -> Options {
    var given: [String: OptionValue] = [:]
    if case .group(let values)? = options.value("image") { given = values }
    for key in ["width", "height"] where given[key] != nil {
      throw OptionProblem(
        "image.\(key)", "has no meaning with 'inputs': examples keep their size (allowed: channels, mean, std)")
    }
    return try Options(declared: Option.pixels.kind.groupOptions ?? [], given: given)
  }

  // MARK: Reading

  /// Reads the files.
  ///
  /// - Parameter folder: Where relative paths start.
  /// - Throws: `DataFileError` for what is missing or malformed and for counts that differ.
  func source(in folder: String) throws -> HeldSource {
    var files = SourceFiles(folder: folder)
    let whole = files.path(root)
    var arrays = ArrayParts(rules)
    func array(_ key: String, _ name: String) throws -> (array: StoredArray, path: String) {
      let path = try path(of: name, inFolder: whole)
      let array = try IDXFile.read(path: path).array(name: key)
      try files.note(path, name: name, shownName: "\(root)\(root.hasSuffix("/") ? "" : "/")\(name)")
      return (array, path)
    }
    for (word, split) in Self.splits {
      for (place, name) in (names["inputs"]?[split] ?? []).enumerated() {
        let inputs = try array("inputs", name)
        let labels = try array("label", names["label"]?[split]?[place] ?? "")
        tellSequence(inputs.array, inputs.path, &arrays.remarks)
        var part = try arrays.part(
          inputs.array, labels.array, isTarget: false, split: split, path: inputs.path, targetPath: labels.path,
          targetPlace: labels.path)
        func units(_ key: String) throws -> [String] {
          guard let name = names[key]?[split]?[place] else { return [] }
          let units = try array(key, name)
          return try storedNames(units.array, count: part.count, path: units.path)
        }
        part.clients = try units("client")
        part.domains = try units("domain")
        if hasClients, part.clients.isEmpty, part.count > 0 {
          arrays.remarks.add("'client' names no file of '\(word)': nobody holds these examples", path: inputs.path)
        }
        arrays.parts.append(part)
      }
    }
    var builder = HeldBuilder(shape: arrays.shape)
    builder.parts = arrays.parts
    arrays.parts = []
    builder.classes = classes
    builder.files = files.read
    builder.remarks = arrays.remarks.sentences
    return try builder.data().source(image)
  }

  /// Tells that numbers N×A×B are sequences, as bytes of this shape are images.
  private func tellSequence(_ array: StoredArray, _ path: String, _ remarks: inout FileRemarks) {
    guard array.shape.count == 3, rules.order == nil, rules.shape == nil else { return }
    if case .bytes = array.values { return }
    remarks.add(
      "array \(array.described) is taken as sequences of \(array.shape[1]) steps of \(array.shape[2]) values ('order: sequence' says that it is meant, and 'order: channels-last' makes grey images of it)",
      path: path)
  }
}
