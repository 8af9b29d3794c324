internal import Datasets
internal import Formats
internal import Foundation

/// A file that a manifest names with what it should hold.
struct ManifestFile: Sendable {
  /// Where it is.
  let path: String
  /// SHA-256 of its bytes, in hexadecimal.
  let sha256: String
  /// Where the manifest says so.
  let mark: SourceMark
}

extension ScenarioReader {
  /// Keys of a manifest that tell people something and change nothing.
  private static let informationKeys = [
    "format", "version", "name", "description", "licence", "license", "citation", "homepage", "revision", "features",
    "values", "counts", "notes", "command",
  ]
  /// The largest manifest.
  private static let manifestLimit = 4 << 20

  /// `data` with what its manifest says, `data: {from: digits.yaml}`: keys beside `from` stand over those of the
  /// manifest, and paths in the manifest start at its own folder.
  ///
  /// - Returns: The mapping as it is where there is no manifest.
  mutating func manifest(_ node: ScenarioNode) -> (node: ScenarioNode, files: [ManifestFile]) {
    guard let from = node["from"] else { return (node, []) }
    let path = "data.from"
    guard let name = from.scalar, !name.isEmpty else {
      report(from.mark, path, Self.notAllowed(from, "the path of a manifest"))
      return (node.without(["from"]), [])
    }
    let whole = resolvedPath(name, in: baseDirectory)
    let manifest: ScenarioNode
    do {
      let text = String(decoding: try fileBytes(whole, limit: Self.manifestLimit), as: UTF8.self)
      manifest = try ScenarioNode(yaml: text, file: whole)
    } catch {
      report(from.mark, path, "\(error)", isMissingInput: (error as? DataFileError)?.isMissing ?? false)
      return (node.without(["from"]), [])
    }
    guard case .mapping(let entries) = manifest.content, manifest["source"] != nil else {
      report(from.mark, path, "\(whole) is no manifest (allowed: a mapping of 'source' and that source's keys)")
      return (node.without(["from"]), [])
    }
    if let nested = manifest["from"] {
      report(nested.mark, path, "a manifest has no 'from' of its own")
      return (node.without(["from"]), [])
    }
    let folder = URL(fileURLWithPath: whole).deletingLastPathComponent().path
    var files: [ManifestFile] = []
    var kept: [ScenarioNode.Entry] = []
    for entry in entries where !Self.informationKeys.contains(entry.key) {
      if entry.key == "files", case .mapping(let hashes) = entry.value.content {
        // Files by split are the source's; a file's hash is the manifest's.
        if hashes.allSatisfy({ if case .list = $0.value.content { true } else { false } }), !hashes.isEmpty {
          guard node[entry.key] == nil else { continue }
          let moved = hashes.map {
            ScenarioNode.Entry(key: $0.key, keyMark: $0.keyMark, value: Self.moved($0.value, "files", to: folder))
          }
          kept.append(
            ScenarioNode.Entry(
              key: entry.key, keyMark: entry.keyMark,
              value: ScenarioNode(content: .mapping(moved), mark: entry.value.mark)))
          continue
        }
        for hash in hashes {
          guard let text = hash.value.scalar, text.utf8.count == 64, text.allSatisfy(\.isHexDigit) else {
            report(
              hash.value.mark, "data.files", Self.notAllowed(hash.value, "the SHA-256 of a file, 64 hexadecimal digits")
            )
            continue
          }
          files.append(
            ManifestFile(path: resolvedPath(hash.key, in: folder), sha256: text.lowercased(), mark: hash.keyMark))
        }
        continue
      }
      guard node[entry.key] == nil else { continue }
      kept.append(
        ScenarioNode.Entry(
          key: entry.key, keyMark: entry.keyMark, value: Self.moved(entry.value, entry.key, to: folder)))
    }
    let own = node.without(["from"])
    return (ScenarioNode(content: .mapping(kept + own.entries), mark: node.mark), files)
  }

  /// A value whose paths start at a folder.
  private static func moved(_ value: ScenarioNode, _ key: String, to folder: String) -> ScenarioNode {
    if key == "partition", case .mapping(let entries) = value.content {
      let inPlace = entries.map {
        ScenarioNode.Entry(
          key: $0.key, keyMark: $0.keyMark, value: $0.key == "path" ? moved($0.value, "file", to: folder) : $0.value)
      }
      return ScenarioNode(content: .mapping(inPlace), mark: value.mark)
    }
    guard ["file", "root", "files", "vocabulary"].contains(key) else { return value }
    switch value.content {
    case .scalar(let text, let isQuoted):
      return ScenarioNode(content: .scalar(resolvedPath(text, in: folder), isQuoted: isQuoted), mark: value.mark)
    case .list(let elements):
      return ScenarioNode(content: .list(elements.map { moved($0, "file", to: folder) }), mark: value.mark)
    default: return value
    }
  }
}

extension ManifestFile {
  /// What is wrong with the file; nil where it holds what it should.
  var problem: String? {
    do {
      let found = try hashOfFile(path).sha256
      return found == sha256
        ? nil
        : "\(path): is another file than the manifest was written for: its SHA-256 is \(found), expected \(sha256)"
    } catch {
      return "\(error)"
    }
  }
}
