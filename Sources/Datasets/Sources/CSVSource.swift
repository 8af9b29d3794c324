internal import Catalogs
internal import Formats
internal import Foundation
internal import Tensors

/// Tables of text: a row an example.
enum CSVSource {
  /// What becomes of a missing value.
  fileprivate enum Missing: Sendable, Equatable {
    case error, drop, mean
    case number(Double)
  }

  static let entry = CatalogEntry<SourceRecipe>(
    "csv", "tables of text, a row an example",
    options: [
      .required("file", .text, "the file, plain or gzip, or a pattern of files"),
      Option("separator", .text, default: .text(","), "what stands between columns: one character, or 'tab'"),
      Option("decimal", .choice([".", ","]), default: .text("."), "the decimal point"),
      Option("header", .boolean, default: .boolean(true), "whether the first row names the columns, else '1', '2', …"),
      .optional(
        "inputs", .either([.text, .list(.text, count: 1...100_000)]),
        "the columns of inputs; all that have no other role unless set"),
      .label,
      .optional(
        "target", .either([.text, .list(.text, count: 1...1000)]),
        "the column of numbers to be predicted, or several, in place of 'label'"),
      .client, .domain, .group, .split, .classes,
      .optional("categories", .list(.text, count: 0...100_000), "columns of names, each level a column of 0 and 1"),
      .optional("ignore", .list(.text, count: 0...100_000), "columns that are left out"),
      Option(
        "missing", .either([.choice(["error", "drop", "mean"]), .number(.any)]), default: .text("error"),
        "what becomes of a missing value: an error, the row is dropped, the column's mean, or a number"),
      Option(
        "marks", .list(.either([.choice([""]), .text]), count: 0...100), default: .list([.text("")]),
        "texts that stand for a missing value"),
      .pixels,
    ]
  ) { options in
    let words = try Words(options)
    let image = try options.group("image")
    return SourceRecipe(hasClients: options.value("client") != nil) { folder, _ in
      try Reading(words, folder: folder).data().source(image)
    }
  }

  /// What is read, and what it means.
  fileprivate struct Words {
    let file: String
    let layout: CSVTable.Layout
    let decimal: Unicode.Scalar
    let inputs: [String]?
    let label: String?
    let targets: [String]
    /// Roles by their words.
    let roles: [String: String]
    let classes: ClassChoice
    let categories: Set<String>
    let ignored: [String]
    let missing: Missing
    let marks: [String]

    init(_ options: Options) throws {
      file = options.text("file")
      let separator = options.text("separator") == "tab" ? "\t" : options.text("separator")
      guard let scalar = separator.unicodeScalars.first, separator.unicodeScalars.count == 1 else {
        throw OptionProblem(
          "separator", "'\(printable(separator))' is not one character (allowed: one character, or 'tab')")
      }
      layout = CSVTable.Layout(separator: scalar, header: options.boolean("header") ? .firstRow : .none)
      decimal = options.text("decimal") == "," ? "," : "."
      inputs = options.texts("inputs")
      label = options.optionalText("label")
      targets = options.texts("target") ?? []
      if label != nil, !targets.isEmpty {
        throw OptionProblem("target", "can't be combined with 'label'; give one of them")
      }
      roles = Dictionary(
        uniqueKeysWithValues: ["client", "domain", "group", "split"].compactMap { key in
          options.optionalText(key).map { (key, $0) }
        })
      classes = options.classChoice
      for key in ["inputs", "target", "categories", "ignore"] {
        var seen: Set<String> = []
        if let twice = (options.texts(key) ?? []).first(where: { !seen.insert($0).inserted }) {
          throw OptionProblem(key, "names the column '\(printable(twice))' twice")
        }
      }
      categories = Set(options.texts("categories") ?? [])
      ignored = options.texts("ignore") ?? []
      missing =
        switch options.value("missing") {
        case .number(let number)?: .number(number)
        case .integer(let number)?: .number(Double(number))
        case .text("drop")?: .drop
        case .text("mean")?: .mean
        default: .error
        }
      marks = options.texts("marks") ?? [""]
    }
  }

  /// What was read so far.
  private struct Reading {
    let words: Words
    private var files: SourceFiles
    private var remarks: [String] = []
    /// What of the inputs was made of all training rows.
    private var fitted: [String] = []
    /// The columns of inputs in the order of the header.
    private var names: [String] = []
    private var columns: [String: CSVColumn] = [:]
    private var labels: [String] = []
    private var targets: [Float] = []
    private var roles: [String: [String]] = [:]
    private var splits: [DataSplit] = []
    /// Where each row stands.
    private var lines: [(file: Int, line: Int)] = []
    private var paths: [String] = []

    init(_ words: Words, folder: String) {
      self.words = words
      files = SourceFiles(folder: folder)
    }

