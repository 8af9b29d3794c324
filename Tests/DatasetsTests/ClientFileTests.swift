import Catalogs
import Foundation
import Randomness
import Tensors
import Testing

@testable import Datasets

private typealias Tensors = [(name: String, tensor: SafetensorsTensor)]

private func floats(_ shape: [Int], _ change: (inout [Float]) -> Void = { _ in }) -> SafetensorsTensor {
  var values = (0..<shape.reduce(1, *)).map { Float($0 % 7) / 8 }
  change(&values)
  return .floats(shape: shape, values)
}

private func labels(_ values: [Int64]) -> SafetensorsTensor { .integers(shape: [values.count], values) }

/// Two clients of four examples of three values; the first has a test example.
private let clients: Tensors = [
  ("client0.x", floats([4, 3])), ("client0.y", labels([0, 1, 2, 1])), ("client0.test_x", floats([1, 3])),
  ("client0.test_y", labels([2])), ("client1.x", floats([4, 3])), ("client1.y", labels([0, 1, 2, 1])),
]

private func changed(_ name: String, _ tensor: SafetensorsTensor?, as other: String? = nil) -> Tensors {
  clients.compactMap { entry in
    if entry.name != name { return entry }
    return (tensor ?? (other == nil ? nil : entry.tensor)).map { (other ?? name, $0) }
  }
}

private func withSource<Value>(_ bytes: [UInt8], _ body: (String) throws -> Value) throws -> Value {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("clients-\(UUID()).safetensors")
  try Data(bytes).write(to: url)
  defer { try? FileManager.default.removeItem(at: url) }
  return try body(url.path)
}

private func source(_ tensors: Tensors) throws -> any ExampleSource {
  try withSource(encodeSafetensors(tensors, metadata: [:])) { try opened($0) }
}

private func opened(_ path: String) throws -> any ExampleSource {
  try datasetCatalog.make("safetensors", ["file": .text(path)]).open("/", 1)
}

/// What opening such a file says, without the path.
private func said(_ bytes: [UInt8]) throws -> String {
  try withSource(bytes) { path in
    do {
      return try opened(path).remarks.map { "note: \($0)" }.joined(separator: "\n").replacing(path, with: "f")
    } catch { return "\(error)".replacing(path, with: "f") }
  }
}

private func opens(_ tensors: Tensors) throws -> String { try said(encodeSafetensors(tensors, metadata: [:])) }

private func said(_ tensors: Tensors) throws -> String { try said(encodeSafetensors(tensors, metadata: [:])) }

/// A file of one F64 or BF16 tensor beside whole labels, written by hand.
private func raw(_ type: String, _ shape: [Int], _ bytes: [UInt8], y: (type: String, bytes: [UInt8])) -> [UInt8] {
  let header =
    "{\"client0.x\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[0,\(bytes.count)]},\"client0.y\":{\"dtype\":\"\(y.type)\",\"shape\":[\(shape[0])],\"data_offsets\":[\(bytes.count),\(bytes.count + y.bytes.count)]}}"
  let count = UInt64(header.utf8.count)
  return withUnsafeBytes(of: count.littleEndian, Array.init) + Array(header.utf8) + bytes + y.bytes
}

private func little(_ values: [Double]) -> [UInt8] {
  values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
}

private func little(_ values: [Float]) -> [UInt8] {
  values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
}

