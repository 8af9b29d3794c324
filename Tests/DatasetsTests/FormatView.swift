import Catalogs
import Foundation
import Tensors
import Testing

@testable import Datasets
@testable import Formats

/// What a source reads, client by client, in the words of the cases.
struct FormatView {
  /// An example, as a row of its split.
  struct Row: Hashable {
    let split: DataSplit
    let row: Int
  }

  let source: HeldSource
  let dataset: FederatedDataset
  /// The clients' names in order, without the one that stands for nobody.
  let clients: [String]
  var data: HeldData { source.data }
  var classes: [String] { data.classes }

  /// Divides a source as a scenario without a partition does.
  init(_ source: any ExampleSource, hasClients: Bool, isUnion: Bool) throws {
    self.source = try #require(source as? HeldSource)
    dataset = try FederatedDataset(
      source: source, partitioner: hasClients ? Natural() : ByDomain(), trainPerClient: nil, testPerClient: nil,
      heldOut: HeldOutShares(poolsTest: isUnion), seed: 1)
    let whole = dataset.whole
    clients = (0..<whole.clientCount).filter { $0 != whole.unionClient }.map { whole.name($0) ?? "client\($0)" }
  }

  /// The name of the group, or of the domain, of each client; nil where it has several.
  func units(_ names: [String], _ column: (HeldSplit) -> [Int32]) -> [String?] {
    clients.map { client in
      let found = Set(
        DataSplit.allCases.flatMap { rows($0, client: client) }.compactMap { row in
          data.splits[row.split].flatMap { column($0).isEmpty ? nil : column($0)[row.row] }
        })
      return found.count == 1 ? found.first.flatMap { names.indices.contains(Int($0)) ? names[Int($0)] : nil } : nil
    }
  }

  /// The examples of a split, of one client or of all, client by client.
  func rows(_ split: DataSplit, client: String? = nil) -> [Row] {
    let whole = dataset.whole
    return (0..<whole.clientCount).filter {
      $0 != whole.unionClient && (client == nil || whole.name($0) ?? "client\($0)" == client)
    }.flatMap { rows($0, split) }
  }

  /// The test examples of nobody.
  var unionRows: [Row] { dataset.whole.unionClient.map { rows($0, .test) } ?? [] }

  private func rows(_ client: Int, _ split: DataSplit) -> [Row] {
    let own = dataset.whole.sourceSplit(split)
    return dataset.whole.references(client, split).map { Row(split: own, row: source.row($0, split: own)) }
  }

  /// An example's values, channels last.
  func values(_ row: Row) -> [Double] {
    let range = row.row * data.shape.count..<(row.row + 1) * data.shape.count
    switch data.splits[row.split]?.inputs {
    case .bytes(let values)?: return values[range].map(Double.init)
    case .floats(let values)?: return values[range].map(Double.init)
    case .tokens(let values)?: return values[range].map(Double.init)
    case nil: return []
    }
  }

  /// One value of an example.
  func stored(_ row: Row, place: Int) -> Double { values(row)[place] }

  /// An example's class.
  func label(_ row: Row) -> Int {
    if case .classes(let labels)? = data.splits[row.split]?.targets { Int(labels[row.row]) } else { -1 }
  }

  /// The classes, or the numbers to be predicted, of examples.
  func targets(_ rows: [Row]) -> [Double] {
    rows.map { row in
      if case .values(let values)? = data.splits[row.split]?.targets {
        Double(values[row.row])
      } else {
        Double(label(row))
      }
    }
  }

  /// Examples of each class.
  func histogram(_ rows: [Row]) -> [Int] {
    var counts = [Int](repeating: 0, count: classes.count)
    for row in rows { counts[label(row)] += 1 }
    return counts
  }

  /// The tokens of examples.
  func tokens(_ rows: [Row]) -> [[Int32]] { rows.map { values($0).map { Int32($0) } } }

  /// Whether each target is the next token.
  var isShifted: Bool {
    let length = data.shape.count
    return rows(.train).allSatisfy { row in
      guard case .tokens(let next)? = data.splits[row.split]?.targets else { return false }
      let own = next[row.row * length..<(row.row + 1) * length].map(Double.init)
      return own.dropLast().elementsEqual(values(row).dropFirst())
    }
  }

  // MARK: Figures

