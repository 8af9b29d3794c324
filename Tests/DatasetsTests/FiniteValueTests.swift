import Catalogs
import Testing

@testable import Datasets

/// Sources that make their examples: their values are finite by contract, whatever the options allow.
@Suite("made examples are finite")
struct FiniteValueTests {
  /// Options at their limits, source by source; a new source that makes examples is added here.
  static let options: [(name: String, options: [String: OptionValue])] = [
    ("synthetic-digits", [:]),
    (
      "synthetic-digits",
      ["image": .group(["width": .integer(8), "height": .integer(9), "mean": .number(1e30), "std": .number(1e-6)])]
    ),
    ("synthetic-patterns", ["shape": .list([.integer(7)])]),
    (
      "synthetic-patterns",
      [
        "shape": .list([.integer(5), .integer(4), .integer(2)]), "domain_shift": .number(100), "signal": .number(1000),
        "noise": .number(1000), "domains": .integer(20), "classes": .integer(2),
      ]
    ),
    ("synthetic-patterns", ["shape": .list([.integer(3)]), "signal": .number(0), "noise": .number(0)]),
  ]

  @Test("every source of the catalog that makes examples is here")
  func complete() {
    // The others read files, which they check.
    #expect(
      Set(Self.options.map(\.name))
        == Set(
          datasetCatalog.entries.filter { entry in
            !entry.options.contains { ["file", "root"].contains($0.name) }
          }.map(\.name)))
  }

  @Test("their values are finite and their labels below the number of labels", arguments: options.indices)
  func finite(index: Int) throws {
    let source = try datasetCatalog.make(Self.options[index].name, Self.options[index].options).open("/", 3)
    let count = source.sampleShape.count
    var values = [Float](repeating: 0, count: count * 20)
    for domain in source.domains.indices {
      for split in DataSplit.allCases {
        let references = (0..<20).map { ExampleReference(domain: domain, index: $0 * 50) }
        values.withUnsafeMutableBufferPointer { buffer in
          guard let base = buffer.baseAddress else { return }
          source.write(references[...], split: split, into: base)
        }
        #expect(values.allSatisfy { $0.isFinite })
        for reference in references { #expect(0..<source.classCount ~= Int(source.label(reference, split: split))) }
      }
    }
  }

  @Test("a scale that 32 bits can't hold is refused")
  func scale() {
    func problem(_ mean: Double, _ std: Double) -> OptionProblem? {
      do {
        _ = try datasetCatalog.make(
          "synthetic-digits", ["image": .group(["mean": .number(mean), "std": .number(std)])])
        return nil
      } catch { return error as? OptionProblem }
    }
    let why = "makes values infinite in 32 bits"
    #expect(problem(0.5, 1e-40) == OptionProblem("image.std", why + " (allowed: a larger number)"))
    #expect(problem(1e38, 0.001) == OptionProblem("image.mean", why + " (allowed: a number nearer to 0)"))
    #expect(problem(-1e300, 1) == OptionProblem("image.mean", why + " (allowed: a number nearer to 0)"))
    #expect(problem(1e30, 1e-6) == nil)
  }
}
