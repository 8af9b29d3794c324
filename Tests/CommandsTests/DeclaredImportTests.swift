import Foundation
import Testing

/// A module that imports another without saying so in Package.swift builds or fails by the order in which SwiftPM
/// happens to compile; here it always fails.
@Suite struct DeclaredImportTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The modules and products that each target of Package.swift names, by the target's folder.
  private static func declared() throws -> [String: Set<String>] {
    let text = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
    var products: [String: String] = [:]
    for match in text.matches(of: /let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/) {
      products[String(match.1)] = String(match.2)
    }
    let targets = try #require(text.firstRange(of: "\n  targets: ["))
    var declared: [String: Set<String>] = [:]
    let target = /(module|tests|\.target|\.executableTarget)\(\s*(?:name: )?"(\w+)",\s*(?:dependencies: )?\[([^\]]*)\]/
    for match in text[targets.lowerBound...].matches(of: target) {
      let name = String(match.2)
      var names = Set(match.3.matches(of: /"(\w+)"/).map { String($0.1) })
      for (variable, product) in products where match.3.contains(try Regex("\\b\(variable)\\b")) {
        names.insert(product)
      }
      let folder =
        switch match.1 {
        case "tests": "Tests/\(name)Tests"
        case "module": "Sources/\(name)"
        default:
          ["Sources", "Tests", "Benchmarks/Sources"].map { "\($0)/\(name)" }
            .first { FileManager.default.fileExists(atPath: root.appendingPathComponent($0).path) } ?? name
        }
      if match.1 == "tests" { names.insert("TestSupport") }
      declared[folder] = names
    }
    return declared
  }

  @Test("what a target imports, it or what it depends on declares in Package.swift")
  func imports() throws {
    let declared = try Self.declared()
    let modules = Set(declared.keys.map { String($0.split(separator: "/").last ?? "") }).union([
      "CKernels", "COneDNN", "CDNNL", "CZlib",
    ])
    let known = modules.union(declared.values.flatMap { $0 })
    #expect(declared.count >= 35, "\(declared.keys.sorted())")
    #expect(declared["Sources/Figures"]?.contains("Tables") == true)
    #expect(declared["Sources/RunStore"]?.contains("GRDB") == true)

    /// What a target may import: what it names, and what those name.
    func reach(_ folder: String) -> Set<String> {
      var found: Set<String> = []
      var next = Array(declared[folder] ?? [])
      while let name = next.popLast() {
        guard found.insert(name).inserted else { continue }
        next += declared["Sources/\(name)"] ?? declared["Tests/\(name)"] ?? []
      }
      return found
    }
    for folder in declared.keys.sorted() {
      let allowed = reach(folder)
      let paths = try FileManager.default.subpathsOfDirectory(atPath: Self.root.appendingPathComponent(folder).path)
      for path in paths where path.hasSuffix(".swift") {
        let text = try String(contentsOf: Self.root.appendingPathComponent("\(folder)/\(path)"), encoding: .utf8)
        let line = /(?:@\w+ )?(?:(?:internal|package|public|private) )?import (?:(?:struct|enum|class|func) )?(\w+).*/
        for code in text.split(separator: "\n") {
          guard let name = code.wholeMatch(of: line).map({ String($0.1) }), known.contains(name) else { continue }
          #expect(allowed.contains(name), "\(folder)/\(path) imports \(name), which Package.swift doesn't say")
        }
      }
    }
  }
}
