internal import Catalogs
internal import Foundation

/// Finds the IDX files of domains in a folder by their names.
///
/// A file is called `<domain>-<train|test>-images-idx<3|4>-<ubyte|float>` or `<domain>-<train|test>-labels-idx1-ubyte`,
/// with or without `.gz`. Only the folder's own listing is searched, so no domain's name leads out of it.
package struct IDXFolder: Sendable {
  /// What examples are used for.
  package enum Split: String, Sendable, CaseIterable {
    /// Training.
    case train
    /// Testing.
    case test
  }

  /// What a file holds.
  package enum Content: String, Sendable, CaseIterable {
    /// N×H×W or N×H×W×C.
    case images
    /// N class numbers.
    case labels
  }

  /// The folder.
  package let root: String
  /// The domains that have at least one file in the folder, sorted.
  package let domains: [String]
  private let names: [IDXFileName]
  /// The other files.
  private let others: [String]

  /// Lists the folder `root`.
  ///
  /// - Throws: `DataFileError.missing` when there is no such folder, `.unreadable` when it is not a folder or can't be
  ///   listed.
  package init(root: String) throws(DataFileError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder) else { throw .missing(path: root) }
    guard isFolder.boolValue else { throw .unreadable(path: root, reason: "it is not a folder") }
    guard let listing = try? FileManager.default.contentsOfDirectory(atPath: root) else {
      throw .unreadable(path: root, reason: "the folder can't be listed")
    }
    self.root = root
    names = listing.sorted().compactMap(IDXFileName.init)
    others = listing.filter { IDXFileName($0) == nil }.sorted()
    domains = Set(names.map(\.domain)).sorted()
  }

  /// Whether the folder has any file of a domain's split.
  package func hasFiles(domain: String, _ split: Split) -> Bool {
    names.contains { $0.domain == domain && $0.split == split }
  }

  /// Whether a domain has test files and nothing that could be meant for training files.
  package func isTestOnly(domain: String) -> Bool {
    hasFiles(domain: domain, .test) && !hasFiles(domain: domain, .train)
      && !others.contains { $0.hasPrefix(domain) && $0.dropFirst(domain.count).lowercased().contains("train") }
  }

  /// The path of a domain's file; a plain file comes before the same one with `.gz`.
  ///
  /// - Throws: `DataFileError.missingDomain` when there is none, `.malformed` when files of several formats match.
  package func path(domain: String, _ split: Split, _ content: Content) throws(DataFileError) -> String {
    let matches = names.filter { $0.domain == domain && $0.split == split && $0.content == content }
    guard let first = matches.first else {
      let formats = content == .images ? "idx{3,4}-{ubyte,float}" : "idx1-ubyte"
      throw .missingDomain(
        root: root, pattern: "\(domain)-\(split.rawValue)-\(content.rawValue)-\(formats)[.gz]",
        nearest: domains.contains(domain) ? nil : nearestName(to: domain, in: domains), domains: domains,
        // `train-images-idx3-ubyte` has no domain, `mnist-train-images.idx3-ubyte` a dot.
        files: others.filter { $0.contains("images") || $0.contains("labels") || $0.hasPrefix(domain + "-") })
    }
    if let other = matches.first(where: { $0.format != first.format }) {
      throw .malformed(
        path: root, reason: "has both \(printable(first.name)) and \(printable(other.name)), expected one of them")
    }
    return URL(fileURLWithPath: root).appendingPathComponent(first.name).relativePath
  }
}

/// The parts of a file name such as `mnist-train-images-idx3-ubyte.gz`.
private struct IDXFileName {
  let name: String
  let domain: String
  let split: IDXFolder.Split
  let content: IDXFolder.Content
  /// `idx3-ubyte`.
  let format: String

  init?(_ name: String) {
    let stem = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    let parts = stem.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 5, let split = IDXFolder.Split(rawValue: parts[parts.count - 4]),
      let content = IDXFolder.Content(rawValue: parts[parts.count - 3])
    else { return nil }
    let format = parts.suffix(2).joined(separator: "-")
    let domain = parts.dropLast(4).joined(separator: "-")
    let allowed = content == .images ? ["idx3-ubyte", "idx4-ubyte", "idx3-float", "idx4-float"] : ["idx1-ubyte"]
    guard allowed.contains(format), !domain.isEmpty else { return nil }
    (self.name, self.domain, self.split, self.content, self.format) = (name, domain, split, content, format)
  }
}
