import Catalogs
import Formats
import Foundation
import Tensors

@testable import Datasets

/// The cases of a folder of formats: files, what a scenario has to say of them, and the truth.
struct FormatCases {
  /// One way to read the files of a case, and what comes of it.
  struct Reading {
    var name = ""
    var options: [String: OptionValue]
    var source: String
    var isUnion = false
    /// The figures to compare; nil where the files have to be refused.
    var truth: JSONValue?
    /// What values are multiplied with to be as stored.
    var factor: Double = 1
    /// The files below the root that are copied to a folder of their own, which is read; nil reads the folder itself.
    var files: [String]?
    /// What else has to hold.
    var check: (FormatView) -> [String] = { _ in [] }
  }

  /// Where the files are.
  let root: URL
  let all: [JSONValue]

  /// Keys that neither `given` nor the path of a case tells.
  private static let rules: [(pattern: String, words: [String: OptionValue])] = [
    ("npz/pfllib-*", ["layout": .text("pfllib")]),
    ("npz/bad/client-*", ["client": .text("client")]),
    ("csv/breast_cancer", ["label": .text("malignant")]),
    ("csv/bad/open-quote", ["label": .text("label"), "client": .text("client")]),
    ("tff/cifar100*", ["test": .text("union"), "scale": .integer(255)]),
    ("text/names", ["levels": .list([.text("class")]), "example": .text("line")]),
    ("text/rt-polarity", ["levels": .list([.text("class")]), "example": .text("line")]),
    ("text/bad/tokens.jsonl", ["inputs": .text("tokens"), "tokens": .text("given")]),
  ]

  /// What isn't looked at, because it may be read in more than one way.
  private static let open: [String: Set<String>] = [
    "csv/clients-with-blanks": ["clients"], "images/unicode": ["classes"], "text/rt-polarity": ["classes"],
  ]

  init?(root: URL) throws {
    let path = root.appendingPathComponent("expected.json").path
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    self.root = root
    all = try JSONValue.read(path: path)["cases"]?.list ?? []
  }

  /// The case that is called so.
  subscript(id: String) -> JSONValue? { all.first { $0["id"]?.text == id } }

  /// The ways to read a case; nil where nobody knows the format.
  func readings(of original: JSONValue) -> [Reading]? {
    let id = original["id"]?.text ?? ""
    var truth = original
    if let other = original["same_as"]?.text.flatMap({ self[$0] }) {
      truth = other.setting(["id": .text(id), "path": original["path"] ?? .null])
    }
    if id == "csv/labels" { truth = truth.setting(["classes": .list([.text("0"), .text("1")])]) }
    truth = truth.without(Self.open[id] ?? [])
    let path = path(of: truth)
    if truth["verdict"]?.text == "convert" {
      return [Reading(options: ["file": .text(firstFile(in: path))], source: "npz", truth: nil)]
    }
    let format = truth["format"]?.text ?? ""
    let options = options(truth, id: id)
    let readings: [Reading]?
    switch format {
    case "npz": readings = npz(truth, options, path)
    case "csv": readings = csv(truth, options, path)
    case "images": readings = images(truth, options, path)
    case "cifar": readings = cifar(truth, options, path)
    case "tff": readings = tff(truth, options, path)
    case "leaf":
      var own = options.setting("root", path)
      if ["text", "next-character"].contains(truth["task"]?.text) {
        own["tokens"] = .text("bytes")
        own["length"] = .integer(truth.longestText)
      }
      readings = [Reading(options: own, source: "leaf", truth: truth)]
    case "har": readings = har(truth, options, path)
    case "text": readings = text(truth, options, path)
    case "safetensors":
      let isBytes = truth["example"]?["type"]?.text == "U8"
      readings = [
        Reading(
          options: ["file": .text(path)].merging(options) { $1 }, source: "safetensors", truth: truth,
          factor: isBytes ? 255 : 1)
      ]
    default: readings = nil
    }
    return readings
  }

  private func path(of truth: JSONValue) -> String {
    let relative = truth["path"]?.text ?? truth["path"]?.list?.first?.text ?? ""
    return root.appendingPathComponent(relative).path
  }

  private func firstFile(in path: String) -> String {
    let inside = (FileManager.default.subpaths(atPath: path) ?? []).sorted().map { "\(path)/\($0)" }
    return inside.first { !isFolder($0) } ?? path
  }

