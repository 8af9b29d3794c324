import Formats
import Foundation
import Testing

@Suite("Files in practitioners' formats", .enabled(if: GoldenFiles.isThere, GoldenFiles.reason))
struct ForeignGoldenTests {
  private static let limit = 1 << 28

  private func number(_ value: Any?) throws -> Double { try #require(value as? NSNumber).doubleValue }
  private func numbers(_ value: Any?) throws -> [Int] { try #require(value as? [NSNumber]).map(\.intValue) }

  private func values(_ image: DecodedImage) -> [Double] {
    switch image.values {
    case .bytes(let bytes): bytes.map(Double.init)
    case .words(let words): words.map(Double.init)
    }
  }

  @Test(
    "Images decode to the figures that are known",
    arguments: ["images/pacs", "images/digits-domains", "images/names", "images/modes"])
  func images(id: String) throws {
    let expected = try GoldenFiles.expected(id)
    let images = try #require(expected["images"] as? [[String: Any]])
    #expect(!images.isEmpty)
    for known in images {
      let name = try #require(known["file"] as? String)
      let path = GoldenFiles.path(id + "/" + name)
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
      let file = try ImageFile(bytes: bytes, path: path)
      let image = try file.decoded(limit: Self.limit)
      #expect(try numbers(known["size"]) == [image.height, image.width], "\(name)")
      #expect(try number(known["channels"]) == Double(image.channels), "\(name)")
      let isJPEG = file.kind == .jpeg
      let sum = try number(known["sum"])
      let found = values(image)
      // Decoders differ by a unit or two; those of ink by what they take for white too.
      let isInk = known["stored"] as? String == "CMYK"
      #expect(abs(found.reduce(0, +) - sum) <= sum * (isInk ? 0.02 : isJPEG ? 0.005 : 0), "\(name)")
      func value(_ image: DecodedImage, _ at: [Int]) -> Double {
        values(image)[(at[0] * image.width + at[1]) * image.channels + (at.count > 2 ? at[2] : 0)]
      }
      let at = try numbers(known["at"])
      #expect(abs(value(image, at) - (try number(known["value"]))) <= (isInk ? 6 : isJPEG ? 4 : 0), "\(name)")
      if let size = known["upright_size"] {
        let upright = image.upright(file.orientation)
        #expect(try numbers(size) == [upright.height, upright.width], "\(name)")
        let place = [upright.height / 2, upright.width / 3] + at.dropFirst(2)
        #expect(abs(value(upright, place) - (try number(known["upright_value"]))) <= 4, "\(name)")
      }
    }
  }

  @Test("Folders of images have the examples, classes and domains that are known")
  func imageFolders() throws {
    for (id, levels) in [
      ("images/pacs", [FolderLevel.domain, .class]), ("images/digits-domains", [.domain, .class]),
      ("images/digits-split", [.split, .class]), ("images/names", [.class]), ("images/modes", [.class]),
    ] {
      let expected = try GoldenFiles.expected(id)
      let folder = try ImageFolder.list(root: GoldenFiles.path(id), levels: levels)
      #expect(folder.classes == expected["classes"] as? [String])
      #expect(folder.domains == expected["domain_order"] as? [String] ?? [])
      for (place, domain) in folder.domains.enumerated() {
        let known = try #require((expected["domains"] as? [String: [String: Any]])?[domain])
        try check(folder, folder.files.filter { $0.domain == place }, known)
      }
      for (split, known) in expected["splits"] as? [String: [String: Any]] ?? [:] {
        try check(folder, folder.files.filter { $0.split?.rawValue == split }, known)
      }
    }
    let names = try ImageFolder.list(root: GoldenFiles.path("images/names"))
    let files = try #require(GoldenFiles.expected("images/names")["images"] as? [[String: Any]])
      .sorted { first, second in
        // A slash comes before all else that is in a name.
        let (a, b) = (first["file"] as? String ?? "", second["file"] as? String ?? "")
        return a.replacing("/", with: "\u{1}").utf8.lexicographicallyPrecedes(b.replacing("/", with: "\u{1}").utf8)
      }
    #expect(names.files.map(\.path) == files.map { $0["file"] as? String })
    #expect(names.files.map(\.label) == (try files.map { Int(try number($0["label"])) }))
    #expect(names.hiddenCount == 4)
    #expect(names.others.count == 4)
    #expect(names.others.first == ["10/Thumbs.db", "10/desktop.ini", "2/notes.txt", "README.md"])
  }

  private func check(_ folder: LabelledFolder, _ files: [LabelledFolder.File], _ known: [String: Any]) throws {
    #expect(Double(files.count) == (try number(known["examples"])))
    let labels = labelFigures(files.map(\.label), classCount: folder.classes.count)
    #expect(try labels.labels == numbers(known["labels"]))
    #expect(Double(labels.weighted) == (try number(known["label_weighted"])))
    guard known["weighted"] != nil else { return }
    var all: [Double] = []
    for file in files {
      all += values(try DecodedImage.read(path: folder.path(of: file), limit: Self.limit))
    }
    let figures = weighted(all, count: all.count / files.count)
    #expect(figures.sum == (try number(known["sum"])))
    #expect(figures.weighted == (try number(known["weighted"])))
  }

  @Test(
    "TensorFlow Federated's databases have the numbers that are known",
    arguments: [
      "tff/emnist-digits", "tff/emnist-all", "tff/emnist-lzma", "tff/bytes", "tff/cifar100", "tff/cifar100-lzma",
    ])
  func databases(id: String) throws {
    let expected = try GoldenFiles.expected(id)
    let given = try #require(expected["given"] as? [String: Any])
    let database = try TFFDatabase.open(
      path: GoldenFiles.path(try #require(expected["path"] as? String)), limit: Self.limit)
    var entries: [(split: String, client: String, known: [String: Any])] = []
    for (client, splits) in expected["clients"] as? [String: [String: [String: Any]]] ?? [:] {
      for (split, known) in splits { entries.append((given[split] as? String ?? split, client, known)) }
    }
    for (split, clients) in expected["by_split"] as? [String: [String: [String: Any]]] ?? [:] {
      for (client, known) in clients { entries.append((split, client, known)) }
    }
    #expect(!entries.isEmpty)
    if let order = expected["client_order"] as? [String] {
      #expect(try database.clients(split: given["train"] as? String ?? "train") == order)
    }
    let inputs = try #require(given["x"] as? String)
    let classCount = Int(try number(expected["classes"]))
    for (split, client, known) in entries {
      let columns = try database.columns(
        [(inputs, .numbers), ("label", .numbers)], split: split, client: client)
      #expect(columns[0].countPerExample == (id.contains("emnist") ? 784 : 3072))
      guard case .integers(let labels) = columns[1].values else {
        Issue.record("labels are \(columns[1].values)")
        continue
      }
      #expect(Double(labels.count) == (try number(known["examples"])))
      #expect(try database.exampleCount(split: split, client: client) == labels.count)
      let label = labelFigures(labels.map(Int.init), classCount: classCount)
      #expect(try label.labels == numbers(known["labels"]))
      #expect(Double(label.weighted) == (try number(known["label_weighted"])))
      let found: [Double] =
        switch columns[0].values {
        case .bytes(let values): values.map(Double.init)
        case .floats(let values): values.map(Double.init)
        case .integers(let values): values.map(Double.init)
        case .strings: []
        }
      let figures = weighted(found, count: columns[0].countPerExample)
      let size = found.reduce(0) { $0 + abs($1) }
      #expect(abs(figures.sum - (try number(known["sum"]))) <= 1e-6 * size)
      #expect(abs(figures.weighted - (try number(known["weighted"]))) <= 97e-6 * size)
    }
  }

  @Test("TensorFlow Federated's texts are those that are known", arguments: ["tff/shakespeare", "tff/stackoverflow"])
  func databaseTexts(id: String) throws {
    let expected = try GoldenFiles.expected(id)
    let given = try #require(expected["given"] as? [String: Any])
    let database = try TFFDatabase.open(
      path: GoldenFiles.path(try #require(expected["path"] as? String)), limit: Self.limit)
    let feature = try #require((given["text"] ?? given["tokens"]) as? String)
    for (client, splits) in try #require(expected["clients"] as? [String: [String: [String: Any]]]) {
      for (split, known) in splits {
        let column = try database.columns([(feature, .strings)], split: split, client: client)[0]
        guard case .strings(let lists) = column.values else {
          Issue.record("\(feature) is no text")
          continue
        }
        #expect(lists.allSatisfy { $0.count == 1 })
        try checkTexts(lists.map { String(decoding: $0[0], as: UTF8.self) }, known)
        if let words = known["words"] {
          let count = lists.reduce(0) {
            $0 + Tokenizer.given.tokens(.text(String(decoding: $1[0], as: UTF8.self))).count
          }
          #expect(Double(count) == (try number(words)))
        }
      }
    }
  }

  private func checkTexts(_ texts: [String], _ known: [String: Any]) throws {
    #expect(Double(texts.count) == (try number(known["examples"])))
    #expect(texts.first == known["first"] as? String)
    #expect(texts.last == known["last"] as? String)
    #expect(Double(texts.reduce(0) { $0 + $1.unicodeScalars.count }) == (try number(known["characters"])))
    #expect(sha256(Array(texts.joined(separator: "\u{0}").utf8)) == known["sha256"] as? String)
  }

  @Test("Texts in folders, files and columns are those that are known")
  func texts() throws {
    let folders = try GoldenFiles.expected("text/folders")
    let listed = try TextFolder.list(root: GoldenFiles.path("text/folders"), levels: [.domain, .class])
    #expect(listed.domains == folders["domain_order"] as? [String])
    #expect(listed.classes == folders["classes"] as? [String])
    for (domain, classes) in try #require(folders["domains"] as? [String: [String: [String: Any]]]) {
      for (name, known) in classes {
        let files = listed.files.filter { listed.domains[$0.domain ?? 0] == domain && listed.classes[$0.label] == name }
        try checkTexts(
          files.flatMap { try TextFolder.texts(path: listed.path(of: $0), limit: Self.limit) }, known)
      }
    }

    let names = try GoldenFiles.expected("text/names")
    let lines = try TextFolder.list(root: GoldenFiles.path("text/names"), example: .line)
    #expect(lines.classes == names["classes"] as? [String])
    for (name, known) in try #require(names["files"] as? [String: [String: Any]]) {
      let file = try #require(lines.files.first { lines.classes[$0.label] == name })
      try checkTexts(try TextFolder.texts(path: lines.path(of: file), example: .line, limit: Self.limit), known)
    }

    let tabs = try GoldenFiles.expected("text/tsv")
    for (client, known) in try #require(tabs["clients"] as? [String: [String: Any]]) {
      let file = try TextFile.read(path: GoldenFiles.path("text/tsv/\(client).tsv"), limit: Self.limit)
      let table = try TextTable.tabs(file, header: ["text", "label"])
      let texts = table.rows.map { row in if case .text(let text) = row[0] { text } else { "" } }
      try checkTexts(texts, known)
      let labels = table.rows.map { $0[1] == .text("1") ? 1 : 0 }
      #expect(try labelFigures(labels, classCount: 2).labels == numbers(known["labels"]))
    }
  }

  @Test("Tokens have the numbers that are known")
  func tokens() throws {
    let expected = try GoldenFiles.expected("text/tokens")
    let vocabulary = try Vocabulary(
      TextFile.read(path: GoldenFiles.path("text/vocabulary.txt"), limit: Self.limit))
    let known = try #require(expected["vocabulary"] as? [String: Any])
    #expect(Double(vocabulary.tokens.count) == (try number(known["size"])))
    #expect(Array(vocabulary.tokens.prefix(6)) == known["first"] as? [String])
    #expect((vocabulary.pad, vocabulary.unknown) == (0, 1))
    let file = try TextFile.read(path: GoldenFiles.path("text/tokens.jsonl"), limit: Self.limit)
    let table = try TextTable.jsonLines(file, columns: ["tokens", "site", "split"])
    for (site, splits) in try #require(expected["clients"] as? [String: [String: [String: Any]]]) {
      for (split, known) in splits {
        let rows = table.rows.filter { $0[1] == .text(site) && $0[2] == .text(split) }
        let all = rows.map { vocabulary.tokenNumbers(Tokenizer.given.tokens($0[0])) }
        #expect(Double(all.count) == (try number(known["examples"])))
        #expect(Double(all.reduce(0) { $0 + $1.count }) == (try number(known["tokens"])))
        #expect(Double(all.map(\.count).max() ?? 0) == (try number(known["longest"])))
        #expect(Double(all.joined().reduce(0) { $0 + Int($1) }) == (try number(known["id_sum"])))
        let encoded = EncodedTexts(all, length: 50, pad: 0, unknown: 1)
        #expect(Double(encoded.unknownTokenCount) == (try number(known["unknown"])))
      }
    }

    let ids = try GoldenFiles.expected("text/token-ids")
    let numbersKnown = try #require((ids["splits"] as? [String: [String: Any]])?["train"])
    let columns = try TextTable.tabs(
      TextFile.read(path: GoldenFiles.path("text/token-ids.tsv"), limit: Self.limit), header: ["tokens", "label"])
    let all = try columns.rows.map { try Tokenizer.numbers.tokenNumbers($0[0]) }
    #expect(Double(all.count) == (try number(numbersKnown["examples"])))
    #expect(Double(all.joined().reduce(0) { $0 + Int($1) }) == (try number(numbersKnown["id_sum"])))
  }

  @Test("Files that are wrong are refused in words")
  func refusals() throws {
    let folder = GoldenFiles.folder
    func database(_ name: String) -> String {
      refusal(folder) { () throws(DataFileError) in
        let database = try TFFDatabase.open(path: folder + "/tff/bad/" + name, limit: Self.limit)
        for client in try database.clients(split: "train") {
          _ = try database.columns([("pixels", .numbers)], split: "train", client: client)
        }
      }
    }
    #expect(
      database("cut-proto.sqlite")
        == "tff/bad/cut-proto.sqlite: example 2 of client 'a' in split 'train' is no tf.train.Example: it ends within a field (of its message, at byte 1)"
    )
    #expect(
      database("lengths.sqlite")
        == "tff/bad/lengths.sqlite: example 1 of client 'b' in split 'train' has 783 values in feature 'pixels', expected 784 as in example 1 of client 'a' in split 'train'"
    )
    #expect(
      database("no-feature.sqlite")
        == "tff/bad/no-feature.sqlite: example 2 of client 'a' in split 'train' has no feature 'pixels'; did you mean 'pixel'? (there: label, pixel)"
    )
    #expect(
      database("no-table.sqlite")
        == "tff/bad/no-table.sqlite: has no table 'examples', as TensorFlow Federated writes it (there: federated_data; this is FedJAX's layout)"
    )
    #expect(
      database("cut.sqlite.lzma") == "tff/bad/cut.sqlite.lzma: is truncated: the LZMA data end too soon")
    #expect(
      refusal(folder) { () throws(DataFileError) in
        _ = try TextFile.read(path: folder + "/text/bad/not-utf8.tsv", limit: Self.limit)
      }
        == "text/bad/not-utf8.tsv: line 1: byte EF at place 3 of the line is not UTF-8 (other encodings: latin-1, utf-16)"
    )
    #expect(
      refusal(folder) { () throws(DataFileError) in
        let file = try TextFile.read(path: folder + "/text/bad/broken.jsonl", limit: Self.limit)
        _ = try TextTable.jsonLines(file, columns: ["tokens"])
      } == "text/bad/broken.jsonl: line 2: is not JSON: expected ',' at byte 24")
  }
}
