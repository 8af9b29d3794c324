import Catalogs
import Formats
import Foundation
import Tensors

@testable import Datasets

/// Tables: what becomes of missing values, and the columns.
extension FormatCases {
  /// Stands for missing numbers: far from all values, and exact.
  private static let fill = -1_048_576.0

  func csv(_ truth: JSONValue, _ options: [String: OptionValue], _ path: String) -> [Reading] {
    let given = truth["given"]
    if given?["text"] != nil { return text(truth, options, path) }
    var own = options
    if own["label"] == nil, own["target"] == nil {
      // The bad ones are like heart.csv.
      own["label"] = .text("disease")
      own["client"] = .text("hospital")
    }
    let roles = ["label", "target", "client", "group", "split"].compactMap { given?[$0]?.text }
    let ignored = (given?["ignored"]?.list ?? []).compactMap(\.text)
      .map { $0.hasPrefix("column ") ? String($0.dropFirst(7)) : $0 }.filter { !roles.contains($0) }
    own["file"] = .text(isFolder(path) ? path + "/*" : path)
    own["ignore"] = .list(ignored.map { .text($0) })
    if let mark = given?["missing"]?.text { own["marks"] = .list([.text(""), .text(mark)]) }
    func reading(_ name: String, _ options: [String: OptionValue], _ truth: JSONValue?) -> Reading {
      Reading(name: name, options: options, source: "csv", truth: truth)
    }
    guard truth["verdict"]?.text != "refuse" else { return [reading("", own, nil)] }
    let columns = truth["columns"]?.members ?? []
    let target = truth["target"]
    let lacks = target?["missing"]?.whole ?? 0 > 0
    let hasGaps = columns.contains { $0.1["missing"]?.whole ?? 0 > 0 } || lacks || given?["missing"] != nil
    var readings: [Reading] = []
    var byClient = reading("", own, truth.bare(keepingSums: true))
    byClient.check = { view in
      (truth["clients"]?.members ?? []).flatMap { view.tableProblems(of: $0.0, $0.1, fill: Self.fill) }
        + view.targetProblems(target)
    }
    let filled = own.setting("missing", .number(Self.fill))
    if !hasGaps {
      let check = byClient.check
      byClient.check = { check($0) + $0.columnProblems(truth, columns, fill: Self.fill) }
      readings.append(byClient)
    } else {
      if !columns.isEmpty { readings.append(reading("missing: error", own, nil)) }
      if !lacks {
        byClient.options = filled
        readings.append(byClient)
      }
    }
    if hasGaps, !columns.isEmpty {
      var (other, inputs) = (own, columns)
      var left = ignored
      if lacks, let target, let name = given?["target"]?.text {
        // Another column is the target, so that no row is left out for want of one.
        let complete = columns.last { $0.1["missing"]?.whole == 0 }?.0 ?? ""
        other["target"] = .text(complete)
        inputs = columns.filter { $0.0 != complete } + [(name, target)]
      }
      let counts = (truth["clients"]?.members ?? []).filter { $0.1["complete"]?.whole ?? 0 > 0 }.map {
        ($0.0, JSONValue.object(["examples": $0.1["complete"] ?? .null]))
      }
      var drop = other.setting("missing", "drop")
      if lacks, let name = given?["target"]?.text { drop["ignore"] = .list((ignored + [name]).map { .text($0) }) }
      readings.append(reading("missing: drop", drop, .object(["clients": .object(counts)])))
      other["client"] = nil
      left += given?["client"]?.text.map { [$0] } ?? []
      other["ignore"] = .list(left.map { .text($0) })
      var whole = reading("all rows", other.setting("missing", .number(Self.fill)), .object([:]))
      let kept = inputs
      whole.check = { $0.columnProblems(truth, kept, fill: Self.fill) }
      readings.append(whole)
    }
    if given?["decimal"] != nil {
      var plain = own
      plain["separator"] = nil
      plain["decimal"] = nil
      readings.append(reading("other separators", plain, nil))
    }
    return readings
  }

