internal import Catalogs
internal import Formats
internal import Tensors

/// The words that sources of files have in common: what is what in a file.
extension Option {
  static let root = Option.required("root", .text, "the folder of the files")
  static let label = Option.optional("label", .text, "the class: whole numbers or names")
  static let client = Option.optional("client", .text, "who holds the example")
  static let domain = Option.optional("domain", .text, "what looks alike; clients of one domain share its looks")
  static let group = Option.optional("group", .text, "a coarser set of clients; the domain unless set")
  static let split = Option.optional("split", .text, "train, val or test, for each example")
  static let classes = Option.optional(
    "classes", .either([.choice(["compact"]), .integer(1...65_536), .list(.text, count: 1...65_536)]),
    "the names of the classes in order, or how many; 'compact' leaves gaps out")
  static let shape = Option.optional(
    "shape", .list(.integer(1...1_000_000), count: 1...3), "the shape of one example, where the file doesn't say it")
  static let order = Option.optional(
    "order", .choice(ExampleLayout.Order.allCases.map(\.rawValue)),
    "where the channels are; 'sequence' makes two extents steps and values")
  static let scale = Option.optional(
    "scale", .number(.above(0)), "what values are divided by; bytes by 255 and 16 bits by 65535 unless set")
  static let invert = Option("invert", .boolean, default: .boolean(false), "1 − x in place of x")
  /// The files of a folder in place of the names that a source usually looks for.
  static let files = Option.optional(
    "files",
    .group([
      .required("train", .list(.text, count: 1...1000), "the files of training examples"),
      .optional("val", .list(.text, count: 1...1000), "those of validation examples"),
      .optional("test", .list(.text, count: 1...1000), "those of test examples"),
    ]), "the files in place of the usual names")
  static let pixels = Option.optional(
    "image",
    .group([
      .optional("channels", .choice(["1", "3"]), "1 (grey) or 3 (colour); the file's unless set"),
      Option(
        "mean", .either([.number(.any), .list(.number(.any), count: 1...65_536)]), default: .number(0),
        "subtracted from values, one for all or one a channel"),
      Option(
        "std", .either([.number(.above(0)), .list(.number(.above(0)), count: 1...65_536)]), default: .number(1),
        "then divided by"),
    ]), "channels and scale of the examples")
}

extension Options {
  /// Which classes there are.
  var classChoice: ClassChoice {
    switch value("classes") {
    case .text?: .compact
    case .integer(let count)?: .count(count)
    case .list?: .names(texts("classes") ?? [])
    default: .asFound
    }
  }

  /// The names of files by split, where 'files' says them.
  ///
  /// - Throws: `OptionProblem` for a name that leads out of the folder, and where nothing is for training.
  func splitFiles() throws -> [DataSplit: [String]]? {
    guard case .group(let given)? = value("files") else { return nil }
    var names: [DataSplit: [String]] = [:]
    var known: Set<String> = []
    for (word, split) in DataSplit.folderNames {
      guard case .list(let own)? = given[word] else { continue }
      names[split] = own.map(\.text)
      for name in names[split] ?? [] {
        guard isBelowFolder(name) else {
          throw OptionProblem(
            "files.\(word)",
            "'\(printable(name))' is not below the folder (allowed: the names of files below 'root')")
        }
        guard known.insert(name).inserted else {
          throw OptionProblem("files.\(word)", "names '\(printable(name))' a second time (allowed: each file once)")
        }
      }
    }
    guard names[.train] != nil else {
      throw OptionProblem("files.train", "is missing (allowed: the files of training examples)")
    }
    return names
  }

  /// Where the channels are, where it is said.
  var order: ExampleLayout.Order? { optionalText("order").flatMap(ExampleLayout.Order.init) }

}

