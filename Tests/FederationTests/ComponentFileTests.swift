import Foundation
import Testing

/// What components took: one file and one line. The table in Docs/Architecture.md is what this finds.
@Suite("files of components")
struct ComponentFileTests {
  /// Components by their names in scenarios, with the types that make them.
  private static let components: [(name: String, type: String)] = [
    ("clip", "Clip"), ("noise", "Noise"), ("top-k", "TopK"), ("feddyn", "FedDyn"), ("moon", "MOON"),
    ("ditto", "Ditto"), ("apfl", "APFL"), ("layers, fedper", "LocalLayers"), ("lg-fedavg", "SharedLayers"),
    ("local-only", "LocalOnly"), ("median", "Median"), ("krum", "Krum"), ("synchronous", "SynchronousSchedule"),
    ("fedbuff", "FedBuff"), ("fedasync", "FedAsync"), ("semi-async", "SemiAsync"),
  ]

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The code of each file of the sources, without comments, by its path.
  private static func sources() throws -> [String: String] {
    let folder = root.appendingPathComponent("Sources")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
    return try Dictionary(
      uniqueKeysWithValues: paths.map { path in
        let text = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
        let code = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
        return ("Sources/" + path, code.joined(separator: "\n"))
      })
  }

  @Test("the table of what each component took is true")
  func table() throws {
    let sources = try Self.sources()
    var rows = ["| component | its file | named as well in |", "|---|---|---|"]
    for (name, type) in Self.components {
      let word = try Regex("\\b\(type)\\b").wordBoundaryKind(.simple)
      let files = sources.filter { $0.value.contains(word) }.map(\.key).sorted()
      let own = files.filter { $0.hasSuffix("/\(type).swift") }
      #expect(own.count == 1, "\(type) is in \(own)")
      let others = files.filter { !own.contains($0) && !$0.hasSuffix("Federation/Catalog.swift") }
      #expect(files.contains("Sources/Federation/Catalog.swift"), "\(type) has no line in the catalog")
      let also = others.map { "`\($0.replacing("Sources/Federation/", with: ""))`" }.joined(separator: ", ")
      rows.append(
        "| `\(name)` | `\((own.first ?? "").replacing("Sources/Federation/", with: ""))` | \(also.isEmpty ? "nothing" : also) |"
      )
    }
    let document = try String(
      contentsOf: Self.root.appendingPathComponent("Docs/Architecture.md"), encoding: .utf8)
    let parts = document.components(separatedBy: "<!-- components: begin -->\n")
    let table = parts.last?.components(separatedBy: "\n<!-- components: end -->").first
    #expect(table == rows.joined(separator: "\n"), "it should be\n\(rows.joined(separator: "\n"))")
  }
}
