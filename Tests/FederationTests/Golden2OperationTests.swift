import Catalogs
import Foundation
import Networks
import Randomness
import Tensors
import TestSupport
import Testing

@testable import Federation

/// Single operations of the second set of reference values whose components there are.
@Suite("golden values, second set: operations")
struct Golden2OperationTests {
  static let files: [URL] = {
    guard let folder = SharedFolders.golden2,
      let all = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    else { return [] }
    return all.filter { $0.pathExtension == "safetensors" }.sorted { $0.path < $1.path }
  }()

  private static func object(_ file: SafetensorsFile) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data((file.metadata["case"] ?? "").utf8)) as? [String: Any] ?? [:]
  }

  static func ofOperation(_ operation: String) -> [URL] {
    files.filter { url in
      (try? SafetensorsFile(path: url.path)).flatMap { try? object($0)["op"] as? String } == operation
    }
  }

  /// The component that a case names; nil where the catalog has none of the name.
  private func component<Product>(_ object: [String: Any], _ catalog: Catalog<Product>) throws -> Product? {
    let given = object["component"]
    let options = given as? [String: Any] ?? [:]
    guard let name = given as? String ?? options["kind"] as? String, let entry = catalog[name] else { return nil }
    var values: [String: OptionValue] = [:]
    for option in entry.options {
      switch options[option.name] {
      case let number as NSNumber:
        if isBoolean(number) {
          values[option.name] = .boolean(number.boolValue)
        } else if case .integer = option.kind {
          values[option.name] = .integer(number.intValue)
        } else {
          values[option.name] = .number(number.doubleValue)
        }
      default: break
      }
    }
    return try catalog.make(name, values)
  }

  private func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

  private func expectNear(_ values: [Float], _ expected: [Float], _ object: [String: Any], _ name: String) {
    let tolerance = object["tolerance"] as? [String: Double] ?? ["absolute": 1e-6, "relative": 1e-5]
    #expect(values.count == expected.count, "\(name)")
    for (a, b) in zip(values, expected) {
      let limit = (tolerance["absolute"] ?? 0) + (tolerance["relative"] ?? 0) * Double(abs(b))
      #expect(abs(Double(a) - Double(b)) <= limit, "\(name): \(a), expected \(b)")
    }
  }

  private func rows(_ file: SafetensorsFile, _ name: String) throws -> [[Float]] {
    let values = try file.floats(name)
    let width = try #require(file.entries[name]).shape[1]
    return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<($0 + width)]) }
  }

  @Test(
    "aggregators", .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN2"),
    arguments: ofOperation("aggregate"))
  func aggregate(_ url: URL) throws {
    let file = try SafetensorsFile(path: url.path)
    let object = try Self.object(file)
    guard let aggregator = try component(object, aggregatorCatalog) else { return }
    let (updates, weights) = (try rows(file, "updates"), try file.floats("weights").map(Double.init))
    let rule = try aggregator.rule(for: updates, weights: weights)
    let (means, variances) = (try rows(file, "mean"), try rows(file, "variance"))
    let channels = means[0].count
    // A layer of as many channels, whose statistics the rule makes.
    let layout = try Network(
      input: [channels], layers: [BatchNorm(name: "norm", center: false, scale: false)]
    ).layout
    let place = layout.trackedLayers[0]
    let results = zip(means, variances).enumerated().map { index, pair in
      var result = ClientResult(client: index, samples: 1)
      result.statistics = [Float](repeating: 0, count: 2 * channels)
      result.statistics.replaceSubrange(place.mean..<(place.mean + channels), with: pair.0)
      result.statistics.replaceSubrange(place.variance..<(place.variance + channels), with: pair.1)
      result.counters = [1]
      return (result: result, weight: weights[index])
    }
    let treatment: NormTreatment = object["statistics"] as? String == "pooled" ? .pooled : .averaged
    let made = StatisticsAggregation(
      policy: NormMatrix(affine: .averaged, statistics: treatment), treatment: treatment, layout: layout, rule: rule
    ).next(results, global: ModelState(initial: layout, seed: 1))
    expectNear(
      Array(made.values[place.mean..<(place.mean + channels)]), try file.floats("output_mean"), object, "mean")
    expectNear(
      Array(made.values[place.variance..<(place.variance + channels)]), try file.floats("output_variance"), object,
      "variance")
    var output: [Float]
    switch rule {
    case .mixture(let parts, _):
      output = updates[0].indices.map { place in
        Float(zip(updates, parts).reduce(0) { $0 + $1.1 * Double($1.0[place]) })
      }
      if let selected = object["selected"] as? [Int] {
        #expect(parts.indices.filter { parts[$0] != 0 } == selected)
      }
    case .coordinates(let value):
      output = updates[0].indices.map { place in
        var column = updates.map { Double($0[place]) }
        return Float(value(&column))
      }
    }
    expectNear(output, try file.floats("output"), object, "output")
  }

  @Test(
    "transforms", .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN2"),
    arguments: ofOperation("transform"))
  func transform(_ url: URL) throws {
    let file = try SafetensorsFile(path: url.path)
    let object = try Self.object(file)
    guard let transform = try component(object, transformCatalog) else { return }
    let names = file.entries.keys.filter { $0.hasPrefix("input.") }.map { String($0.dropFirst(6)) }.sorted()
    var update = ClientUpdate(delta: try names.flatMap { try file.floats("input.\($0)") })
    var memory = SlotMemory()
    var stream = RandomStream(seed: 1, .noise)
    transform.onClient(&update, memory: &memory, stream: &stream)
    expectNear(update.delta, try names.flatMap { try file.floats("output.\($0)") }, object, "output")
    #expect(transform.encoding(UpdateEncoding(count: update.sharedCount)).bytes == object["bytes"] as? Int)
  }

  @Test(
    "moon's term", .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN2"),
    arguments: ofOperation("contrast"))
  func contrast(_ url: URL) throws {
    let file = try SafetensorsFile(path: url.path)
    let object = try Self.object(file)
    let input = try rows(file, "input")
    let others = [try file.floats("representation_global"), try file.floats("representation_previous")]
    var gradient = [Float](repeating: 0, count: input.count * input[0].count)
    let moon = MOON(mu: 1, temperature: try #require(object["temperature"] as? Double))
    try gradient.withUnsafeMutableBufferPointer { gradient in
      try input.flatMap { $0 }.withUnsafeBufferPointer { values in
        moon.addTerm(
          to: ContrastStep(
            input: try #require(values.baseAddress), gradient: try #require(gradient.baseAddress), others: others,
            rowCount: input.count, width: input[0].count))
      }
    }
    expectNear(gradient, try file.floats("grad_input"), object, "gradient")
  }

  @Test(
    "noise is what its definition says",
    .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN2"),
    arguments: ofOperation("statistical"))
  func noise(_ url: URL) throws {
    let file = try SafetensorsFile(path: url.path)
    let object = try Self.object(file)
    guard let kinds = object["component"] as? [[String: Any]],
      kinds.map({ $0["kind"] as? String }) == ["clip", "noise"],
      let clip = try component(["component": kinds[0]], transformCatalog),
      let noise = try component(["component": kinds[1]], transformCatalog), let clients = object["clients"] as? Int,
      let count = object["values"] as? Int
    else { return }
    let deviation = Double(try #require(try file.floats("std").first))
    var rounds: [[Float]] = []
    for round in 1...2 {
      var update = CohortUpdate(
        received: [Float](repeating: 0, count: count), delta: [Float](repeating: 0, count: count),
        members: (0..<clients).map { _ in CohortUpdate.Member(weight: 1 / Double(clients), steps: 1) })
      var stream = RandomStream(seed: 7, .noise, UInt64(round))
      noise.onServer(&update, bound: clip.normBound, stream: &stream)
      rounds.append(update.delta)
    }
    #expect(zip(rounds[0], rounds[1]).allSatisfy { $0 != $1 })
    for values in rounds {
      let numbers = values.map(Double.init).sorted()
      let mean = numbers.reduce(0, +) / Double(count)
      let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      #expect(abs(mean) <= 5 * deviation / Double(count).squareRoot())
      #expect(abs(variance.squareRoot() / deviation - 1) <= 0.015)
      // Kolmogorov and Smirnov, p > 1e-4.
      let farthest =
        numbers.enumerated().map { index, value in
          let share = 0.5 * (1 + erf(value / (deviation * 2.0.squareRoot())))
          return max(abs(share - Double(index) / Double(count)), abs(Double(index + 1) / Double(count) - share))
        }.max() ?? 1
      #expect(farthest < (log(2e4) / (2 * Double(count))).squareRoot())
    }
  }
}