extension HeldData {
  /// The source of these data, scaled by channel.
  ///
  /// - Throws: `OptionProblem` for a mean and a deviation that are not as many as channels, or that make values infinite.
  func source(_ image: Options) throws -> HeldSource {
    let (means, deviations) = (image.numbers("mean") ?? [0], image.numbers("std") ?? [1])
    for (name, values) in [("mean", means), ("std", deviations)] {
      guard values.count == 1 || values.count == shape.channels else {
        throw OptionProblem(
          "image.\(name)",
          "has \(values.count) values for \(shape.channels) channel\(shape.channels == 1 ? "" : "s") (allowed: a number, or a list of \(shape.channels))"
        )
      }
    }
    var largest: Float = 1
    for case .floats(let values) in splits.values.map(\.inputs) {
      let range = valueRange(values)
      largest = max(largest, range.upperBound, -range.lowerBound)
    }
    for deviation in deviations where !(largest * Float(1 / deviation)).isFinite {
      throw OptionProblem("image.std", "makes values infinite in 32 bits (allowed: a larger number)")
    }
    let most = largest * Float(1 / (deviations.min() ?? 1))
    for mean in means {
      for deviation in deviations where !(most + Float(abs(mean / deviation))).isFinite {
        throw OptionProblem("image.mean", "makes values infinite in 32 bits (allowed: a number nearer to 0)")
      }
    }
    return HeldSource(self, mean: means, deviation: deviations)
  }
}

/// What the user should know of files or users, a thing once however many they are.
struct FileRemarks {
  private var kinds: [String: Int] = [:]
  private var found: [(first: String, others: Int)] = []

  /// Notes something of a file; a second one of which the same is to be said, but for numbers, is counted.
  mutating func add(_ words: String, path: String) {
    let kind = words.filter { !$0.isNumber }
    if let place = kinds[kind] {
      found[place].others += 1
    } else {
      kinds[kind] = found.count
      found.append(("\(path): \(words)", 0))
    }
  }

  /// All, without a full stop.
  var sentences: [String] {
    found.map { $0.others == 0 ? $0.first : "\($0.first); so in \($0.others) more" }
  }
}

/// How the values of arrays become inputs.
struct InputRules {
  var shape: [Int]?
  var order: ExampleLayout.Order?
  var scale: Double?
  var isInverted = false
  /// 1 or 3 channels, where another number than the file's is asked for.
  var channels: Int?
  /// Whether channels come first where nothing is said; nil decides by the extents.
  var isFirstUnlessSaid: Bool?

  init(_ options: Options, names: Set<String>) throws {
    if names.contains("shape") { shape = options.integers("shape") }
    if names.contains("order") { order = options.order }
    if names.contains("scale") { scale = options.optionalNumber("scale") }
    if names.contains("invert") { isInverted = options.boolean("invert") }
    if names.contains("image") { channels = try options.group("image").optionalText("channels").flatMap { Int($0) } }
  }

  /// An array of N examples as inputs.
  ///
  /// - Returns: The inputs, one example's shape, and how many there are.
  /// - Throws: `DataFileError` for a shape that examples can't have, texts, and values that are not finite.
  func inputs(
    of array: consuming StoredArray, path: String, remarks: inout FileRemarks
  ) throws -> (inputs: HeldInputs, shape: Shape, count: Int) {
    func problem(_ reason: String) -> DataFileError { .malformed(path: path, reason: reason) }
    guard let count = array.shape.first else {
      throw problem("array \(array.described) is a single value, expected one row an example")
    }
    let own = Array(array.shape.dropFirst())
    guard own.allSatisfy({ $0 > 0 }) else {
      throw problem("array \(array.described) has an extent of 0")
    }
    // Of an array without rows nothing bounds the other extents.
    var each = 1
    for extent in own {
      let (product, overflows) = each.multipliedReportingOverflow(by: extent)
      guard !overflows, product <= 1 << 40 else {
        throw problem("array \(array.described) has examples of more values than can be read")
      }
      each = product
    }
    if let shape, shape.reduce(1, *) != each {
      throw problem(
        "array \(array.described) has \(each) values an example, and 'shape' \(shape) has \(shape.reduce(1, *))")
    }
    let isPixels =
      switch array.values {
      case .bytes, .bools: true
      default: false
      }
    guard
      let layout = ExampleLayout(
        extents: shape ?? own, isGiven: shape != nil, isPixels: isPixels, order: order,
        isFirstUnlessSaid: isFirstUnlessSaid)
    else {
      let extents = (shape ?? own).map(String.init).joined(separator: "×")
      throw problem(
        (shape ?? own).count == 3
          ? "array \(array.described): which of \(extents) are the channels can't be told; say 'order' (allowed: channels-first, channels-last)"
          : "array \(array.described) has examples of \(extents) (allowed: N×H×W, N×H×W×C, N×C×H×W, N×T×C or N×C, or say 'shape')"
      )
    }
    var inputs = try values(of: array, layout, path: path, remarks: &remarks)
    var shape = layout.shape
    if layout.kind == .image, let channels, channels != shape.channels {
      (inputs, shape) = try recoloured(inputs, shape, channels: channels, path: path)
    }
    return (inputs, shape, count)
  }

