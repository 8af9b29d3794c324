internal import func Catalogs.visibleText
internal import Datasets
internal import Formats
internal import Foundation
internal import Scenarios

/// A scenario of data that somebody points at: what they seem to be, and what was assumed.
struct ScenarioDraft {
  /// The path of the data.
  let path: String
  /// What was assumed and not said.
  private(set) var assumptions: [String] = []
  /// The keys of `data`, each with its value in YAML.
  private var keys: [(key: String, value: String)] = []
  private let settings: [String]

  /// Looks at what there is.
  ///
  /// - Throws: `CommandFailure` where it can't be told.
  init(dataAt path: String, settings: [String]) throws {
    self.path = path
    self.settings = settings
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CommandFailure("error: \(path): no such file or folder", .missingInput)
    }
    let given = settings.first { $0.hasPrefix("data.source=") }.map { String($0.dropFirst(12)) }
    if let given {
      set("source", given)
      set(isFolder.boolValue ? "root" : "file", quoted(path))
    } else if isFolder.boolValue {
      try guessFolder()
    } else {
      try guessFile()
    }
  }

  /// The whole scenario, to be opened.
  func scenario(_ extra: [String] = []) throws(ScenarioError) -> Scenario {
    let data = keys.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    return try Scenario(
      text: "name: data\nrounds: 1\nmodel: mlp\ndata: {\(data)}\n", file: path,
      baseDirectory: FileManager.default.currentDirectoryPath, edits: ScenarioEdits(settings: settings + extra))
  }

  private mutating func set(_ key: String, _ value: String) { keys.append((key, value)) }
  private mutating func assume(_ words: String) { assumptions.append("assumed: \(words)") }

  private func quoted(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    // A line break would fold to a blank.
    let visible = escaped.unicodeScalars.map { scalar in
      scalar.value >= 0x20 && scalar.value != 0x7F
        ? String(scalar) : "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
    }
    return "\"" + visible.joined() + "\""
  }

  private func isSet(_ key: String) -> Bool {
    settings.contains { $0.hasPrefix("data.\(key)=") || $0.hasPrefix("data.\(key).") }
  }

  /// Whether a key's value is a path.
  private func isPath(_ key: String) -> Bool { ["file", "root"].contains(key) }

  // MARK: Guesses

  private mutating func guessFile() throws {
    let name = (path as NSString).lastPathComponent.lowercased()
    func ends(_ ends: String...) -> Bool { ends.contains { name.hasSuffix($0) } }
    if ends(".npz") {
      set("source", "npz")
      set("file", quoted(path))
    } else if ends(".csv", ".csv.gz", ".tsv", ".tsv.gz") {
      set("source", "csv")
      set("file", quoted(path))
      if ends(".tsv", ".tsv.gz") {
        set("separator", "tab")
        assume("columns are separated by tabs ('data.separator')")
      }
      try guessColumns()
    } else if ends(".jsonl", ".ndjson") {
      set("source", "text")
      set("file", quoted(path))
    } else if ends(".sqlite", ".sqlite.lzma", ".sqlite.xz", ".db") {
      set("source", "tff")
      set("file", quoted(path))
    } else if ends(".safetensors") {
      set("source", "safetensors")
      set("file", quoted(path))
    } else {
      throw CommandFailure(
        "error: \(path): can't tell what this file is by its name; say it with '--set data.source=…' (allowed: \(datasetCatalog.names.joined(separator: ", "))), or turn it into npz with 'covey-data'",
        .data)
    }
  }

  private mutating func guessColumns() throws {
    guard !isSet("label"), !isSet("target"), !isSet("client") || !isSet("label") else { return }
    let separator: Unicode.Scalar = keys.contains { $0.key == "separator" } ? "\t" : ","
    guard let table = try? CSVTable.read(path: path, layout: CSVTable.Layout(separator: separator)) else { return }
    let byName = Dictionary(table.columns.map { ($0.lowercased(), $0) }) { first, _ in first }
    if !isSet("client"),
      let column = [
        "client", "client_id", "hospital", "site", "center", "centre", "user", "subject", "device", "writer",
      ]
      .lazy.compactMap({ byName[$0] }).first
    {
      set("client", quoted(column))
      assume("column '\(column)' says who holds an example ('data.client')")
    }
    if !isSet("label"), !isSet("target"), byName["label"] == nil, byName["y"] == nil,
      let column = ["class", "target", "diagnosis", "outcome", "disease"].lazy.compactMap({ byName[$0] }).first
    {
      set("label", quoted(column))
      assume("column '\(column)' is the class ('data.label')")
    }
  }

  private mutating func guessFolder() throws {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { !$0.hasPrefix(".") }
    func has(_ name: String) -> Bool { names.contains(name) }
    let path = self.path
    func below(_ folder: String) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? []).filter { !$0.hasPrefix(".") }
    }
    if has("data_batch_1.bin") || has("train.bin") || has("data_batch_1") {
      set("source", "cifar")
      set("root", quoted(path))
    } else if has("activity_labels.txt") {
      set("source", "har")
      set("root", quoted(path))
      if !isSet("client") {
        set("client", "subject")
        assume("each subject is a client ('data.client')")
      }
    } else if below("train").contains(where: { $0.hasSuffix(".json") }) {
      set("source", "leaf")
      set("root", quoted(path))
    } else if below("train").contains(where: { $0.hasSuffix(".npz") }) {
      set("source", "npz")
      set("layout", "pfllib")
      set("root", quoted(path))
    } else if let kind = ["npz", "csv"].first(where: { kind in names.contains { $0.hasSuffix(".\(kind)") } }) {
      set("source", kind)
      set("file", quoted("\(path)/*.\(kind)"))
      if !isSet("client") {
        set("client", "file")
        assume("each file is a client ('data.client')")
      }
    } else if names.contains(where: { $0.contains("-images-idx") }),
      let domains = try? IDXFolder(root: path).domains, !domains.isEmpty
    {
      set("source", "idx")
      set("root", quoted(path))
      if !isSet("domains") {
        set("domains", "[" + domains.map(quoted).joined(separator: ", ") + "]")
        assume("all domains of the folder are wanted ('data.domains')")
      }
    } else if let words = IDXNames(names) {
      set("source", "idx")
      set("root", quoted(path))
      for (key, files) in words.files where !isSet(key) {
        set(
          key,
          "{" + files.map { "\($0.split): [\($0.names.map(quoted).joined(separator: ", "))]" }.joined(separator: ", ")
            + "}")
        assume(
          "\(files.flatMap(\.names).map { "'\($0)'" }.joined(separator: ", ")) \(IDXNames.meaning(key)) ('data.\(key)')"
        )
      }
    } else {
      try guessImages(names, below)
    }
  }

  private mutating func guessImages(_ names: [String], _ below: (String) -> [String]) throws {
    func isImage(_ name: String) -> Bool {
      [".png", ".jpg", ".jpeg"].contains { name.lowercased().hasSuffix($0) }
    }
    let folders = names.filter { name in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder) && isFolder.boolValue
    }.sorted()
    guard let first = folders.first else {
      throw CommandFailure(
        "error: \(path): can't tell what this folder holds; say it with '--set data.source=…' (allowed: \(datasetCatalog.names.joined(separator: ", ")))",
        .data)
    }
    set("source", "images")
    set("root", quoted(path))
    guard !isSet("levels") else { return }
    let isSplit = folders.contains("train")
    var levels = ["class"]
    if below(first).contains(where: isImage) {
      levels = ["class"]
    } else if isSplit {
      levels = ["split", "class"]
    } else {
      levels = ["domain", "class"]
    }
    set("levels", "[" + levels.joined(separator: ", ") + "]")
    assume("the folders are levels of \(levels.joined(separator: ", then ")) ('data.levels')")
  }

  // MARK: A scenario that runs

  /// A scenario that compares FedAvg and FedBN on these data.
  ///
  /// - Parameter target: Where it will stand; the paths in it are relative to that.
  func text(for info: DataInfo, at target: String) -> String {
    let isImage = info.example.shape.count == 3
    let counts = ["train", "validation", "test"].compactMap { name in
      info.splits[name].map {
        "\($0.examples) for \(name == "train" ? "training" : name == "test" ? "testing" : "validation")"
      }
    }
    var lines = [
      "# Found:   \(counts.joined(separator: ", ")), \(info.clients.count) clients, examples of \(info.example.shape.map(String.init).joined(separator: "×"))."
    ]
    if !info.target.names.isEmpty {
      lines.append(
        "#          \(info.target.classes) classes: \(info.target.names.prefix(20).map(visibleText).joined(separator: ", "))\(info.target.names.count > 20 ? ", …" : "")."
      )
    }
    if !info.features.isEmpty {
      lines.append(
        "#          columns: \(info.features.prefix(40).map(visibleText).joined(separator: ", "))\(info.features.count > 40 ? ", …" : "")."
      )
    }
    // A share is taken for testing below, where there is nothing.
    for note in info.notes.map(visibleText)
    where info.splits["test"] != nil || !note.hasPrefix("no client has test examples") {
      lines.append("# \(note.hasPrefix("assumed: ") ? "Assumed: " + note.dropFirst(9) : "Note:    " + note).")
    }
    let base = ((target as NSString).deletingLastPathComponent as NSString)
    let folder = base.length == 0 ? FileManager.default.currentDirectoryPath : base as String
    var name = ((target as NSString).lastPathComponent as NSString).deletingPathExtension.lowercased()
    name = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
    lines += ["name: \(name)", "rounds: 20", "seeds: [1, 2, 3]", "data:"]
    var data = DraftMapping()
    for (key, value) in keys {
      data.set([key], isPath(key) ? quoted(relative(path: unquoted(value), to: folder)) : value)
    }
    for setting in settings where setting.hasPrefix("data.") && !setting.hasPrefix("data.source=") {
      let parts = setting.dropFirst(5).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let names = parts[0].split(separator: ".").map(String.init)
      let value = parts.count > 1 ? String(parts[1]) : ""
      data.set(
        names, names.count == 1 && isPath(names[0]) ? quoted(relative(path: unquoted(value), to: folder)) : value)
    }
    lines += data.entries.map { "  \($0.key): \($0.value.text)" }
    if info.splits["test"] == nil, !isSet("test") {
      lines.append("  test: 0.2  # a fifth of each client's examples, as the data have none for testing")
    }
    if !info.features.isEmpty, !isSet("normalize") {
      lines.append("  normalize: federated  # features are in units of their own; see Docs/Guides/normalize.md")
    }
    if info.target.kind == "classes", info.example.type != "tokens" {
      lines.append(isImage ? "model: cnn" : "model: {kind: mlp, hidden: [64]}")
    } else {
      lines.append(
        "# Runs train on classes of images, sequences and vectors so far; these data can be looked at and imported.")
      lines.append("model: {kind: mlp, hidden: [64]}")
    }
    lines += [
      "client: {batch_size: 32, epochs: 1, optimizer: {kind: sgd, learning_rate: 0.01}}", "arms:",
      "  - {name: fedavg, norm: fedavg}", "  - {name: fedbn, norm: fedbn}",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// The text of a value, in quotes or without.
  private func unquoted(_ value: String) -> String {
    guard value.count > 1, value.hasPrefix("\""), value.hasSuffix("\"") else { return value }
    return String(value.dropFirst().dropLast()).replacing("\\\"", with: "\"").replacing("\\\\", with: "\\")
  }

  /// A path, seen from a folder.
  private func relative(path: String, to folder: String) -> String {
    let own = URL(fileURLWithPath: path).standardizedFileURL.pathComponents
    let base = URL(fileURLWithPath: folder).standardizedFileURL.pathComponents
    let shared = zip(own, base).prefix { $0 == $1 }.count
    let parts = Array(repeating: "..", count: base.count - shared) + own[shared...]
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }
}

/// The keys of `data` with their values in YAML, each once; the latter of two settings of a key counts.
private struct DraftMapping {
  /// A value as it was given, or keys below.
  indirect enum Value {
    case given(String)
    case mapping(DraftMapping)

    var text: String {
      switch self {
      case .given(let text): text
      case .mapping(let below):
        "{" + below.entries.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ") + "}"
      }
    }
  }

  /// In the order in which they were first set.
  private(set) var entries: [(key: String, value: Value)] = []

  /// Sets a key, by its name and those of the mappings that it is in.
  mutating func set(_ path: [String], _ text: String) {
    guard let key = path.first else { return }
    let place = entries.firstIndex { $0.key == key }
    guard path.count > 1 else {
      if let place { entries[place].value = .given(text) } else { entries.append((key, .given(text))) }
      return
    }
    var below = DraftMapping()
    if let place, case .mapping(let known) = entries[place].value { below = known }
    below.set(Array(path.dropFirst()), text)
    if let place { entries[place].value = .mapping(below) } else { entries.append((key, .mapping(below))) }
  }
}
