import Formats
import Foundation
import Tensors
import TestSupport
import Testing

/// The truth of `expected.json` for values that a reader gave.
private struct Golden {
  let root: URL
  let cases: [String: [String: Any]]

  init() throws {
    let root = try #require(SharedFolders.formats)
    let data = try Data(contentsOf: root.appendingPathComponent("expected.json"))
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    self.root = root
    var cases: [String: [String: Any]] = [:]
    for item in try #require(json["cases"] as? [[String: Any]]) { cases[item["id"] as? String ?? ""] = item }
    self.cases = cases
  }

  func path(_ name: String) -> String { root.appendingPathComponent(name).path }

  func item(_ id: String) throws -> [String: Any] { try #require(cases[id], "no case \(id)") }

  /// The figures of a part: `clients`, `splits`, …, by names.
  func part(_ id: String, _ keys: String...) throws -> [String: Any] {
    var value = try item(id)
    for key in keys { value = try #require(value[key] as? [String: Any], "\(id) has no \(keys)") }
    return value
  }
}

/// Compares values of examples, in the order of the shape that the case says, with their figures.
private func expectFigures(
  _ values: [Double], examples: Int, _ figures: [String: Any], _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(figures["examples"] as? Int == examples, "\(what)", sourceLocation: sourceLocation)
  guard examples > 0, let expected = figures["sum"] as? Double, let weighted = figures["weighted"] as? Double else {
    return
  }
  let width = values.count / examples
  var (sum, weights, magnitude) = (0.0, 0.0, 0.0)
  for (place, value) in values.enumerated() {
    let weight = Double(1 + (31 * (place / width) + place % width) % 97)
    sum += value
    weights += value * weight
    magnitude += abs(value)
  }
  #expect(abs(sum - expected) <= 1e-6 * magnitude, "\(what): sum \(sum)", sourceLocation: sourceLocation)
  #expect(abs(weights - weighted) <= 97e-6 * magnitude, "\(what): weighted \(weights)", sourceLocation: sourceLocation)
}

/// Compares labels with their counts and their weighted sum.
private func expectLabels(
  _ labels: [Int], _ figures: [String: Any], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let expected = try #require(figures["labels"] as? [Int])
  let counts = expected.indices.map { label in labels.count { $0 == label } }
  #expect(counts == expected, "\(what)", sourceLocation: sourceLocation)
  #expect(labels.allSatisfy(expected.indices.contains), "\(what)", sourceLocation: sourceLocation)
  if let weighted = figures["label_weighted"] as? Int {
    let sum = labels.enumerated().reduce(0) { $0 + $1.element * (1 + $1.offset % 97) }
    #expect(sum == weighted, "\(what)", sourceLocation: sourceLocation)
  }
}

private func doubles(_ array: StoredArray) throws -> [Double] {
  switch array.values {
  case .doubles(let values): values
  case .integers(let values): values.map { Double($0) }
  default: try array.floats(path: "f").map { Double($0) }
  }
}

/// Compares the rows `rows` of two arrays.
private func expectArrays(
  _ x: StoredArray, _ y: StoredArray, rows: [Int]? = nil, _ figures: [String: Any], _ what: String
) throws {
  let width = x.shape.dropFirst().reduce(1, *)
  let (values, labels) = (try doubles(x), try y.wholeNumbers(path: "f").map { Int($0) })
  let rows = rows ?? Array(0..<x.shape[0])
  try expectFigures(rows.flatMap { values[$0 * width..<($0 + 1) * width] }, examples: rows.count, figures, what)
  try expectLabels(rows.map { labels[$0] }, figures, what)
}

private func texts(_ array: StoredArray) -> [String] {
  switch array.values {
  case .texts(let texts): texts
  case .integers(let values): values.map { "\($0)" }
  default: []
  }
}

@Suite(
  "the shared files of formats",
  .enabled(if: SharedFolders.formats != nil, "needs the files of formats: set COVEY_FORMATS"))
struct FormatsGoldenTests {
  private let golden: Golden

  init() throws { golden = try Golden() }

  private func message<Value>(_ read: () throws(DataFileError) -> Value) -> String {
    MadeFiles.message(read).replacingOccurrences(of: golden.root.path + "/", with: "")
  }

  @Test("npz: a file a client, with sequences")
  func npzClients() throws {
    for client in try golden.part("npz/har-clients", "clients").keys {
      let file = try NPZFile(path: golden.path("npz/har-clients/\(client).npz"))
      for split in ["train", "test"] {
        let (x, y) = (try file.array("x_\(split)"), try file.array("y_\(split)"))
        #expect(Array(x.shape.dropFirst()) == [128, 9])
        try expectArrays(x, y, try golden.part("npz/har-clients", "clients", client, split), client)
      }
    }
    for client in try golden.part("npz/pfllib-layout", "clients").keys {
      for split in ["train", "test"] {
        let file = try NPZFile(path: golden.path("npz/pfllib-layout/\(split)/\(client).npz"))
        try expectArrays(
          file.array("x"), file.array("y"), try golden.part("npz/pfllib-layout", "clients", client, split), client)
      }
    }
  }

  @Test("npz: one file with clients, domains and splits as arrays")
  func npzColumns() throws {
    let file = try NPZFile(path: golden.path("npz/one-file.npz"))
    let (x, y) = (try file.array("x"), try file.array("y"))
    let (clients, splits) = (texts(try file.array("client")), texts(try file.array("split")))
    for client in try golden.part("npz/one-file", "clients").keys {
      for split in ["train", "test"] {
        let rows = clients.indices.filter { clients[$0] == client && splits[$0] == split }
        try expectArrays(x, y, rows: rows, try golden.part("npz/one-file", "clients", client, split), client)
      }
    }
    let numbered = try NPZFile(path: golden.path("npz/client-numbers.npz"))
    let numbers = texts(try numbered.array("client_id"))
    for client in try golden.part("npz/client-numbers", "clients").keys {
      try expectArrays(
        numbered.array("data"), numbered.array("targets"), rows: numbers.indices.filter { numbers[$0] == client },
        try golden.part("npz/client-numbers", "clients", client, "train"), client)
    }
  }

  @Test("npz: MedMNIST's layout, stored and deflated")
  func npzLayouts() throws {
    for name in ["digitsmnist", "digitsfonts", "digitsmeter_32"] {
      let file = try NPZFile(path: golden.path("npz/medmnist-layout/\(name).npz"))
      for split in ["train", "val", "test"] {
        let figures = try golden.part("npz/medmnist-layout/\(name)", "splits", split)
        try expectArrays(file.array("\(split)_images"), file.array("\(split)_labels"), figures, name)
      }
    }
    for name in ["stored", "deflated"] {
      let file = try NPZFile(path: golden.path("npz/\(name).npz"))
      try expectArrays(file.array("x"), file.array("y"), try golden.part("npz/\(name)", "splits", "train"), name)
    }
  }

  @Test("npy: all types")
  func npyTypes() throws {
    let item = try golden.item("npz/dtypes")
    for (name, figures) in try #require(item["arrays"] as? [String: [String: Any]]) {
      let array = try NPYFile.read(path: golden.path("npz/dtypes/\(name)"))
      #expect(array.shape == [20, 16, 16])
      let values = try doubles(array)
      try expectFigures(values, examples: 20, figures, name)
      let value = try #require(figures["value"] as? [String: Any])
      #expect(values[13 * 256 + 7 * 16 + 9] == value["value"] as? Double, "\(name)")
    }
    let weighted = try #require(item["label_weighted"] as? [String: Int])
    for (name, counts) in try #require(item["labels"] as? [String: [Int]]) {
      let labels = try NPYFile.read(path: golden.path("npz/dtypes/\(name)")).wholeNumbers(path: name)
      try expectLabels(labels.map { Int($0) }, ["labels": counts, "label_weighted": weighted[name] ?? -1], name)
    }
  }