  private func values(
    of array: consuming StoredArray, _ layout: ExampleLayout, path: String, remarks: inout FileRemarks
  ) throws -> HeldInputs {
    if case .bytes = array.values, scale == nil, !isInverted {
      if case .bytes(let bytes) = array.takeValues() { return .bytes(layout.channelsLast(bytes)) }
      return .bytes([])
    }
    var floats = try array.floats(path: path)
    var divisor = scale
    switch array.values {
    case .bytes: divisor = divisor ?? 255
    case .words: divisor = divisor ?? 65_535
    case .integers(let numbers):
      if let large = numbers.first(where: { $0.magnitude > 1 << 24 }) {
        remarks.add(
          "array '\(printable(array.name))' has the whole number \(large), beyond 2^24: 32 bits don't hold all digits of such",
          path: path)
      } else if scale == nil, let large = numbers.first(where: { $0.magnitude > 1 }) {
        remarks.add(
          "array '\(printable(array.name))' has whole numbers as \(large), which are taken as they are; 'scale' divides them",
          path: path)
      }
    default: break
    }
    if let divisor { for place in floats.indices { floats[place] = Float(Double(floats[place]) / divisor) } }
    if isInverted { for place in floats.indices { floats[place] = 1 - floats[place] } }
    return .floats(layout.channelsLast(floats))
  }

  /// Images of other channels: grey repeated, or colour as luminance (ITU-R BT.601).
  private func recoloured(
    _ inputs: HeldInputs, _ shape: Shape, channels: Int, path: String
  ) throws -> (HeldInputs, Shape) {
    let pixels = shape.positions
    let wanted: Shape = [shape[0], shape[1], channels]
    switch (inputs, shape.channels, channels) {
    case (.bytes(let bytes), 1, 3): return (.bytes(bytes.flatMap { [$0, $0, $0] }), wanted)
    case (.floats(let floats), 1, 3): return (.floats(floats.flatMap { [$0, $0, $0] }), wanted)
    case (.bytes(let bytes), 3, 1):
      return (.floats(luminances(bytes.map { Float($0) / 255 })), wanted)
    case (.floats(let floats), 3, 1): return (.floats(luminances(floats)), wanted)
    default:
      throw DataFileError.malformed(
        path: path,
        reason:
          "has images of \(shape.channels) channels and \(pixels) pixels, which can't become \(channels) (allowed: 1 or 3 channels)"
      )
    }
  }
}

/// Labels of an array: numbers or names, N or N×1.
func storedLabels(_ array: StoredArray, count: Int, path: String) throws -> StoredTargets {
  let isColumn = array.shape.count == 1 || array.shape.count == 2 && array.shape[1] == 1
  guard isColumn else {
    throw DataFileError.malformed(
      path: path,
      reason:
        "array \(array.described) holds no labels (allowed: N or N×1 whole numbers or names; numbers to be predicted are 'target')"
    )
  }
  guard array.shape[0] == count else {
    throw DataFileError.malformed(
      path: path, reason: "array \(array.described) has \(array.shape[0]) labels for \(count) examples")
  }
  if case .texts(let names) = array.values { return .names(names) }
  return .numbers(try array.wholeNumbers(path: path))
}

