internal import Catalogs
internal import Formats
internal import Foundation
internal import Tensors

/// Texts: JSON lines, tables, and folders of files.
enum TextSource {
  static let entry = CatalogEntry<SourceRecipe>(
    "text", "texts as tokens: JSON lines, tables, folders of files",
    options: [
      .optional("file", .text, "the file, or a pattern of files: .jsonl, .csv, .tsv, or any with 'columns'"),
      .optional("root", .text, "the folder of files, with 'levels'"),
      Option(
        "levels", .list(.choice(["split", "domain", "client", "class"]), count: 1...4),
        default: .list([.text("class")]), "what the folders stand for, from the root down; the last is 'class'"),
      Option(
        "example", .choice(["file", "line"]), default: .text("file"),
        "what is an example in a folder; of lines the file's name is the last level"),
      Option(
        "encoding", .choice(TextEncoding.allCases.map(\.rawValue)), default: .text("utf-8"),
        "how characters are written"),
      .optional(
        "columns", .list(.text, count: 1...10_000), "the names of the columns of a file between tabs without header"),
      .optional("inputs", .text, "the column or key of the text; 'text' or 'tokens' unless set"), .label,
      .optional("target", .text, "'next-character' or 'next-token' of the text, in place of 'label'"), .client, .domain,
      .group, .split, .classes, .tokens, .vocabulary, .length,
    ]
  ) { options in
    let words = try TokenWords(options, unlessSaid: .words)
    let levels = (options.texts("levels") ?? ["class"]).compactMap(FolderLevel.init)
    guard levels.last == .class, Set(levels).count == levels.count else {
      throw OptionProblem("levels", "end with 'class' and name nothing twice")
    }
    guard (options.value("file") == nil) != (options.value("root") == nil) else {
      throw OptionProblem("file", "exactly one of 'file' and 'root' says which files are read")
    }
    if options.value("file") != nil,
      let given = levels != [.class] ? "levels" : options.text("example") == "line" ? "example" : nil
    {
      throw OptionProblem(given, "has no meaning for files (allowed: with 'root')")
    }
    if let target = options.optionalText("target"), !words.predictsNext {
      throw OptionProblem(
        "target",
        "'\(printable(target))' is not known here (allowed: \(TokenWords.nextTargets.joined(separator: ", ")))")
    }
    if options.value("root") != nil,
      let given = ["columns", "inputs", "label", "client", "domain", "group", "split"].first(where: {
        options.value($0) != nil
      })
    {
      throw OptionProblem(given, "has no meaning for a folder, whose 'levels' say what is what (allowed: with 'file')")
    }
    if options.value("label") != nil, words.predictsNext {
      throw OptionProblem("target", "can't be combined with 'label'; give one of them")
    }
    let hasClients = options.value("client") != nil || options.value("root") != nil && levels.contains(.client)
    return SourceRecipe(hasClients: hasClients) { folder, _ in
      var files = SourceFiles(folder: folder)
      var builder = HeldBuilder(shape: [1])
      builder.classes = options.classChoice
      let parts =
        try options.value("root") != nil
        ? folderParts(options, levels, words, &files, &builder) : fileParts(options, words, &files)
      try words.add(parts, to: &builder, files: &files)
      builder.files = files.read
      return HeldSource(try builder.data())
    }
  }

  // MARK: Folders

  private static func folderParts(
    _ options: Options, _ levels: [FolderLevel], _ words: TokenWords, _ files: inout SourceFiles,
    _ builder: inout HeldBuilder
  ) throws -> [TextPart] {
    let root = options.text("root")
    let example: TextFolder.Example = options.text("example") == "line" ? .line : .file
    let encoding = TextEncoding(rawValue: options.text("encoding")) ?? .utf8
    let listing = try TextFolder.list(root: files.path(root), levels: levels, example: example)
    builder.remarks += listing.remarks
    if case .names = builder.classes {} else if !words.predictsNext { builder.fileClasses = listing.classes }
    var parts: [DataSplit: TextPart] = [:]
    for file in listing.files {
      let path = listing.path(of: file)
      let texts = try TextFolder.texts(path: path, example: example, encoding: encoding, limit: MemoryLimit.standard)
      try files.note(path, name: file.path, shownName: "\(root)/\(file.path)")
      let split: DataSplit =
        switch file.split {
        case .val: .validation
        case .test: .test
        default: .train
        }
      // Taken out and put back: a copy of the lists for each file would be quadratic.
      var part =
        parts.removeValue(forKey: split)
        ?? TextPart(split: split, texts: [], targets: words.predictsNext ? nil : .names([]), targetPlace: listing.root)
      part.texts += texts.map { .text($0) }
      if case .names(var names)? = part.targets {
        part.targets = nil
        names += repeatElement(listing.classes[file.label], count: texts.count)
        part.targets = .names(names)
      }
      if levels.contains(.domain) {
        part.domains += [String](repeating: file.domain.map { listing.domains[$0] } ?? "", count: texts.count)
      }
      if levels.contains(.client) {
        part.clients += [String?](repeating: file.client.map { listing.clients[$0] }, count: texts.count)
      }
      parts[split] = part
    }
    return DataSplit.allCases.compactMap { parts[$0] }
  }

  // MARK: Files

