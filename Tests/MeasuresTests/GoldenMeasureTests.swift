import Foundation
import Measures
import Records
import Tensors
import TestSupport
import Testing

/// The third set of reference values: measures, made by scikit-learn in fp64.
@Suite("golden values, third set: measures")
struct GoldenMeasureTests {
  struct Case: Decodable {
    struct Tolerance: Decodable {
      let absolute: Double
      let relative: Double
    }
    let op: String
    let measures: String?
    let tolerance: Tolerance?
    let values: [Double?]?
    let sizes: [Int]?
  }

  /// What is measured and not built yet; whoever builds it takes it out.
  static let notBuiltYet: Set<String> = ["frechet_network", "generative", "vae"]
  static let built: Set<String> = ["classification", "labels", "regression", "clients", "tokens"]

  static let files: [URL] = {
    guard let folder = SharedFolders.golden3,
      let all = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    else { return [] }
    return all.filter { $0.lastPathComponent.hasPrefix("measure_") }.sorted { $0.path < $1.path }
  }()

  @Test(
    "every measure of the reference has its value, and what is missing there is missing here",
    .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN3"), arguments: files)
  func values(_ url: URL) throws {
    let file = try SafetensorsFile(path: url.path)
    let text = try #require(file.metadata["case"])
    let described = try JSONDecoder().decode(Case.self, from: Data(text.utf8))
    let kind = try #require(described.measures)
    try #require(Self.built.contains(kind) || Self.notBuiltYet.contains(kind), "measures '\(kind)' are unknown")
    // The record sums up over clients, and tokens are summed up when they are evaluated: see `MeasureSummaryTests` and
    // `GoldenTokenTests`.
    guard Self.built.contains(kind), kind != "clients", kind != "tokens" else { return }
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let expected = try #require(object["expected"] as? [String: Any])
    let tolerance = try #require(described.tolerance)
    let outputs = try file.floats("output")
    let width = try #require(file.entries["output"]?.shape.last)
    let targets: EvaluatedTargets =
      switch kind {
      case "labels": .labels(try file.floats("target"))
      case "regression": .values(try file.floats("target"))
      default: .classes(try file.integers("target").map { Int32($0) })
      }
    let evaluated = EvaluatedOutputs(outputs, width: width, targets: targets)
    let measured = Measure.all(of: evaluated)
    func expect(_ name: String, _ value: Any, _ found: Double?) {
      guard let value = value as? Double else {
        #expect(found == nil, "\(name)")
        return
      }
      let error = found.map { abs($0 - value) } ?? .infinity
      #expect(error <= tolerance.absolute + tolerance.relative * abs(value), "\(name): \(found ?? .nan), not \(value)")
    }
    for (name, value) in expected {
      if name == "accuracy" {
        expect(name, value, measured.values["micro_f1"] ?? nil)
      } else if name == "confusion" {
        var counts = [[Int]](repeating: [Int](repeating: 0, count: width), count: width)
        for row in try #require(measured.counts["confusion"]) { counts[Int(row[0])][Int(row[1])] = Int(row[2]) }
        #expect(value as? [[Int]] == counts)
      } else if name.hasPrefix("top_"), name != "top_5_accuracy" {
        let k = try #require(object["top_k"] as? Int)
        expect(name, value, Measure.topK(k, of: evaluated))
      } else if let list = value as? [Any] {
        let stem = name.replacing("_by_class", with: "").replacing("_by_output", with: "")
        for (number, value) in list.enumerated() {
          // One number by itself is the measure without a class.
          let found = list.count == 1 ? measured.values[stem] : measured.values["\(stem)[\(number)]"]
          expect("\(name)[\(number)]", value, found ?? nil)
        }
      } else if name.hasSuffix("_by_class") || name.hasSuffix("_by_output") {
        #expect(!measured.values.names.contains { $0.hasPrefix("roc_auc[") }, "\(name)")
      } else {
        let found = try #require(measured.values[name], "there is no '\(name)'")
        expect(name, value, found)
      }
    }
  }

  @Test(
    "tokens that do not count are in nothing, and without any there is no value",
    .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN3"),
    arguments: files.filter { $0.lastPathComponent.hasPrefix("measure_tokens") })
  func tokens(_ url: URL) throws {
    let file = try SafetensorsFile(path: url.path)
    let text = try #require(file.metadata["case"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let expected = try #require(object["expected"] as? [String: Any])
    let width = try #require(file.entries["output"]?.shape.last)
    let (outputs, targets) = (try file.floats("output"), try file.integers("target"))
    var (sum, count, right) = (0.0, 0, 0)
    for (row, target) in targets.enumerated() where target != Int64(object["ignore"] as? Int ?? -1) {
      let own = Array(outputs[row * width..<(row + 1) * width])
      sum += own.withUnsafeBufferPointer { EvaluatedOutputs.surprisal($0, of: Int(target)) }
      right += own.firstIndex(of: own.max() ?? 0) == Int(target) ? 1 : 0
      count += 1
    }
    #expect(count == expected["tokens"] as? Int)
    if let accuracy = expected["accuracy"] as? Double { #expect(abs(Double(right) / Double(count) - accuracy) < 1e-9) }
    let measured = Measure.all(of: EvaluatedOutputs(surprisal: sum, ofTokens: count))
    #expect(measured.values.names == ["log_loss", "perplexity"])
    for name in measured.values.names {
      let value: Double? = measured.values[name] ?? nil
      let reference = expected[name] as? Double
      #expect((value == nil) == (reference == nil), "\(name)")
      if let value, let reference { #expect(abs(value - reference) <= 1e-9 + 1e-6 * reference, "\(name)") }
    }
  }
}
