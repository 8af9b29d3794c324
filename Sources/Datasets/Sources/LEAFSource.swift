internal import Catalogs
internal import Formats
internal import Foundation
internal import Tensors

/// LEAF's JSON: users are natural clients, in the order of `users`; their hierarchies are groups.
enum LEAFSource {
  static let entry = CatalogEntry<SourceRecipe>(
    "leaf", "LEAF's JSON; users are clients", source: "Caldas et al. 2018",
    options: [
      .root,
      .optional(
        "inputs", .list(.either([.integer(0...1000), .text]), count: 2...2),
        "[text, 4]: which element of a list is the text, counted from 0"),
      .optional("target", .text, "'next-character' or 'next-token' of the inputs, in place of the file's y"),
      .classes, .shape, .order, .scale, .invert, .tokens, .vocabulary, .length, .pixels, .files,
    ]
  ) { options in
    let image = try options.group("image")
    let rules = try InputRules(options, names: ["shape", "order", "scale", "invert", "image"])
    let words = try TokenWords(options, unlessSaid: .words)
    if options.value("target") != nil, !words.predictsNext {
      throw OptionProblem(
        "target",
        "'\(printable(options.text("target")))' is not known here (allowed: \(TokenWords.nextTargets.joined(separator: ", ")))"
      )
    }
    var element: Int?
    if case .list(let values)? = options.value("inputs") {
      guard values.count == 2, values[0].text == "text", case .integer(let number) = values[1] else {
        throw OptionProblem(
          "inputs", "is not allowed (allowed: [text, NUMBER], the element of each list that is the text)")
      }
      element = number
    }
    let index = element
    let given = try options.splitFiles()
    return SourceRecipe(hasClients: true) { folder, _ in
      try data(options, rules, words, given, element: index, folder: folder).source(image)
    }
  }

  private static func data(
    _ options: Options, _ rules: InputRules, _ words: TokenWords, _ given: [DataSplit: [String]]?, element: Int?,
    folder: String
  ) throws -> HeldData {
    let root = options.text("root")
    var files = SourceFiles(folder: folder)
    let whole = files.path(root)
    guard FileManager.default.fileExists(atPath: whole) else { throw DataFileError.missing(path: whole) }
    var builder = HeldBuilder(shape: [1])
    builder.classes = options.classChoice
    builder.clientOrder = .asRead
    var texts: [TextPart] = []
    var remarks = FileRemarks()
    var empty: [String] = []
    var known: Set<String> = []
    var seen: [DataSplit: Set<String>] = [:]
    for (name, split) in DataSplit.folderNames {
      for file in try given.map({ $0[split] ?? [] }) ?? usualFiles(name, split, in: whole) {
        let path = try path(of: file, inFolder: whole)
        let leaf = try LEAFFile.read(path: path)
        try files.note(path, name: file, shownName: "\(root)/\(file)")
        for user in leaf.users {
          guard seen[split, default: []].insert(user.name).inserted else {
            throw DataFileError.malformed(
              path: path, reason: "has the user '\(printable(user.name))', who is in another file of '\(name)' too")
          }
          if user.count == 0 {
            empty.append(user.name)
          } else {
            known.insert(user.name)
          }
          try add(user, split, path, rules, words, element: element, &texts, &builder, &remarks)
        }
      }
    }
    if !texts.isEmpty {
      guard builder.parts.isEmpty else {
        throw DataFileError.malformed(
          path: whole, reason: "has users with texts and others with numbers (allowed: one kind)")
      }
      try words.add(texts, to: &builder, files: &files)
    }
    // What users have is known now, and with it which words mean something.
    let (others, kind) =
      texts.isEmpty
      ? (["tokens", "vocabulary", "length"], "numbers (allowed: where they are texts)")
      : (["shape", "order", "scale"], "texts (allowed: where they are numbers)")
    if !known.isEmpty, let given = others.first(where: { options.value($0) != nil }) {
      throw OptionProblem(given, "has no meaning: the inputs of these users are \(kind)")
    }
    empty.removeAll { !known.insert($0).inserted }
    if !empty.isEmpty {
      builder.remarks.append(
        "\(whole): \(empty.count) \(empty.count == 1 ? "user has" : "users have") no examples and \(empty.count == 1 ? "is" : "are") left out: \(listed(empty))"
      )
    }
    if rules.scale == nil, let part = builder.parts.first(where: { $0.hasLargeWholeNumbers }) {
      builder.remarks.append(
        "\(part.targetPlace.dropLast(3)): x has whole numbers above 1, which are taken as they are; 'scale' divides them"
      )
    }
    builder.remarks += remarks.sentences
    builder.files = files.read
    return try builder.data()
  }

