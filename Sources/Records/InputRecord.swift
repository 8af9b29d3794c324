/// A file, or a pair of files, that a run reads: what it is called and what it holds.
public struct InputRecord: Codable, Sendable, Equatable, Hashable {
  /// What a run reads files for.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// Examples.
    case data
    /// The initial model.
    case initialModel = "init"
    /// When clients are there.
    case availability

    /// Whether there are records that were begun when inputs of this kind were read and not recorded.
    public var isRecordedLater: Bool { self == .availability }
  }

  /// What it is read for.
  public var kind: Kind
  /// Its name as the scenario has it; of one of several files of a folder, the folder's name and the file's behind it.
  public var name: String
  /// SHA-256, in hexadecimal, over what was read, whatever form the file has.
  public var sha256: String

  /// Makes a record.
  public init(kind: Kind, name: String, sha256: String) {
    self.kind = kind
    self.name = name
    self.sha256 = sha256
  }
}

/// An input that is not the same in two readings.
public struct InputDifference: Sendable, Equatable {
  /// What it is read for.
  public var kind: InputRecord.Kind
  /// Its name.
  public var name: String
  /// The SHA-256 in the first reading; nil where that has no such input.
  public var first: String?
  /// The SHA-256 in the second; nil where that has none.
  public var second: String?

  /// Makes a value.
  public init(kind: InputRecord.Kind, name: String, first: String?, second: String?) {
    self.kind = kind
    self.name = name
    self.first = first
    self.second = second
  }
}

/// What tells the inputs of one scenario apart.
private struct Key: Hashable {
  let kind: InputRecord.Kind
  let name: String

  init(_ record: InputRecord) { (kind, name) = (record.kind, record.name) }
}

extension [InputRecord] {
  /// What differs between these inputs and `other` readings of the inputs of the same scenario, by kind and name.
  public func differences(from other: [InputRecord]) -> [InputDifference] {
    let theirs = Dictionary(other.map { (Key($0), $0) }) { first, _ in first }
    let mine = Set(map(Key.init))
    var result: [InputDifference] = []
    for record in self {
      let match = theirs[Key(record)]
      if match?.sha256 != record.sha256 {
        result.append(
          InputDifference(kind: record.kind, name: record.name, first: record.sha256, second: match?.sha256))
      }
    }
    for record in other where !mine.contains(Key(record)) {
      result.append(InputDifference(kind: record.kind, name: record.name, first: nil, second: record.sha256))
    }
    return result
  }
}

/// The inputs of one run as they are recorded.
public struct RunInputs: Sendable, Equatable {
  /// Whether they were recorded: a run without a record of them is one of an earlier version, or was not computed.
  public var isRecorded: Bool
  /// The inputs, those of each kind in their order; none where examples are made and the model starts by its seed.
  public var records: [InputRecord]

  /// Makes a value.
  public init(isRecorded: Bool, records: [InputRecord]) {
    self.isRecorded = isRecorded
    self.records = records
  }
}

extension RunInputs {
  /// Whether the version that began the run read inputs of a kind and did not record them. What a run reads follows from its
  /// recorded scenario, so that one that reads them now has read them then.
  public func isSilent(on kind: InputRecord.Kind) -> Bool {
    kind.isRecordedLater && !records.contains { $0.kind == kind }
  }

  /// The name of the input that stands for what examples are changed by.
  public static let shiftName = "shift"

  /// What tells the examples that were read or made, who has which of them where a file says so, and what they are changed by
  /// from others; nil where it is not recorded.
  public var dataHash: String? {
    let hashes = records.filter { $0.kind == .data }.map(\.sha256)
    return hashes.isEmpty ? nil : hashes.joined(separator: " ")
  }

  /// The same of examples that were read, whoever has them.
  ///
  /// - Parameter files: The content hash of the files.
  public func dataHash(ofFiles files: String) -> String {
    ([files] + records.filter { $0.kind == .data && $0.name == Self.shiftName }.map(\.sha256)).joined(separator: " ")
  }
}
