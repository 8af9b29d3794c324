import Catalogs
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Networks

/// What the third set of reference values says of objectives: the mean, and its gradient over the outputs.
@Suite("golden values, third set: objectives")
struct Golden3ObjectiveTests {
  private typealias Case = Golden3OptimizerTests.Case

  /// Those of objectives that are built; `Golden3RunTests.notBuiltYet` lists the others.
  static let built: [URL] = Golden3OptimizerTests.cases("objective").filter { url in
    guard let golden = try? Case(url), let name = try? Self.loss(golden).name else { return false }
    return lossCatalog[name] != nil
  }

  private static func loss(_ golden: Case) throws -> (name: String, options: [String: Any]) {
    if let name = golden.object["loss"] as? String { return (name, [:]) }
    let loss = try #require(golden.object["loss"] as? [String: Any])
    return (try #require(loss["kind"] as? String), loss.filter { $0.key != "kind" })
  }

  private func value(_ given: Any) throws -> OptionValue {
    if let list = given as? [Any] { return .list(try list.map(value)) }
    let number = try #require(given as? NSNumber).doubleValue
    return number == number.rounded() ? .integer(Int(number)) : .number(number)
  }

  @Test(
    "objectives", .enabled(if: !built.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN3"),
    arguments: built)
  func objective(_ url: URL) throws {
    let golden = try Case(url)
    let (name, given) = try Self.loss(golden)
    let loss = try lossCatalog.make(name, try given.mapValues(value))
    var outputs = try golden.file.floats("input")
    let width = try #require(golden.file.entries["input"]?.shape.last)
    var (gradient, scratch) = (outputs, outputs)
    let result: ObjectiveValue
    if golden.file.entries["target"]?.type == .int64 {
      let classes = try golden.file.integers("target").map { Int32($0) }
      result = loss.value(&outputs, classes: classes, width: width, gradient: &gradient, scratch: &scratch)
    } else {
      let numbers = try golden.file.floats("target")
      result = loss.value(&outputs, numbers: numbers, width: width, gradient: &gradient, scratch: &scratch)
      #expect(result.correct == nil)
    }
    golden.expectNear([Float(result.loss)], try golden.file.floats("output"), "output")
    golden.expectNear(gradient, try golden.file.floats("grad_input"), "grad_input")
  }
}