  /// What is off in all that a case says.
  func problems(_ truth: JSONValue, factor: Double) -> [String] {
    var problems: [String] = []
    let given = truth["given"]
    let axes = truth["example"]?["axes"]?.text
    if let shape = (given?["shape"] ?? truth["example"]?["shape"])?.list?.compactMap(\.whole) {
      let wanted =
        axes == "CHW" ? [shape[1], shape[2], shape[0]] : axes != "TC" && shape.count == 2 ? shape + [1] : shape
      if data.shape.dimensions != wanted { return ["examples of \(data.shape), expected \(wanted)"] }
    }
    if let names = truth["classes"] {
      let isRight = names.whole.map { $0 == classes.count } ?? (names.list?.compactMap(\.text) == classes)
      if !isRight { problems.append("classes \(classes), expected \(names)") }
    }
    func compare(_ name: String, _ figures: JSONValue, _ rows: [Row]) {
      problems += self.problems(name, figures, rows, factor: factor, isFirst: axes == "CHW")
    }
    if let entries = truth["clients"]?.members {
      let said = truth["client_order"]?.list?.map { $0.text ?? "\($0.whole ?? -1)" }
      let wanted = said ?? (truth["format"]?.text == "leaf" ? entries.map(\.0) : inOrder(entries.map(\.0)))
      guard clients == wanted else { return problems + ["clients \(clients), expected \(wanted)"] }
      for (client, entry) in entries {
        for (split, figures) in entry.bySplit {
          compare("\(client), \(split)", figures, rows(DataSplit(caseName: split), client: client))
        }
        guard entry["examples"] == nil else { continue }
        let there = Set(entry.members.map { DataSplit(caseName: $0.0) })
        for split in DataSplit.allCases where !there.contains(split) && !rows(split, client: client).isEmpty {
          problems.append("\(client) has examples in \(split.rawValue), expected none")
        }
      }
      if let groups = truth["groups"] {
        let found = units(data.groups) { $0.groups }
        if found != wanted.map({ groups[name: $0]?.text }) { problems.append("groups \(found)") }
      }
    }
    if truth["domains"] != nil || truth["domain_order"] != nil {
      let wanted =
        truth["domain_order"]?.list?.compactMap(\.text) ?? inOrder((truth["domains"]?.members ?? []).map(\.0))
      if data.domains != wanted { problems.append("domains \(data.domains), expected \(wanted)") }
      for (domain, entry) in truth["domains"]?.members ?? [] {
        let number = data.domains.firstIndex(of: domain).map(Int32.init)
        for (split, figures) in entry.bySplit {
          var own = rows(DataSplit(caseName: split)).filter { data.splits[$0.split]?.domains[$0.row] == number }
          // Figures by domain and class.
          if let label = classes.firstIndex(of: split) { own = own.filter { self.label($0) == label } }
          compare(
            "\(domain), \(split)", figures.whole.map { .object(["examples": .number(Double($0))]) } ?? figures, own)
        }
      }
    }
    for (split, figures) in truth["splits"]?.members ?? [] { compare(split, figures, rows(DataSplit(caseName: split))) }
    for (place, entry) in (truth["files"]?.members ?? []).sorted(by: { $0.0 < $1.0 }).enumerated() {
      compare(entry.0, entry.1, rows(.train).filter { label($0) == place })
    }
    if let both = truth["by_split"] {
      let train = both["train"]?.members ?? []
      if clients != inOrder(train.map(\.0)) { problems.append("clients \(clients)") }
      for (client, figures) in train { compare("\(client), train", figures, rows(.train, client: client)) }
      var union = unionRows[...]
      for client in inOrder((both["test"]?.members ?? []).map(\.0)) {
        guard let figures = both["test"]?[name: client] else { continue }
        let count = figures["examples"]?.whole ?? 0
        compare("\(client) of the union", figures, Array(union.prefix(count)))
        union = union.dropFirst(count)
      }
      if !union.isEmpty { problems.append("the union has \(union.count) examples too many") }
    }
    return problems + valueProblems(truth, factor: factor)
  }

  private func inOrder(_ names: [String]) -> [String] {
    let numbers = names.compactMap { name in name.allSatisfy(\.isNumber) ? Double(name) : nil }
    return numbers.count == names.count
      ? names.sorted { (Double($0) ?? 0) < (Double($1) ?? 0) }
      : names.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
  }

  /// What an example's values were in the file, in its order.
  private func original(_ row: Row, factor: Double, isFirst: Bool) -> [Double] {
    var own = values(row)
    if case .floats? = data.splits[row.split]?.inputs, factor != 1 { own = own.map { ($0 * factor).rounded() } }
    let (channels, pixels) = (data.shape.channels, data.shape.positions)
    guard data.shape.rank == 3, isFirst, channels > 1 else { return own }
    return (0..<channels).flatMap { channel in (0..<pixels).map { own[$0 * channels + channel] } }
  }

