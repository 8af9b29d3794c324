import Catalogs
import Foundation
import Tensors
import Testing

@testable import Datasets

private typealias Arrays = [(name: String, content: [UInt8])]

private let digits: Arrays = [
  ("x", Made.bytes([2, 2, 2], [0, 51, 102, 255, 1, 2, 3, 4])), ("y", Made.integers([1, 0])),
]

/// NumPy's arrays as a source.
@Suite("npz as a source")
struct ArraySourceTests {
  private let folder: MadeFolder

  init() throws { folder = try MadeFolder() }

  private func open(_ arrays: Arrays, _ options: [String: OptionValue] = [:]) throws -> HeldSource {
    try folder.write("a.npz", Made.npz(arrays))
    return try folder.open("npz", ["file": .text("a.npz")].merging(options) { $1 })
  }

  private func said(_ arrays: Arrays, _ options: [String: OptionValue] = [:]) throws -> String {
    try folder.write("a.npz", Made.npz(arrays))
    return folder.said("npz", ["file": .text("a.npz")].merging(options) { $1 })
  }

  /// What a model gets of the first example.
  private func first(_ source: HeldSource) -> [Float] {
    var values = [Float](repeating: -1, count: source.sampleShape.count)
    values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      source.write([ExampleReference(domain: 0, index: 0)], split: .train, into: base)
    }
    return values
  }

  @Test("bytes are v/255 and stay bytes; 'scale', 'invert', mean and deviation change what a model gets")
  func scale() throws {
    let plain = try open(digits)
    #expect(plain.sampleShape == [2, 2, 1] && plain.data.classes == ["0", "1"])
    if case .bytes = plain.data.inputKind {} else { Issue.record("no bytes") }
    #expect(first(plain) == [0, 0.2, 0.4, 1])
    let scaled = try open(digits, ["scale": .integer(51)])
    #expect(first(scaled) == [0, 1, 2, 5])
    #expect(first(try open(digits, ["invert": .boolean(true)])) == [1, 0.8, 1 - Float(102.0 / 255), 0])
    let normal = try open(digits, ["image": .group(["mean": .number(0.2), "std": .number(0.1)])])
    #expect(zip(first(normal), [-2, 0, 2, 8]).allSatisfy { abs($0 - Float($1)) < 1e-5 })
    #expect(
      try said(digits, ["image": .group(["mean": .list([.number(0), .number(0), .number(0)])])])
        == "image.mean: has 3 values for 1 channel (allowed: a number, or a list of 1)")
    #expect(
      try said(digits, ["image": .group(["std": .number(1e-40)])])
        == "image.std: makes values infinite in 32 bits (allowed: a larger number)")
    #expect(
      try said(digits, ["image": .group(["mean": .number(1e38), "std": .number(0.001)])])
        == "image.mean: makes values infinite in 32 bits (allowed: a number nearer to 0)")
  }

  @Test("channels: repeated, as luminance, or refused")
  func channels() throws {
    let colour = try open(digits, ["image": .group(["channels": .text("3")])])
    #expect(colour.sampleShape == [2, 2, 3] && Array(first(colour).prefix(6)) == [0, 0, 0, 0.2, 0.2, 0.2])
    let red: Arrays = [("x", Made.bytes([1, 1, 1, 3], [255, 0, 0])), ("y", Made.integers([0]))]
    #expect(
      first(try open(red, ["order": .text("channels-last"), "image": .group(["channels": .text("1")])])) == [0.299])
    let two: Arrays = [("x", Made.bytes([1, 5, 5, 2], [UInt8](repeating: 0, count: 50))), ("y", Made.integers([0]))]
    #expect(
      try said(two, ["image": .group(["channels": .text("3")])])
        == "a.npz: has images of 2 channels and 25 pixels, which can't become 3 (allowed: 1 or 3 channels)")
  }

  @Test("the order of channels is told by few at one end, else asked for")
  func order() throws {
    func array(_ shape: [Int]) -> Arrays {
      [("x", Made.bytes([1] + shape, (0..<shape.reduce(1, *)).map { UInt8($0) })), ("y", Made.integers([0]))]
    }
    let front = try open(array([2, 5, 5]))
    #expect(front.sampleShape == [5, 5, 2] && Array(front.values().prefix(4)) == [0, 25, 1, 26])
    #expect(try open(array([5, 5, 3])).sampleShape == [5, 5, 3])
    for shape in [[3, 5, 3], [5, 5, 5]] {
      let words = shape.map(String.init).joined(separator: "×")
      #expect(
        try said(array(shape))
          == "a.npz: array 'x' (1×\(words) |u1): which of \(words) are the channels can't be told; say 'order' (allowed: channels-first, channels-last)"
      )
    }
    #expect(try open(array([3, 5, 3]), ["order": .text("channels-first")]).sampleShape == [5, 3, 3])
    #expect(try open(array([3, 5, 3]), ["order": .text("channels-last")]).sampleShape == [3, 5, 3])
    // Two extents of bytes are grey images, of numbers sequences, unless it is said.
    #expect(try open(array([5, 3])).sampleShape == [5, 3, 1])
    #expect(try open(array([5, 3]), ["order": .text("sequence")]).sampleShape == [5, 3])
    let steps: Arrays = [("x", Made.floats([1, 5, 3], (0..<15).map(Float.init))), ("y", Made.integers([0]))]
    #expect(try open(steps).sampleShape == [5, 3])
    #expect(try open(steps, ["shape": .list([.integer(5), .integer(3)])]).sampleShape == [5, 3, 1])
    #expect(
      try said(steps, ["shape": .list([.integer(4), .integer(4)])])
        == "a.npz: array 'x' (1×5×3 <f4) has 15 values an example, and 'shape' [4, 4] has 16")
  }

  @Test("arrays that can't be examples are refused, also those that are empty and pretend to be huge")
  func hostile() throws {
    func refused(_ shape: [Int], _ content: [UInt8] = []) throws -> String {
      try said([("x", Made.bytes(shape, content)), ("y", Made.integers([], shape: [0]))])
    }
    #expect(
      try refused([0, 1 << 40, 1 << 40])
        == "a.npz: array 'x' (0×1099511627776×1099511627776 |u1) has examples of more values than can be read")
    #expect(try refused([4, 0]) == "a.npz: array 'x' (4×0 |u1) has an extent of 0")
    #expect(
      try refused([], [1]) == "a.npz: array 'x' (a single value of |u1) is a single value, expected one row an example")
    #expect(
      try said([("x", Made.bytes([1, 1, 1, 1, 1, 1], [1])), ("y", Made.integers([0]))])
        == "a.npz: array 'x' (1×1×1×1×1×1 |u1) has examples of 1×1×1×1×1 (allowed: N×H×W, N×H×W×C, N×C×H×W, N×T×C or N×C, or say 'shape')"
    )
    #expect(
      try said([("x", Made.floats([2, 2], [1, 2, 3, .nan])), ("y", Made.integers([0, 1]))])
        == "a.npz: array 'x' (2×2 <f4) has the value nan at [1, 1], element 3 (allowed: finite numbers)")
    #expect(
      try said([digits[0], ("y", Made.integers([0]))])
        == "a.npz: array 'y' (1 <i8) has 1 labels for 2 examples")
    #expect(
      try said([digits[0], ("y", Made.integers([0, 1, 1, 0], shape: [2, 2]))])
        == "a.npz: array 'y' (2×2 <i8) holds no labels (allowed: N or N×1 whole numbers or names; numbers to be predicted are 'target')"
    )
    #expect(
      try said([digits[0], ("y", Made.floats([2], [0, 0.5]))])
        == "a.npz: array 'y' (2 <f4) has the value 0.5 at [1] (allowed: whole numbers)")
    #expect(
      try said([digits[0]])
        == "a.npz: has no array 'y'; say which one it is with 'data.label' (arrays there: 'x')")
    #expect(
      try said(digits, ["inputs": .text("z")])
        == "a.npz: has no array 'z'\(nearestHint("z")) (arrays there: 'x', 'y')")
  }

  private func nearestHint(_ name: String) -> String {
    nearestName(to: name, in: ["x", "y"]).map { "; did you mean '\($0)'?" } ?? ""
  }

  @Test("arrays of names divide examples over clients, domains, groups and splits")
  func units() throws {
    let arrays: Arrays = [
      ("x", Made.floats([4, 1], [1, 2, 3, 4])), ("y", Made.texts(["no", "yes", "no", "yes"])),
      ("who", Made.integers([10, 9, 10, 9])), ("site", Made.texts(["b", "a", "b", "a"])),
      ("kind", Made.texts(["k", "k", "l", "l"])), ("part", Made.texts(["train", "test", "dev", "train"])),
    ]
    let source = try open(
      arrays, ["client": .text("who"), "domain": .text("site"), "group": .text("kind"), "split": .text("part")])
    #expect(
      source.data.clients == ["9", "10"] && source.data.domains == ["a", "b"] && source.data.groups == ["k", "l"])
    #expect(source.values() == [1, 4] && source.values(.test) == [2] && source.values(.validation) == [3])
    #expect(
      source.clients() == ["10", "9"] && source.domainNames(.test) == ["a"] && source.groups(.validation) == ["l"])
    #expect(source.targets() == [0, 1] && source.remarks.isEmpty)
    #expect(
      try said(arrays, ["split": .text("site")])
        == "a.npz: array 'site': has the split 'b' at [0] (allowed: train, val, test, validation, valid, dev)")
  }

  @Test("arrays of test and validation examples, with all of their words")
  func otherArrays() throws {
    let arrays: Arrays = [
      ("x", Made.floats([2, 1], [1, 2])), ("y", Made.integers([0, 1])), ("xt", Made.floats([1, 1], [3])),
      ("yt", Made.integers([1])), ("xv", Made.floats([1, 1], [4])), ("yv", Made.integers([0])),
      ("site", Made.texts(["a", "b"])), ("rest", Made.integers([5])),
    ]
    let words: [String: OptionValue] = [
      "test_inputs": .text("xt"), "test_label": .text("yt"), "val_inputs": .text("xv"), "val_label": .text("yv"),
    ]
    let source = try open(arrays, words)
    #expect(source.values(.test) == [3] && source.targets(.validation) == [0])
    #expect(
      source.remarks == ["\(folder.path)/a.npz: 2 arrays are passed over: 'site', 'rest'"])
    #expect(try said(arrays, ["test_inputs": .text("xt")]) == "test_label: is missing: 'test_inputs' needs it")
    #expect(try said(arrays, ["val_label": .text("yv")]) == "val_inputs: is missing: 'val_label' needs it")
    #expect(
      try said(arrays, ["test_inputs": .text("xt"), "test_target": .text("yt")]) == "test_target: needs 'target', too")
    // An array of domains of the training examples says nothing of others, which had no domain and stopped the program.
    #expect(
      try said(arrays, words.setting("domain", "site"))
        == "a.npz: array 'yv': has validation examples without a domain, and others have one (allowed: a domain for each example, or for none)"
    )
    let clients = try open(arrays, words.setting("client", "site"))
    #expect(clients.clients() == ["a", "b"] && clients.clients(.test) == [""])
    #expect(
      clients.remarks.contains(
        "\(folder.path)/a.npz: array 'site' says the client of training examples alone, and nothing of 'xv'"))
  }

  @Test("a file a client: one shape, one type, one kind of target; the same is told once")
  func files() throws {
    let extra: Arrays = [("notes", Made.integers([1]))]
    for (name, count) in [("b", 2), ("a", 1), ("c", 0)] {
      try folder.write(
        "site-\(name).npz",
        Made.npz(
          [
            ("x", Made.floats([count, 1], [1, 2].dropLast(2 - count))),
            ("y", Made.integers([0, 1].dropLast(2 - count))),
          ] + extra))
    }
    let options: [String: OptionValue] = ["file": .text("site-*.npz"), "client": .text("file")]
    let source = try folder.open("npz", options)
    #expect(source.data.clients == ["site-a", "site-b"] && source.clients() == ["site-a", "site-b", "site-b"])
    #expect(
      source.remarks.map { $0.replacing(folder.path + "/", with: "") } == [
        "site-a.npz: an array is passed over: 'notes'; so in 2 more",
        "site-c.npz: array 'x' (0×1 <f4) has no examples",
      ])
    try folder.write("site-d.npz", Made.npz([("x", Made.floats([1, 2], [1, 2])), ("y", Made.integers([0]))]))
    #expect(
      folder.said("npz", options)
        == "site-d.npz: has examples of 2, and site-a.npz has examples of 1 (allowed: one shape)")
    try folder.write("site-d.npz", Made.npz([("x", Made.bytes([1, 1], [1])), ("y", Made.integers([0]))]))
    #expect(
      folder.said("npz", options)
        == "site-d.npz: array 'y': has inputs of another type than site-a.npz: array 'y': bytes are values/255 and numbers are taken as they are, so that both together would be on two scales (allowed: one type of all)"
    )
  }

  @Test("bytes for training and numbers for testing are refused as well, and targets of two widths")
  func kinds() throws {
    let arrays: Arrays = digits + [("xt", Made.floats([1, 2, 2], [0, 0, 1, 1])), ("yt", Made.integers([0]))]
    #expect(
      try said(
        arrays,
        [
          "test_inputs": .text("xt"), "test_label": .text("yt"),
          "shape": .list([.integer(2), .integer(2)]),
        ]
      ).hasPrefix("a.npz: array 'yt': has inputs of another type than "))
    let wide: Arrays = [
      ("x", Made.floats([2, 1], [1, 2])), ("y", Made.floats([2], [1, 2])), ("xt", Made.floats([1, 1], [3])),
      ("yt", Made.floats([1, 2], [1, 2])),
    ]
    let words: [String: OptionValue] = [
      "target": .text("y"), "test_inputs": .text("xt"), "test_target": .text("yt"),
    ]
    #expect(
      try said(wide, words)
        == "a.npz: array 'yt': has 2 numbers an example, and \(folder.path)/a.npz: array 'y' has a number an example (allowed: one kind of target)"
        .replacing(folder.path + "/", with: ""))
    let even = try open(Array(wide.dropLast()) + [("yt", Made.floats([1], [5]))], words)
    #expect(even.target == .values(1) && even.targets() == [1, 2] && even.targets(.test) == [5])
  }

  @Test("whole numbers above 1 and beyond 32 bits are told once")
  func wholeNumbers() throws {
    func arrays(_ value: Int64) -> Arrays {
      [("x", Made.integers([0, value], shape: [2, 1])), ("y", Made.integers([0, 1]))]
    }
    #expect(try said(arrays(1)) == "")
    #expect(
      try said(arrays(7))
        == "note: a.npz: array 'x' has whole numbers as 7, which are taken as they are; 'scale' divides them")
    #expect(try said(arrays(7), ["scale": .integer(7)]) == "")
    #expect(
      try said(arrays(1 << 25))
        == "note: a.npz: array 'x' has the whole number 33554432, beyond 2^24: 32 bits don't hold all digits of such")
  }

  @Test("bare arrays: labels of test examples are never guessed")
  func bare() throws {
    try folder.write("n/x.npy", Made.floats([2, 1], [1, 2]))
    try folder.write("n/y.npy", Made.integers([0, 1]))
    try folder.write("n/x_test.npy", Made.floats([2, 1], [3, 4]))
    try folder.write("n/y_test.npy", Made.integers([1, 0]))
    let plain = try folder.open("npz", ["root": .text("n")])
    #expect(plain.values() == [1, 2] && plain.data.count(.test) == 0)
    #expect(
      folder.said("npz", ["root": .text("n"), "test_inputs": .text("x_test")])
        == "test_label: is missing: 'test_inputs' needs it")
    let both = try folder.open(
      "npz", ["root": .text("n"), "test_inputs": .text("x_test.npy"), "test_label": .text("y_test")])
    #expect(both.values(.test) == [3, 4] && both.targets(.test) == [1, 0])
    #expect(both.inputs.map(\.name) == ["n/x.npy", "n/y.npy", "n/x_test.npy", "n/y_test.npy"])
    #expect(
      folder.said("npz", ["root": .text("n"), "label": .text("../n/y")])
        .hasPrefix("n: has no file '../n/y.npy'"))
  }

  @Test("layouts settle their words")
  func layouts() throws {
    for (name, client) in [("train/2.npz", 2), ("train/10.npz", 10), ("test/2.npz", 3), ("test/11.npz", 11)] {
      try folder.write(
        "p/\(name)", Made.npz([("x", Made.floats([1, 1], [Float(client)])), ("y", Made.integers([0]))]))
    }
    let pfllib: [String: OptionValue] = ["layout": .text("pfllib"), "root": .text("p")]
    let source = try folder.open("npz", pfllib)
    #expect(source.data.clients == ["2", "10", "11"] && source.values() == [2, 10])
    #expect(source.clients(.test) == ["2", "11"])
    for word in ["client", "group", "val_label", "test_target", "domain"] {
      #expect(folder.said("npz", pfllib.setting(word, "x")) == "\(word): is settled by the layout 'pfllib'", "\(word)")
    }
    let med: [String: OptionValue] = ["layout": .text("medmnist"), "files": .list([.text("m.npz"), .text("k.npz")])]
    for name in ["m", "k"] {
      try folder.write(
        "\(name).npz",
        Made.npz([
          ("train_images", Made.bytes([1, 2, 2], [1, 2, 3, 4])), ("train_labels", Made.bytes([1, 1], [1])),
          ("test_images", Made.bytes([1, 2, 2], [1, 2, 3, 4])), ("test_labels", Made.bytes([1, 1], [0])),
        ]))
    }
    let domains = try folder.open("npz", med.setting("domain", "file"))
    #expect(domains.data.domains == ["k", "m"] && domains.domainNames() == ["m", "k"])
    #expect(folder.said("npz", med.setting("domain", "x")) == "domain: is settled by the layout 'medmnist'")
    #expect(
      folder.said("npz", ["root": .text("p"), "file": .text("m.npz")])
        == "file: exactly one of 'file' and 'root' says which files are read")
  }
}
