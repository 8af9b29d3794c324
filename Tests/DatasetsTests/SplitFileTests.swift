import Catalogs
import Foundation
import Tensors
import Testing

@testable import Datasets

/// Examples of two domains in turn, of four natural clients of whom one only tests; each carries its own number.
private func held(
  train: Int = 24, validation: Int = 0, test: Int = 12, files: [ReadFile] = [], looseTests: Int = 0
) -> HeldSource {
  var data = HeldData(shape: [1], splits: [:], target: .classes(3))
  data.classes = ["x", "y", "z"]
  data.clients = ["ann", "bob", "cy", "dee"]
  data.domains = ["ink", "chalk"]
  data.files = files
  for (split, count, first) in [(DataSplit.train, train, 0), (.validation, validation, 1000), (.test, test, 2000)]
  where count > 0 {
    var part = HeldSplit(
      inputs: .floats((0..<count).map { Float(first + $0) }), targets: .classes((0..<count).map { Int32($0 % 3) }),
      count: count)
    part.domains = (0..<count).map { Int32($0 % 2) }
    // Ann and Cy have ink, Bob chalk; Dee tests alone.
    part.clients = (0..<count).map { row in
      if split == .test, row < looseTests { return -1 }
      if split == .test, row % 4 == 2 { return 3 }
      return row % 2 == 1 ? 1 : row % 4 == 0 ? 0 : 2
    }
    data.splits[split] = part
  }
  return HeldSource(data)
}

private func values(_ dataset: FederatedDataset, _ client: Int, _ split: DataSplit) -> [Int] {
  let examples = dataset.examples(client, split)
  let each = dataset.sampleShape.count
  var values = [Float](repeating: 0, count: examples.count * each)
  var labels = [Int32](repeating: 0, count: examples.count)
  values.withUnsafeMutableBufferPointer { values in
    guard let base = values.baseAddress else { return }
    examples.gather(Array(0..<examples.count)[...], values: base, labels: &labels)
  }
  return (0..<examples.count).map { number in
    each == 1 ? Int(values[number]) : values[number * each..<(number + 1) * each].hashValue
  }
}

/// All that a division says: names, domains, and who has what.
private func dumped(_ dataset: FederatedDataset) -> [String] {
  (0..<dataset.clientCount + dataset.unseenCount).map { client in
    let parts = DataSplit.allCases.map { "\($0): \(values(dataset, client, $0))" }
    return
      "\(client < dataset.clientCount) \(dataset.name(client)) \(dataset.profile(client).domain) \(parts.joined(separator: " "))"
  }
}

