import Federation
import Foundation
import Tensors
import Testing

@testable import Scenarios

private typealias Tensors = [(name: String, tensor: SafetensorsTensor)]

private func examples(_ client: Int, _ train: [Int64], test: [Int64]? = nil) -> Tensors {
  func x(_ count: Int) -> SafetensorsTensor {
    .floats(shape: [count, 3], (0..<count * 3).map { Float(($0 * 7 + client) % 11) / 8 })
  }
  let name = "client\(client)"
  let own: Tensors = [(name + ".x", x(train.count)), (name + ".y", .integers(shape: [train.count], train))]
  guard let test else { return own }
  return own + [(name + ".test_x", x(test.count)), (name + ".test_y", .integers(shape: [test.count], test))]
}

/// What a run says of its data before it starts.
@Suite("notes on data")
struct DataNoteTests {
  /// The notes of a scenario over this file, and its number of labels.
  private func notes(_ tensors: Tensors, _ more: String = "") throws -> (notes: [String], labels: Int?) {
    var found: [String] = []
    var labels: Int?
    try withFolder { folder in
      try Data(encodeSafetensors(tensors, metadata: [:])).write(to: folder.appendingPathComponent("d.safetensors"))
      let text =
        "name: a\nrounds: 1\nmodel: {kind: mlp, hidden: [2]}\nclient: {batch_size: 2}\ndata: {source: safetensors, file: d.safetensors}\n"
      let experiment = try experiment(text + more, folder: folder.path)
      found = experiment.notes.map { $0.replacing(folder.path + "/", with: "") }
      labels = experiment.runs.first?.configuration.dataset.classCount
    }
    return (found, labels)
  }

  @Test("labels from 0 without a gap, all of them trained on, are not spoken of")
  func usual() throws {
    let (notes, labels) = try self.notes(examples(0, [0, 1, 2], test: [2, 1]) + examples(1, [1, 0], test: [0]))
    #expect(notes.isEmpty && labels == 3)
  }

  @Test("labels from 1, with gaps, and a few that are far off")
  func gaps() throws {
    let ones = try self.notes(examples(0, [1, 2, 3, 1], test: [3, 2]))
    #expect(ones.labels == 4)
    #expect(
      ones.notes == [
        "no client trains on label 0, and no test example has it: a model has an output for each of the 4 labels from 0 on; labels count from 0, and these seem to begin at 1"
      ])
    let far = try self.notes(examples(0, [0, 1, 2, 255], test: [0]))
    #expect(far.labels == 256)
    #expect(
      far.notes == [
        "no client trains on 252 of 256 labels (3 to 254), and no test example has them: a model has an output for each of the 256 labels from 0 on"
      ])
    let holes = try self.notes(examples(0, [0, 2, 5, 8, 9], test: [2]))
    #expect(
      holes.notes.first?.hasPrefix("no client trains on 5 of 10 labels (1, 3, 4, 6, 7), and no test example has them: ")
        == true)
    let middle = try self.notes(examples(0, [0, 2, 3], test: [2]))
    #expect(
      middle.notes == [
        "no client trains on label 1, and no test example has it: a model has an output for each of the 4 labels from 0 on"
      ])
  }

  @Test("labels that are tested and not trained on are counted")
  func untrained() throws {
    let (notes, _) = try self.notes(examples(0, [0, 1], test: [0, 2, 4]) + examples(1, [1, 0, 1], test: [2, 1]))
    #expect(
      notes == [
        "no client trains on label 3, and no test example has it: a model has an output for each of the 5 labels from 0 on",
        "3 of 5 test examples have labels that no client trains on (2, 4): they count, and a model gets them wrong",
      ])
    #expect(
      try self.notes(examples(0, [0, 1], test: [0, 2])).notes == [
        "1 of 2 test examples has a label that no client trains on (2): they count, and a model gets them wrong"
      ])
  }

  @Test("what holds for some runs alone names them")
  func someRuns() throws {
    let tensors = examples(0, [0, 1], test: [0]) + examples(1, [0, 2, 1], test: [2, 2])
    let held = "data: {source: safetensors, file: d.safetensors, unseen: {domains: [client1]}}"
    let (notes, _) = try self.notes(tensors, "arms: [{name: all}, {name: held, \(held)}]\n")
    #expect(
      notes == [
        "held/1: 2 of 3 test examples have labels that no client trains on (2): they count, and a model gets them wrong"
      ])
  }

  @Test("an empty client and one with test examples only")
  func idleAndTestOnly() throws {
    let site = examples(2, [], test: [1, 0]).filter { $0.name.contains("test") }
    let (notes, _) = try self.notes(examples(0, [0, 1, 0], test: [0]) + examples(1, [], test: [1]) + site)
    #expect(
      notes == ["2 clients (client1, client2) have test examples only: they never train and are evaluated as unseen"])
    let subject = try self.notes(
      examples(0, [0, 1, 0], test: [0]) + examples(1, [0, 1], test: [1]) + site, "evaluation: {subject: client}\n")
    #expect(
      subject.notes == [
        "client2 has test examples only: it never trains and 'evaluation.subject' leaves it out (allowed: unseen)"
      ])
    let empty = try self.notes(examples(0, [0, 1, 0], test: [0]) + examples(1, [], test: []))
    #expect(
      empty.notes.contains(
        "1 of 2 clients never have a batch to train on and stay untrained: client 1 has no training example"))
  }

  @Test("where nobody has a training example that is the error")
  func nobody() throws {
    let site = examples(0, [], test: [1, 0])
    #expect(throws: ScenarioError.self) { _ = try notes(site) }
    try withFolder { folder in
      try Data(encodeSafetensors(site, metadata: [:])).write(to: folder.appendingPathComponent("d.safetensors"))
      let text =
        "name: a\nrounds: 1\nmodel: {kind: mlp, hidden: [2]}\ndata: {source: safetensors, file: d.safetensors}\n"
      #expect(complaints(text, folder: folder.path) == "f.yaml:4:7: data: no client has a training example")
    }
  }

  @Test("numbers as ranges")
  func ranges() {
    #expect(rangesText([4]) == "4" && rangesText([4, 5]) == "4, 5" && rangesText([4, 5, 6, 9]) == "4 to 6, 9")
    #expect(rangesText(stride(from: 0, to: 40, by: 2).map { $0 }) == "0, 2, 4, 6, 8, 10, 12, 14, …")
  }
}

