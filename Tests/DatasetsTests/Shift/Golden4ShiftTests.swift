import Catalogs
import Formats
import Foundation
import Randomness
import Tensors
import TestSupport
import Testing

@testable import Datasets

/// Shifts against values that PyTorch computed in float64, and moments.
@Suite("reference values of shifts")
struct Golden4ShiftTests {
  static let files: [URL] = {
    guard let folder = SharedFolders.golden4 else { return [] }
    let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    return files.filter { $0.pathExtension == "safetensors" }.sorted { $0.path < $1.path }
  }()

  static func ofOperation(_ operation: String) -> [URL] {
    files.filter { (try? object(SafetensorsFile(path: $0.path)))?["op"] as? String == operation }
  }

  private static func object(_ file: SafetensorsFile) throws -> [String: Any] {
    let text = try #require(file.metadata["case"])
    return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// The entries of a case; an unknown kind is an error.
  private func entries(_ object: [String: Any]) throws -> [ShiftEntry] {
    let components = try object["component"] as? [[String: Any]] ?? [#require(object["component"] as? [String: Any])]
    return try components.map { component in
      let kind = try #require(component["kind"] as? String)
      return try shiftCatalog.make(kind, try component.filter { $0.key != "kind" }.mapValues(Self.value))
    }
  }

  private static func value(_ any: Any) throws -> OptionValue {
    switch any {
    case let text as String: return .text(text)
    case let list as [Any]: return .list(try list.map(value))
    default: return .number(try #require(any as? Double))
    }
  }

  private struct Tolerance {
    let absolute: Double
    let relative: Double

    init(_ object: [String: Any]) throws {
      let written = try #require(object["tolerance"] as? [String: Double])
      (absolute, relative) = (try #require(written["absolute"]), try #require(written["relative"]))
    }

    /// By how much of what is allowed a value is off.
    func part(_ value: Float, _ expected: Float) -> Double {
      abs(Double(value) - Double(expected)) / (absolute + relative * Double(abs(expected)))
    }
  }

  @Test(
    "every case is of a known operation",
    .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN4"))
  func known() throws {
    let known: Set = ["federated", "shift", "statistical", "factor"]
    for url in Self.files {
      let operation = try Self.object(SafetensorsFile(path: url.path))["op"] as? String ?? ""
      #expect(known.contains(operation), "\(url.lastPathComponent): unknown op '\(operation)'")
    }
    #expect(!Self.ofOperation("shift").isEmpty)
  }

  @Test(
    "all examples at each level",
    .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN4"),
    arguments: ofOperation("shift"))
  func shift(_ url: URL) throws {
    let file = try SafetensorsFile(path: url.path)
    let object = try Self.object(file)
    let (entries, tolerance) = (try entries(object), try Tolerance(object))
    let extents = try #require(file.entries["input"]).shape
    let shape: Shape = extents.count == 4 ? [extents[2], extents[3], extents[1]] : Shape(Array(extents.dropFirst()))
    let input = channelsLast(try file.floats("input"), shape)
    try ShiftList.check(entries, shape: shape, range: valueRange(input))
    for (number, level) in try #require(object["levels"] as? [Double]).enumerated() {
      let output = changed(input, entries, shape, client: number, level: level)
      let expected = channelsLast(try file.floats("output.\(number)"), shape)
      try #require(output.count == expected.count)
      let worst = zip(output, expected).map { tolerance.part($0, $1) }.max() ?? 0
      #expect(worst <= 1, "\(url.lastPathComponent), level \(level): \(worst) of the tolerance")
    }
  }

  @Test(
    "moments", .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN4"),
    arguments: ofOperation("statistical"))
  func statistical(_ url: URL) throws {
    let file = try SafetensorsFile(path: url.path)
    let object = try Self.object(file)
    let entries = try entries(object)
    switch entries[0].name {
    case "noise": try noise(file, object, entries)
    case "scale": try scale(file, object, entries)
    default: Issue.record("unknown kind '\(entries[0].name)'")
    }
  }

  private func noise(_ file: SafetensorsFile, _ object: [String: Any], _ entries: [ShiftEntry]) throws {
    let count = try #require(object["values"] as? Int)
    let deviations = try file.floats("std").map(Double.init)
    let examples = 50
    let shape: Shape = [count / examples]
    let flat = [Float](repeating: 0.5, count: count)
    var noises: [[Double]] = []
    for (client, level) in try #require(object["levels"] as? [Double]).enumerated() {
      let output = changed(flat, entries, shape, client: client, level: level)
      #expect(output == changed(flat, entries, shape, client: client, level: level), "the same bits again")
      let noise = output.map { Double($0) - 0.5 }
      noises.append(noise.map { $0 / deviations[client] })
      let mean = noise.reduce(0, +) / Double(count)
      let deviation = (noise.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
      #expect(abs(mean) <= 5 * deviations[client] / Double(count).squareRoot())
      #expect(abs(deviation / deviations[client] - 1) <= 0.015)
      // Kolmogorov and Smirnov: p > 1e-4 is D·√n < 2.23.
      let sorted = noise.map { $0 / deviations[client] }.sorted()
      let distance =
        sorted.enumerated().map { place, z in
          let share = 0.5 * erfc(-z / 2.0.squareRoot())
          return max(abs(share - Double(place) / Double(count)), abs(Double(place + 1) / Double(count) - share))
        }.max() ?? 1
      #expect(distance * Double(count).squareRoot() < 2.23)
    }
    /// The correlation of standardized noise.
    func correlation(_ a: some Sequence<Double>, _ b: some Sequence<Double>, _ count: Int) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
    }
    let width = shape.count
    let limit = 5 / Double(count - width).squareRoot()
    #expect(abs(correlation(noises[0], noises[1], count)) < limit, "clients")
    #expect(abs(correlation(noises[0], noises[0].dropFirst(width), count - width)) < limit, "examples")
    #expect(abs(correlation(noises[0], noises[0].dropFirst(), count - 1)) < limit, "pixels")
    let other = changed(flat, entries, shape, client: 0, level: 1, seed: 8).map { Double($0) - 0.5 }
    #expect(abs(correlation(noises[0], other.map { $0 / 0.08 }, count)) < 2 * limit, "seeds")
  }

  private func scale(_ file: SafetensorsFile, _ object: [String: Any], _ entries: [ShiftEntry]) throws {
    let draws = try #require(object["draws"] as? Int)
    let (bounds, means) = (try file.floats("bounds").map(Double.init), try file.floats("output_mean").map(Double.init))
    let variances = try file.floats("output_variance").map(Double.init)
    let features = 20
    let shape: Shape = [features]
    var (factors, offsets): ([Double], [Double]) = ([], [])
    for client in 0..<(draws / features) {
      let zeros = [Float](repeating: 0, count: features)
      let ones = [Float](repeating: 1, count: features)
      let output = changed(zeros + ones, entries, shape, client: client, level: 0)
      #expect(output == changed(zeros + ones, entries, shape, client: client, level: 0, split: .test), "test alike")
      for feature in 0..<features {
        offsets.append(Double(output[feature]))
        factors.append(Double(output[features + feature]) - Double(output[feature]))
      }
    }
    for (place, values) in [factors, offsets].enumerated() {
      let mean = values.reduce(0, +) / Double(draws)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(draws - 1)
      #expect(abs(mean - means[place]) <= 5 * (variances[place] / Double(draws)).squareRoot())
      #expect(abs(variance / variances[place] - 1) <= 0.05)
      #expect(values.allSatisfy { $0 >= bounds[2 * place] - 1e-6 && $0 <= bounds[2 * place + 1] + 1e-6 })
    }
    let product = zip(factors, offsets).reduce(0) { $0 + ($1.0 - means[0]) * ($1.1 - means[1]) } / Double(draws)
    #expect(abs(product) < 5 * (variances[0] * variances[1] / Double(draws)).squareRoot(), "independent")
    let next =
      zip(factors, factors.dropFirst()).reduce(0) { $0 + ($1.0 - means[0]) * ($1.1 - means[0]) } / Double(draws - 1)
    #expect(abs(next) < 5 * variances[0] / Double(draws - 1).squareRoot(), "pairs")
  }
}

/// Examples of a client after entries, all at one level.
func changed(
  _ input: [Float], _ entries: [ShiftEntry], _ shape: Shape, client: Int, level: Double, seed: UInt64 = 7,
  split: DataSplit = .train
) -> [Float] {
  var values = input
  let references = (0..<(input.count / shape.count)).map { ExampleReference(domain: 0, index: $0) }
  values.withUnsafeMutableBufferPointer { values in
    guard let base = values.baseAddress else { return }
    ShiftList(entries: entries, seed: seed).apply(
      to: base, references[...], split: split, client: client, shape: shape
    ) { _, _ in level }
  }
  return values
}

/// N×C×H×W as N×H×W×C.
private func channelsLast(_ values: [Float], _ shape: Shape) -> [Float] {
  guard shape.rank == 3 else { return values }
  let (channels, pixels) = (shape.channels, shape.positions)
  return values.indices.map { place in
    let (example, rest) = place.quotientAndRemainder(dividingBy: shape.count)
    return values[example * shape.count + rest % channels * pixels + rest / channels]
  }
}