  func images(_ truth: JSONValue, _ options: [String: OptionValue], _ path: String) -> [Reading] {
    let hasSplits = (truth["splits"]?.members ?? []).contains { isFolder("\(path)/\($0.0)") }
    let hasDomains = truth["domain_order"] != nil
    let levels = (hasSplits ? ["split"] : []) + (hasDomains ? ["domain"] : []) + ["class"]
    var own = options.setting("root", path)
    own["levels"] = .list(levels.map { .text($0) })
    let entries = (truth["images"]?.list ?? []).sorted {
      ($0["file"]?.text ?? "").split(separator: "/").map { Array($0.utf8) }.joined(separator: [0])
        .lexicographicallyPrecedes(
          ($1["file"]?.text ?? "").split(separator: "/").map { Array($0.utf8) }.joined(separator: [0]))
    }
    let sizes = Set(
      (entries + (truth["domains"]?.members ?? []).map(\.1).filter { $0["size"] != nil }).map {
        ($0["size"]?.numbers ?? []) + [$0["channels"]?.number ?? 0]
      })
    let areAlike = sizes.count == 1 || truth["example"] != nil
    var whole = Reading(
      options: own, source: "images", truth: truth["example"] == nil ? truth.bare() : truth, factor: 255)
    if areAlike {
      if !entries.isEmpty { whole.check = { $0.pixelProblems(entries, size: "size", hasDomains: hasDomains) } }
      return [whole]
    }
    whole.options["image"] = .group(["width": .integer(32), "height": .integer(32), "channels": .text("3")])
    whole.truth = whole.truth?.without(["example"])
    var readings = [whole]
    if sizes.count > 1 {
      readings.append(Reading(name: "no size asked for", options: own, source: "images", truth: nil))
    }
    let domains = (truth["domains"]?.members ?? []).filter { $0.1["size"] != nil }
    for (name, figures) in domains {
      let files = (FileManager.default.subpaths(atPath: path) ?? []).filter { $0.hasPrefix(name + "/") }
      var one = Reading(
        name: name, options: own.setting("classes", truth["classes"]?.option ?? .text("")), source: "images",
        truth: .object(["domains": .object([name: figures])]), factor: 255)
      one.files = files
      readings.append(one)
    }
    guard domains.isEmpty else { return readings }
    var subsets: [String: [JSONValue]] = [:]
    for entry in entries {
      let white = entry["white"]?.whole ?? 255
      for (orientation, key) in [("stored", "size"), ("exif", "upright_size")] {
        guard let size = entry[key]?.numbers, let channels = entry["channels"]?.whole else { continue }
        subsets["\(orientation) \(size) \(channels) \(white)", default: []].append(entry)
      }
    }
    for (name, members) in subsets.sorted(by: { $0.key < $1.key }) {
      let isUpright = name.hasPrefix("exif")
      var one = Reading(
        name: name, options: own.setting("classes", truth["classes"]?.option ?? .text("")), source: "images",
        truth: .object([:]))
      one.options["image"] = .group(["orientation": .text(isUpright ? "exif" : "stored")])
      one.files = members.compactMap { $0["file"]?.text }
      one.check = { $0.pixelProblems(members, size: isUpright ? "upright_size" : "size", hasDomains: hasDomains) }
      readings.append(one)
    }
    return readings
  }
}

extension FormatView {
  /// What is off in a client's missing values.
  func tableProblems(of client: String, _ truth: JSONValue, fill: Double) -> [String] {
    let rows = rows(.train, client: client)
    var problems: [String] = []
    if let sum = truth["target_sum"]?.number {
      let own = targets(rows)
      if abs(own.reduce(0, +) - sum) > 1e-6 * own.reduce(0, { $0 + abs($1) }) {
        problems.append("\(client): targets sum to \(own.reduce(0, +)), expected \(sum)")
      }
    }
    for (name, count) in truth["missing"]?.members ?? [] {
      guard let place = data.features.firstIndex(of: name) else {
        problems.append("no feature '\(name)'")
        continue
      }
      let found = rows.count { stored($0, place: place) == fill }
      if found != count.whole { problems.append("\(client): \(found) values of '\(name)' are missing") }
    }
    return problems
  }

  /// What is off in the numbers to be predicted.
  func targetProblems(_ truth: JSONValue?) -> [String] {
    guard let truth else { return [] }
    guard case .values = data.target else { return ["targets are \(data.target)"] }
    let own = targets(rows(.train))
    let size = own.reduce(0) { $0 + abs($1) }
    var problems: [String] = []
    if truth["missing"]?.whole == 0, let sum = truth["sum"]?.number, abs(own.reduce(0, +) - sum) > 1e-6 * size {
      problems.append("targets sum to \(own.reduce(0, +)), expected \(sum)")
    }
    if let wanted = truth["label_weighted"]?.number {
      let found = own.enumerated().reduce(0) { $0 + $1.element * Double(1 + $1.offset % 97) }
      if abs(found - wanted) > 1e-4 * size { problems.append("targets weighted are \(found), expected \(wanted)") }
    }
    return problems
  }

