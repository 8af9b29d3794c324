import Catalogs
import Foundation
import TestSupport
import Tensors
import Testing

@testable import Datasets

/// IDX files that are inputs, labels, clients and domains by name.
@Suite("idx by words")
struct IDXWordsTests {
  private typealias Values = [String: OptionValue]
  private let folder: MadeFolder

  init() throws {
    folder = try MadeFolder()
    // Three training and two test examples of two steps of two values, held by 10 and 9.
    try folder.write("x", Made.idx([3, 2, 2], floats: (0..<12).map { Float($0) / 4 }))
    try folder.write("y", Made.idx([3], bytes: [1, 0, 1]))
    try folder.write("who", Made.idx([3], bytes: [10, 9, 10]))
    try folder.write("site", Made.idx([3], bytes: [0, 1, 1]))
    try folder.write("test/x", Made.idx([2, 2, 2], floats: (0..<8).map { Float($0) - 4 }))
    try folder.write("test/y", Made.idx([2], bytes: [0, 1]))
    try folder.write("test/who", Made.idx([2], bytes: [9, 11]))
    try folder.write("test/site", Made.idx([2], bytes: [1, 0]))
  }

  /// Files by split: a name, or several.
  private func files(_ train: String..., val: [String] = [], test: [String] = []) -> OptionValue {
    func names(_ names: [String]) -> OptionValue { names.count == 1 ? .text(names[0]) : .list(names.map { .text($0) }) }
    var group: Values = [:]
    for (key, own) in [("train", train), ("val", val), ("test", test)] where !own.isEmpty { group[key] = names(own) }
    return .group(group)
  }

  private var words: Values {
    [
      "root": .text("."), "inputs": files("x", test: ["test/x"]), "label": files("y", test: ["test/y"]),
      "client": files("who", test: ["test/who"]), "order": .text("sequence"),
    ]
  }

  private func open(_ more: Values = [:]) throws -> HeldSource { try folder.open("idx", words.merging(more) { $1 }) }

  private func said(_ more: Values, without: String...) -> String {
    folder.said("idx", words.filter { !without.contains($0.key) }.merging(more) { $1 })
  }

  // MARK: What is read

  @Test("floats of rank 3 are sequences, whoever holds them is a client, and who is tested alone comes last by name")
  func sequences() throws {
    let source = try open(["domain": files("site", test: ["test/site"])])
    #expect(source.sampleShape == [2, 2] && source.data.classes == ["0", "1"] && source.remarks.isEmpty)
    #expect(source.values() == (0..<12).map { Float($0) / 4 } && source.targets() == [1, 0, 1])
    #expect(source.data.clients == ["9", "10", "11"] && source.clients() == ["10", "9", "10"])
    #expect(source.values(.test) == (0..<8).map { Float($0) - 4 } && source.clients(.test) == ["9", "11"])
    #expect(source.domainNames() == ["0", "1", "1"] && source.domainNames(.test) == ["1", "0"])
    let recipe = try datasetCatalog.make("idx", words)
    #expect(recipe.hasClients && !recipe.dependsOnSeed)
    #expect(!(try datasetCatalog.make("idx", words.filter { $0.key != "client" }).hasClients))
    // The clients are those of a federation, and 11 never trains.
    let dataset = try FederatedDataset(
      source: source, partitioner: Natural(), trainPerClient: nil, testPerClient: nil, seed: 1)
    #expect(dataset.clientCount == 2 && dataset.unseenCount == 1)
    #expect((0..<3).map { dataset.name($0) } == ["9", "10", "11"])
    #expect((0..<3).map { dataset.trainCount($0) } == [1, 2, 0])
  }

  @Test("several files of a split are one after another, each with its own labels and clients; 'val' is validation")
  func severalFiles() throws {
    let source = try open(
      [
        "inputs": files("x", "test/x", val: ["x2"]), "label": files("y", "test/y", val: ["y"]),
        "client": files("who", "test/who", val: ["who"]),
      ].merging(try second()) { $1 })
    #expect(source.data.count(.train) == 5 && source.data.count(.validation) == 3 && source.data.count(.test) == 0)
    #expect(source.targets() == [1, 0, 1, 0, 1] && source.clients() == ["10", "9", "10", "9", "11"])
    #expect(source.values(.validation) == [Float](repeating: 0.5, count: 12))
  }