@Suite("clients in a safetensors file")
struct ClientFileTests {
  @Test("a whole file has nothing to be said of")
  func whole() throws { #expect(try said(clients) == "") }

  @Test("values that are not finite are named by tensor and place", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) throws {
    #expect(
      try said(changed("client1.x", floats([4, 3]) { $0[5] = value }))
        == "f: 'client1.x' has the value \(value) at [1, 2] (allowed: finite numbers)")
    #expect(
      try said(changed("client0.test_x", floats([1, 3]) { $0[2] = value }))
        == "f: 'client0.test_x' has the value \(value) at [0, 2] (allowed: finite numbers)")
    // The last value of many, of images of several channels, whose values are moved at loading.
    let images: Tensors = [
      ("client0.x", floats([40, 3, 8, 8]) { $0[7679] = value }),
      ("client0.y", labels([Int64](repeating: 0, count: 40))),
    ]
    #expect(try said(images) == "f: 'client0.x' has the value \(value) at [39, 2, 7, 7] (allowed: finite numbers)")
  }

  @Test("other floating-point types, too, and doubles that 32 bits can't hold")
  func types() throws {
    let y = (type: "I64", bytes: [UInt8](repeating: 0, count: 16))
    #expect(
      try said(raw("F64", [2, 2], little([1, .nan, 3, 4] as [Double]), y: y))
        == "f: 'client0.x' has the value nan at [0, 1] (allowed: finite numbers)")
    #expect(
      try said(raw("F64", [2, 2], little([1, 2, -1e300, 4] as [Double]), y: y))
        == "f: 'client0.x' has the value -1e+300 at [1, 0], which 32 bits can't hold (allowed: up to 3.4e+38)")
    // 7F C0 is NaN and 7C 00 infinity in the two 16-bit types.
    #expect(
      try said(raw("BF16", [2, 1], [0x80, 0x3F, 0xC0, 0x7F], y: y))
        == "f: 'client0.x' has the value nan at [1, 0] (allowed: finite numbers)")
    #expect(
      try said(raw("F16", [2, 1], [0x00, 0x7C, 0, 0], y: y))
        == "f: 'client0.x' has the value inf at [0, 0] (allowed: finite numbers)")
  }

  @Test("labels that are negative, too large, fractions or no numbers are named by place")
  func badLabels() throws {
    #expect(
      try said(changed("client1.y", labels([0, 1, 2, -1])))
        == "f: 'client1.y' holds label -1 at [3] (allowed: 0 to 65535)")
    #expect(
      try said(changed("client0.test_y", labels([65_536])))
        == "f: 'client0.test_y' holds label 65536 at [0] (allowed: 0 to 65535)")
    let x = little([1, 2] as [Float])
    func floatLabels(_ values: [Float]) throws -> String {
      try said(raw("F32", [2, 1], x, y: (type: "F32", bytes: little(values))))
    }
    #expect(
      try floatLabels([0, .nan])
        == "f: 'client0.y' has the value nan at [1] (allowed: an integer type, with labels from 0 to 65535; numbers to be predicted are N×D)"
    )
    #expect(
      try floatLabels([0.5, 1])
        == "f: 'client0.y' has the value 0.5 at [0] (allowed: an integer type, with labels from 0 to 65535; numbers to be predicted are N×D)"
    )
    #expect(
      try floatLabels([0, 1])
        == "f: 'client0.y' has type F32 (allowed: an integer type; its values are whole, so int64 holds them)")
  }

  @Test("several numbers an example are labels or values, and a whole number a step its class")
  func severalTargets() throws {
    let numbers: Tensors = [
      ("client0.x", floats([3, 4])), ("client0.y", floats([3, 2]) { $0 = [1, 0, 0.5, 1, 2, -3] }),
      ("client1.x", floats([0, 4])), ("client1.y", floats([0, 2])),
      ("client2.x", floats([1, 4])), ("client2.y", floats([1, 2]) { $0 = [7, 8] }),
    ]
    let held = try #require(try source(numbers) as? HeldSource)
    #expect(held.target == .values(2) && held.classCount == 0)
    let dataset = try FederatedDataset(
      source: held, partitioner: Natural(), trainPerClient: nil, testPerClient: nil, seed: 1)
    func gathered(_ client: Int, _ places: [Int]) -> [Float] {
      var targets = [Float](repeating: 9, count: places.count * 2)
      targets.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress {
          dataset.examples(client, .train).gatherTargets(places[...], into: .numbers(base))
        }
      }
      return targets
    }
    #expect(gathered(0, [2, 0]) == [2, -3, 1, 0] && gathered(2, [0]) == [7, 8])
    #expect(dataset.targetCount == 2 && dataset.profile(0).labelHistogram.isEmpty)
    // Whole numbers are numbers too, unless there are as many as steps.
    let whole: Tensors = [
      ("client0.x", floats([2, 3])), ("client0.y", .integers(shape: [2, 2], [0, 1, 1, 1])),
    ]
    #expect(try source(whole).target == .values(2))
    let steps: Tensors = [
      ("client0.x", floats([2, 3, 4])), ("client0.y", .integers(shape: [2, 3], [0, 1, 5, 1, 0, 2])),
      ("client0.test_x", floats([1, 3, 4])), ("client0.test_y", .integers(shape: [1, 3], [3, 0, 0])),
    ]
    let sequences = try #require(try source(steps) as? HeldSource)
    #expect(sequences.target == .tokens(vocabulary: 6) && sequences.target.count(of: sequences.sampleShape) == 3)
    let examples = try FederatedDataset(
      source: sequences, partitioner: Natural(), trainPerClient: nil, testPerClient: nil, seed: 1)
    #expect(
      examples.examples(0, .train).labels == [0, 1, 5, 1, 0, 2] && examples.examples(0, .test).labels == [3, 0, 0])
    #expect(
      try said([("client0.x", floats([2, 3])), ("client0.y", .integers(shape: [2, 3], [0, 1, 1, 1, 0, -1]))])
        == "f: 'client0.y' holds label -1 at [1, 2] (allowed: 0 to 65535)")
    #expect(
      try said([("client0.x", floats([2, 3])), ("client0.y", floats([2, 3, 1]))])
        == "f: 'client0.y' has shape [2, 3, 1] for 2 examples (allowed: N classes, N×T classes of the steps of sequences, or N×D numbers)"
    )
    #expect(
      try said(numbers + [("client3.x", floats([1, 4])), ("client3.y", labels([1]))])
        == "f: 'client3.y': has labels, and f: 'client0.y' has 2 numbers an example (allowed: one kind of target)")
  }

  @Test("a tensor that is missing is told with the nearest that are there")
  func nearest() throws {
    #expect(
      try said(changed("client1.y", nil))
        == "f: has no tensor 'client1.y' (nearest there: 'client0.y', 'client1.x', 'client0.x' and 2 more)")
    #expect(try said([("x", floats([2]))]) == "f: has no tensor 'client0.x' (nearest there: 'x')")
    #expect(try said(Tensors()) == "f: has no tensor 'client0.x': it has none at all")
    let later: Tensors = [("client1.x", floats([2, 1])), ("client1.y", labels([0, 1]))]
    #expect(
      try said(later)
        == "f: has no tensor 'client0.x' (nearest there: 'client1.x', 'client1.y'); clients are numbered from 0")
    let underscore: Tensors = [("client_0.x", floats([2, 1])), ("client_0.y", labels([0, 1]))]
    #expect(try said(underscore) == "f: has no tensor 'client0.x' (nearest there: 'client_0.x', 'client_0.y')")
    #expect(
      try said(changed("client0.test_y", nil)).hasPrefix("f: has no tensor 'client0.test_y' (nearest there: "))
    #expect(
      try said(clients + [("client3.x", floats([4, 3]))]) == "f: has a tensor 'client3.x' but no 'client2.x'")
  }

  @Test(
    "a name that is nearly that of a part which its client lacks is an error and not passed over",
    arguments: [
      ("client0.test_x", "client0.x_test", "client0.test_x"), ("client0.test_y", "client0.y_test", "client0.test_y"),
      ("client0.test_x", "client0.testx", "client0.test_x"),
      ("client0.test_y", "client0.test-labels", "client0.test_y"),
      ("client0.test_x", "client0.x_eval", "client0.test_x"), ("client0.test_y", "client0.Test_Y", "client0.test_y"),
      ("client0.test_x", "client0.x_valid", "client0.val_x"),
      ("client1.x", "client1.x_train", "client1.x"), ("client1.y", "client1.train_labels", "client1.y"),
      ("client1.x", "client1.X", "client1.x"), ("client1.y", "client1.targets", "client1.y"),
    ])
  func misspelt(name: String, written: String, meant: String) throws {
    #expect(
      try said(changed(name, nil, as: written))
        == "f: has a tensor '\(written)' and no '\(meant)'; did you mean that? (allowed: x, y, val_x, val_y, test_x, test_y)"
    )
  }

  @Test("so is a whole client under other names, which would be left out")
  func misspeltClient() throws {
    let third: Tensors = [("client2.train_x", floats([2, 3])), ("client2.train_y", labels([0, 1]))]
    #expect(
      try said(clients + third)
        == "f: has a tensor 'client2.train_x' and no 'client2.x'; did you mean that? (allowed: x, y, val_x, val_y, test_x, test_y)"
    )
  }

  @Test("other tensors are passed over, and that is said")
  func strangers() throws {
    #expect(
      try said(clients + [("client0.weights", floats([2]))])
        == "note: f: 1 tensor is passed over: 'client0.weights' (read are client<i>.x, .y, .val_x, .val_y, .test_x and .test_y)"
    )
    let many = ["server.x", "Client2.x", "client00.x", "client0"].map { ($0, floats([2, 3])) }
    #expect(
      try said(clients + many)
        == "note: f: 4 tensors are passed over: 'Client2.x', 'client0', 'client00.x', … (read are client<i>.x, .y, .val_x, .val_y, .test_x and .test_y)"
    )
  }

  @Test("an empty client is a client, of any empty shape")
  func empty() throws {
    for shape in [[0, 3], [0], [0, 5, 2]] {
      let tensors = changed("client1.x", floats(shape)).map { $0.name == "client1.y" ? ("client1.y", labels([])) : $0 }
      let source = try source(tensors)
      #expect(source.domains == ["client0", "client1"] && source.sampleShape == [3] && source.classCount == 3)
      #expect(source.exampleCount(domain: 1, split: .train) == 0 && source.exampleCount(domain: 0, split: .train) == 4)
    }
    let first = try source([
      ("client0.x", floats([0])), ("client0.y", .floats(shape: [0], [])), ("client1.x", floats([4, 3])),
      ("client1.y", labels([0, 1, 2, 1])),
    ])
    #expect(first.sampleShape == [3] && first.exampleCount(domain: 0, split: .train) == 0)
    let noTest = try source(
      changed("client0.test_x", floats([0, 3])).map { $0.name == "client0.test_y" ? ($0.name, labels([])) : $0 })
    #expect(noTest.exampleCount(domain: 0, split: .test) == 0)
    #expect(
      try said(changed("client1.x", floats([0, 3]))) == "f: 'client1.y' has shape [4] for 0 examples")
    #expect(
      try said(changed("client1.x", floats([4, 0])))
        == "f: 'client1.x' has shape [4, 0] (allowed: N×C×H×W, N×T×C or N×C)")
  }

  @Test("a client may have test examples only; half of its names is an error")
  func testOnly() throws {
    let site: Tensors = [("client2.test_x", floats([2, 3])), ("client2.test_y", labels([0, 5]))]
    let source = try source(clients + site)
    #expect(source.domains.count == 3 && source.classCount == 6)
    #expect(source.exampleCount(domain: 2, split: .train) == 0 && source.exampleCount(domain: 2, split: .test) == 2)
    #expect(
      try said(clients + site + [("client2.y", labels([0, 1]))]).hasPrefix(
        "f: has no tensor 'client2.x' (nearest there: "))
    #expect(
      try said(clients + site + [("client2.train_x", floats([2, 3]))])
        == "f: has a tensor 'client2.train_x' and no 'client2.x'; did you mean that? (allowed: x, y, val_x, val_y, test_x, test_y)"
    )
    #expect(try said(clients + [site[1]]).hasPrefix("f: has no tensor 'client2.test_x' (nearest there: "))
  }

  @Test("images that lie with channels last under a shape of channels first are noted, as a transposed view is saved")
  func interleaved() throws {
    // Two photos of slow shades whose colours are far apart, of 16 rows and columns: as they should be, as a view of
    // channels last is saved, and the same of grey photos.
    var whole = [Float](repeating: 0, count: 1536)
    var asItLies = whole
    var grey = whole
    for image in 0..<2 {
      for channel in 0..<3 {
        for pixel in 0..<256 {
          let shade = Float((pixel / 16 + 2 * (pixel % 16) + 5 * image) % 64)
          let colour = (shade + Float(60 * channel)) / 255
          whole[image * 768 + channel * 256 + pixel] = colour
          asItLies[image * 768 + pixel * 3 + channel] = colour
          grey[image * 768 + pixel * 3 + channel] = shade / 255
        }
      }
    }
    func said(_ values: [Float], count: Int = 2, names: [String] = ["x"]) throws -> String {
      var tensors: Tensors = []
      for name in names {
        let own = Array(values.prefix(count * 768))
        tensors.append(("client0." + name, .floats(shape: [count, 3, 16, 16], own)))
        let zeros = [Int64](repeating: 0, count: count)
        tensors.append(("client0." + name.replacing("x", with: "y"), labels(zeros)))
      }
      return try opens(tensors)
    }
    #expect(try said(whole) == "")
    let note =
      "note: f: 'client0.x' seems to have the channels of a pixel beside one another, and its shape says that they come first: a transposed view is saved as it lies in memory, so make it whole with numpy.ascontiguousarray before"
    #expect(try said(asItLies) == note && said(grey) == note)
    // One image of this size is too little to tell.
    #expect(try said(asItLies, count: 1) == "")
    #expect(try said(asItLies, names: ["x", "test_x"]) == note + "; so in 1 more")
    // Noise, values that are all alike, and images too small to tell say nothing.
    var stream = RandomStream(seed: 1, .examples)
    var noise = whole
    for place in noise.indices { noise[place] = Float(stream.index(below: 256)) / 255 }
    #expect(try said(noise) == "")
    #expect(try said([Float](repeating: 0.5, count: 1536)) == "")
  }

  @Test("values far from 0 are noted: of images from 10 on, of others from 100 on")
  func ranges() throws {
    func scaled(_ shape: [Int], _ scale: Float) throws -> String {
      try said([
        ("client0.x", .floats(shape: shape, (0..<shape.reduce(1, *)).map { Float($0 % 17) / 16 * scale })),
        ("client0.y", labels([Int64](repeating: 0, count: shape[0]))),
      ])
    }
    func note(_ low: Float, _ high: Float) -> String {
      "note: f: values reach from \(low) to \(high) and are taken as they are; a model trains best on values near 0, and images are usually scaled to [0, 1] or [-1, 1]"
    }
    #expect(try scaled([9, 1, 8, 8], 255) == note(0, 255))
    #expect(try scaled([9, 3, 8, 8], -16) == note(-16, 0))
    #expect(try scaled([9, 64], 255) == note(0, 255))
    for (shape, scale) in [([9, 1, 8, 8], 1), ([9, 1, 8, 8], -3), ([9, 4], 50)] as [([Int], Float)] {
      #expect(try scaled(shape, scale) == "")
    }
  }
}