    func data() throws -> HeldData {
      var reading = self
      for (name, path) in try reading.files.matches(words.file) {
        try reading.read(path, shownName: name)
      }
      return try reading.assembled()
    }

    // MARK: One file

    private mutating func read(_ path: String, shownName: String) throws {
      let table = try CSVTable.read(path: path, layout: words.layout)
      try files.note(path, shownName: shownName)
      paths.append(path)
      let words = self.words
      /// The column of a role; nil where the file itself is meant.
      func roleColumn(_ key: String) throws -> String? {
        guard let name = words.roles[key] else { return nil }
        if name == "file", !table.columns.contains("file") { return nil }
        _ = try table.index(of: name)
        return name
      }
      guard let label = words.label ?? words.targets.first ?? ["y", "label"].first(where: table.columns.contains) else {
        throw DataFileError.malformed(
          path: path,
          reason:
            "has no column 'label'; say which one it is with 'data.label', or 'data.target' for numbers (columns there: \(listed(table.columns)))"
        )
      }
      for name in words.ignored + words.categories.sorted() + words.targets + [label] { _ = try table.index(of: name) }
      let roleColumns = try ["client", "domain", "group", "split"].compactMap { try roleColumn($0) }
      let taken = Set(roleColumns + words.targets + (words.targets.isEmpty ? [label] : []) + words.ignored)
      let inputs: [String]
      if let given = words.inputs {
        for name in given {
          _ = try table.index(of: name)
          if words.targets.contains(name) || words.targets.isEmpty && name == label {
            throw DataFileError.malformed(
              path: path, reason: "column '\(printable(name))' can't be both an input and what is to be predicted")
          }
          if roleColumns.contains(name) || words.ignored.contains(name) {
            throw DataFileError.malformed(
              path: path,
              reason:
                "column '\(printable(name))' can't be an input: another word of 'data' has it (allowed: an input or a role)"
            )
          }
        }
        inputs = given
      } else {
        inputs = table.columns.filter { !taken.contains($0) }
      }
      guard !inputs.isEmpty else {
        throw DataFileError.malformed(
          path: path, reason: "has no column of inputs (columns there: \(listed(table.columns)))")
      }
      if names.isEmpty, lines.isEmpty {
        names = inputs
      } else if Set(names) != Set(inputs) {
        let other = Set(inputs).symmetricDifference(names).sorted(by: NameOrder.precedes)
        throw DataFileError.malformed(
          path: path,
          reason:
            "has other columns than \(paths[0]): \(listed(other)) \(other.count == 1 ? "is" : "are") in one of them alone"
        )
      }
      if let name = words.categories.sorted(by: NameOrder.precedes).first(where: { !inputs.contains($0) }) {
        throw DataFileError.malformed(
          path: path,
          reason: "column '\(printable(name))' of 'data.categories' is no input (inputs: \(listed(inputs)))")
      }
      let read = try inputs.map { ($0, try column($0, of: table)) }
      let targets = try words.targets.map { try targetColumn($0, of: table) }
      let rows = try keptRows(of: table, label: label, inputs: read, roleColumns: roleColumns)
      try take(rows, of: table, inputs: read, label: label, targets: targets, path: path, roleColumn: roleColumn)
    }

    private func isMissing(_ text: String) -> Bool {
      words.marks.contains(text) || words.marks.contains(text.trimmingCharacters(in: .whitespaces))
    }

    /// A column of inputs.
    private func column(_ name: String, of table: CSVTable) throws -> CSVColumn {
      guard words.categories.contains(name) else {
        let numbers = try table.numbers(name, decimal: words.decimal, marks: words.marks)
        return .numbers(numbers.map { $0.map { Float($0) } ?? .nan })
      }
      let (texts, numbers) = try table.levels(name)
      let missing = texts.map(isMissing)
      return .levels(texts, numbers.map { missing[$0] ? -1 : Int32($0) })
    }

    /// A column of numbers to be predicted, NaN where one is missing.
    private func targetColumn(_ name: String, of table: CSVTable) throws -> [Float] {
      try table.numbers(name, decimal: words.decimal, marks: words.marks).enumerated().map { row, number in
        guard let number else { return .nan }
        guard Float(number).isFinite else { throw tooLarge(table.path, line: table.line(ofRow: row), name) }
        return Float(number)
      }
    }

    private func tooLarge(_ path: String, line: Int, _ column: String) -> DataFileError {
      .malformed(
        path: path,
        reason:
          "line \(line): column '\(printable(column))' has a number beyond 32 bits (allowed: up to ±3.4e+38)")
    }