  private static func fileParts(
    _ options: Options, _ words: TokenWords, _ files: inout SourceFiles
  ) throws -> [TextPart] {
    var parts: [TextPart] = []
    for (name, path) in try files.matches(options.text("file")) {
      try files.note(path, shownName: name)
      parts += try fileParts(path, options, words)
    }
    return parts
  }

  private static func fileParts(_ path: String, _ options: Options, _ words: TokenWords) throws -> [TextPart] {
    let encoding = TextEncoding(rawValue: options.text("encoding")) ?? .utf8
    let kind = (path as NSString).pathExtension.lowercased()
    let stem = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    let roleKeys = ["client", "domain", "group", "split"]
    let given = options.texts("columns")
    let (known, read) = try opened(path, kind: kind, given: given, encoding: encoding)
    func column(_ key: String, _ usual: [String]) throws -> String {
      if let word = options.optionalText(key) { return word }
      if let found = usual.first(where: known.contains) { return found }
      throw DataFileError.malformed(
        path: path,
        reason: "has no column '\(usual[0])'; say which one it is with 'data.\(key)' (there: \(listed(known)))")
    }
    let inputs = try column("inputs", ["text", "tokens"])
    let label = words.predictsNext ? nil : try column("label", ["label", "y"])
    var roles: [(key: String, column: String)] = []
    for key in roleKeys {
      guard let word = options.optionalText(key), word != "file" || known.contains("file") else { continue }
      roles.append((key, word))
    }
    let wanted = [inputs] + (label.map { [$0] } ?? []) + roles.map(\.column)
    let table = try read(wanted)
    func texts(_ name: String) throws -> [String] {
      guard let place = wanted.firstIndex(of: name) else { return [] }
      return try zip(table.rows, table.lines).map { row, line in
        switch row[place] {
        case .text(let text): return text
        case .list: throw problem(path, line, name, "a list")
        case .missing: throw problem(path, line, name, "no value")
        }
      }
    }
    var part = TextPart(
      split: .train, texts: table.rows.map { $0[0] }, targets: try label.map { .names(try texts($0)) },
      targetPlace: path)
    for key in roleKeys where options.value(key) != nil {
      let names =
        try roles.first { $0.key == key }.map { try texts($0.column) }
        ?? [String](repeating: stem, count: table.rows.count)
      switch key {
      case "client": part.clients = names
      case "domain": part.domains = names
      case "group": part.groups = names
      default: return divided(part, by: try storedSplits(names, path: path))
      }
    }
    return [part]
  }

  private static func problem(_ path: String, _ line: Int, _ column: String, _ what: String) -> DataFileError {
    .malformed(path: path, reason: "line \(line): '\(printable(column))' is \(what) (allowed: a text)")
  }

  /// The columns or keys of a file, and what reads some of them.
  private typealias Opened = (columns: [String], read: (_ columns: [String]) throws -> TextTable)

  /// The names of the columns or keys of a file, and its table of some of them. A table is read from the file once for both.
  private static func opened(
    _ path: String, kind: String, given: [String]?, encoding: TextEncoding
  ) throws -> Opened {
    func file() throws -> TextFile {
      try TextFile.read(path: path, encoding: encoding, limit: MemoryLimit.standard)
    }
    if let given { return (given, { try TextTable.tabs(file(), header: given, columns: $0) }) }
    switch kind {
    case "csv", "gz":
      guard encoding == .utf8 else {
        throw OptionProblem(
          "encoding", "'\(encoding.rawValue)' can't be used for tables between commas, which are UTF-8 (allowed: utf-8)"
        )
      }
      let table = try CSVTable.read(path: path)
      return (
        table.columns,
        { columns in
          let texts = try columns.map { try table.texts($0) }
          return TextTable(
            columns: columns, rows: (0..<table.rowCount).map { row in texts.map { .text($0[row]) } },
            lines: (0..<table.rowCount).map { table.line(ofRow: $0) })
        }
      )
    case "jsonl", "ndjson":
      var keys: [String] = []
      if case .object(let first)? = try JSONLines.read(path: path).first?.value { keys = first.keys }
      return (keys, { try TextTable.jsonLines(file(), columns: $0) })
    case "tsv":
      let file = try file()
      return (try TextTable.tabs(file, header: nil).columns, { try TextTable.tabs(file, header: nil, columns: $0) })
    default:
      throw DataFileError.malformed(
        path: path,
        reason:
          "is no text source by its name (allowed: .jsonl, .csv, .tsv, or any name with 'data.columns'; a folder is 'data.root')"
      )
    }
  }

  private static func divided(_ part: TextPart, by splits: [DataSplit]) -> [TextPart] {
    DataSplit.allCases.compactMap { split in
      let rows = splits.indices.filter { splits[$0] == split }
      guard !rows.isEmpty else { return nil }
      func pick<Value>(_ values: [Value]) -> [Value] { values.isEmpty ? [] : rows.map { values[$0] } }
      var own = part
      own.split = split
      own.texts = pick(part.texts)
      if case .names(let names)? = part.targets { own.targets = .names(pick(names)) }
      own.clients = pick(part.clients)
      own.domains = pick(part.domains)
      own.groups = pick(part.groups)
      return own
    }
  }
}