  /// What is off in the columns of a table that was read with a number for missing values.
  func columnProblems(_ truth: JSONValue, _ columns: [(String, JSONValue)], fill: Double) -> [String] {
    var problems: [String] = []
    let wanted = columns.flatMap { name, column in
      column["levels"]?.members.map(\.0).sorted().map { "\(name)=\($0)" } ?? [name]
    }
    if truth["rows"] != nil, truth["given"]?["features"] == nil, data.features.sorted() != wanted.sorted() {
      return ["features \(data.features), expected \(wanted)"]
    }
    let rows = rows(.train)
    func values(_ feature: String) -> [Double]? {
      data.features.firstIndex(of: feature).map { place in rows.map { stored($0, place: place) } }
    }
    for (name, column) in columns {
      if let levels = column["levels"]?.members {
        for (level, count) in levels where values("\(name)=\(level)")?.count(where: { $0 == 1 }) != count.whole {
          problems.append("\(name)=\(level): expected \(count)")
        }
        continue
      }
      guard let all = values(name) else {
        problems.append("no feature '\(name)'")
        continue
      }
      let kept = all.filter { $0 != fill }
      if all.count - kept.count != column["missing"]?.whole {
        problems.append("\(name): \(all.count - kept.count) missing")
      }
      let size = kept.reduce(0) { $0 + abs($1) }
      if let sum = column["sum"]?.number, abs(kept.reduce(0, +) - sum) > 1e-6 * max(size, 1e-30) {
        problems.append("\(name): sum \(kept.reduce(0, +)), expected \(sum)")
      }
      for (key, found) in [("min", kept.min()), ("max", kept.max())] {
        guard let wanted = column[key]?.number, let found, abs(found - wanted) > 1e-6 * max(1, abs(found)) else {
          continue
        }
        problems.append("\(name): \(key) \(found), expected \(wanted)")
      }
    }
    for value in truth["values"]?.list ?? [] {
      guard let name = value["column"]?.text, let row = value["row"]?.whole, let wanted = value["value"]?.number,
        columns.contains(where: { $0.0 == name })
      else { continue }
      let found = values(name)?[row - 1]
      if abs((found ?? .infinity) - wanted) > 1e-6 { problems.append("row \(row): \(name) is not \(wanted)") }
    }
    return problems
  }

  /// What is off in decoded images.
  func pixelProblems(_ entries: [JSONValue], size: String, hasDomains: Bool) -> [String] {
    let rows = rows(.train)
    guard let first = entries.first, let extents = first[size]?.list?.compactMap(\.whole), extents.count == 2,
      let channels = first["channels"]?.whole
    else { return ["an entry lacks its size"] }
    let wanted: Shape = [extents[0], extents[1], channels]
    guard rows.count == entries.count, data.shape == wanted else {
      return ["\(rows.count) images of \(data.shape), expected \(entries.count) of \(wanted)"]
    }
    var problems: [String] = []
    for (entry, row) in zip(entries, rows) {
      let file = entry["file"]?.text ?? ""
      let isBytes = if case .bytes? = data.splits[row.split]?.inputs { true } else { false }
      let white = entry["white"]?.number ?? 255
      let image = values(row).map { $0 * (isBytes ? white / 255 : white) }
      let parts = file.split(separator: "/").map(String.init)
      let name = parts[hasDomains ? 1 : 0]
      if classes[label(row)] != name { problems.append("\(file): class \(classes[label(row)])") }
      let isExact = file.lowercased().hasSuffix("png")
      let (share, step): (Double, Double) =
        entry["or8bit"] != nil
        ? (0.01, 257) : isExact ? (1e-6, 0.01) : entry["stored"]?.text == "CMYK" ? (0.02, 6) : (0.005, 4)
      let sum = image.reduce(0, +)
      if let wanted = entry["sum"]?.number, abs(sum - wanted) > share * max(1, wanted) {
        problems.append("\(file): sum \(sum), expected \(wanted)")
      }
      let at = entry["at"]?.list?.compactMap(\.whole) ?? []
      let (line, column) = size == "size" ? (at[0], at[1]) : (extents[0] / 2, extents[1] / 3)
      let found = image[(line * extents[1] + column) * channels + (at.count > 2 ? at[2] : 0)]
      if let wanted = entry[size == "size" ? "value" : "upright_value"]?.number, abs(found - wanted) > step {
        problems.append("\(file): \(found) at \(line), \(column), expected \(wanted)")
      }
    }
    return problems
  }
}