    /// The rows that are taken, those without what they need left out and told.
    private mutating func keptRows(
      of table: CSVTable, label: String, inputs: [(name: String, column: CSVColumn)], roleColumns: [String]
    ) throws -> [Int] {
      let path = table.path
      var lacking = [String?](repeating: nil, count: table.rowCount)
      /// The first row without a value, and its column.
      var first: (row: Int, column: String)?
      func mark(_ missing: [Bool], _ column: String, as reason: String, isAllowed: Bool) {
        for (row, isMissing) in missing.enumerated() where isMissing {
          if !isAllowed, row < first?.row ?? .max { first = (row, column) }
          if lacking[row] == nil { lacking[row] = reason }
        }
      }
      func missingTexts(_ name: String) throws -> [Bool] {
        let (texts, numbers) = try table.levels(name)
        let missing = texts.map(isMissing)
        return missing.contains(true) ? numbers.map { missing[$0] } : []
      }
      for name in roleColumns + (words.targets.isEmpty ? [label] : words.targets) {
        mark(try missingTexts(name), name, as: name, isAllowed: words.missing != .error)
      }
      let withoutRole = lacking.count { $0 != nil }
      for (name, column) in inputs where words.missing == .error || words.missing == .drop {
        mark(column.missing, name, as: "", isAllowed: words.missing == .drop)
      }
      if let first { throw missingProblem(table, first.row, first.column) }
      if withoutRole > 0 {
        let kinds = Set(lacking.compactMap { $0 }).subtracting([""]).sorted(by: NameOrder.precedes)
        remarks.append(
          "\(path): \(withoutRole) of \(table.rowCount) rows have no \(kinds.map { "'\(printable($0))'" }.joined(separator: " or ")) and are left out"
        )
      }
      let dropped = lacking.count { $0 == "" }
      if dropped > 0 {
        var by = ""
        if let name = words.roles["client"], table.columns.contains(name) {
          let clients = try table.texts(name)
          let counts = Dictionary(grouping: lacking.indices.filter { lacking[$0] == "" }) { clients[$0] }.mapValues(
            \.count)
          let all = Dictionary(grouping: lacking.indices.filter { lacking[$0] == nil || lacking[$0] == "" }) {
            clients[$0]
          }.mapValues(\.count)
          let order = NameOrder.sortedAsClients(Array(counts.keys))
          by =
            ": "
            + order.prefix(20).map { "\(printable($0)) \(counts[$0] ?? 0) of \(all[$0] ?? 0)" }.joined(separator: ", ")
          if order.count > 20 { by += ", …" }
        }
        remarks.append("\(path): \(dropped) of \(table.rowCount) rows have a missing value and are dropped\(by)")
      }
      return lacking.indices.filter { lacking[$0] == nil }
    }

    private func missingProblem(_ table: CSVTable, _ row: Int, _ column: String) -> DataFileError {
      .malformed(
        path: table.path,
        reason:
          "line \(table.line(ofRow: row)): column '\(printable(column))' has no value (allowed: with 'missing': drop, mean or a number; 'ignore' leaves the column out)"
      )
    }

    private mutating func take(
      _ rows: [Int], of table: CSVTable, inputs: [(name: String, column: CSVColumn)], label: String,
      targets own: [[Float]],
      path: String, roleColumn: (String) throws -> String?
    ) throws {
      let isWhole = rows.count == table.rowCount
      func picked<Value>(_ values: [Value]) -> [Value] { isWhole ? values : rows.map { values[$0] } }
      for (name, column) in inputs {
        let kept = isWhole ? column : column.picking(rows)
        columns[name] = columns[name]?.appending(kept) ?? kept
      }
      if words.targets.isEmpty {
        labels += picked(try table.texts(label))
      } else {
        for row in rows { targets += own.map { $0[row] } }
      }
      let stem = ((path as NSString).lastPathComponent as NSString)
      // `a.csv.gz` is the client `a`, as `a.csv` is.
      let fileName = (stem.pathExtension == "gz" ? stem.deletingPathExtension as NSString : stem).deletingPathExtension
      for key in ["client", "domain", "group"] where words.roles[key] != nil {
        let column = try roleColumn(key)
        roles[key, default: []] +=
          try column.map { picked(try table.texts($0)) } ?? [String](repeating: fileName, count: rows.count)
      }
      if words.roles["split"] != nil {
        if let column = try roleColumn("split") {
          splits += try storedSplits(picked(try table.texts(column)), path: "\(path): column '\(printable(column))'")
        } else {
          let split = try storedSplits([fileName], path: "\(path): the file's name")
          splits += repeatElement(split[0], count: rows.count)
        }
      }
      let file = paths.count - 1
      lines += rows.map { (file, table.line(ofRow: $0)) }
    }

    // MARK: All together

