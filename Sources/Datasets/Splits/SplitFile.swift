internal import Catalogs
internal import Foundation

/// Who has which examples of a federation, as a text that the partition `file` reads.
///
/// Rows count from 0 within the source's training, validation and test examples in the order of its files; those that were
/// taken from training examples for another split are rows of the training examples, as where the source has no others.
package struct SplitFile {
  private let dataset: FederatedDataset
  private let partition: String
  /// Rows before each domain, by split of the source, where examples have no row of a file.
  private let starts: [DataSplit: [Int]]

  /// Lays out the file of a data set.
  ///
  /// - Parameter partition: The partition in words, for who reads the file.
  package init(_ dataset: FederatedDataset, partition: String) {
    self.dataset = dataset
    self.partition = partition
    starts = Dictionary(
      uniqueKeysWithValues: DataSplit.allCases.map { split in
        var sum = 0
        let starts = dataset.source.domains.indices.map { domain in
          defer {
            sum += dataset.source.exampleCount(domain: domain, split: split) ?? dataset.division.madeOfDomain(split)
          }
          return sum
        }
        return (split, starts)
      })
  }

  /// Writes the text, client by client.
  ///
  /// - Throws: What `write` throws.
  package func write(_ write: ([UInt8]) throws -> Void) throws {
    // In the order of the run, which is that of the file when it is read: who never trains stands last in both.
    let division = dataset.division
    try write(
      Array(
        "{\"format\": \"covey-split\", \"version\": 1, \"data_sha256\": \(jsonText(dataset.source.dataHash ?? "")), \"seed\": \(dataset.seed), \"partition\": \(jsonText(partition)),\(sourceCounts())\n \"clients\": {"
          .utf8))
    for client in 0..<division.clientCount {
      var parts: [String] = []
      // Without domains in the files all examples are of one that has no name there.
      if (dataset.source as? HeldSource)?.data.hasDomains ?? true, let domain = division.domain(client) {
        parts.append("\"domain\": \(jsonText(dataset.source.domains[domain]))")
      }
      for (split, name) in SplitContents.splitNames {
        let rows = rows(of: client, split).map(String.init).joined(separator: ", ")
        parts.append("\"\(name)\": [\(rows)]")
      }
      let end = client + 1 < division.clientCount ? ",\n             " : ""
      try write(Array("\(jsonText(dataset.name(client))): {\(parts.joined(separator: ", "))}\(end)".utf8))
    }
    let unseen = (dataset.clientCount..<dataset.clientCount + dataset.unseenCount).map { jsonText(dataset.name($0)) }
    try write(Array("}, \"unseen\": [\(unseen.joined(separator: ", "))]\(countedRows())}\n".utf8))
  }

  /// The text as a whole.
  package var text: String {
    var bytes: [UInt8] = []
    try? write { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// How many examples the source has, which rows are rows of; nothing where it makes them.
  private func sourceCounts() -> String {
    guard !dataset.source.isGenerated else { return "" }
    let counts = SplitContents.splitNames.map { split, name in
      let count = dataset.source.domains.indices.reduce(0) {
        $0 + (dataset.source.exampleCount(domain: $1, split: split) ?? 0)
      }
      return "\"\(name)\": \(count)"
    }
    return " \"examples\": {\(counts.joined(separator: ", "))},"
  }

  /// A hash over which client has which rows, by name, for which split, and who never trains.
  ///
  /// It is SHA-256 over a line for each client: its name, `unseen` for one that never trains, and for each split its name, and
  /// SHA-256 over the rows as 8 bytes each, least significant first; domains, the seed and the partition are not in it.
  package var hash: String {
    var lines = ""
    for client in 0..<dataset.division.clientCount {
      lines += dataset.name(client) + (client < dataset.clientCount ? "" : "\tunseen")
      for (split, name) in SplitContents.splitNames {
        let own = dataset.division.sourceSplit(split)
        let bytes = rows(of: client, split).flatMap { row in withUnsafeBytes(of: Int64(row).littleEndian) { Array($0) }
        }
        lines += "\t\(name)\t\(own.rawValue)\t\(hashOfBytes(bytes))"
      }
      lines += "\n"
    }
    return hashOfBytes(Array(lines.utf8))
  }

  /// The rows of a client's examples in their split of the source.
  private func rows(of client: Int, _ split: DataSplit) -> [Int] {
    let own = dataset.division.sourceSplit(split)
    return dataset.division.references(client, split).map { reference in
      dataset.source.fileRow(reference, split: own)
        ?? (starts[own]?[Int(reference.domain)] ?? 0) + Int(reference.index)
    }
  }

  /// Where rows of a split are training examples though the source has others for it, which a reader can't know.
  private func countedRows() -> String {
    let others = SplitContents.splitNames.filter { split, _ in
      split != .train && dataset.division.sourceSplit(split) == .train
        && dataset.source.domains.indices.contains {
          (dataset.source.exampleCount(domain: $0, split: split) ?? dataset.division.madeOfDomain(split)) > 0
        }
    }
    return others.isEmpty
      ? "" : ", \"rows\": {" + others.map { "\"\($0.name)\": \"train\"" }.joined(separator: ", ") + "}"
  }
}

/// A text as JSON has it.
private func jsonText(_ text: String) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.withoutEscapingSlashes]
  return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
}