/// Images whose values, or whose mean and standard deviation, can't be meant.
@Suite("notes on the values of images")
struct ImageNoteTests {
  private func idx(_ type: UInt8, _ extents: [Int], _ content: [UInt8]) -> Data {
    Data([0, 0, type, UInt8(extents.count)] + extents.flatMap { [0, 0, UInt8($0 >> 8), UInt8($0 & 255)] } + content)
  }

  /// The notes of a scenario over two domains with 8×8 images, of floats where values are given, else of bytes.
  private func notes(floats: (Int) -> Float? = { _ in nil }, _ options: String = "") throws -> [String] {
    var found: [String] = []
    try withFolder { folder in
      for domain in ["a", "b"] {
        for split in ["train", "test"] {
          let values = (0..<128).compactMap(floats)
          let stem = "\(domain)-\(split)-"
          if values.isEmpty {
            try idx(8, [2, 8, 8], (0..<128).map { UInt8($0) }).write(
              to: folder.appendingPathComponent(stem + "images-idx3-ubyte"))
          } else {
            let bytes = values.flatMap { withUnsafeBytes(of: $0.bitPattern.bigEndian, Array.init) }
            try idx(0x0D, [2, 8, 8], bytes).write(to: folder.appendingPathComponent(stem + "images-idx3-float"))
          }
          try idx(8, [2], [0, 1]).write(to: folder.appendingPathComponent(stem + "labels-idx1-ubyte"))
        }
      }
      let text =
        "name: a\nrounds: 1\nmodel: {kind: mlp, hidden: [2]}\nclient: {batch_size: 2}\ndata: {source: idx, root: ., domains: [a, b], image: {width: 8, height: 8, channels: 1\(options)}}\n"
      found = try experiment(text, folder: folder.path).notes
    }
    return found
  }

  @Test("bytes, and floats of [0, 1], with a mean and a standard deviation of such values")
  func usual() throws {
    for options in ["", ", mean: 0.1307, std: 0.3081", ", mean: 0, std: 1"] {
      #expect(try notes(options) == [])
      #expect(try notes(floats: { Float($0) / 127 }, options) == [])
    }
  }

