import Foundation
import TestSupport
import Testing

/// The guide on data of one's own: its commands are run as they stand, and print what stands behind them; each set of its
/// table is opened and has what the table says. Sections with a Python block are run by `python/tests/test_guide.py`.
@Suite(
  .serialized, .timeLimit(.minutes(20)),
  .enabled(if: SharedFolders.data != nil && SharedFolders.formats != nil, "there is no data folder"))
struct DataGuideTests {
  /// A command and the lines that it prints.
  private struct Example {
    let command: String
    var lines: [String] = []
  }

  /// A part of the guide below a heading.
  private struct Section {
    let heading: String
    var hasPython = false
    var examples: [Example] = []
  }

  private let sections: [Section]
  /// The scenarios and manifests by name.
  private let files: [(name: String, text: String)]
  /// The rows of the table of sets: the words on what a look finds, and `data`.
  private let sets: [(found: String, data: String)]

  init() throws {
    let path = SharedFolders.scenarios.deletingLastPathComponent().appendingPathComponent(
      "Docs/Guides/your-own-data.md")
    var sections = [Section(heading: "")]
    var files: [(name: String, text: String)] = []
    var sets: [(found: String, data: String)] = []
    var block: String?
    for line in try String(contentsOf: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        block = block == nil ? String(line.dropFirst(3)) : nil
        if block == "python" { sections[sections.count - 1].hasPython = true }
        continue
      }
      switch block {
      case nil:
        if line.hasPrefix("## ") { sections.append(Section(heading: String(line.dropFirst(3)))) }
        let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        if cells.count == 3, cells[2].hasPrefix("`{source: ") {
          sets.append((cells[1], String(cells[2].dropFirst().dropLast())))
        }
      case "yaml" where line.hasPrefix("# ") && line.hasSuffix(".yaml"):
        files.append((String(line.dropFirst(2)), ""))
      case "yaml": files[files.count - 1].text += line + "\n"
      case "console" where line.hasPrefix("$ "):
        sections[sections.count - 1].examples.append(Example(command: String(line.dropFirst(2))))
      case "console":
        let last = sections[sections.count - 1].examples.count - 1
        sections[sections.count - 1].examples[last].lines.append(String(line))
      default: break
      }
    }
    (self.sections, self.files, self.sets) = (sections, files, sets)
  }

  /// A folder with the guide's files, and `data` as the guide has it.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let data = try #require(SharedFolders.data)
    let formats = try #require(SharedFolders.formats)
    let places = [
      "har": data.appendingPathComponent("har"), "cifar10": data.appendingPathComponent("cifar10"),
      "digits": data.appendingPathComponent("digits"), "fashion": data.appendingPathComponent("fashion"),
      "names": data.appendingPathComponent("text/names"), "sentiment": data.appendingPathComponent("text/sentiment"),
      "shakespeare": data.appendingPathComponent("text/shakespeare"),
      "heart.csv": formats.appendingPathComponent("csv/heart.csv"),
      "PACS": formats.appendingPathComponent("images/pacs"),
      "emnist_all.sqlite.lzma": formats.appendingPathComponent("tff/emnist_all.sqlite.lzma"),
      "cifar100.sqlite": formats.appendingPathComponent("tff/cifar100.sqlite"),
      "femnist": formats.appendingPathComponent("leaf/femnist"),
      "sent140": formats.appendingPathComponent("leaf/sent140"),
      "UCI HAR Dataset": formats.appendingPathComponent("har/UCI HAR Dataset"),
      "cifar-10-batches-bin": formats.appendingPathComponent("cifar/cifar-10-batches-bin"),
      "cifar-100-binary": formats.appendingPathComponent("cifar/cifar-100-binary"),
    ]
    let own = folder.url.appendingPathComponent("data")
    try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
    for (name, place) in places {
      try FileManager.default.createSymbolicLink(at: own.appendingPathComponent(name), withDestinationURL: place)
    }
    for file in files { try folder.write(file.text, to: file.name) }
    return folder
  }

  /// Lines as they are where the folder is called as in the guide: a note that goes on in the next line is one.
  private static func whole(_ lines: [String]) -> [String] {
    var whole: [String] = []
    for line in lines {
      if line.hasPrefix("  "), let last = whole.last, last.hasPrefix("note: ") {
        whole[whole.count - 1] = last + " " + line.drop { $0 == " " }
      } else {
        whole.append(line)
      }
    }
    return whole
  }

  /// The first line of the guide that isn't so; nil where all are. `…` stands for any lines, or for the rest of one.
  private static func difference(_ expected: [String], _ found: [String]) -> String? {
    var place = 0
    var skips = false
    for line in expected {
      if line == "…" {
        skips = true
        continue
      }
      func isMatch(_ other: String) -> Bool {
        line.hasSuffix("…") ? other.hasPrefix(line.dropLast()) : other == line
      }
      guard let match = found[place...].firstIndex(where: isMatch), skips || match == place else { return line }
      (place, skips) = (match + 1, false)
    }
    return skips || place == found.count ? nil : "(and no more)"
  }

  @Test func eachCommandPrintsWhatStandsBehindIt() throws {
    let folder = try folder()
    var count = 0
    for section in sections where !section.hasPython {
      for example in section.examples {
        var command = example.command
        let isRun = command.hasPrefix("covey run ")
        let isOfRuns = isRun || command.hasPrefix("covey compare ")
        // What a run comes to depends on the processor in its last digits; here it has to work.
        if isRun { command += " --rounds 1 --seeds 1 --threads 2" }
        try folder.write("covey() { \"$COVEY\" \"$@\"; }\n\(command) 2>&1 </dev/null\n", to: "line.sh")
        let result = try CoveyProcess.run(
          [], in: folder.url,
          environment: ["COVEY": CoveyProcess.path.path, "COVEY_DB": "covey.sqlite", "COLUMNS": "100"],
          under: ["/usr/bin/env", "sh", "line.sh"])
        let isRefused = example.lines.last?.contains(#/^\d+ errors?; /#) ?? false
        #expect(result.status == (isRefused ? 65 : 0), "\(section.heading): \(example.command)\n\(result.output)")
        count += 1
        guard !isOfRuns else { continue }
        let found = result.output.replacing(folder.url.path, with: "/home/me")
          .split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        let difference = Self.difference(Self.whole(example.lines), Self.whole(found))
        #expect(difference == nil, "\(section.heading): \(example.command)\n\(found.joined(separator: "\n"))")
      }
    }
    #expect(count > 20)
  }

  /// What `covey data info` says of data.
  private struct Info: Decodable {
    struct Part: Decodable { let examples: Int }
    struct Client: Decodable { let name: String }
    let splits: [String: Part]
    let clients: [Client]
  }

  @Test func eachSetOfTheTableOpens() throws {
    let folder = try folder()
    #expect(sets.count == 16)
    for set in sets {
      try folder.write("name: set\nrounds: 1\nmodel: mlp\ndata: \(set.data)\n", to: "set.yaml")
      let result = try CoveyProcess.run(["data", "info", "set.yaml", "--format", "json"], in: folder.url)
      #expect(result.status == 0, "\(set.data)\n\(result.errors)")
      let info = try JSONDecoder().decode(Info.self, from: Data(result.output.utf8))
      func count(_ split: String) -> String { "\(info.splits[split]?.examples ?? 0)" }
      #expect(set.found == "\(info.clients.count): \(count("train")), \(count("test"))", "\(set.data)")
    }
  }

  @Test func theGuideIsAboutTheProjectAlone() throws {
    #expect(sections.count > 10 && files.count >= 9)
    #expect(sections.filter(\.hasPython).allSatisfy { !$0.examples.isEmpty })
  }
}
