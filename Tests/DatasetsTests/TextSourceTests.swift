import Catalogs
import Foundation
import Testing

@testable import Datasets

/// Texts and databases of users as sources.
@Suite("text, tff and leaf as sources")
struct TextSourceTests {
  private let folder: MadeFolder

  init() throws { folder = try MadeFolder() }

  private func lines(_ objects: [String], _ options: [String: OptionValue] = [:]) throws -> HeldSource {
    try folder.write("t.jsonl", objects.joined(separator: "\n"))
    return try folder.open("text", ["file": .text("t.jsonl")].merging(options) { $1 })
  }

  @Test("a vocabulary of training texts alone; cut, unknown and empty texts are told")
  func vocabulary() throws {
    let objects = [
      #"{"text": "b a b", "label": "x", "part": "train"}"#, #"{"text": "a", "label": "y", "part": "train"}"#,
      #"{"text": "c c b a d", "label": "x", "part": "test"}"#, #"{"text": "", "label": "y", "part": "test"}"#,
    ]
    let source = try lines(objects, ["split": .text("part")])
    #expect(source.data.vocabulary == ["<pad>", "<unk>", "a", "b"] && source.sampleShape == [3])
    #expect(source.values() == [3, 2, 3, 2, 0, 0] && source.values(.test) == [1, 1, 3, 0, 0, 0])
    #expect(source.data.classes == ["x", "y"] && source.hasTokens)
    #expect(
      source.remarks == [
        "1 of 4 texts are longer than 3 tokens and are cut; 2 tokens are left out",
        "3 tokens are not in the vocabulary of 4 and are <unk>", "1 of 4 texts have no token",
      ])
    let small = try lines(objects, ["split": .text("part"), "vocabulary": .group(["size": .integer(3)])])
    #expect(small.data.vocabulary == ["<pad>", "<unk>", "a"])
    try folder.write("v.txt", "b\n<unk>\n")
    let given = try lines(objects, ["split": .text("part"), "vocabulary": .text("v.txt"), "length": .integer(1)])
    #expect(given.data.vocabulary == ["<pad>", "b", "<unk>"] && given.values() == [1, 2])
    #expect(given.inputs.map(\.name) == ["t.jsonl", "v.txt"])
  }

  @Test("the next token is the target; the last is the one that was cut off, or <pad>")
  func next() throws {
    let objects = [#"{"text": "abcd"}"#, #"{"text": "ab"}"#]
    let source = try lines(objects, ["target": .text("next-character"), "length": .integer(3)])
    // <pad>, <unk>, then by falling count: a, b, c, d.
    #expect(source.data.vocabulary == ["<pad>", "<unk>", "a", "b", "c", "d"])
    #expect(source.values() == [2, 3, 4, 2, 3, 0] && source.targets() == [3, 4, 5, 3, 0, 0])
    #expect(source.target == .tokens(vocabulary: 6) && source.classCount == 0)
    let bytes = try lines(objects, ["target": .text("next-token"), "tokens": .text("bytes")])
    #expect(
      bytes.values() == [99, 100, 101, 102, 99, 100, 0, 0] && bytes.targets() == [100, 101, 102, 0, 100, 0, 0, 0])
    #expect(bytes.target == .tokens(vocabulary: 258))
    #expect(
      folder.said("text", ["file": .text("t.jsonl"), "target": .text("next-word")])
        == "target: 'next-word' is not known here (allowed: next-character, next-token)")
    #expect(
      folder.said("text", ["file": .text("t.jsonl"), "target": .text("next-token"), "label": .text("text")])
        == "target: can't be combined with 'label'; give one of them")
  }

  @Test("words that have no meaning together are refused; keys that are missing are named")
  func refused() throws {
    try folder.write("t.jsonl", #"{"text": "a", "tag": 1}"#)
    #expect(
      folder.said("text", ["file": .text("t.jsonl")])
        == "t.jsonl: has no column 'label'; say which one it is with 'data.label' (there: 'text', 'tag')")
    #expect(
      folder.said("text", ["file": .text("t.jsonl"), "root": .text(".")])
        == "file: exactly one of 'file' and 'root' says which files are read")
    #expect(
      folder.said("text", ["root": .text("."), "client": .text("site")])
        == "client: has no meaning for a folder, whose 'levels' say what is what (allowed: with 'file')")
    #expect(
      folder.said("text", ["file": .text("t.jsonl"), "tokens": .text("bytes"), "vocabulary": .text("v.txt")])
        == "vocabulary: has no meaning with 'tokens: bytes', which are numbers already")
    try folder.write("t.md", "a")
    #expect(
      folder.said("text", ["file": .text("t.md")])
        == "t.md: is no text source by its name (allowed: .jsonl, .csv, .tsv, or any name with 'data.columns'; a folder is 'data.root')"
    )
    let ids = try lines(
      [#"{"text": "3 0 7", "label": 0}"#, #"{"text": "5", "label": 1}"#], ["tokens": .text("numbers")])
    #expect(ids.values() == [3, 0, 7, 5, 0, 0] && ids.data.vocabulary.isEmpty)
    try folder.write("t.jsonl", #"{"text": "3 -1", "label": 0}"#)
    #expect(
      folder.said("text", ["file": .text("t.jsonl"), "tokens": .text("numbers")])
        == "t.jsonl: example 0: '-1' is no number of a token (allowed: whole numbers from 0 to 2147483647)")
  }

  @Test("texts that would take more memory than there is are refused before")
  func memory() throws {
    try folder.write("t.jsonl", (0..<100_000).map { "{\"text\": \"\($0)\", \"label\": 0}\n" }.joined())
    let said = folder.said(
      "text", ["file": .text("t.jsonl"), "tokens": .text("bytes"), "length": .integer(1_000_000)])
    #expect(
      said.hasPrefix("t.jsonl: 100000 texts of 1000000 tokens take more memory than there may be taken (allowed: "))
  }

  @Test("tables, dotted keys, folders by line, and roles by file")
  func layouts() throws {
    try folder.write("t.csv", "text,label,site\n\"a, b\",1,x\nc,0,y\n")
    let table = try folder.open("text", ["file": .text("t.csv"), "client": .text("site"), "tokens": .text("given")])
    #expect(table.data.vocabulary == ["<pad>", "<unk>", "a,", "b", "c"] && table.clients() == ["x", "y"])
    let dotted = try lines(
      [#"{"text": "a", "label": 0, "meta": {"who": "u"}}"#], ["client": .text("meta.who"), "domain": .text("file")])
    #expect(dotted.clients() == ["u"] && dotted.data.domains == ["t"])
    try folder.write("n/Czech.txt", "Novak\nDvorak\n")
    try folder.write("n/Arabic.txt", "Nader\n")
    let names = try folder.open(
      "text", ["root": .text("n"), "example": .text("line"), "tokens": .text("characters")])
    #expect(names.data.classes == ["Arabic", "Czech"] && names.targets() == [0, 1, 1] && names.sampleShape == [6])
  }

  @Test("tff: who is only in test never trains; a union is of nobody")
  func tff() throws {
    func digit(_ value: Float, _ label: UInt8) -> [UInt8] {
      Made.example([("pixels", .floats([value, 1])), ("label", .integers([label])), ("tags", .strings(["a", "b"]))])
    }
    let path = folder.path + "/d.sqlite"
    try Made.database(
      path, [("train", "10", digit(0.5, 0)), ("train", "9", digit(0.25, 1)), ("test", "11", digit(1, 1))])
    let source = try folder.open("tff", ["file": .text("d.sqlite")])
    #expect(
      source.data.clients == ["9", "10", "11"] && source.values() == [0.25, 1, 0.5, 1] && source.targets() == [1, 0])
    let natural = try FederatedDataset(
      source: source, partitioner: Natural(), trainPerClient: nil, testPerClient: nil, seed: 1)
    #expect(natural.clientCount == 2 && natural.unseenCount == 1 && natural.name(2) == "11")
    let union = try FederatedDataset(
      source: source, partitioner: Natural(), trainPerClient: nil, testPerClient: nil,
      heldOut: HeldOutShares(poolsTest: true), seed: 1)
    #expect(union.clientCount == 2 && union.name(2) == "union" && union.testCount(2) == 1)
    #expect(
      folder.said("tff", ["file": .text("d.sqlite"), "label": .text("pixels")])
        == "d.sqlite: feature 'pixels' is no label: it has 2 values an example (allowed: one whole number, or one text)"
    )
    #expect(
      folder.said(
        "tff", ["file": .text("d.sqlite"), "inputs": .text("tags"), "tokens": .text("words"), "label": .text("tags")])
        == "d.sqlite: feature 'tags' is no label: it has 2 values an example (allowed: one whole number, or one text)")
    #expect(
      folder.said("tff", ["file": .text("d.sqlite"), "inputs": .text("pixel")])
        .contains("no feature 'pixel'"))
    #expect(
      folder.said("tff", ["file": .text("d.sqlite"), "splits": .group(["train": .text("trian")])])
        == "d.sqlite: has no split 'trian'; did you mean 'train'? (there: test, train)")
    #expect(
      folder.said("tff", ["file": .text("d.sqlite"), "target": .text("next-word")])
        == "target: 'next-word' is not known here (allowed: next-character, next-token)")
  }

  private func leaf(_ name: String, _ users: [(name: String, x: String, y: String, count: Int)]) throws {
    let text =
      "{\"users\": [\(users.map { "\"\($0.name)\"" }.joined(separator: ", "))], \"num_samples\": [\(users.map { "\($0.count)" }.joined(separator: ", "))], \"user_data\": {\(users.map { "\"\($0.name)\": {\"x\": \($0.x), \"y\": \($0.y)}" }.joined(separator: ", "))}}"
    try folder.write("leaf/\(name)", text)
  }

  @Test("leaf: users in their order; who has no examples is told, and so are whole numbers")
  func leafUsers() throws {
    try leaf("train/b.json", [("z", "[[0, 255]]", "[1]", 1), ("none", "[]", "[]", 0)])
    try leaf("train/a.json", [("y", "[[3, 4], [5, 6]]", "[0, 1]", 2)])
    try leaf("test/a.json", [("w", "[[7, 8]]", "[1]", 1)])
    let source = try folder.open("leaf", ["root": .text("leaf")])
    #expect(source.data.clients == ["y", "z", "w"] && source.values() == [3, 4, 5, 6, 0, 255])
    #expect(
      source.remarks.map { $0.replacing(folder.path + "/", with: "") } == [
        "leaf: 1 user has no examples and is left out: 'none'",
        "leaf/train/a.json: user 'y': x has whole numbers above 1, which are taken as they are; 'scale' divides them",
      ])
    #expect(try folder.open("leaf", ["root": .text("leaf"), "scale": .integer(255)]).values().last == 1)
    #expect(
      folder.said("leaf", ["root": .text("leaf"), "target": .text("y")])
        == "target: 'y' is not known here (allowed: next-character, next-token)")
    try leaf("train/c.json", [("y", "[[3, 4]]", "[0]", 1)])
    #expect(
      folder.said("leaf", ["root": .text("leaf")])
        == "leaf/train/c.json: has the user 'y', who is in another file of 'train' too")
    try leaf("train/c.json", [("v", "[[3, 4, 5]]", "[0]", 1)])
    #expect(
      folder.said("leaf", ["root": .text("leaf")])
        == "leaf/train/c.json: user 'v': has examples of 3, users before have 2 (allowed: one shape)")
    try leaf("train/c.json", [("v", "[[3, 4]]", "[0.5]", 1)])
    #expect(
      folder.said("leaf", ["root": .text("leaf")])
        == "leaf/train/c.json: user 'v': has the label 0.5 at y[0] (allowed: whole numbers from 0)")
    try leaf("train/c.json", [("v", "[\"a\"]", "[0]", 1)])
    #expect(
      folder.said("leaf", ["root": .text("leaf")])
        == "leaf: has users with texts and others with numbers (allowed: one kind)")
    try FileManager.default.removeItem(atPath: folder.path + "/leaf/train")
    #expect(
      folder.said("leaf", ["root": .text("leaf")])
        == "leaf: has no folder 'train' with JSON files, as LEAF's data have")
  }

  @Test("leaf: files by name in place of the folders 'train' and 'test'")
  func leafFiles() throws {
    try leaf("all_train.json", [("y", "[[1, 2], [0.5, 0]]", "[0, 1]", 2)])
    try leaf("more/test.json", [("y", "[[3, 4]]", "[1]", 1)])
    func options(_ files: [String: OptionValue]) -> [String: OptionValue] {
      ["root": .text("leaf"), "files": .group(files)]
    }
    let train: [String: OptionValue] = ["train": .list([.text("all_train.json")])]
    let source = try folder.open("leaf", options(train.setting("test", .list([.text("more/test.json")]))))
    #expect(source.values() == [1, 2, 0.5, 0] && source.values(.test) == [3, 4])
    #expect(source.inputs.map(\.name) == ["leaf/all_train.json", "leaf/more/test.json"])
    #expect(source.data.files.map(\.name) == ["all_train.json", "more/test.json"])
    #expect(
      folder.said("leaf", options(["train": .list([.text("all_trian.json")])]))
        == "leaf: no file 'all_trian.json'; did you mean 'all_train.json'? (files there: 'all_train.json', 'more')")
    #expect(
      folder.said("leaf", options(["test": .list([.text("more/test.json")])]))
        == "files.train: is missing (allowed: the files of training examples)")
    #expect(
      folder.said("leaf", options(train.setting("test", .list([.text("../a.json")]))))
        == "files.test: '../a.json' is not below the folder (allowed: the names of files below 'root')")
  }

  @Test("leaf: an element of each list as text")
  func leafTexts() throws {
    try leaf("train/a.json", [("y", "[[1, \"a b\"], [2, \"b\"]]", "[0, 1]", 2)])
    let options: [String: OptionValue] = ["root": .text("leaf"), "inputs": .list([.text("text"), .integer(1)])]
    #expect(try folder.open("leaf", options).data.vocabulary == ["<pad>", "<unk>", "b", "a"])
    #expect(
      folder.said("leaf", options.setting("inputs", .list([.text("text"), .integer(4)])))
        == "leaf/train/a.json: user 'y': has lists of 2, and 'data.inputs' asks for element 4")
    #expect(
      folder.said("leaf", options.setting("inputs", .list([.text("x"), .integer(4)])))
        == "inputs: is not allowed (allowed: [text, NUMBER], the element of each list that is the text)")
  }
}