    private mutating func assembled() throws -> HeldData {
      let count = lines.count
      try checkLabels()
      let isTraining = splits.isEmpty ? [Bool](repeating: true, count: count) : splits.map { $0 == .train }
      guard count > 0 else {
        throw DataFileError.malformed(path: paths.first ?? words.file, reason: "has no rows that can be taken")
      }
      var features: [String] = []
      /// For each input the column of numbers, or the level of the column of levels.
      var feeding: [(column: [Float], levels: [Int32], level: Int32)] = []
      for name in names {
        switch columns.removeValue(forKey: name) {
        case .numbers(let numbers)?:
          features.append(name)
          feeding.append((filled(numbers, name, isTraining), [], 0))
        case .levels(let texts, let places)?:
          let seen = Set(zip(places, isTraining).compactMap { $1 && $0 >= 0 ? $0 : nil })
          let unknown = places.count { $0 >= 0 && !seen.contains($0) }
          if unknown > 0 {
            remarks.append(
              "column '\(printable(name))': \(unknown) examples outside training have a level that no training example has; they get zeros"
            )
          }
          fitted.append("the levels of '\(printable(name))'")
          for level in seen.sorted(by: { NameOrder.precedes(texts[Int($0)], texts[Int($1)]) }) {
            features.append("\(name)=\(texts[Int(level)])")
            feeding.append(([], places, level))
          }
        case nil: break
        }
      }
      guard !feeding.isEmpty else {
        throw DataFileError.malformed(
          path: paths.first ?? words.file, reason: "has no column of inputs with a value in training rows")
      }
      let width = feeding.count
      let (needed, overflows) = count.multipliedReportingOverflow(by: 4 * width)
      guard !overflows, needed <= MemoryLimit.standard else {
        throw DataFileError.malformed(
          path: paths.first ?? words.file,
          reason:
            "\(count) rows of \(width) inputs take more memory than there may be taken (allowed: \(MemoryLimit.standard) bytes; 'categories' makes an input of each level)"
        )
      }
      let inputs = [Float](unsafeUninitializedCapacity: count * width) { buffer, filled in
        for (place, input) in feeding.enumerated() {
          if input.levels.isEmpty {
            for row in 0..<count { buffer.initializeElement(at: row * width + place, to: input.column[row]) }
          } else {
            for row in 0..<count {
              buffer.initializeElement(at: row * width + place, to: input.levels[row] == input.level ? 1 : 0)
            }
          }
        }
        filled = count * width
      }
      if let wrong = inputs.firstIndex(where: { !$0.isFinite }) {
        let place = lines[wrong / width]
        throw tooLarge(paths[place.file], line: place.line, features[wrong % width])
      }
      var builder = HeldBuilder(shape: [width])
      builder.features = features
      builder.classes = words.classes
      var part = HeldPart(
        split: .train, inputs: .floats(inputs),
        targets: words.targets.isEmpty ? .names(labels) : .values(targets, width: words.targets.count), count: count,
        targetPlace: paths.count == 1 ? paths[0] : words.file)
      part.clients = roles["client"] ?? []
      part.domains = roles["domain"] ?? []
      part.groups = roles["group"] ?? []
      builder.parts = splits.isEmpty ? [part] : part.divided(by: splits, each: width)
      builder.files = files.read
      builder.remarks = remarks
      builder.fitted = fitted
      return try builder.data()
    }

    /// Checks labels that are all numbers: classes are whole ones from 0.
    private func checkLabels() throws {
      guard words.targets.isEmpty else { return }
      if case .names = words.classes { return }
      let numbers = labels.map { HeldBuilder.wholeNumber($0).map(Double.init) ?? Double($0) ?? .nan }
      guard numbers.allSatisfy(\.isFinite) else { return }
      guard let wrong = numbers.firstIndex(where: { $0 < 0 || $0 != $0.rounded() }) else { return }
      let place = lines[wrong]
      throw DataFileError.malformed(
        path: paths[place.file],
        reason:
          "line \(place.line): has the label \(printable(labels[wrong])) (allowed: whole numbers from 0, or names; 'target' in place of 'label' takes numbers)"
      )
    }

    private mutating func filled(_ numbers: [Float], _ name: String, _ isTraining: [Bool]) -> [Float] {
      let missing = numbers.count { $0.isNaN }
      guard missing > 0 else { return numbers }
      var filling = 0.0
      switch words.missing {
      case .number(let number): filling = number
      case .mean:
        var (sum, known) = (0.0, 0.0)
        for (number, isTraining) in zip(numbers, isTraining) where isTraining && !number.isNaN {
          sum += Double(number)
          known += 1
        }
        filling = sum / max(1, known)
        fitted.append("the mean of '\(printable(name))'")
      case .error, .drop: break
      }
      remarks.append(
        "column '\(printable(name))': \(missing) of \(numbers.count) values are missing and are \(shortText(filling))")
      return numbers.map { $0.isNaN ? Float(filling) : $0 }
    }
  }
}
