import Catalogs
import Formats
import Foundation
import Tensors
import Testing

@testable import Datasets

/// Folders of files in the formats that practitioners have, with their truth in `expected.json`: `COVEY_FORMATS`, a list
/// with colons between, else `../shared/data/formats` beside the checkout.
private let folders: [URL] = {
  let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let said = ProcessInfo.processInfo.environment["COVEY_FORMATS"].map { $0.split(separator: ":").map(String.init) }
  return (said ?? [checkout.appendingPathComponent("../shared/data/formats").path]).map { URL(fileURLWithPath: $0) }
}()

private let sets: [FormatCases] = folders.compactMap { try? FormatCases(root: $0) }

/// Cases of whole formats that other tests take.
private let otherFormats: Set = ["splits"]

/// Reads every case of a folder of formats as a scenario would.
@Suite("files in the formats that practitioners have")
struct FormatCaseTests {
  @Test("says where they are, or that it skips")
  func present() {
    if sets.isEmpty { print("skipped: no expected.json in \(folders.map(\.path).joined(separator: ", "))") }
    for set in sets { #expect(!set.all.isEmpty, "\(set.root.path)") }
  }

  @Test(
    "each gives its examples, or is refused by name",
    arguments: sets.indices.flatMap { set in
      sets[set].all.indices.map { [set, $0] }
    })
  func reads(place: [Int]) throws {
    let set = sets[place[0]]
    let truth = set.all[place[1]]
    let id = truth["id"]?.text ?? "?"
    let format = truth["format"]?.text ?? ""
    guard !otherFormats.contains(format) else { return }
    let isConverted = truth["verdict"]?.text == "convert"
    let readings = try #require(
      set.readings(of: truth), "\(id): nobody knows the format '\(format)' (there: \(datasetCatalog.names))")
    for reading in readings {
      let name = "\(id) \(reading.name)"
      let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("covey-case-\(UUID())")
      defer { try? FileManager.default.removeItem(at: scratch) }
      var reading = reading
      if let files = reading.files, case .text(let root)? = reading.options["root"] {
        for file in files {
          let target = scratch.appendingPathComponent(file)
          try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
          guard !set.isFolder("\(root)/\(file)") else { continue }
          try FileManager.default.copyItem(atPath: "\(root)/\(file)", toPath: target.path)
        }
        reading.options["root"] = .text(scratch.path)
      }
      let recipe = try datasetCatalog.make(reading.source, reading.options)
      let isRefused = isConverted || truth["verdict"]?.text == "refuse" || reading.truth == nil
      let source: any ExampleSource
      do { source = try recipe.open(set.root.path, 1) } catch {
        #expect(error is DataFileError || error is SafetensorsError, "\(name): \(error)")
        let isAllowed = isRefused || truth["verdict"]?.text == "any"
        #expect(isAllowed, "\(name): \(error)")
        let said = "\(error)".replacingOccurrences(of: set.root.path + "/", with: "")
        let names = isConverted ? ["covey-data"] : (truth["error"]?["names"]?.list ?? []).compactMap(\.text)
        #expect(namesFault(said, names, truth["path"]?.text ?? ""), "\(name): \(said) names none of \(names)")
        continue
      }
      #expect(!isRefused, "\(name) was read")
      guard !isRefused, let figures = reading.truth else { continue }
      let view = try FormatView(source, hasClients: recipe.hasClients, isUnion: reading.isUnion)
      let problems = view.problems(figures, factor: reading.factor) + reading.check(view)
      #expect(problems.isEmpty, "\(name): \(problems.prefix(5).joined(separator: "; "))")
      try rewrites(view, name)
    }
  }

  /// Whether a message names the file, and something of what is wrong.
  private func namesFault(_ said: String, _ names: [String], _ path: String) -> Bool {
    guard let file = names.first else { return true }
    func has(_ name: String, _ text: String) -> Bool {
      let ways =
        [name, name.replacing("×", with: "x"), name.replacing("×", with: ", ")]
        + (name == "converter" ? ["covey-data"] : name == "NaN" ? ["nan", "not finite"] : [])
        + name.components(separatedBy: " or ")
      return ways.contains { text.range(of: $0, options: .caseInsensitive) != nil }
    }
    let short = said.replacing(path, with: "")
    return has(file, said) && (names.count == 1 || names.dropFirst().contains { has($0, short) })
  }

  /// The file that `covey import` writes of it is read as the same, and written again.
  private func rewrites(_ view: FormatView, _ name: String) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("covey-case-\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    let first = try written(view.dataset)
    try Data(first).write(to: url)
    let recipe = try datasetCatalog.make("safetensors", ["file": .text(url.path)])
    let again = try FederatedDataset(
      source: recipe.open("/", 1), partitioner: Natural(), trainPerClient: nil, testPerClient: nil, seed: 1)
    #expect(try written(again) == first, "\(name): the file differs when it was read")
  }
}

/// The file of a data set.
func written(_ dataset: FederatedDataset) throws -> [UInt8] {
  var bytes: [UInt8] = []
  try FederationFile(dataset).write { bytes += $0 }
  return bytes
}
