internal import Catalogs
internal import Foundation

/// A scenario file that was read and checked, as far as that goes without its data.
public struct Scenario: Sendable {
  /// The largest file that is read.
  private static let sizeLimit = 4 << 20

  /// Its name.
  public let name: String
  /// What it is about.
  public let summary: String
  /// The YAML as it is run: the file's own text, or what the edits made of it.
  public let text: String
  /// The file as the user named it.
  public let file: String
  /// Where relative paths start.
  public let baseDirectory: String
  let arms: [ArmSettings]
  /// Where the arms differ, once what they inherit and the defaults are in them.
  let armDifferences: ArmDifferences
  let root: ScenarioNode

  /// Reads the file at `path`.
  ///
  /// - Throws: `ScenarioError` with everything that is wrong.
  public init(path: String, edits: ScenarioEdits = ScenarioEdits()) throws(ScenarioError) {
    let text = try Self.text(ofFile: path)
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().standardizedFileURL.path
    try self.init(text: text, file: path, baseDirectory: folder, edits: edits)
  }

  /// What stands in a file.
  ///
  /// - Throws: `ScenarioError` when it can't be read, or is no text that a scenario could be.
  static func text(ofFile path: String) throws(ScenarioError) -> String {
    let mark = SourceMark(file: path, line: nil, column: nil)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ScenarioError([Diagnostic(mark, "", "no such file", isMissingInput: true)])
    }
    guard !isFolder.boolValue else { throw ScenarioError([Diagnostic(mark, "", "is a folder, not a scenario file")]) }
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    guard size <= Self.sizeLimit else {
      throw ScenarioError([Diagnostic(mark, "", "is larger than 4 MiB, which no scenario is")])
    }
    guard let handle = Self.reading(path), let data = try? handle.read(upToCount: Self.sizeLimit + 1) ?? Data()
    else {
      throw ScenarioError([Diagnostic(mark, "", "can't be read")])
    }
    guard data.count <= Self.sizeLimit, let text = String(validating: data, as: UTF8.self) else {
      throw ScenarioError([Diagnostic(mark, "", "is not UTF-8 text")])
    }
    return text
  }

  /// Opens a file, which may be a pipe: one into which nobody writes is empty instead of being waited for.
  private static func reading(_ path: String) -> FileHandle? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { return nil }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Reads a scenario's text.
  ///
  /// - Parameters:
  ///   - file: What messages call it.
  ///   - baseDirectory: Where relative paths start.
  ///   - isRecorded: Whether it was run already, and may have a name that none can have any more.
  /// - Throws: `ScenarioError` with everything that is wrong.
  public init(
    text: String, file: String, baseDirectory: String, edits: ScenarioEdits = ScenarioEdits(), isRecorded: Bool = false
  ) throws(ScenarioError) {
    var reader = ScenarioReader(isRecorded: isRecorded, baseDirectory: baseDirectory)
    let written: ScenarioNode
    do throws(Diagnostic) {
      written = try ScenarioNode(yaml: text, file: file)
    } catch {
      throw ScenarioError([error])
    }
    guard case .mapping = written.content else {
      throw ScenarioError([
        Diagnostic(
          written.mark, "", "is not a scenario (allowed: a mapping of \(scenarioKeys.joined(separator: ", ")))")
      ])
    }
    let root = edits.apply(to: written, &reader)
    try self.init(
      root: root, &reader, text: edits.isEmpty ? text : nil, file: file, baseDirectory: baseDirectory)
  }

  /// Reads a scenario's tree.
  ///
  /// - Parameter text: The text that it was read from; nil where it is of no text, and has to be written down.
  /// - Throws: `ScenarioError` with everything that is wrong, what the reader has found before included.
  init(
    root: ScenarioNode, _ reader: inout ScenarioReader, text: String?, file: String, baseDirectory: String
  ) throws(ScenarioError) {
    reader.checkKeys(root, scenarioKeys, path: "")
    let name = root["name"]?.scalar
    if let node = root["name"] {
      let isAllowed = name.map { text in
        !text.isEmpty && text.utf8.count <= 100
          && text.unicodeScalars.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
      }
      if isAllowed != true {
        reader.report(node.mark, "name", ScenarioReader.notAllowed(node, "letters a-z, digits and '-', at most 100"))
      } else if let name, let problem = reader.nameProblem(name) {
        reader.report(node.mark, "name", "'\(name)' is not allowed: \(problem) (allowed: another name)")
      }
    } else {
      reader.report(root.mark, "name", "is missing (allowed: letters a-z, digits and '-', at most 100)")
    }
    let description = reader.value(root, "description", .text, path: "")
    var arms: [ArmSettings] = []
    var resolved: [[ResolvedValue]] = []
    for expansion in reader.expansions(root) {
      guard var arm = reader.arm(expansion.node, name: expansion.name ?? "", nameMark: expansion.nameMark) else {
        continue
      }
      arm.leftAside = expansion.leftAside
      arms.append(arm)
      resolved.append(arm.resolved(reader.resolved))
    }
    guard reader.diagnostics.isEmpty, let name else { throw ScenarioError(reader.diagnostics) }
    self.name = name
    summary = description?.text ?? ""
    self.file = file
    self.baseDirectory = baseDirectory
    self.text = text ?? root.blockText()
    // What the record keeps has to read the same.
    if text == nil, (try? ScenarioNode(yaml: self.text, file: file))?.hasValues(of: root) != true {
      throw ScenarioError([
        Diagnostic(root.mark, "", "can't be written down with these edits so that it reads the same")
      ])
    }
    self.arms = arms
    armDifferences = ArmDifferences(resolved)
    self.root = root
  }

  /// The names of the arms, in order.
  public var armNames: [String] { arms.map(\.name) }

  /// The seeds of each arm, in the order of the arms.
  public var seedsOfArms: [(arm: String, seeds: [UInt64])] { arms.map { ($0.name, $0.seeds) } }
}

extension String {
  /// The text of `data` if it is valid.
  fileprivate init?(validating data: Data, as encoding: UTF8.Type) { self.init(data: data, encoding: .utf8) }
}