  private func problems(
    _ name: String, _ truth: JSONValue, _ rows: [Row], factor: Double, isFirst: Bool
  ) -> [String] {
    if let count = truth["examples"]?.whole, count != rows.count {
      return ["\(name): \(rows.count) examples, expected \(count)"]
    }
    var problems: [String] = []
    func compare(_ key: String, _ found: Double, size: Double) {
      guard let wanted = truth[name: key]?.number, abs(found - wanted) > size else { return }
      problems.append("\(name): \(key) \(found), expected \(wanted)")
    }
    if truth["sum"] != nil || truth["weighted"] != nil, !rows.isEmpty {
      var (sum, weighted, size) = (0.0, 0.0, 0.0)
      for (number, row) in rows.enumerated() {
        for (place, value) in original(row, factor: factor, isFirst: isFirst).enumerated() {
          sum += value
          weighted += value * Double(1 + (31 * number + place) % 97)
          size += abs(value)
        }
      }
      // Whole numbers are exact.
      let isExact = sum == sum.rounded() && weighted == weighted.rounded() && factor != 1
      compare("sum", sum, size: isExact ? 0 : 1e-6 * size)
      compare("weighted", weighted, size: isExact ? 0 : 97e-6 * size)
    }
    if let wanted = truth["labels"]?.list?.compactMap(\.whole) {
      let found = histogram(rows)
      let length = max(found.count, wanted.count)
      func filled(_ counts: [Int]) -> [Int] { counts + [Int](repeating: 0, count: length - counts.count) }
      if filled(found) != filled(wanted) { problems.append("\(name): labels \(found), expected \(wanted)") }
    }
    let own = targets(rows)
    let isNumber = if case .values = data.target { true } else { false }
    let terms = own.enumerated().map { $0.element * Double(1 + $0.offset % 97) }
    compare("label_weighted", terms.reduce(0, +), size: isNumber ? 1e-6 * terms.reduce(0) { $0 + abs($1) } : 0)
    if truth["sha256"] != nil {
      let texts = tokens(rows).map { row in
        String(decoding: row.trimmingZeros.map { UInt8(clamping: $0 - 2) }, as: UTF8.self)
      }
      if hash(texts) != truth["sha256"]?.text { problems.append("\(name): another hash of the texts") }
      compare("characters", Double(texts.reduce(0) { $0 + $1.unicodeScalars.count }), size: 0)
      compare("bytes", Double(texts.reduce(0) { $0 + $1.utf8.count }), size: 0)
      if let first = truth["first"]?.text, texts.first != first { problems.append("\(name): the first is another") }
      if let last = truth["last"]?.text, texts.last != last { problems.append("\(name): the last is another") }
    }
    if let next = truth["next"]?.text, hash(rows.map { classes[label($0)] }) != next {
      problems.append("\(name): other next characters")
    }
    if truth["id_sum"] != nil {
      let all = tokens(rows)
      compare("tokens", Double(all.reduce(0) { $0 + $1.trimmingZeros.count }), size: 0)
      compare("longest", Double(all.map(\.trimmingZeros.count).max() ?? 0), size: 0)
      compare("unknown", Double(all.joined().count { $0 == 1 }), size: 0)
      compare("id_sum", Double(all.joined().reduce(0) { $0 + Int($1) }), size: 0)
    }
    return problems
  }

  private func valueProblems(_ truth: JSONValue, factor: Double) -> [String] {
    let given = truth["given"]
    return (truth["values"]?.list ?? []).compactMap { value in
      guard let at = value["at"]?.list?.compactMap(\.whole), let wanted = value["value"]?.number,
        let example = value["example"]?.whole
      else { return nil }
      var split = value["split"]?.text ?? "train"
      if split == given?["test"]?.text { split = "test" }
      if split == given?["train"]?.text { split = "train" }
      let rows = rows(DataSplit(caseName: split), client: value["client"].map { $0.text ?? "\($0.whole ?? -1)" })
      guard rows.indices.contains(example) else { return "no example \(example) of \(split)" }
      if let label = value["label"]?.whole, self.label(rows[example]) != label {
        return "example \(example) of \(split) has another label than \(label)"
      }
      let own = original(rows[example], factor: factor, isFirst: truth["example"]?["axes"]?.text == "CHW")
      let shape = truth["example"]?["shape"]?.list?.compactMap(\.whole) ?? [own.count]
      let place = zip(at, shape).reduce(0) { $0 * $1.1 + $1.0 }
      guard own.indices.contains(place), abs(own[place] - wanted) <= 1e-6 * abs(wanted) else {
        return
          "example \(example) of \(split): \(own.indices.contains(place) ? own[place] : .nan) at \(at), expected \(wanted)"
      }
      return nil
    }
  }