  func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// What `given` and the rules say, as options.
  private func options(_ truth: JSONValue, id: String) -> [String: OptionValue] {
    var options: [String: OptionValue] = [:]
    let renamed = [
      "x": "inputs", "y": "label", "test_x": "test_inputs", "test_y": "test_label", "features": "inputs",
      "text": "inputs", "tokens": "inputs",
    ]
    let others: Set = ["missing", "ignored", "row", "coarse", "train", "test", "vocabulary", "columns"]
    for (key, value) in truth["given"]?.members ?? [] where !others.contains(key) && value != .null {
      let word = renamed[key] ?? key
      guard let said = value.text else {
        options[word] = value.option
        continue
      }
      if said == "folder" || said.hasPrefix("{") { continue }
      if said.hasPrefix("file name") {
        options[word] = .text("file")
      } else if said == "element 4 of x" {
        options[word] = .list([.text("text"), .integer(4)])
      } else if said == "tab" {
        options[word] = .text("\t")
      } else if said.hasPrefix("column "), Int(said.dropFirst(7)) != nil {
        options[word] = .text(String(said.dropFirst(7)))
      } else {
        options[word] = .text(said)
      }
    }
    for rule in Self.rules where fnmatch(rule.pattern, id, 0) == 0 { options.merge(rule.words) { $1 } }
    let histograms = truth.figures.compactMap { $0["labels"]?.numbers }
    if let count = truth["classes"]?.whole, !histograms.isEmpty, histograms.allSatisfy({ $0.last == 0 }) {
      options["classes"] = .integer(count)
    }
    return options
  }

  // MARK: Formats

  private func npz(_ truth: JSONValue, _ options: [String: OptionValue], _ path: String) -> [Reading] {
    let example = truth["example"]
    func scale(_ type: String?) -> Double {
      type?.hasSuffix("u1") == true ? 255 : type?.hasSuffix("u2") == true ? 65535 : 1
    }
    var own = options
    if example?["axes"]?.text == "HW", let shape = example?["shape"] { own["shape"] = shape.option }
    if truth["given"]?["x"]?.text?.hasPrefix("{") == true { own["layout"] = .text("medmnist") }
    if own["layout"] == .text("pfllib") {
      return [Reading(options: ["layout": .text("pfllib"), "root": .text(path)], source: "npz", truth: truth)]
    }
    if truth["arrays"] != nil {
      own["root"] = .text(path)
      var readings: [Reading] = []
      for (name, array) in truth["arrays"]?.members ?? [] {
        let value = array["value"]?.setting(["split": .text("train")]) ?? .null
        readings.append(
          Reading(
            name: name, options: own.setting("inputs", name).setting("label", "y-u1.npy"), source: "npz",
            truth: truth.setting(["splits": .object(["train": array]), "values": .list([value])]),
            factor: scale(array["type"]?.text)))
      }
      for (name, labels) in truth["labels"]?.members ?? [] {
        let split: JSONValue = .object(
          ["labels": labels, "label_weighted": truth["label_weighted"]?[name: name] ?? .null])
        readings.append(
          Reading(
            name: name, options: own.setting("inputs", "x-u1.npy").setting("label", name), source: "npz",
            truth: truth.without(["values", "example", "classes"]).setting(["splits": .object(["train": split])])))
      }
      return readings
    }
    if isFolder(path) { own["client"] = .text("file") }
    own["file"] = .text(isFolder(path) ? path + "/*.npz" : path)
    var readings = [Reading(options: own, source: "npz", truth: truth, factor: scale(example?["type"]?.text))]
    if let values = truth["label_values"] {
      var compact = Reading(
        name: "compact", options: own.setting("classes", "compact"), source: "npz", truth: .object([:]))
      compact.check = { view in
        let counts = view.histogram(view.rows(.train))
        let found = Dictionary(uniqueKeysWithValues: zip(view.classes, counts))
        let wanted = Dictionary(uniqueKeysWithValues: values.members.map { ($0.0, $0.1.whole ?? -1) })
        return found == wanted ? [] : ["classes \(found), expected \(wanted)"]
      }
      readings.append(compact)
    }
    return readings
  }

  private func cifar(_ truth: JSONValue, _ options: [String: OptionValue], _ path: String) -> [Reading] {
    let own = options.setting("root", path)
    var truth = truth
    if truth["example"] == nil {
      truth = truth.setting([
        "example": .object(["shape": .list([.number(3), .number(32), .number(32)]), "axes": .text("CHW")])
      ])
    }
    guard let coarse = truth["coarse_classes"] else {
      return [Reading(options: own, source: "cifar", truth: truth, factor: 255)]
    }
    let splits = (truth["splits"]?.members ?? []).filter { $0.1["coarse"] != nil }
    var domains: [(String, JSONValue)] = []
    for (place, name) in (coarse.list ?? []).enumerated() {
      domains.append(
        (
          name.text ?? "",
          .object(
            splits.map { split, figures in
              (split, .object(["examples": figures["coarse"]?.list?[place] ?? .null]))
            })
        ))
    }
    return [
      Reading(name: "fine", options: own.setting("label", "fine"), source: "cifar", truth: truth, factor: 255),
      Reading(
        name: "coarse", options: own.setting("label", "coarse"), source: "cifar",
        truth: truth.setting(["classes": coarse, "splits": .object(splits.map { ($0.0, $0.1.byCoarse) })]), factor: 255),
      Reading(
        name: "domain", options: own.setting("label", "fine").setting("domain", "coarse"), source: "cifar",
        truth: .object(["domains": .object(domains)]), factor: 255),
    ]
  }