  @Test("npz: what is refused")
  func npzRefused() throws {
    let nan = try NPZFile(path: golden.path("npz/bad/nan.npz")).array("x")
    #expect(
      message { () throws(DataFileError) in try nan.floats(path: "nan.npz") }
        == "nan.npz: array 'x' (20×16×16 <f4) has the value nan at [3, 14, 8], element 1000 (allowed: finite numbers)")
    let counts = try NPZFile(path: golden.path("npz/bad/counts.npz"))
    #expect(try counts.header("x").shape[0] == 20 && counts.header("y").shape == [19])
    #expect(
      message { () throws(DataFileError) in try NPZFile(path: golden.path("npz/bad/cut.npz")) }
        == "npz/bad/cut.npz: is truncated or not a zip archive: it has no zip directory at its end")
    #expect(
      message { () throws(DataFileError) in
        try NPZFile(path: golden.path("npz/pfllib-pickled/train/0.npz")).array("data")
      }
        == "npz/pfllib-pickled/train/0.npz: array 'data' holds Python objects, a pickle, which is never opened (allowed: numbers and texts; the converter covey-data pickle turns it into arrays)"
    )
  }

  @Test("CIFAR-10 and CIFAR-100")
  func cifar() throws {
    // The truth is in the order of the file, planes one after the other.
    func planes(_ file: CIFARFile) -> [Double] {
      (0..<file.pixels.count).map { place in
        let (image, channel, pixel) = (place / 3072, place % 3072 / 1024, place % 1024)
        return Double(file.pixels[image * 3072 + pixel * 3 + channel])
      }
    }
    for (id, kind, test) in [("cifar-10-batches-bin", .ten, "test"), ("cifar-100-binary", .hundred, "test")]
      as [(String, CIFARFile.Kind, String)]
    {
      let folder = "cifar/\(id)"
      let names = kind.trainFiles.filter { FileManager.default.fileExists(atPath: golden.path("\(folder)/\($0)")) }
      let train = try names.map { try CIFARFile.read(path: golden.path("\(folder)/\($0)"), kind: kind) }
      let held = [try CIFARFile.read(path: golden.path("\(folder)/\(kind.testFile)"), kind: kind)]
      for (split, files) in [("train", train), (test, held)] {
        let figures = try golden.part("cifar/\(id)", "splits", split)
        let labels = files.flatMap(\.labels)
        try expectFigures(files.flatMap(planes), examples: labels.count, figures, id)
        try expectLabels(labels, figures, id)
        if let coarse = figures["coarse"] as? [Int] {
          let found = files.flatMap { $0.coarseLabels ?? [] }
          #expect(coarse.indices.map { label in found.count { $0 == label } } == coarse)
        }
      }
      let item = try golden.item("cifar/\(id)")
      #expect(try CIFARFile.names(path: golden.path("\(folder)/\(kind.classFile)")) == item["classes"] as? [String])
      if let coarse = kind.coarseClassFile {
        #expect(try CIFARFile.names(path: golden.path("\(folder)/\(coarse)")) == item["coarse_classes"] as? [String])
      }
    }
    #expect(
      message { () throws(DataFileError) in
        try CIFARFile.read(path: golden.path("cifar/bad/cut/data_batch_1.bin"), kind: .ten)
      } == "cifar/bad/cut/data_batch_1.bin: has 27557 bytes, which are no CIFAR-10 records of 3073 bytes each")
    let pickle = message { () throws(DataFileError) in
      try CIFARFile.read(path: golden.path("cifar/cifar-10-batches-py/data_batch_1"), kind: .ten)
    }
    for word in ["data_batch_1", "pickle", "binary version", "converter covey-data"] { #expect(pickle.contains(word)) }
  }

  @Test("UCI HAR")
  func har() throws {
    let folder = try HARFolder(root: golden.path("har/UCI HAR Dataset"))
    #expect(folder.activities == (try golden.item("har/uci")["classes"] as? [String]))
    let example = try golden.part("har/uci", "example")
    #expect(HARFolder.signals == example["channels"] as? [String])
    var seen = 0
    for name in ["train", "test"] {
      let split = try folder.split(name)
      let figures = try golden.part("har/uci", "splits", name)
      try expectFigures(split.values.map { Double($0) }, examples: split.count, figures, name)
      try expectLabels(split.labels, figures, name)
      for (subject, parts) in try golden.part("har/uci", "clients") {
        guard let figures = (parts as? [String: Any])?[name] as? [String: Any] else { continue }
        let rows = (0..<split.count).filter { split.subjects[$0] == Int(subject) }
        seen += rows.count
        let values = rows.flatMap { split.values[$0 * 1152..<($0 + 1) * 1152] }
        try expectFigures(values.map { Double($0) }, examples: rows.count, figures, subject)
        try expectLabels(rows.map { split.labels[$0] }, figures, subject)
      }
    }
    #expect(seen == 72)
  }

  @Test(
    "CSV: numbers, categories and clients",
    arguments: [
      ("heart", "csv/heart.csv"), ("heart-complete", "csv/heart-complete.csv.gz"),
      ("penguins-excel", "csv/penguins-excel.csv"), ("cars-european", "csv/cars-european.csv"),
      ("barley", "csv/barley.tsv"), ("diabetes", "csv/diabetes.csv"),
    ])
  func csv(id: String, path: String) throws {
    let item = try golden.item("csv/\(id)")
    let given = try #require(item["given"] as? [String: Any])
    let separator = given["separator"] as? String
    let layout = CSVTable.Layout(separator: separator == "tab" ? "\t" : separator?.unicodeScalars.first ?? ",")
    let decimal = (given["decimal"] as? String)?.unicodeScalars.first ?? "."
    let marks = ["", given["missing"] as? String ?? ""]
    let table = try CSVTable.read(path: golden.path(path), layout: layout)
    #expect(table.rowCount == item["rows"] as? Int)
    var columns = try #require(item["columns"] as? [String: [String: Any]])
    if let target = given["target"] as? String { columns[target] = item["target"] as? [String: Any] }
    for (name, figures) in columns {
      if figures["type"] as? String == "category" {
        let (levels, numbers) = try table.levels(name)
        let expected = try #require(figures["levels"] as? [String: Int])
        for (place, level) in levels.enumerated() where !marks.contains(level) {
          #expect(numbers.count { $0 == place } == expected[level], "\(id) \(name) \(level)")
        }
        continue
      }
      let numbers = try table.numbers(name, decimal: decimal, marks: marks)
      let there = numbers.compactMap { $0 }
      #expect(numbers.count - there.count == figures["missing"] as? Int, "\(id) \(name)")
      let sum = there.reduce(0, +)
      let expected = try #require(figures["sum"] as? Double)
      #expect(abs(sum - expected) <= 1e-9 * there.reduce(0) { $0 + abs($1) }, "\(id) \(name)")
      #expect(there.min() == figures["min"] as? Double && there.max() == figures["max"] as? Double, "\(id) \(name)")
    }
    if let classes = item["classes"] as? [String], let label = given["label"] as? String,
      let counts = item["labels"] as? [Int]
    {
      let found = try table.texts(label)
      #expect(classes.map { name in found.count { $0 == name } } == counts)
    }
    if let clients = item["clients"] as? [String: [String: Any]], let column = given["client"] as? String {
      let found = try table.texts(column)
      for (client, figures) in clients {
        #expect(found.count { $0 == client } == figures["examples"] as? Int, "\(client)")
      }
    }
    if let first = item["first_missing"] as? [String: Any], let column = first["column"] as? String {
      let text = message { () throws(DataFileError) in try table.numbers(column, marks: []) }
      #expect(text == "csv/heart.csv: line 89: column 'thal' has no value (allowed: finite numbers)")
    }
  }

  @Test("CSV: marks of missing values by file, texts with line ends")
  func csvTexts() throws {
    for (client, part) in try golden.part("csv/heart-by-hospital", "clients") {
      let figures = try #require(part as? [String: Any])
      let table = try CSVTable.read(path: golden.path("csv/heart-by-hospital/\(client).csv"))
      #expect(table.rowCount == figures["examples"] as? Int)
      try expectLabels(table.numbers("num").map { Int($0 ?? -1) }, figures, client)
      for (column, count) in figures["missing"] as? [String: Int] ?? [:] {
        #expect(try table.numbers(column, marks: ["?"]).count { $0 == nil } == count, "\(client) \(column)")
      }
    }
    let table = try CSVTable.read(path: golden.path("csv/reviews.csv"))
    let (texts, sites) = (try table.texts("review"), try table.texts("site"))
    #expect(table.rowCount == 180 && texts[3].contains("\n") && texts[7].hasPrefix("\"This is"))
    for (client, part) in try golden.part("csv/reviews", "clients") {
      let figures = try #require(part as? [String: Any])
      let own = texts.indices.filter { sites[$0] == client }.map { texts[$0] }
      #expect(own.count == figures["examples"] as? Int && own.first == figures["first"] as? String)
      #expect(own.last == figures["last"] as? String)
      #expect(own.reduce(0) { $0 + $1.unicodeScalars.count } == figures["characters"] as? Int)
      #expect(own.reduce(0) { $0 + $1.utf8.count } == figures["bytes"] as? Int)
    }
    let splits = try CSVTable.read(path: golden.path("csv/penguins-splits.csv"))
    #expect(try splits.texts("split").count { $0 == "train" } == 128 + 99 + 38)
  }

  @Test("CSV: what is refused")
  func csvRefused() throws {
    func refusal(_ name: String) -> String {
      message { () throws(DataFileError) in
        let table = try CSVTable.read(path: golden.path("csv/bad/\(name).csv"))
        _ = try table.texts("disease")
        return try table.numbers("trestbps")
      }
    }
    #expect(refusal("ragged") == "csv/bad/ragged.csv: line 5 has 10 cells, the first row has 12")
    #expect(refusal("duplicate-header") == "csv/bad/duplicate-header.csv: has two columns called 'age'")
    #expect(
      refusal("not-a-number")
        == "csv/bad/not-a-number.csv: line 4: column 'trestbps' has 'high' (allowed: finite numbers, or for a missing value: '')"
    )
    #expect(refusal("no-label").hasPrefix("csv/bad/no-label.csv: has no column 'disease' (columns there: 'hospital', "))
    #expect(refusal("open-quote") == "csv/bad/open-quote.csv: line 2: a quote is not closed")
    #expect(refusal("empty") == "csv/bad/empty.csv: is empty: it has no header")
    #expect(
      message { () throws(DataFileError) in
        try CSVTable.read(path: golden.path("text/bad/not-utf8.tsv"), layout: .tabs(.none))
      } == "text/bad/not-utf8.tsv: line 1 is not UTF-8: it has the byte EF (allowed: text in UTF-8)")
  }

  @Test("LEAF: images, texts and lists of texts")
  func leaf() throws {
    for id in ["femnist", "shakespeare", "sent140"] {
      for split in ["train", "test"] {
        let folder = golden.path("leaf/\(id)/\(split)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let users = try names.flatMap { try LEAFFile.read(path: "\(folder)/\($0)").users }
        let order = try golden.item("leaf/\(id)")["client_order"] as? [String] ?? []
        #expect(users.map(\.name) == order.filter(users.map(\.name).contains))
        for user in users {
          let figures = try golden.part("leaf/\(id)", "clients", user.name, split)
          #expect(figures["examples"] as? Int == user.count)
          if case .numbers(let labels, shape: []) = user.y {
            try expectLabels(labels.map { Int($0) }, figures, user.name)
          }
          switch user.x {
          case .numbers(let values, let shape):
            #expect(shape == [784])
            try expectFigures(values.map { Double($0) }, examples: user.count, figures, user.name)
          case .texts(let texts, let shape):
            #expect(shape == (id == "sent140" ? [5] : []))
            let own = id == "sent140" ? stride(from: 4, to: texts.count, by: 5).map { texts[$0] } : texts
            #expect(own.first == figures["first"] as? String && own.last == figures["last"] as? String)
            #expect(own.reduce(0) { $0 + $1.unicodeScalars.count } == figures["characters"] as? Int)
            #expect(own.reduce(0) { $0 + $1.utf8.count } == figures["bytes"] as? Int)
          }
        }
        if id == "shakespeare" { #expect(users.first?.group == "THE_TRAGEDY_0") }
      }
    }
  }

  @Test("LEAF and JSON lines: what is refused")
  func leafRefused() throws {
    func refusal(_ name: String) throws -> String {
      let folder = golden.path("leaf/bad/\(name)/train")
      let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
      return message { () throws(DataFileError) in try LEAFFile.read(path: "\(folder)/\(file)") }
    }
    #expect(
      try refusal("counts") == "leaf/bad/counts/train/a.json: user 'v': num_samples says 3, user_data has 2 examples")
    #expect(
      try refusal("lengths")
        == "leaf/bad/lengths/train/a.json: line 1, byte 80: user 'u': x: example 2 has 1 value, those before 2 values")
    #expect(try refusal("cut") == "leaf/bad/cut/train/a.json: line 1, byte 72: the text ends where '\"' is expected")
    #expect(
      message { () throws(DataFileError) in try JSONLines.read(path: golden.path("text/bad/broken.jsonl")) }
        == "text/bad/broken.jsonl: line 2, byte 24: expected '}'")
    let lines = try JSONLines.read(path: golden.path("text/tokens.jsonl"))
    #expect(lines.allSatisfy { $0.value["id"] != nil && $0.value["tokens"] != nil })
  }

  @Test("safetensors: all types as arrays")
  func safetensors() throws {
    for name in [
      "f32-metadata", "f16", "bf16", "f64", "u8-images", "labels-i32", "labels-i16", "labels-u8", "labels-i8",
      "labels-u16", "labels-bool", "unsorted-header", "padded-header", "empty-test",
    ] {
      let file = try SafetensorsFile(path: golden.path("safetensors/\(name).safetensors"))
      for (client, parts) in try golden.part("safetensors/\(name)", "clients") {
        for (split, figures) in try #require(parts as? [String: [String: Any]]) {
          let prefix = "\(client).\(split == "test" ? "test_" : "")"
          let (x, y) = (try StoredArray("\(prefix)x", in: file), try StoredArray("\(prefix)y", in: file))
          if x.count == 0 {
            #expect(figures["examples"] as? Int == 0)
          } else {
            try expectArrays(x, y, figures, name)
          }
        }
      }
    }
  }

  @Test("every reader refuses what the converter is for, and names it")
  func converter() throws {
    let files = [
      "parquet/plain-zstd.parquet": "parquet", "parquet/text.parquet": "parquet", "hdf5/usps.h5": "hdf5",
      "hdf5/fed_emnist_train.h5": "hdf5", "mat/mnist_data.mat": "mat", "mat/svhn_train_32x32.mat": "mat",
      "pickle/MNIST/test.pkl": "pickle", "cifar/cifar-10-batches-py/data_batch_1": "pickle",
      "splits/fl-bench-partition.pkl": "pickle",
    ]
    for (name, command) in files {
      let path = golden.path(name)
      for text in [
        message { () throws(DataFileError) in try NPZFile(path: path) },
        message { () throws(DataFileError) in try NPYFile.read(path: path) },
        message { () throws(DataFileError) in try IDXFile.read(path: path) },
        message { () throws(DataFileError) in try CSVTable.read(path: path) },
        message { () throws(DataFileError) in try CIFARFile.read(path: path, kind: .ten) },
        message { () throws(DataFileError) in try SignalTable.read(path: path) },
        message { () throws(DataFileError) in try LEAFFile.read(path: path) },
        message { () throws(DataFileError) in try JSONLines.read(path: path) },
        message { () throws(DataFileError) in
          do throws(SafetensorsError) { return try SafetensorsFile(path: path) } catch { throw DataFileError(error) }
        },
      ] {
        #expect(text.hasPrefix("\(name): is not ") && text.contains("covey-data \(command) "), "\(text)")
      }
    }
  }
}
