import Catalogs
import Foundation
import Tensors
import Testing

@testable import Datasets

/// Every source that reads files says what it read, by content and not by name.
struct SourceInputTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("covey-inputs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func open(_ kind: String, _ options: [String: OptionValue]) throws -> any ExampleSource {
    try datasetCatalog.make(kind, options).open(folder.path, 1)
  }

  private func writeClient(
    _ name: String, x: [Float] = [1, 2, 3, 4], y: [Int64] = [0, 1], shape: [Int] = [2, 2],
    others: [(name: String, tensor: SafetensorsTensor)] = []
  ) throws {
    let tensors: [(name: String, tensor: SafetensorsTensor)] =
      [("client0.x", .floats(shape: shape, x)), ("client0.y", .integers(shape: [y.count], y))] + others
    try Data(encodeSafetensors(tensors, metadata: [:])).write(to: folder.appendingPathComponent(name))
  }

  /// Nobody can add a source of files and forget it: this fails for one that is not opened here.
  @Test func everySourceOfFilesHasInputs() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for split in ["train", "test"] {
      try Data([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7]).write(
        to: folder.appendingPathComponent("d-\(split)-images-idx3-ubyte"))
      try Data([0, 0, 8, 1, 0, 0, 0, 1, 0]).write(to: folder.appendingPathComponent("d-\(split)-labels-idx1-ubyte"))
    }
    let made = try SmallSources(folder)
    let known: [String: [String: OptionValue]] = made.options.merging([
      "idx": ["root": .text("."), "domains": .list([.text("d")])]
    ]) { $1 }
    for entry in datasetCatalog.entries
    where entry.options.contains(where: { ["file", "root", "path", "folder"].contains($0.name) }) {
      let options = try #require(known[entry.name], "\(entry.name) has no case here")
      let source = try open(entry.name, options)
      #expect(!source.inputs.isEmpty, "\(entry.name)")
      #expect(source.inputs.allSatisfy { $0.sha256.count == 64 }, "\(entry.name)")
      #expect(made.inputCounts[entry.name].map { $0 == source.inputs.count } ?? true, "\(entry.name): \(source.inputs)")
    }
    #expect(try open("idx", made.options["idx"] ?? [:]).inputs.count == 6)
    let names = try open("idx", known["idx"] ?? [:]).inputs.map(\.name)
    #expect(names == ["./d-train-images", "./d-train-labels", "./d-test-images", "./d-test-labels"])
  }

  @Test func theContentCounts() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    func hash(_ name: String) throws -> String {
      let input = try #require(try open("safetensors", ["file": .text(name)]).inputs.first)
      #expect(input.name == name)
      return input.sha256
    }
    try writeClient("a.safetensors")
    try writeClient("b.safetensors")
    #expect(try hash("a.safetensors") == hash("b.safetensors"))
    #expect(try hash("a.safetensors").count == 64)
    // All bytes of a file count, also those of a tensor that is passed over.
    try writeClient("b.safetensors", others: [("notes", .floats(shape: [1], [1]))])
    #expect(try hash("a.safetensors") != hash("b.safetensors"))
    var others: Set<String> = [try hash("a.safetensors")]
    for change in 0..<5 {
      switch change {
      case 0: try writeClient("c.safetensors", x: [1, 2, 3, 4.000001])
      case 1: try writeClient("c.safetensors", x: [2, 1, 3, 4])
      case 2: try writeClient("c.safetensors", y: [1, 0])
      case 3: try writeClient("c.safetensors", x: [1, 2, 3, 4, 5, 6], y: [0, 1, 0], shape: [3, 2])
      default:
        try writeClient(
          "c.safetensors",
          others: [
            ("client0.test_x", .floats(shape: [1, 2], [0, 0])), ("client0.test_y", .integers(shape: [1], [0])),
          ])
      }
      #expect(try others.insert(hash("c.safetensors")).inserted, "\(change)")
    }
  }

  /// What a scenario names itself is known by its content; what is found below a folder, by its path there, too.
  @Test func aRenamedFileIsTheSameData() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    func hash(_ kind: String, _ options: [String: OptionValue]) throws -> String {
      try dataHash(#require(try open(kind, options) as? HeldSource).data.files)
    }
    try writeClient("a.safetensors")
    try FileManager.default.copyItem(
      at: folder.appendingPathComponent("a.safetensors"), to: folder.appendingPathComponent("b.safetensors"))
    let (first, second) = (
      try hash("safetensors", ["file": .text("a.safetensors")]),
      try hash("safetensors", ["file": .text("b.safetensors")])
    )
    #expect(first == second)
    for (name, text) in [
      ("one/a/1.txt", "good"), ("one/b/1.txt", "bad"), ("two/a/1.txt", "good"), ("two/b/2.txt", "bad"),
    ] {
      let url = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    let (one, two) = (try hash("text", ["root": .text("one")]), try hash("text", ["root": .text("two")]))
    #expect(one != two)
    try FileManager.default.moveItem(
      at: folder.appendingPathComponent("two/b/2.txt"), to: folder.appendingPathComponent("two/b/1.txt"))
    let again = try hash("text", ["root": .text("two")])
    #expect(one == again)
  }

  /// Shapes and names are part of what is hashed, so that no two contents share their bytes.
  @Test func theHashStaysAsItIs() {
    func hash(_ fill: (inout ContentHash) -> Void) -> String {
      var hash = ContentHash()
      fill(&hash)
      return hash.finished()
    }
    let all = [
      hash { _ in }, hash { $0.add("x", shape: [2, 1], [1, 2] as [Float]) },
      hash { $0.add("x", shape: [1, 2], [1, 2] as [Float]) }, hash { $0.add("y", shape: [2, 1], [1, 2] as [Float]) },
      hash { $0.add("x", shape: [2], [1, 2] as [UInt8]) }, hash { $0.add("x", shape: [2], [1, 2] as [Int64]) },
      hash { $0.add("x", labels: [1, 2]) },
    ]
    #expect(Set(all).count == all.count)
  }
}