  private func second() throws -> Values {
    try folder.write("x2", Made.idx([3, 2, 2], floats: [Float](repeating: 0.5, count: 12)))
    return [:]
  }

  @Test("bytes are images with v/255, numbers of rank 3 sequences unless it is said otherwise")
  func kinds() throws {
    let plain: Values = ["root": .text("."), "inputs": files("x"), "label": files("y")]
    let guessed = try folder.open("idx", plain)
    #expect(guessed.sampleShape == [2, 2])
    #expect(
      folder.said("idx", plain)
        == "note: x: array 'inputs' (3×2×2 float32) is taken as sequences of 2 steps of 2 values ('order: sequence' says that it is meant, and 'order: channels-last' makes grey images of it)"
    )
    let images = try folder.open("idx", plain.merging(["order": .text("channels-last")]) { $1 })
    #expect(images.sampleShape == [2, 2, 1] && images.remarks.isEmpty)
    let shaped = try folder.open("idx", plain.merging(["shape": .list([.integer(4)])]) { $1 })
    #expect(shaped.sampleShape == [4] && shaped.remarks.isEmpty)
    try folder.write("bytes", Made.idx([3, 2, 2], bytes: (0..<12).map { UInt8($0 * 20) }))
    var bytes = plain.merging(["inputs": files("bytes")]) { $1 }
    let grey = try folder.open("idx", bytes)
    #expect(grey.sampleShape == [2, 2, 1] && grey.remarks.isEmpty && grey.values() == (0..<12).map { Float($0 * 20) })
    if case .bytes = grey.data.inputKind {} else { Issue.record("no bytes") }
    bytes["order"] = .text("sequence")
    #expect(try folder.open("idx", bytes).sampleShape == [2, 2])
    bytes["scale"] = .integer(20)
    bytes["invert"] = .boolean(true)
    #expect(try folder.open("idx", bytes).values() == (0..<12).map { 1 - Float($0) })
  }

  @Test("'classes' and 'image' are as of any file: no mean of 0.5, and as many means as channels")
  func scales() throws {
    let source = try open(["classes": .list([.text("still"), .text("moving")])])
    #expect(source.data.classes == ["still", "moving"])
    var first = [Float](repeating: -1, count: 4)
    func read(_ source: HeldSource) {
      first.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        source.write([ExampleReference(domain: 0, index: 0)], split: .train, into: base)
      }
    }
    read(source)
    #expect(first == [0, 0.25, 0.5, 0.75])
    let means: OptionValue = .group(["mean": .list([.number(0), .number(0.25)]), "std": .number(0.5)])
    read(try open(["image": means]))
    #expect(first == [0, 0, 1, 1])
    #expect(
      said(["image": .group(["mean": .list((0..<9).map { .number(Double($0)) })])])
        == "image.mean: has 9 values for 2 channels (allowed: a number, or a list of 2)")
  }

  @Test("the hash is of the bytes and of the names below the root; what is shown is the scenario's name")
  func hashes() throws {
    let source = try open()
    #expect(
      source.inputs.map(\.name) == ["./x", "./y", "./who", "./test/x", "./test/y", "./test/who"])
    #expect(source.data.files.map(\.name) == ["x", "y", "who", "test/x", "test/y", "test/who"])
    let hash = dataHash(source.data.files)
    #expect(hash.count == 64 && source.dataHash == hash)
    #expect(try open(["order": .text("channels-last")]).dataHash == hash)
    try folder.write("who", Made.idx([3], bytes: [10, 9, 9]))
    #expect(try open().dataHash != hash)
    #expect(hexadecimal([0, 10, 255]) == "000aff")
    #expect(hashOfBytes(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  // MARK: What is refused

  @Test("words that don't go together")
  func problems() {
    #expect(said([:], without: "inputs") == "inputs: is missing: 'label' needs it")
    #expect(said([:], without: "label") == "label: is missing: 'inputs' needs it")
    #expect(
      said(["domains": .list([.text("d")])])
        == "domains: can't be combined with 'inputs'; 'domain' names files that say the domain of each example")
    #expect(
      said(["inputs": files(test: ["test/x"])], without: "client")
        == "inputs.train: is missing (allowed: the files of training examples, or one)")
    #expect(said(["label": files("y")]) == "label.test: is missing: 'inputs.test' needs it")
    #expect(said(["domain": files("site")]) == "domain.test: is missing: 'inputs.test' needs it")
    #expect(said(["client": files(test: ["test/who"])]) == "client.train: is missing: 'inputs.train' needs it")
    #expect(
      said(["label": files("y", "y", test: ["test/y"])])
        == "label.train: names 2 files, and 'inputs.train' 1 (allowed: as many, in the same order)")
    #expect(
      said(["label": files("y", val: ["y"], test: ["test/y"])])
        == "label.val: names 1 file, and 'inputs.val' none (allowed: as many, in the same order)")
    #expect(
      said(["inputs": files("x", test: ["x"])])
        == "inputs.test: names 'x' a second time (allowed: each file once)")
    for name in ["/etc/passwd", "../x", "a/../../x"] {
      #expect(
        said(["inputs": files(name, test: ["test/x"])])
          == "inputs.train: '\(name)' is not below the folder (allowed: the names of files below 'root')")
    }
    #expect(
      said(["image": .group(["width": .integer(28)])])
        == "image.width: has no meaning with 'inputs': examples keep their size (allowed: channels, mean, std)")
    let old: Values = ["root": .text("."), "domains": .list([.text("d")])]
    for (key, value) in [
      ("classes", .integer(3)), ("shape", .list([.integer(4)])), ("order", .text("sequence")), ("scale", .integer(2)),
      ("invert", .boolean(true)),
    ] as [(String, OptionValue)] {
      #expect(
        folder.said("idx", old.merging([key: value]) { $1 })
          == "\(key): has no meaning with 'domains' (allowed: with 'inputs')")
    }
    // Lists that no image has are refused as before.
    #expect(
      folder.said("idx", old.merging(["image": .group(["mean": .list((0..<4).map { .integer($0) })])]) { $1 })
        == "image.mean: '[0, 1, 2, 3]' is not allowed (allowed: a number, or a list, each a number)")
    #expect(folder.said("idx", ["root": .text(".")]) == "domains: is missing; allowed: a list, each text")
  }

  @Test("test examples may be nobody's, which is told")
  func nobodys() throws {
    #expect(
      said(["client": files("who")])
        == "note: test/x: 'client' names no file of 'test': nobody holds these examples")
    #expect(try open(["client": files("who")]).clients(.test) == ["", ""])
  }

  @Test("files that are not there, with the nearest; links that lead out")
  func missing() throws {
    #expect(
      said(["client": files("whom", test: ["test/who"])])
        == ".: no file 'whom'; did you mean 'who'? (files there: 'site', 'test', 'who', 'x', 'y')")
    #expect(
      said(["client": files("who", test: ["test/client"])])
        == "test: no file 'client' (files there: 'site', 'who', 'x', 'y')")
    #expect(said(["root": .text("nowhere")]) == "nowhere: no such file or folder")
    let outside = try MadeFolder()
    try outside.write("who", Made.idx([3], bytes: [1, 2, 3]))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/link", withDestinationPath: outside.path + "/who")
    let real = try #require(realpath(folder.path, nil))
    defer { free(real) }
    #expect(
      said(["client": files("link", test: ["test/who"])])
        == "link: is a symbolic link that leaves the folder \(String(cString: real))".replacing(folder.path, with: "."))
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/inside", withDestinationPath: "who")
    #expect(said(["client": files("inside", test: ["test/who"])]).isEmpty)
    #expect(said(["client": files("test", test: ["test/who"])]) == "test: can't be read: it is not a regular file")
  }

  @Test("counts, shapes, types and values that can't be")
  func malformed() throws {
    func bad(_ key: String, _ content: [UInt8]) throws -> String {
      try folder.write("bad", content)
      return said([
        key: files("bad", test: ["test/" + ["inputs": "x", "label": "y", "client": "who"][key, default: ""]])
      ])
    }
    #expect(
      try bad("label", Made.idx([2], bytes: [0, 1])) == "bad: array 'label' (2 uint8) has 2 labels for 3 examples")
    #expect(
      try bad("client", Made.idx([4], bytes: [0, 1, 2, 3]))
        == "bad: array 'client' (4 uint8) is no list of 3 names (allowed: N texts or whole numbers)")
    #expect(
      try bad("client", Made.idx([3], floats: [0, 0.5, 1]))
        == "bad: array 'client' (3 float32) has the value 0.5 at [1] (allowed: whole numbers)")
    #expect(
      try bad("label", Made.idx([3, 2], bytes: [0, 1, 0, 1, 0, 1]))
        == "bad: array 'label' (3×2 uint8) holds no labels (allowed: N or N×1 whole numbers or names; numbers to be predicted are 'target')"
    )
    #expect(
      try bad("label", Made.idx(type: 0x0C, [3], [0, 0, 0, 1, 255, 255, 255, 254, 0, 0, 0, 0]))
        == "bad: has the label -2 at [1] (allowed: 0 to 65535)")
    #expect(
      try bad("inputs", Made.idx([3, 2, 2], floats: [0, 0, 0, 0, 0, 0, 0, .nan, 0, 0, 0, 0]))
        == "bad: the value at [1, 1, 1] is nan (allowed: finite numbers)")
    #expect(
      try bad("inputs", Made.idx([3, 2, 2], bytes: [UInt8](repeating: 0, count: 12)))
        == "test/y: has inputs of another type than bad: bytes are values/255 and numbers are taken as they are, so that both together would be on two scales (allowed: one type of all)"
        .replacing("than bad", with: "than y"))
    #expect(
      try bad("inputs", Made.idx([3, 2, 1], floats: [Float](repeating: 0, count: 6)))
        == "test/x: has examples of 2×2, and \(folder.path)/bad has examples of 2×1 (allowed: one shape)".replacing(
          folder.path + "/", with: ""))
    #expect(
      try bad("inputs", Made.idx([3, 0, 2], floats: [])) == "bad: array 'inputs' (3×0×2 float32) has an extent of 0")
    // What a header claims is compared with the bytes there before memory is asked for.
    #expect(
      try bad("inputs", [0, 0, 0x0D, 3, 0, 0, 0, 3, 0x7F, 255, 255, 255, 0, 0, 0, 2])
        .hasPrefix("bad: its header describes 3×2147483647×2 float32, more than the 4294967296 bytes allowed"))
    #expect(
      try bad("inputs", Array(Made.idx([3, 2, 2], floats: [Float](repeating: 0, count: 12)).dropLast())).hasPrefix(
        "bad: is truncated: "))
    #expect(try bad("inputs", Array("a,b\n1,2\n".utf8)).hasPrefix("bad: is not an IDX file: "))
  }

  // MARK: Real files

  @Test(
    "thirty people with nine signals each, by the files of their numbers",
    .enabled(if: SharedFolders.data != nil, "there is no data folder")
  )
  func activities() throws {
    let root = try #require(SharedFolders.data?.appendingPathComponent("har").path)
    func named(_ content: String) -> OptionValue {
      files("har-train-\(content).gz", test: ["har-test-\(content).gz"])
    }
    let source = try folder.open(
      "idx",
      [
        "root": .text(root), "inputs": named("signals-idx3-float"), "label": named("labels-idx1-ubyte"),
        "client": named("subjects-idx1-ubyte"), "order": .text("sequence"),
      ])
    #expect(source.sampleShape == [128, 9] && source.classCount == 6 && source.remarks.isEmpty)
    #expect(source.data.clients == (1...30).map(String.init))
    #expect(source.data.count(.train) == 1800 && source.data.count(.test) == 900)
    let dataset = try FederatedDataset(
      source: source, partitioner: Natural(), trainPerClient: nil, testPerClient: nil, seed: 1)
    #expect(dataset.clientCount == 30 && dataset.unseenCount == 0)
    #expect((0..<30).allSatisfy { dataset.trainCount($0) == 60 && dataset.count($0, .test) == 30 })
  }
}

extension Made {
  /// An IDX file of 32-bit floats.
  static func idx(_ shape: [Int], floats values: [Float]) -> [UInt8] {
    idx(type: 0x0D, shape, values.flatMap { value in withUnsafeBytes(of: value.bitPattern.bigEndian, Array.init) })
  }

  /// An IDX file of bytes.
  static func idx(_ shape: [Int], bytes: [UInt8]) -> [UInt8] { idx(type: 8, shape, bytes) }

  /// An IDX file.
  static func idx(type: UInt8, _ shape: [Int], _ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, type, UInt8(shape.count)]
    for extent in shape { withUnsafeBytes(of: UInt32(extent).bigEndian) { bytes += $0 } }
    return bytes + content
  }
}
