import Catalogs
import Formats
import Foundation
import Tensors
import Testing

@testable import Datasets

@Suite("feature shift")
struct FeatureShiftTests {
  /// Vectors of four values of [0, 1] with a domain, a client and perhaps a group each, as files would hold them.
  static func held(
    _ owners: [(client: Int, domain: Int)], domains: [String], groups: [String] = [], groupOf: [Int] = [],
    each: Int = 3, bytes: Bool = false
  ) -> HeldSource {
    var splits: [DataSplit: HeldSplit] = [:]
    for split in [DataSplit.train, .test] {
      let count = owners.count * each
      let values = (0..<(count * 4)).map { Float(($0 * 37 + (split == .test ? 11 : 0)) % 100) / 100 }
      var held = HeldSplit(
        inputs: bytes ? .bytes(values.map { UInt8($0 * 255) }) : .floats(values),
        targets: .classes((0..<count).map { Int32($0 % 2) }), count: count)
      held.clients = owners.flatMap { [Int32](repeating: Int32($0.client), count: each) }
      held.domains = owners.flatMap { [Int32](repeating: Int32($0.domain), count: each) }
      if !groups.isEmpty { held.groups = groupOf.flatMap { [Int32](repeating: Int32($0), count: each) } }
      splits[split] = held
    }
    var data = HeldData(shape: [4], splits: splits, target: .classes(2))
    data.classes = ["0", "1"]
    data.clients = (0...(owners.map(\.client).max() ?? 0)).map { "site-\($0)" }
    data.domains = domains
    data.groups = groups
    return HeldSource(data)
  }

  static func entry(_ kind: String, _ options: [String: OptionValue] = [:]) throws -> ShiftEntry {
    try shiftCatalog.make(kind, options)
  }

  static func pair(_ first: Double, _ second: Double) -> OptionValue { .list([.number(first), .number(second)]) }

  static func brightness(by unit: String = "client", draw: String = "even") throws -> ShiftEntry {
    try entry("brightness", ["range": pair(0, 0.5), "by": .text(unit), "draw": .text(draw)])
  }

  /// All values of a client's examples.
  static func values(_ dataset: FederatedDataset, _ client: Int, _ split: DataSplit = .train) -> [Float] {
    let examples = dataset.examples(client, split)
    var values = [Float](repeating: 0, count: examples.count * dataset.sampleShape.count)
    var labels = [Int32](repeating: 0, count: examples.count)
    values.withUnsafeMutableBufferPointer { values in
      labels.withUnsafeMutableBufferPointer { labels in
        guard let values = values.baseAddress, let labels = labels.baseAddress else { return }
        examples.gather(Array(0..<examples.count)[...], values: values, labels: labels)
      }
    }
    return values
  }

  // MARK: Levels

  @Test("levels of clients are (k + ½)/K, those that never train apart")
  func clientLevels() throws {
    let source = Self.held((0..<5).map { ($0, 0) }, domains: ["all"])
    let dataset = try FederatedDataset(
      source: source, partitioner: Natural(), trainPerClient: nil, testPerClient: nil, unseen: .names(["site-1"]),
      shift: [Self.brightness()], seed: 1)
    #expect((0..<5).map { dataset.shiftLevels($0) } == [[0.125], [0.375], [0.625], [0.875], [0.5]])
  }

  @Test("levels of domains go by their names, an unseen client of a known domain has that domain's")
  func domainLevels() throws {
    // As golden4's shift_by_domain: west, east, north, east, west, south; 1 and 5 never train.
    let source = Self.held(
      [(0, 0), (1, 1), (2, 2), (3, 1), (4, 0), (5, 3)], domains: ["west", "east", "north", "south"])
    let dataset = try FederatedDataset(
      source: source, partitioner: Natural(), trainPerClient: nil, testPerClient: nil,
      unseen: .names(["site-1", "site-5"]), shift: [Self.brightness(by: "domain")], seed: 1)
    let expected: [Double?] = [2.5 / 3, 0.5, 0.5 / 3, 2.5 / 3, 0.5 / 3, 0.5]
    #expect((0..<6).map { dataset.shiftLevels($0)[0] } == expected)
  }