/// Files that say who has which examples.
@Suite("split files")
struct SplitFileTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("covey-splits-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func write(_ text: String, _ name: String = "split.json") throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }

  private func dataset(
    _ name: String = "split.json", _ source: any ExampleSource = held(), options: [String: OptionValue] = [:],
    heldOut: HeldOutShares = HeldOutShares(), unseen: UnseenClients? = nil, train: Int? = nil
  ) throws -> FederatedDataset {
    let partitioner = try partitionCatalog.make("file", options.merging(["path": .text(name)]) { $1 })
    return try FederatedDataset(
      source: source, partitioner: try partitioner.opened(in: folder.path), trainPerClient: train,
      testPerClient: train, heldOut: heldOut, unseen: unseen, seed: 9)
  }

  /// What is wrong with a file, without the folder.
  private func complaint(
    _ name: String = "split.json", _ source: any ExampleSource = held(), options: [String: OptionValue] = [:],
    unseen: UnseenClients? = nil
  ) -> String {
    do {
      _ = try dataset(name, source, options: options, unseen: unseen)
      return ""
    } catch { return "\(error)".replacing(folder.path + "/", with: "") }
  }

  private func said(_ text: String, named name: String = "split.json", _ source: any ExampleSource = held())
    throws -> String
  {
    try write(text, name)
    return complaint(name, source)
  }

  // MARK: Written and read

  private static let partitions: [(String, [String: OptionValue])] = [
    ("natural", [:]), ("natural", ["per": .integer(2)]), ("iid", ["clients": .integer(5)]),
    ("by-domain", ["clients_per_domain": .integer(2)]), ("shards", ["clients": .integer(4)]),
    ("dirichlet", ["clients": .integer(4), "alpha": .number(0.3), "min_size": .integer(0)]),
    ("quantity", ["clients": .integer(4), "law": .text("power(1)")]),
  ]

  @Test("a division that is written and read is the same", arguments: partitions.indices)
  func roundTrip(index: Int) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let partitioner = try partitionCatalog.make(Self.partitions[index].0, Self.partitions[index].1)
    let sources: [any ExampleSource] = [
      held(), held(validation: 8), held(test: 0), held(looseTests: 4),
      try datasetCatalog.make("synthetic-digits", ["image": .group(["width": .integer(8), "height": .integer(8)])])
        .open("/", 3),
    ]
    let shares = [
      HeldOutShares(), HeldOutShares(validation: 0.25), HeldOutShares(test: 0.25, validation: 0.5),
      HeldOutShares(poolsTest: true),
    ]
    for source in sources where index > 1 || !source.isGenerated {
      for heldOut in shares where source.isGenerated ? !heldOut.poolsTest : true {
        // Nothing can be tested on together where nothing is.
        if heldOut.poolsTest, source.exampleCount(domain: 0, split: .test) == 0 { continue }
        for (unseen, train) in [(nil, nil), (.count(1), nil), (nil, 3)] as [(UnseenClients?, Int?)] {
          let limit = source.isGenerated ? 6 : train
          let first = try FederatedDataset(
            source: source, partitioner: partitioner, trainPerClient: limit, testPerClient: limit, heldOut: heldOut,
            unseen: unseen, seed: 3)
          let text = SplitFile(first, partition: "p(1)").text
          try write(text)
          let second = try dataset(source: source, heldOut: heldOut, unseen: unseen, limit: limit)
          #expect(dumped(first) == dumped(second))
          #expect(first.clientCount == second.clientCount && first.unseenCount == second.unseenCount)
          #expect(SplitFile(second, partition: "p(1)").text.replacing("\"seed\": 9", with: "\"seed\": 3") == text)
        }
      }
    }
  }

  private func dataset(
    source: any ExampleSource, heldOut: HeldOutShares, unseen: UnseenClients?, limit: Int?
  ) throws -> FederatedDataset {
    try dataset("split.json", source, heldOut: heldOut, unseen: unseen, train: limit)
  }

  @Test("the text is that of the format, with rows in the order of the source's files")
  func text() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = [ReadFile(name: "", shownName: "a.csv", size: 3, sha256: "00ff")]
    let dataset = try FederatedDataset(
      source: held(train: 6, test: 4, files: files), partitioner: ByDomain(), trainPerClient: nil, testPerClient: nil,
      heldOut: HeldOutShares(validation: 0.4), unseen: .domains(["ink"]), seed: 1)
    let text = SplitFile(dataset, partition: "by-domain").text
    let val = [0, 1].map { text.components(separatedBy: "\"val\": [")[$0 + 1].prefix { $0 != "]" } }
    func train(_ rows: [Int], without held: Substring) -> String {
      rows.map(String.init).filter { $0 != held }.joined(separator: ", ")
    }
    #expect(
      text == """
        {"format": "covey-split", "version": 1, "data_sha256": "\(dataHash(files))", "seed": 1, "partition": "by-domain", "examples": {"train": 6, "val": 0, "test": 4},
         "clients": {"chalk": {"domain": "chalk", "train": [\(train([1, 3, 5], without: val[0]))], "val": [\(val[0])], "test": [1, 3]},
                     "ink": {"domain": "ink", "train": [\(train([0, 2, 4], without: val[1]))], "val": [\(val[1])], "test": [0, 2]}}, "unseen": ["ink"]}

        """)
    #expect(try JSONSerialization.jsonObject(with: Data(text.utf8)) is [String: Any])
  }

  @Test("a split of other data is refused, and an input of the run")
  func otherData() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    func source(_ hash: String) -> HeldSource {
      held(files: [ReadFile(name: "", shownName: "a.csv", size: 3, sha256: hash)])
    }
    let first = try FederatedDataset(
      source: source("00"), partitioner: IID(clients: 2), trainPerClient: nil, testPerClient: nil, seed: 1)
    try write(SplitFile(first, partition: "iid").text)
    #expect(complaint("split.json", source("00")) == "")
    let hashes = ["00", "01"].map { dataHash(source($0).data.files) }
    #expect(
      complaint("split.json", source("01"))
        == "split.json: was made for other data: its data_sha256 is \(hashes[0]), these data have \(hashes[1])")
    let before = try dataset("split.json", source("00")).partitionInputs
    #expect(before.map(\.name) == ["split.json"] && before[0].sha256.count == 64)
    try write(SplitFile(first, partition: "iid").text + "\n")
    #expect(try dataset("split.json", source("00")).partitionInputs != before)
    #expect(first.partitionInputs.isEmpty)
  }

  @Test("who never trains stands in the file, and a scenario may say the same or nothing")
  func unseen() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write(
      """
      {"format": "covey-split", "version": 1, "clients": {"b": {"train": [0, 1], "val": [], "test": [3]},
       "a": {"train": [5], "test": []}, "c": {"train": [6]}}, "unseen": ["a"]}
      """)
    let dataset = try dataset()
    #expect(dataset.clientCount == 2 && dataset.unseenCount == 1)
    #expect((0..<3).map { dataset.name($0) } == ["b", "c", "a"])
    #expect(values(dataset, 0, .test) == [2003] && values(dataset, 2, .train) == [5])
    #expect(complaint(unseen: .names(["a"])) == "" && complaint(unseen: .count(1)) == "")
    let words = "are others than the partition has: a (allowed: the same, or no 'unseen')"
    #expect(complaint(unseen: .names(["b"])) == words && complaint(unseen: .count(2)) == words)
    #expect(
      dataset.divisionRemarks == [
        "11 of 12 test examples are in no list of split.json and are left out",
        "20 of 24 training examples are in no list of split.json and are left out",
      ])
  }

  // MARK: Forms of other tools

  /// Two clients: rows 5 and 2, and rows 0, 3 and 1, in this order.
  private func expectTwo(_ name: String, options: [String: OptionValue] = [:]) throws {
    let dataset = try dataset(name, options: options)
    #expect((0..<dataset.clientCount).map { dataset.name($0) } == ["2", "10"], "\(name)")
    #expect(values(dataset, 0, .train) == [5, 2] && values(dataset, 1, .train) == [0, 3, 1], "\(name)")
    // The file gives nobody the source's test examples: they are tested on together.
    #expect(dataset.testCount(0) + dataset.testCount(1) == 0 && dataset.unseenCount == 1, "\(name)")
    #expect(dataset.name(2) == "union" && dataset.testCount(2) == 12, "\(name)")
  }

  @Test("a mapping of clients to rows, a text of NIID-Bench and tables: clients sort as numbers")
  func mappings() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write("{\"10\": [0, 3, 1], \"2\": [5, 2], \"7\": []}")
    try expectTwo("split.json")
    #expect(
      try dataset().divisionRemarks == [
        "1 of 3 clients of split.json have no row and are left out: '7'",
        "19 of 24 training examples are in no list of split.json and are left out",
        "the file of the partition gives nobody the 12 test examples of the source: they are tested on together, as one unseen client 'union'",
      ])
    try write("{\n10: [\n0, 3, 1\n],\n2: [\n5, 2\n]\n}\n", "net_dataidx_map.txt")
    try expectTwo("net_dataidx_map.txt")
    try write("who,row,label\n10,0,a\n2,5,a\n10,3,b\n2,2,b\n10,1,a\n", "split.csv")
    try expectTwo("split.csv", options: ["row": .text("row"), "client": .text("who")])
    // Without a column of rows, the line; without an owner, nobody.
    try write("client\nb\n\"\"\n-1\na\n", "lines.csv")
    let lines = try dataset("lines.csv")
    #expect(values(lines, 0, .train) == [3] && values(lines, 1, .train) == [0])
  }

  @Test("lists by split: FL-bench, a mapping, and a table; tests are training examples")
  func splits() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write(
      """
      {"separation": {"train": [0, 1], "total": 2}, "data_indices": [{"train": [5, 2], "val": [9], "test": [4]},
       {"train": [0], "val": [], "test": [3, 1]}]}
      """)
    try write(
      "{\"0\": {\"train\": [5, 2], \"val\": [9], \"test\": [4]}, \"1\": {\"train\": [0], \"test\": [3, 1]}}", "m.json")
    try write("row,client,split\n5,0,train\n0,1,train\n2,0,train\n9,0,dev\n4,0,test\n3,1,test\n1,1,test\n", "t.csv")
    for (name, options) in [
      ("split.json", [:]), ("m.json", [:]), ("t.csv", ["row": .text("row")]),
    ] as [(String, [String: OptionValue])] {
      let dataset = try dataset(name, options: options)
      #expect((0..<2).map { dataset.name($0) } == ["0", "1"])
      #expect(values(dataset, 0, .train) == [5, 2] && values(dataset, 1, .train) == [0])
      #expect(values(dataset, 0, .validation) == [9] && values(dataset, 0, .test) == [4])
      #expect(values(dataset, 1, .test) == [3, 1])
      #expect(
        dataset.divisionRemarks == [
          "17 of 24 training examples are in no list of \(name) and are left out",
          "the 12 test examples of the source are left out: \(name) lists others",
        ])
    }
  }

  @Test("rows: all goes on through the test examples")
  func all() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write("[{\"train\": [0, 24, 35], \"test\": [1]}, {\"train\": [25], \"test\": [2, 26]}]")
    let dataset = try dataset(options: ["rows": .text("all")])
    #expect(values(dataset, 0, .train) == [0, 2000, 2011] && values(dataset, 1, .train) == [2001])
    #expect(values(dataset, 1, .test) == [2, 2002])
    #expect(dataset.divisionRemarks == ["29 of 36 training examples are in no list of split.json and are left out"])
    #expect(complaint().hasSuffix("client '0' has the row 24 in 'train' (allowed: 0 to 23)"))
    let wrapped = try self.dataset("split.json", Wrapped(base: held()), options: ["rows": .text("all")])
    #expect(dumped(wrapped) == dumped(dataset))
  }

  /// A source that is not held, with the same examples.
  private struct Wrapped: ExampleSource {
    let base: HeldSource
    var domains: [String] { base.domains }
    var sampleShape: Shape { base.sampleShape }
    var classCount: Int { base.classCount }
    func exampleCount(domain: Int, split: DataSplit) -> Int? { base.exampleCount(domain: domain, split: split) }
    func fileRow(_ reference: ExampleReference, split: DataSplit) -> Int? { base.fileRow(reference, split: split) }
    func label(_ reference: ExampleReference, split: DataSplit) -> Int32 { base.label(reference, split: split) }
    func write(
      _ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>
    ) { base.write(references, split: split, into: values) }
  }

  // MARK: NumPy archives

  private func npy(_ descr: String, _ count: Int, _ bytes: [UInt8]) -> [UInt8] {
    var header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(count),), }"
    header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
    let length = header.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(header.utf8) + bytes
  }

  private func integers(_ values: [Int64]) -> [UInt8] {
    npy("<i8", values.count, values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } })
  }

  private func texts(_ values: [String]) -> [UInt8] {
    let width = values.map(\.unicodeScalars.count).max() ?? 1
    let bytes = values.flatMap { value -> [UInt8] in
      let scalars =
        value.unicodeScalars.map(\.value) + [UInt32](repeating: 0, count: width - value.unicodeScalars.count)
      return scalars.flatMap { scalar in (0..<4).map { UInt8(truncatingIfNeeded: scalar >> ($0 * 8)) } }
    }
    return npy("<U\(width)", values.count, bytes)
  }

  /// An archive of members that are not compressed.
  private func archive(_ members: [(String, [UInt8])], _ name: String) throws {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    func checksum(_ bytes: [UInt8]) -> Int {
      var crc: UInt32 = 0xFFFF_FFFF
      for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
      }
      return Int(~crc)
    }
    var (file, directory): ([UInt8], [UInt8]) = ([], [])
    for (member, bytes) in members {
      let own = Array((member + ".npy").utf8)
      let fields =
        little(20, 2) + little(0, 8) + little(checksum(bytes), 4) + little(bytes.count, 4) + little(bytes.count, 4)
        + little(own.count, 2) + little(0, 2)
      directory +=
        [0x50, 0x4B, 1, 2] + little(20, 2) + fields + little(0, 10) + little(file.count, 4) + own
      file += [0x50, 0x4B, 3, 4] + fields + own + bytes
    }
    let end =
      [0x50, 0x4B, 5, 6] + little(0, 4) + little(members.count, 2) + little(members.count, 2)
      + little(directory.count, 4) + little(file.count, 4) + little(0, 2)
    try Data(file + directory + end).write(to: folder.appendingPathComponent(name))
  }

  @Test("NumPy archives: arrays of clients, whose each is, and indices with bounds")
  func archives() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try archive([("train_10", integers([0, 3, 1])), ("train_2", integers([5, 2]))], "lists.npz")
    try expectTwo("lists.npz")
    try archive([("train_a", integers([5])), ("test_a", integers([1])), ("val_a", integers([2]))], "three.npz")
    let three = try dataset("three.npz")
    #expect(DataSplit.allCases.map { values(three, 0, $0) } == [[5], [2], [1]])
    var owners = [Int64](repeating: -1, count: 24)
    for (row, owner) in [(5, 2), (2, 2), (0, 10)] as [(Int, Int64)] { owners[row] = owner }
    var splits = [String](repeating: "train", count: 24)
    splits[2] = "test"
    try archive([("client", integers(owners)), ("split", texts(splits))], "owners.npz")
    let dealt = try dataset("owners.npz")
    #expect(values(dealt, 0, .train) == [5] && values(dealt, 0, .test) == [2] && values(dealt, 1, .train) == [0])
    try archive([("indices", integers([5, 2, 7])), ("offsets", integers([0, 2, 2, 3]))], "bounds.npz")
    let bounds = try dataset("bounds.npz")
    #expect(bounds.name(1) == "2" && values(bounds, 0, .train) == [5, 2] && values(bounds, 1, .train) == [7])
    try archive([("client", integers([0, 1]))], "short.npz")
    #expect(complaint("short.npz") == "short.npz: speaks of 2 examples, and there are 24 training examples")
    try archive([("indices", integers([5])), ("offsets", integers([0, 2]))], "wrong.npz")
    #expect(
      complaint("wrong.npz")
        == "wrong.npz: array 'offsets' is no list of bounds (allowed: from 0 to the 1 of 'indices', ascending)")
    try archive([("rows", integers([5]))], "unknown.npz")
    #expect(
      complaint("unknown.npz").hasPrefix("unknown.npz: has the array 'rows' (allowed: a file of covey data split"))
  }

  // MARK: What is refused

  @Test("rows with two owners, outside and of no kind are told with file, client and row")
  func rows() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(
      try said("{\"0\": [0, 1, 2], \"1\": [3, 24, 4]}")
        == "split.json: client '1' has the row 24 in 'train' (allowed: 0 to 23)")
    #expect(
      try said("{\"0\": [0, 1, 2], \"1\": [3, 2, 4]}")
        == "split.json: row 2 stands in 'train' of client '0' and in 'train' of client '1' (allowed: each row once)")
    #expect(
      try said("{\"0\": {\"train\": [1, 2], \"test\": [2]}}")
        == "split.json: row 2 stands in 'train' of client '0' and in 'test' of client '0' (allowed: each row once)")
    #expect(try said("{\"0\": [7, 7]}") == "split.json: row 7 stands twice in 'train' of client '0'")
    for (value, shown) in [
      ("-1", "-1"), ("1.5", "1.5"), ("\"a.png\"", "'a.png'"), ("[1]", "a list"), ("1e300", "1e+300"),
    ] {
      #expect(
        try said("{\"0\": [0, \(value)]}")
          == "split.json: client '0' has \(shown) in 'train' at [1] (allowed: rows, whole numbers from 0)")
    }
    #expect(
      try said("{\"0\": 3}") == "split.json: client '0' has 3 (allowed: a list of rows, or lists by split)")
    #expect(
      try said("{\"0\": {\"trian\": [1]}}")
        == "split.json: client '0' has 'trian' (allowed: lists of rows called train, val and test)")
    #expect(try said("{\"0\": []}") == "split.json: has no client with a row")
    try write("client,row\na,x\n", "t.csv")
    #expect(
      complaint("t.csv", options: ["row": .text("row")])
        == "t.csv: line 2: column 'row' has 'x' (allowed: rows, whole numbers from 0)")
    #expect(complaint("t.csv", options: ["client": .text("cleint")]).contains("has no column 'cleint'"))
    #expect(
      try said("{\"0\": [1]}").isEmpty
        && complaint(options: ["row": .text("row")])
          == "split.json: is JSON and has no column 'row' ('row' and 'client' name columns of CSV)"
    )
    #expect(complaint("none.json") == "none.json: no such file or folder")
    let digits = try datasetCatalog.make("synthetic-digits", [:]).open("/", 1)
    #expect(
      complaint(
        "split.json", digits, options: ["rows": .text("all")])
        == "'rows: all' needs examples from files, and these data are made (allowed: rows: train)")
  }

  @Test("files of covey data split are checked in every key")
  func own() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    func own(_ more: String, version: String = "1") throws -> String {
      try said(
        "{\"format\": \"covey-split\", \"version\": \(version), \"clients\": {\"a\": {\"train\": [1]}, \"b\": {\"train\": [2]}}\(more)}"
      )
    }
    #expect(try own("") == "")
    #expect(try own("", version: "2") == "split.json: has the version 2 of covey-split (allowed: 1)")
    #expect(try own(", \"unseen\": [\"c\"]").hasPrefix("split.json: 'unseen' names the unknown client 'c'"))
    #expect(try own(", \"unseen\": [\"a\", \"a\"]") == "split.json: 'unseen' names client 'a' twice")
    #expect(
      try own(", \"unseen\": [\"a\", \"b\"]")
        == "split.json: 'unseen' names all clients with training examples, which leaves none to train")
    #expect(try own(", \"unseen\": 3") == "split.json: 'unseen' is 3 (allowed: a list)")
    #expect(try own(", \"clinets\": 3") == "split.json: has the unknown key 'clinets'")
    #expect(
      try own(", \"rows\": {\"val\": \"test\"}")
        == "split.json: 'rows' has 'val' (allowed: val and test, as train or themselves)")
    #expect(try said("{\"format\": \"other\"}") == "split.json: has the format 'other' (allowed: covey-split)")
  }

  @Test("pickles and other files are refused, with the converter's name")
  func foreign() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data([0x80, 4, 0x95, 1, 2, 3]).write(to: folder.appendingPathComponent("partition.pkl"))
    let pickled = complaint("partition.pkl")
    #expect(pickled.hasPrefix("partition.pkl: is a Python pickle, which is never opened (allowed: "))
    #expect(pickled.contains("JSON") && pickled.hasSuffix("the converter covey-data split turns it into JSON)"))
    try Data("(dp0\n.".utf8).write(to: folder.appendingPathComponent("old.pkl"))
    #expect(complaint("old.pkl").contains("is a Python pickle"))
    try Data("PAR1xxxx".utf8).write(to: folder.appendingPathComponent("a.parquet"))
    #expect(
      complaint("a.parquet").hasPrefix("a.parquet: is a Parquet file, which is no list of who has which examples"))
    try Data().write(to: folder.appendingPathComponent("empty"))
    #expect(complaint("empty").hasPrefix("empty: is empty (allowed: "))
  }

  @Test("cut and flipped files are errors or splits, never traps")
  func hostile() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try archive([("indices", integers([5, 2, 7])), ("offsets", integers([0, 2, 2, 3]))], "a")
    try write("{10: [0, 3, 1], 2: [5, 2]}", "b")
    try write(
      "{\"format\": \"covey-split\", \"version\": 1, \"clients\": {\"a\": {\"train\": [1]}}, \"unseen\": []}", "c")
    try write("client,split\na,train\nb,test\n", "d")
    for name in ["a", "b", "c", "d"] {
      let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
      for place in bytes.indices {
        for changed in [
          Array(bytes[..<place]), Array(bytes[..<place]) + [bytes[place] ^ 0x11] + Array(bytes[(place + 1)...]),
        ] {
          try Data(changed).write(to: folder.appendingPathComponent("x"))
          _ = complaint("x")
        }
      }
    }
  }
}
