import Catalogs
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Networks

/// What the third set of reference values says of single steps: clipped gradients, learning rates, decay by role.
@Suite("golden values, third set: steps")
struct Golden3OptimizerTests {
  static let files: [URL] = {
    guard let folder = SharedFolders.golden3,
      let all = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    else { return [] }
    return all.filter { $0.pathExtension == "safetensors" }.sorted { $0.path < $1.path }
  }()

  /// Cases of an operation.
  static func cases(_ operation: String) -> [URL] {
    files.filter { (try? Case($0))?.object["op"] as? String == operation }
  }

  /// What a file says.
  struct Case {
    let file: SafetensorsFile
    let object: [String: Any]

    init(_ url: URL) throws {
      file = try SafetensorsFile(path: url.path)
      object =
        try JSONSerialization.jsonObject(with: Data((file.metadata["case"] ?? "").utf8)) as? [String: Any] ?? [:]
    }

    /// The names of arrays behind a prefix.
    func names(_ prefix: String) -> [String] {
      file.entries.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    func expectNear(_ values: [Float], _ expected: [Float], _ name: String) {
      let tolerance = object["tolerance"] as? [String: Double] ?? [:]
      let words = difference(
        values, expected, absolute: tolerance["absolute"] ?? 1e-6, relative: tolerance["relative"] ?? 1e-5)
      #expect(words == nil, "\(name) \(words ?? "")")
    }
  }

  /// The values of a mapping as options of a component.
  private func values(_ given: [String: Any], of options: [Option]) -> [String: OptionValue] {
    var values: [String: OptionValue] = [:]
    for option in options {
      switch (given[option.name], option.kind) {
      case (let number as NSNumber, .integer): values[option.name] = .integer(number.intValue)
      case (let number as NSNumber, .boolean): values[option.name] = .boolean(number.boolValue)
      case (let number as NSNumber, _): values[option.name] = .number(number.doubleValue)
      case (let text as String, _): values[option.name] = .text(text)
      default: break
      }
    }
    return values
  }

  /// A component that a mapping names, with its options; nothing else may stand there.
  private func made<Product>(
    _ given: [String: Any], by catalog: Catalog<Product>, besides others: [String] = []
  ) throws -> Product {
    let entry = try #require(catalog[given["kind"] as? String ?? "sgd"])
    let options = values(given, of: entry.options)
    #expect(Set(given.keys).subtracting(["kind"] + others) == Set(options.keys))
    return try catalog.make(entry.name, options)
  }

  @Test(
    "clipped gradients", .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN3"),
    arguments: cases("clip"))
  func clip(_ url: URL) throws {
    let golden = try Case(url)
    let bounds = try #require(golden.object["gradient_clip"] as? [String: Double])
    try #require(bounds.count == 1)
    let clip = try #require(bounds["norm"].map { .norm($0) } ?? bounds["value"].map { GradientClip.value($0) })
    // One array of all: the norm is one over them.
    let names = golden.names("before.")
    var gradient = try names.flatMap { try golden.file.floats("before.\($0)") }
    clip.clip(&gradient, [0..<5, 5..<gradient.count])
    golden.expectNear(gradient, try names.flatMap { try golden.file.floats("after.\($0)") }, "after")
  }

  @Test(
    "learning rates", .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN3"),
    arguments: cases("schedule"))
  func schedule(_ url: URL) throws {
    let golden = try Case(url)
    let optimizer = try #require(golden.object["optimizer"] as? [String: Any])
    let rate = try #require(optimizer["learning_rate"] as? Double)
    let schedule = try made(
      #require(optimizer["learning_rate_schedule"] as? [String: Any]), by: learningRateCatalog)
    let places = try #require(golden.object["places"] as? Int)
    let rates = (0..<places).map { Float(schedule.rate(rate, at: $0, of: places)) }
    golden.expectNear(rates, try golden.file.floats("rates"), "rates")
  }

  @Test(
    "weight decay by role", .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN3"),
    arguments: cases("decay"))
  func decay(_ url: URL) throws {
    let golden = try Case(url)
    let given = try #require(golden.object["optimizer"] as? [String: Any])
    let roles = try #require(golden.object["roles"] as? [String: String])
    let optimizer = try made(given, by: optimizerCatalog, besides: ["weight_decay_on"])
    let decayed = try #require(DecayedValues(rawValue: given["weight_decay_on"] as? String ?? "all"))
    // A layout of arrays with these roles, in which they lie as in every model.
    let names = golden.names("before.")
    let layout = StateLayout(
      layers: try names.map { name in
        let (shape, role) = (
          try #require(golden.file.entries["before.\(name)"]).shape,
          try #require(TensorRole(rawValue: roles[name] ?? ""))
        )
        return (name, [TensorSpec("", shape, role, .constant(0))])
      })
    func placed(_ prefix: String, row: Int = 0) throws -> [Float] {
      var values = [Float](repeating: 0, count: layout.trainableCount)
      for (name, tensor) in zip(names, layout.tensors) {
        let count = tensor.range.count
        values.replaceSubrange(
          tensor.range, with: try golden.file.floats("\(prefix).\(name)")[(row * count)..<((row + 1) * count)])
      }
      return values
    }
    var values = try placed("before")
    var bare = optimizer
    bare.weightDecay = 0
    var slots = [Float](repeating: 0, count: max(1, optimizer.slotNames.count) * values.count)
    for step in 1...(try #require(golden.object["steps"] as? Int)) {
      let gradients = try placed("grads", row: step - 1)
      slots.withUnsafeMutableBufferPointer { slots in
        guard let base = slots.baseAddress else { return }
        let memory = OptimizerMemory(slots: base, stride: values.count, step: step)
        for tensor in layout.tensors {
          (decayed.includes(tensor.role) ? optimizer : bare).step(
            values: &values, gradients: gradients, range: tensor.range, memory: memory)
        }
      }
    }
    golden.expectNear(values, try placed("after"), "after")
  }
}