  /// The files of a split where LEAF's programs put them, in the order of their names.
  private static func usualFiles(_ name: String, _ split: DataSplit, in root: String) throws -> [String] {
    let path = "\(root)/\(name)"
    guard let all = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      guard split == .train else { return [] }
      throw DataFileError.malformed(
        path: root, reason: "has no folder 'train' with JSON files, as LEAF's data have")
    }
    let found = all.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.sorted(by: NameOrder.precedes)
    guard !found.isEmpty || split != .train else {
      throw DataFileError.malformed(path: path, reason: "has no JSON files")
    }
    return found.map { "\(name)/\($0)" }
  }

  private static func add(
    _ user: LEAFFile.User, _ split: DataSplit, _ path: String, _ rules: InputRules, _ words: TokenWords, element: Int?,
    _ texts: inout [TextPart], _ builder: inout HeldBuilder, _ remarks: inout FileRemarks
  ) throws {
    guard user.count > 0 else { return }
    let place = "\(path): user '\(printable(user.name))'"
    let targets: StoredTargets
    switch user.y {
    case .numbers(let numbers, let shape) where shape.isEmpty:
      targets = .numbers(
        try numbers.enumerated().map { number, value in
          guard let whole = Int64(exactly: value) else {
            throw DataFileError.malformed(
              path: place, reason: "has the label \(value) at y[\(number)] (allowed: whole numbers from 0)")
          }
          return whole
        })
    case .texts(let names, let shape) where shape.isEmpty: targets = .names(names)
    default:
      throw DataFileError.malformed(
        path: place, reason: "has labels that are lists (allowed: a number or a text an example)")
    }
    let clients = [String?](repeating: user.name, count: user.count)
    let groups = user.group.map { [String?](repeating: $0, count: user.count) } ?? []
    switch user.x {
    case .numbers(let numbers, let shape):
      let array = StoredArray(name: "x", shape: [user.count] + shape, typeText: "numbers", values: .floats(numbers))
      let read = try rules.inputs(of: array, path: place, remarks: &remarks)
      if !builder.parts.isEmpty, builder.shape != read.shape {
        throw DataFileError.malformed(
          path: place, reason: "has examples of \(read.shape), users before have \(builder.shape) (allowed: one shape)")
      }
      builder.shape = read.shape
      var part = HeldPart(
        split: split, inputs: read.inputs, targets: targets, count: user.count, targetPlace: "\(place): y")
      part.clients = clients
      part.groups = groups
      builder.parts.append(part)
    case .texts(let all, let shape):
      let width = shape.first ?? 1
      var values: [TextValue]
      if let element {
        guard !shape.isEmpty, element < width else {
          throw DataFileError.malformed(
            path: place,
            reason:
              "has \(shape.isEmpty ? "texts" : "lists of \(width)"), and 'data.inputs' asks for element \(element)")
        }
        values = (0..<user.count).map { .text(all[$0 * width + element]) }
      } else if shape.isEmpty {
        values = all.map { .text($0) }
      } else {
        values = (0..<user.count).map { .list(Array(all[$0 * width..<($0 + 1) * width])) }
      }
      texts.append(
        TextPart(
          split: split, texts: values, targets: words.predictsNext ? nil : targets, clients: clients, groups: groups,
          targetPlace: "\(place): y"))
    }
  }
}

extension HeldPart {
  /// Whether all inputs are whole numbers, and one is above 1.
  fileprivate var hasLargeWholeNumbers: Bool {
    guard case .floats(let values) = inputs, values.contains(where: { $0 > 1 }) else { return false }
    return values.allSatisfy { $0 == $0.rounded() }
  }
}