  @Test("floats of 0 to 255, or of 0 to 16, with the default scale")
  func wideFloats() throws {
    for high in [255, 16] as [Float] {
      #expect(
        try notes(floats: { Float($0) / 127 * high }) == [
          "images of floats of domain 'a' and 1 more reach from 0.0 to \(high) and are taken as they are, but 'image.mean' and 'image.std' are 0.5, for values of [0, 1]: set both to what these images have"
        ])
    }
    #expect(try notes(floats: { Float($0) / 127 * 255 }, ", mean: 127.5, std: 63") == [])
    #expect(try notes(floats: { Float($0) / 64 - 1 }, ", mean: 0, std: 1") == [])
  }

  @Test("a mean or a standard deviation that values can't have")
  func wrongScale() throws {
    let unit = "values are of [0, 1]; bytes are divided by 255 before"
    #expect(
      try notes(", mean: 127.5, std: 63.75") == [
        "'image.mean' is 127.5, which can't be the mean: \(unit)",
        "'image.std' is 63.75, which can't be the standard deviation: \(unit)",
      ])
    #expect(
      try notes(floats: { Float($0) / 127 }, ", std: 0.001") == [
        "'image.std' is 0.001, which can't be the standard deviation: \(unit)"
      ])
    #expect(try notes(", mean: -0.2") == ["'image.mean' is -0.2, which can't be the mean: \(unit)"])
    let values = "images of floats of domain 'a' and 1 more reach from 0.0 to 255.0"
    #expect(
      try notes(floats: { Float($0) / 127 * 255 }, ", mean: 0.1307, std: 0.3081") == [
        "'image.std' is 0.3081, which can't be the standard deviation: \(values)"
      ])
    #expect(
      try notes(floats: { Float($0) / 127 * 255 }, ", mean: 300, std: 60") == [
        "'image.mean' is 300.0, which can't be the mean: \(values)"
      ])
    let drawn = "name: a\nrounds: 1\nmodel: mlp\ndata: {train_per_client: 20, image: {mean: 128}}\n"
    #expect(try experiment(drawn).notes == ["'image.mean' is 128.0, which can't be the mean: \(unit)"])
  }

  @Test("a domain with test files only is unseen, one with no images is a client without examples")
  func sites() throws {
    try withFolder { folder in
      func write(_ name: String, _ split: String, _ count: Int) throws {
        let stem = folder.appendingPathComponent("\(name)-\(split)-").path
        let content = (0..<64 * count).map { UInt8($0 % 250) }
        try idx(8, [count, 8, 8], content).write(to: URL(fileURLWithPath: stem + "images-idx3-ubyte"))
        try idx(8, [count], (0..<count).map { UInt8($0 % 2) }).write(
          to: URL(fileURLWithPath: stem + "labels-idx1-ubyte"))
      }
      try write("full", "train", 4)
      try write("full", "test", 2)
      try write("none", "train", 0)
      try write("site", "test", 3)
      func text(_ domains: String) -> String {
        "name: a\nrounds: 1\nmodel: {kind: mlp, hidden: [2]}\nclient: {batch_size: 2}\ndata: {source: idx, root: ., domains: [\(domains)], image: {width: 8, height: 8, channels: 1}}\n"
      }
      let experiment = try experiment(text("site, full, none"), folder: folder.path)
      let dataset = try #require(experiment.runs.first).configuration.dataset
      #expect((0..<3).map { dataset.profile($0).domain } == ["full", "none", "site"] && dataset.unseenCount == 1)
      #expect(
        experiment.notes.contains("site has test examples only: it never trains and is evaluated as unseen")
          && experiment.notes.contains(
            "1 of 2 clients never have a batch to train on and stay untrained: client 1 has no training example")
      )
      // Nothing of it is there.
      #expect(
        complaints(text("full, sitee"), folder: folder.path).contains(
          "no file sitee-train-images-idx{3,4}-{ubyte,float}[.gz]; did you mean 'site'?"))
    }
  }

  @Test("values that the scale makes infinite are errors")
  func overflow() throws {
    #expect(
      complaints("name: a\nrounds: 1\nmodel: mlp\ndata: {image: {std: 1e-40}}\n").contains(
        "data.image.std: '1e-40' loses its digits in single precision"))
    do {
      _ = try notes(floats: { Float($0) * 2e36 }, ", mean: 0, std: 0.1")
      Issue.record("no error")
    } catch {
      #expect("\(error)".hasSuffix("a value of 2.5399998e+38 is not finite after 'image.mean' and 'image.std'"))
    }
  }
}
