import Catalogs
import Foundation
import Tensors
import Testing

@testable import Datasets

/// The file of an import: written, read, and written again.
@Suite("files of federations")
struct FederationFileTests {
  private let folder: MadeFolder

  init() throws { folder = try MadeFolder() }

  private func dataset(_ source: any ExampleSource, _ partitioner: any Partitioner = Natural()) throws
    -> FederatedDataset
  {
    try FederatedDataset(source: source, partitioner: partitioner, trainPerClient: nil, testPerClient: nil, seed: 1)
  }

  /// Writes a data set, reads it as a source and writes that.
  @discardableResult private func roundTrip(_ first: FederatedDataset) throws -> HeldSource {
    let bytes = try written(first)
    try folder.write("f.safetensors", bytes)
    let again = try folder.open("safetensors", ["file": .text("f.safetensors")])
    #expect(try written(dataset(again)) == bytes)
    return again
  }

  private func table(_ text: String, _ options: [String: OptionValue]) throws -> HeldSource {
    try folder.write("t.csv", text)
    return try folder.open("csv", ["file": .text("t.csv")].merging(options) { $1 })
  }

  @Test("names of clients, domains, groups, classes and features stay, and so do clients that never train")
  func names() throws {
    let source = try table(
      "a,b,label,who,site,kind,split\n1,2,x,u,s,k,train\n3,4,y,u,t,k,train\n5,6,x,v,s,k,train\n7,8,y,v,s,l,val\n9,8,y,w,t,l,test\n",
      ["client": .text("who"), "domain": .text("site"), "group": .text("kind"), "split": .text("split")])
    let again = try roundTrip(dataset(source))
    #expect(
      again.data.clients == ["u", "v", "w"] && again.data.classes == ["x", "y"] && again.data.features == ["a", "b"])
    // u has examples of two domains, and v of two groups.
    #expect(again.domainNames() == ["", "", "s"] && again.data.domains == ["", "s", "t"])
    #expect(again.groups() == ["k", "k", ""] && again.groups(.test) == ["l"])
    #expect(again.values(.validation) == [7, 8] && again.clients(.test) == ["w"])
    try roundTrip(dataset(source, ByDomain()))
    try roundTrip(dataset(source, IID(clients: 2)))
  }

  @Test("targets, tokens and colour images stay as they are")
  func kinds() throws {
    let numbers = try table(
      "a,b,c,who\n1,2,3,u\n4,5,6,v\n", ["target": .list([.text("b"), .text("c")]), "client": .text("who")])
    #expect(try roundTrip(dataset(numbers)).targets() == [2, 3, 5, 6])
    let one = try table("a,b,who\n1,2,u\n4,5,v\n", ["target": .text("b"), "client": .text("who")])
    #expect(try roundTrip(dataset(one)).target == .values(1))
    try folder.write("t.jsonl", "{\"text\": \"a b c\", \"who\": \"u\"}\n{\"text\": \"b\", \"who\": \"v\"}\n")
    let text: [String: OptionValue] = ["file": .text("t.jsonl"), "client": .text("who"), "target": .text("next-token")]
    let tokens = try folder.open("text", text)
    let again = try roundTrip(dataset(tokens))
    #expect(again.target == tokens.target && again.data.vocabulary == tokens.data.vocabulary)
    #expect(again.values() == tokens.values() && again.targets() == tokens.targets())
    try folder.write("t.jsonl", "{\"text\": \"900 3\", \"who\": \"u\"}\n")
    let large = try roundTrip(dataset(try folder.open("text", text.setting("tokens", "numbers"))))
    #expect(large.target == .tokens(vocabulary: 901))
    try folder.write("i/a/1.png", Made.png(width: 2, height: 1, channels: 3, [1, 2, 3, 4, 5, 6]))
    try folder.write("i/b/1.png", Made.png(width: 2, height: 1, channels: 3, [7, 8, 9, 10, 11, 12]))
    let steps = encodeSafetensors(
      [
        ("client0.x", .floats(shape: [2, 2, 1], [1, 2, 3, 4])), ("client0.y", .integers(shape: [2, 2], [0, 3, 1, 1])),
        ("client1.x", .floats(shape: [1, 2, 1], [5, 6])), ("client1.y", .integers(shape: [1, 2], [2, 0])),
      ], metadata: [:])
    try folder.write("s.safetensors", steps)
    let classes = try roundTrip(dataset(try folder.open("safetensors", ["file": .text("s.safetensors")])))
    #expect(classes.target == .tokens(vocabulary: 4) && classes.targets() == [0, 3, 1, 1, 2, 0])
    let images = try folder.open("images", ["root": .text("i")])
    let colours = try roundTrip(dataset(images, ByDomain()))
    #expect(colours.values() == images.values() && colours.data.clients == ["all"])
    if case .bytes = colours.data.inputKind {} else { Issue.record("no bytes") }
  }

  private typealias Tensors = [(name: String, tensor: SafetensorsTensor)]
  private static let client: Tensors = [
    ("client0.x", .floats(shape: [2, 2], [1, 2, 3, 4])), ("client0.y", .integers(shape: [2], [0, 1])),
  ]
  private static let union: Tensors = [
    ("union.test_x", .floats(shape: [1, 2], [5, 6])), ("union.test_y", .integers(shape: [1], [1])),
  ]
  private static let metadata = [
    "format": "covey-federation", "version": "1", "clients": "[\"u\"]", "classes": "[\"no\",\"yes\"]",
  ]

  private func said(_ metadata: [String: String], _ others: Tensors = []) throws -> String {
    try folder.write(
      "m.safetensors", encodeSafetensors(Self.client + others, metadata: Self.metadata.merging(metadata) { $1 }))
    return folder.said("safetensors", ["file": .text("m.safetensors")])
  }

  @Test("test examples of nobody beside domains that are named")
  func unionOfNobody() throws {
    for metadata in [[:], ["domains": "[\"s\"]"], ["domains": "[null]"]] {
      #expect(try said(metadata, Self.union) == "", "\(metadata)")
      let source = try folder.open("safetensors", ["file": .text("m.safetensors")])
      #expect(source.clients(.test) == [""])
      let dataset = try dataset(source)
      #expect(dataset.clientCount == 1 && dataset.name(1) == "union")
      try roundTrip(dataset)
    }
    // Without metadata each client is a domain, and the union none of them.
    try folder.write("plain.safetensors", encodeSafetensors(Self.client + Self.union, metadata: [:]))
    let plain = try folder.open("safetensors", ["file": .text("plain.safetensors")])
    #expect(plain.data.domains == ["client0", ""] && plain.domainNames(.test) == [""])
  }

  @Test("metadata that don't fit are refused in words")
  func metadata() throws {
    #expect(try said(["version": "2"]) == "m.safetensors: is a covey-federation of version '2' (allowed: 1)")
    #expect(
      try said(["order": "channels-last"])
        == "m.safetensors: metadata 'order' is 'channels-last' (allowed: channels-first)")
    #expect(try said(["clients": "{}"]) == "m.safetensors: metadata 'clients' is no JSON list of names")
    #expect(
      try said(["clients": "[\"u\", \"v\"]"])
        == "m.safetensors: metadata 'clients' has 2 names, and the file has 1 clients")
    #expect(
      try said(["classes": "[\"no\", \"no\"]"])
        == "m.safetensors: metadata 'classes' has a name twice, or none (allowed: each name once)")
    #expect(
      try said(["classes": "[\"no\"]"])
        == "m.safetensors: 'client0.y': has the label 1, and there are 1 classes (allowed: 0 to 0)")
    #expect(
      try said(["domains": "[\"a\", \"b\"]"]) == "m.safetensors: metadata 'domains' has 2 names for 1 clients")
    #expect(
      try said(["features": "[\"a\"]"])
        == "m.safetensors: metadata 'features' has 1 names, and examples have 2 values each")
  }
}