  @Test("without groups a domain is a group, and each entry goes by its own unit")
  func groupLevels() throws {
    let owners = [(client: 0, domain: 0), (1, 1), (2, 0), (3, 1)]
    let entries = [
      try Self.brightness(by: "group"), try Self.entry("scale", ["range": Self.pair(1, 2)]), try Self.brightness(),
    ]
    let plain = try FederatedDataset(
      source: Self.held(owners, domains: ["b", "a"]), partitioner: Natural(), trainPerClient: nil, testPerClient: nil,
      shift: entries, seed: 1)
    #expect(
      (0..<4).map { plain.shiftLevels($0) } == [
        [0.75, nil, 0.125], [0.25, nil, 0.375], [0.75, nil, 0.625], [0.25, nil, 0.875],
      ])
    let grouped = try FederatedDataset(
      source: Self.held(owners, domains: ["b", "a"], groups: ["y", "x"], groupOf: [0, 0, 0, 1]), partitioner: Natural(),
      trainPerClient: nil, testPerClient: nil, shift: entries, seed: 1)
    #expect((0..<4).map { grouped.shiftLevels($0)[0] } == [0.75, 0.75, 0.75, 0.25])
  }

  @Test("a client of several domains has the level of each example's")
  func mixedLevels() throws {
    let source = Self.held([(0, 0), (1, 1)], domains: ["a", "b"])
    let shifted = try FederatedDataset(
      source: source, partitioner: IID(clients: 1), trainPerClient: nil, testPerClient: nil,
      shift: [Self.brightness(by: "domain")], seed: 1)
    let plain = try FederatedDataset(
      source: source, partitioner: IID(clients: 1), trainPerClient: nil, testPerClient: nil, seed: 1)
    #expect(shifted.shiftLevels(0) == [nil])
    let differences = zip(Self.values(shifted, 0), Self.values(plain, 0)).filter { $0.1 < 0.6 }.map { $0.0 - $0.1 }
    #expect(Set(differences.map { ($0 * 1000).rounded() }) == [125, 375])
  }

  @Test("drawn levels are the seed's and the unit's, whatever else there is")
  func drawnLevels() throws {
    func levels(_ unit: String, seed: UInt64 = 1, clients: Int = 6) throws -> [Double?] {
      let dataset = try FederatedDataset(
        source: Self.held((0..<clients).map { ($0, $0 % 2) }, domains: ["a", "b"]), partitioner: Natural(),
        trainPerClient: nil, testPerClient: nil, shift: [Self.brightness(by: unit, draw: "uniform")], seed: seed)
      return (0..<clients).map { dataset.shiftLevels($0)[0] }
    }
    #expect(try levels("client") == levels("client") && levels("client") != levels("client", seed: 2))
    #expect(try Array(levels("client", clients: 6)[..<4]) == levels("client", clients: 4))
    let byDomain = try levels("domain")
    #expect(Set(byDomain).count == 2 && byDomain[0] == byDomain[2])
    let many = try levels("client", clients: 400).compactMap { $0 }
    #expect(many.allSatisfy { $0 >= 0 && $0 < 1 } && abs(many.reduce(0, +) / 400 - 0.5) < 5 * 0.289 / 20)
  }

  // MARK: Values

  @Test("values are clipped to [0, 1] after each entry, those of 'scale' are not")
  func clipping() throws {
    let shape: Shape = [3]
    let up = try Self.entry("brightness", ["range": Self.pair(0.8, 0.8)])
    let down = try Self.entry("brightness", ["range": Self.pair(-0.8, -0.8)])
    let scale = try Self.entry("scale", ["range": Self.pair(3, 3)])
    let near = { (a: [Float], b: [Float]) in zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 } }
    #expect(near(changed([0, 0.1, 0.9], [up, down], shape, client: 0, level: 0.5), [0, 0.1, 0.2]))
    #expect(near(changed([0, 0.1, 0.9], [down, up], shape, client: 0, level: 0.5), [0.8, 0.8, 0.9]))
    #expect(changed([-2, 0.5, 40], [scale], shape, client: 0, level: 0.5) == [-6, 1.5, 120])
  }

  @Test("training and test examples are changed alike, beyond the cache to the same bits, and labels stay")
  func alike() throws {
    let source = Self.held([(0, 0), (1, 0)], domains: ["all"], bytes: true)
    func dataset(_ shift: [ShiftEntry]) throws -> FederatedDataset {
      try FederatedDataset(
        source: source, partitioner: Natural(), trainPerClient: nil, testPerClient: nil, shift: shift, seed: 3)
    }
    let (plain, shifted) = (try dataset([]), try dataset([Self.brightness()]))
    for split in [DataSplit.train, .test] {
      let expected = Self.values(plain, 1, split).map { Float(min(Double($0) + 0.375, 1)) }
      #expect(zip(Self.values(shifted, 1, split), expected).allSatisfy { abs($0 - $1) < 1e-6 })
      #expect(shifted.examples(1, split).labels == plain.examples(1, split).labels)
    }
    let noise = try Self.entry("noise", ["sd": .number(0.3)])
    #expect(try Self.values(dataset([noise]), 0) == Self.values(dataset([noise]), 0))
    #expect(try Self.values(dataset([noise]), 0) != Self.values(plain, 0))
  }

  @Test("mean and deviation of images come after the shift")
  func imageScale() throws {
    func dataset(_ mean: Double, _ std: Double, _ shift: [ShiftEntry]) throws -> FederatedDataset {
      let image: OptionValue = .group([
        "mean": .number(mean), "std": .number(std), "width": .integer(8), "height": .integer(8),
      ])
      return try FederatedDataset(
        source: datasetCatalog.make("synthetic-digits", ["image": image]).open("/", 1), partitioner: ByDomain(),
        trainPerClient: 4, testPerClient: 2, shift: shift, seed: 1)
    }
    let shift = [try Self.entry("contrast", ["range": Self.pair(0.2, 3)])]
    let raw = Self.values(try dataset(0, 1, shift), 4)
    let scaled = Self.values(try dataset(0.25, 0.5, shift), 4)
    #expect(zip(raw, scaled).allSatisfy { abs(($0 - 0.25) / 0.5 - $1) < 1e-6 })
    #expect(raw.allSatisfy { (0...1).contains($0) } && raw.contains(1))
    // Unchanged values are what the source gives, but for rounding.
    let none = [try Self.entry("brightness", ["range": Self.pair(0, 0)])]
    let given = Self.values(try dataset(0.25, 0.5, []), 2)
    #expect(zip(Self.values(try dataset(0.25, 0.5, none), 2), given).allSatisfy { abs($0 - $1) < 2e-6 })
  }

  @Test("pooled clients keep what each of them has")
  func pooled() throws {
    let dataset = try FederatedDataset(
      source: Self.held([(0, 0), (1, 0), (2, 0)], domains: ["all"]), partitioner: Natural(), trainPerClient: nil,
      testPerClient: nil, shift: [Self.brightness()], normalization: .local, seed: 3)
    #expect(Self.values(dataset.pooled(), 0) == (0..<3).flatMap { Self.values(dataset, $0) })
    #expect(dataset.pooled().examples(0, .train).labels == (0..<3).flatMap { dataset.examples($0, .train).labels })
    #expect(dataset.pooled().examples(0, .test).count == 0)
  }

  // MARK: Messages

  private func problem(_ source: any ExampleSource, _ shift: [ShiftEntry]) -> String {
    do {
      _ = try FederatedDataset(
        source: source, partitioner: ByDomain(), trainPerClient: 4, testPerClient: 2, shift: shift, seed: 1)
      return ""
    } catch { return "\((error as? ShiftProblem)?.entry ?? -1): \(error)" }
  }

  @Test("what examples can't be changed is refused")
  func refused() throws {
    let table = Self.held([(0, 0)], domains: ["all"])
    let grey = try datasetCatalog.make("synthetic-digits", ["image": .group(["channels": .text("1")])]).open("/", 1)
    let patterns = try datasetCatalog.make("synthetic-patterns", ["shape": .list([.integer(4)])]).open("/", 1)
    let colour = try Self.entry("colour", ["degrees": Self.pair(0, 90)])
    let rotate = try Self.entry("rotate", ["degrees": Self.pair(0, 90)])
    let noise = try Self.entry("noise", ["sd": .number(0.1)])
    let scale = try Self.entry("scale", ["range": Self.pair(1, 2)])
    #expect(
      problem(table, [noise, rotate])
        == "1: 'rotate' is for images, and the data have examples of 4 (allowed: height × width × channels)")
    #expect(
      problem(grey, [colour])
        == "0: 'colour' needs three channels, and the data have 1 (allowed: 'data.image.channels' 3)")
    #expect(
      problem(patterns, [scale, noise])
        == "1: 'noise' is for values of [0, 1], and those of the source have no bounds (allowed: data scaled to [0, 1], or 'scale')"
    )
    #expect(problem(patterns, [scale]) == "" && problem(grey, [rotate, noise]) == "")
    var wide = HeldData(shape: [1], splits: [:], target: .classes(1))
    wide.splits[.train] = HeldSplit(inputs: .floats([-3.5, 63]), targets: .classes([0, 0]), count: 2)
    #expect(
      problem(HeldSource(wide), [noise])
        == "0: 'noise' is for values of [0, 1], and the data have values from -3.5 to 63.0 (allowed: data scaled to [0, 1], or 'scale')"
    )
    #expect(problem(HeldSource(wide), [scale]) == "")
    #expect(throws: OptionProblem("range", "begins above its end (allowed: the smaller factor first)")) {
      try Self.entry("scale", ["range": Self.pair(2, 1)])
    }
  }

  @Test("equal texts are equal changes")
  func texts() throws {
    #expect(try Self.brightness().text == "{by: client, draw: even, kind: brightness, range: [0, 0.5]}")
    #expect(try Self.entry("brightness", ["range": Self.pair(0, 0.5)]).text == Self.brightness().text)
  }

  @Test("every kind keeps examples finite and, but for 'scale', of [0, 1]", arguments: shiftCatalog.names)
  func kinds(name: String) throws {
    let entry = try #require(shiftCatalog[name])
    var options: [String: OptionValue] = [:]
    for option in entry.options where option.defaultValue == nil {
      let example: OptionValue = try #require(option.kind.example)
      options[option.name] = example
    }
    if name == "scale" { options["range"] = Self.pair(0.5, 2) }
    let made = try shiftCatalog.make(name, options)
    for shape: Shape in [[5, 6, 3], [1, 1, 3]] where made.shift.problem(with: shape) == nil {
      let input = (0..<(2 * shape.count)).map { Float($0 * 31 % 17) / 16 }
      for level in [0, 0.25, 0.999] {
        let output = changed(input, [made], shape, client: 1, level: level)
        #expect(output.allSatisfy { $0.isFinite && (!made.shift.isOfUnitRange || (0...1).contains($0)) })
      }
    }
  }
}