  /// SHA-256 of texts with a zero byte between.
  private func hash(_ texts: [String]) -> String {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("covey-texts-\(UUID())")
    defer { try? FileManager.default.removeItem(at: url) }
    try? Data(texts.joined(separator: "\0").utf8).write(to: url)
    return (try? hashOfFile(url.path).sha256) ?? ""
  }
}

extension Array where Element == Int32 {
  /// Without the zeros at the end.
  fileprivate var trimmingZeros: ArraySlice<Int32> { self[..<((lastIndex { $0 != 0 } ?? -1) + 1)] }
}

extension DataSplit {
  /// The split that cases call so.
  init(caseName: String) {
    switch caseName {
    case "val", "heldout": self = .validation
    case "test": self = .test
    default: self = .train
    }
  }
}

/// What the cases hold, and options made of it.
extension JSONValue {
  var text: String? { if case .text(let text) = self { text } else { nil } }
  var number: Double? { if case .number(let number) = self { number } else { nil } }
  var whole: Int? { number.flatMap { Int(exactly: $0) } }
  var list: [JSONValue]? { if case .list(let list) = self { list } else { nil } }
  var numbers: [Double]? { list?.compactMap(\.number) }

  /// The members of an object in order.
  var members: [(String, JSONValue)] {
    guard case .object(let object) = self else { return [] }
    return object.keys.compactMap { key in object[key].map { (key, $0) } }
  }

  /// A member by its whole name.
  subscript(name name: String) -> JSONValue? { if case .object(let object) = self { object[name] } else { nil } }

  static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    var object = JSONObject()
    for (key, value) in members { object.append(key, value) }
    return .object(object)
  }

  static func object(_ members: [String: JSONValue]) -> JSONValue {
    .object(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  func setting(_ others: [String: JSONValue]) -> JSONValue {
    .object(members.filter { others[$0.0] == nil } + others.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  func without(_ keys: Set<String>) -> JSONValue { .object(members.filter { !keys.contains($0.0) }) }

  /// As a scenario's reader makes it.
  var option: OptionValue {
    switch self {
    case .text(let text): .text(text)
    case .number(let number): Int(exactly: number).map { .integer($0) } ?? .number(number)
    case .bool(let value): .boolean(value)
    case .list(let values): .list(values.map(\.option))
    case .object: .group(Dictionary(uniqueKeysWithValues: members.map { ($0.0, $0.1.option) }))
    case .null: .text("null")
    }
  }

  /// Figures by split; of an entry without splits those of training.
  var bySplit: [(String, JSONValue)] {
    if self["examples"] != nil || whole != nil { return [("train", self)] }
    return members
  }

  /// All groups of figures of a case.
  var figures: [JSONValue] {
    func all(_ entry: JSONValue) -> [JSONValue] {
      entry[name: "examples"] != nil ? [entry] : entry.members.flatMap { all($0.1) }
    }
    return ["clients", "domains", "splits", "by_split", "files"].compactMap { self[name: $0] }.flatMap(all)
  }

  /// The same with counts and labels alone, and with sums where values are as in the file.
  func bare(keepingSums: Bool = false) -> JSONValue {
    let kept = ["examples", "labels", "label_weighted"] + (keepingSums ? ["sum"] : [])
    func stripped(_ entry: JSONValue) -> JSONValue {
      guard case .object = entry else { return entry }
      if entry[name: "examples"] != nil {
        return .object(entry.members.filter { kept.contains($0.0) })
      }
      return .object(entry.members.map { ($0.0, stripped($0.1)) })
    }
    return .object(
      members.filter { $0.0 != "values" }.map { key, value in
        (key, ["clients", "domains", "splits", "by_split", "files"].contains(key) ? stripped(value) : value)
      })
  }

  /// The same figures with coarse labels, of which only the counts are known.
  var byCoarse: JSONValue { without(["label_weighted"]).setting(["labels": self["coarse"] ?? .null]) }

  /// No text of the case is longer than so many bytes.
  var longestText: Int { max(64, figures.compactMap { $0["bytes"]?.whole }.max() ?? 0) }
}

extension [String: OptionValue] {
  func setting(_ key: String, _ value: OptionValue) -> Self { merging([key: value]) { $1 } }
  func setting(_ key: String, _ value: String) -> Self { setting(key, .text(value)) }
}