/// Numbers to be predicted of an array: N or N×D.
func storedTargets(_ array: StoredArray, count: Int, path: String) throws -> StoredTargets {
  guard array.shape.count == 1 || array.shape.count == 2, array.shape[0] == count, array.count > 0 || count == 0 else {
    throw DataFileError.malformed(
      path: path, reason: "array \(array.described) holds no targets for \(count) examples (allowed: N or N×D numbers)")
  }
  return .values(try array.floats(path: path), width: array.shape.count == 2 ? array.shape[1] : 1)
}

/// The names in an array of clients, domains, groups or splits: texts, or whole numbers.
func storedNames(_ array: StoredArray, count: Int, path: String) throws -> [String] {
  let isColumn = array.shape.count == 1 || array.shape.count == 2 && array.shape[1] == 1
  guard isColumn, array.shape[0] == count else {
    throw DataFileError.malformed(
      path: path, reason: "array \(array.described) is no list of \(count) names (allowed: N texts or whole numbers)")
  }
  if case .texts(let names) = array.values { return names }
  return try array.wholeNumbers(path: path).map(String.init)
}

/// The split of each example, by the names that files use.
func storedSplits(_ names: [String], path: String) throws -> [DataSplit] {
  try names.enumerated().map { place, name in
    guard let split = DataSplit(fileName: name) else {
      let hint = nearestName(to: name.lowercased(), in: DataSplit.fileNames).map { "; did you mean '\($0)'?" } ?? ""
      throw DataFileError.malformed(
        path: path,
        reason:
          "has the split '\(printable(name))' at [\(place)]\(hint) (allowed: \(DataSplit.fileNames.joined(separator: ", ")))"
      )
    }
    return split
  }
}

/// Whether a path leads to what is below the folder where it begins.
func isBelowFolder(_ path: String) -> Bool { !path.hasPrefix("/") && !path.split(separator: "/").contains("..") }

extension DataSplit {
  /// What scenarios and folders call the splits, in the order in which they are read.
  static let folderNames: [(name: String, split: DataSplit)] = [
    ("train", .train), ("val", .validation), ("test", .test),
  ]

  /// The names that files and folders use.
  static let fileNames = ["train", "val", "test", "validation", "valid", "dev"]

  /// The split that a file means by a name.
  init?(fileName: String) {
    switch fileName {
    case "train": self = .train
    case "test": self = .test
    case "val", "validation", "valid", "dev": self = .validation
    default: return nil
    }
  }
}

extension HeldPart {
  /// The part divided by the split of each example, each piece in order.
  func divided(by splits: [DataSplit], each: Int) -> [HeldPart] {
    DataSplit.allCases.compactMap { split in
      let rows = splits.indices.filter { splits[$0] == split }
      guard !rows.isEmpty else { return nil }
      var part = rows.count == count ? self : selecting(rows, each: each)
      part.split = split
      return part
    }
  }

  /// Some of the examples, in the order of `rows`.
  func selecting(_ rows: [Int], each: Int) -> HeldPart {
    func pick<Value>(_ values: [Value], _ each: Int) -> [Value] {
      if values.isEmpty { return [] }
      if each == 1 { return rows.map { values[$0] } }
      var picked: [Value] = []
      picked.reserveCapacity(rows.count * each)
      for row in rows { picked += values[row * each..<(row + 1) * each] }
      return picked
    }
    var part = self
    part.count = rows.count
    switch inputs {
    case .bytes(let values): part.inputs = .bytes(pick(values, each))
    case .floats(let values): part.inputs = .floats(pick(values, each))
    case .tokens(let values): part.inputs = .tokens(pick(values, each))
    }
    switch targets {
    case .numbers(let values): part.targets = .numbers(pick(values, 1))
    case .names(let values): part.targets = .names(pick(values, 1))
    case .values(let values, let width): part.targets = .values(pick(values, width), width: width)
    case .tokens(let values): part.targets = .tokens(pick(values, values.count / max(1, count)))
    }
    part.clients = pick(clients, 1)
    part.domains = pick(domains, 1)
    part.groups = pick(groups, 1)
    return part
  }
}