  private func tff(_ truth: JSONValue, _ options: [String: OptionValue], _ path: String) -> [Reading] {
    let given = truth["given"]
    var own = options.setting("file", path)
    let isUnion = own.removeValue(forKey: "test") != nil
    if let shape = truth["example"]?["shape"] { own["shape"] = shape.option }
    let splits = Set((truth["clients"]?.members ?? []).flatMap { $0.1.members.map(\.0) })
    if given?["train"] != nil {
      var names: [String: OptionValue] = [:]
      for split in ["train", "test"] where splits.contains(split) { names[split] = given?[split]?.option }
      own["splits"] = .group(names)
    }
    if splits.contains("heldout") {
      own["splits"] = .group(["train": .text("train"), "val": .text("heldout"), "test": .text("test")])
    }
    if given?["text"] != nil || given?["tokens"] != nil {
      own["label"] = nil
      own["tokens"] = .text("bytes")
      own["target"] = .text(given?["text"] != nil ? "next-character" : "next-token")
      own["length"] = .integer(truth.longestText)
      var bytes = Reading(options: own, source: "tff", truth: truth)
      bytes.check = { $0.isShifted ? [] : ["y is not x one place on"] }
      guard given?["tokens"] != nil else { return [bytes] }
      own["tokens"] = .text("given")
      own["vocabulary"] = .group(["size": .integer(5000)])
      var words = Reading(name: "words", options: own, source: "tff", truth: .object([:]))
      let clients = truth["clients"]
      words.check = { view in
        (clients?.members ?? []).flatMap { client, splits in
          splits.members.compactMap { split, figures in
            let count = view.tokens(view.rows(DataSplit(caseName: split), client: client)).joined().count { $0 != 0 }
            return count == figures["words"]?.whole ? nil : "\(client), \(split): \(count) words"
          }
        }
      }
      return [bytes, words]
    }
    let isBytes = truth["example"]?["type"]?.text == "bytes_list" || own["scale"] != nil
    var readings = [Reading(options: own, source: "tff", isUnion: isUnion, truth: truth, factor: isBytes ? 255 : 1)]
    if let coarse = given?["coarse"]?.text, let splits = truth["by_split"] {
      let changed = JSONValue.object(
        splits.members.map { split, clients in
          (split, .object(clients.members.map { ($0.0, $0.1.byCoarse) }))
        })
      readings.append(
        Reading(
          name: "coarse", options: own.setting("label", coarse), source: "tff", isUnion: isUnion,
          truth: truth.setting(["classes": .number(2), "by_split": changed]), factor: isBytes ? 255 : 1))
    }
    return readings
  }

  private func har(_ truth: JSONValue, _ options: [String: OptionValue], _ path: String) -> [Reading] {
    let own = options.setting("root", path)
    guard truth["verdict"]?.text == "read" else { return [Reading(options: own, source: "har", truth: truth)] }
    return [
      Reading(options: own, source: "har", truth: truth.without(["clients"])),
      Reading(
        name: "client: subject", options: own.setting("client", "subject"), source: "har",
        truth: truth.without(["splits", "values"])),
    ]
  }

  func text(_ truth: JSONValue, _ options: [String: OptionValue], _ path: String) -> [Reading] {
    var own = options
    own["header"] = nil
    if own["tokens"] == nil { own["tokens"] = .text("bytes") }
    own["length"] = .integer(truth.longestText)
    if truth["domain_order"] != nil { own["levels"] = .list([.text("domain"), .text("class")]) }
    own[own["levels"] != nil ? "root" : "file"] = .text(own["levels"] == nil && isFolder(path) ? path + "/*" : path)
    let columns =
      truth["given"]?["columns"]?.list?.compactMap(\.text) ?? (path.hasSuffix(".tsv") ? ["text", "label"] : [])
    if !columns.isEmpty { own["columns"] = .list(columns.map { .text($0 == "token numbers" ? "text" : $0) }) }
    if columns.contains("token numbers") { own["tokens"] = .text("numbers") }
    if columns.contains("client") { own["client"] = .text("client") }
    if truth["given"]?["tokens"] != nil, let vocabulary = truth["given"]?["vocabulary"]?.text {
      own["tokens"] = .text("given")
      own["vocabulary"] = .text(root.appendingPathComponent(vocabulary).path)
    }
    var reading = Reading(options: own, source: "text", truth: truth.without(["values"]))
    if let wanted = truth["vocabulary"] {
      reading.check = { view in
        let first = wanted["first"]?.list?.compactMap(\.text) ?? []
        let own = view.data.vocabulary.filter { !["<pad>", "<unk>"].contains($0) || first.contains($0) }
        let isRight =
          own.count == wanted["size"]?.whole && Array(own.prefix(first.count)) == first
          && own.last == wanted["last"]?.text ?? own.last
        return isRight ? [] : ["a vocabulary of \(own.count): \(own.prefix(6)) … \(own.last ?? "")"]
      }
    }
    return [reading]
  }
}
