internal import Catalogs
public import Randomness

/// Divides training examples over clients.
public protocol Partitioner: Sendable {
  /// How many clients there will be at most, of a source of these units.
  func clientCount(_ units: SourceUnits) -> Int

  /// Who gets which examples, each at most once.
  ///
  /// - Throws: `PartitionProblem` when there are too few examples, or the source lacks what the partition goes by.
  func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition

  /// How many clients share each domain evenly and at random, where that is all that there is to it; then examples that
  /// are made need no list. nil unless said.
  var evenClientsPerDomain: Int? { get }

  /// Whether the source's test examples are training examples, too, behind the others. `false` unless said.
  var joinsTestExamples: Bool { get }

  /// The same with what stands in files, whose relative paths begin in `folder`.
  ///
  /// - Throws: `DataFileError`.
  func opened(in folder: String) throws -> any Partitioner

  /// The files that `opened(in:)` read; none unless said.
  var inputs: [SourceInput] { get }
}

extension Partitioner {
  public var evenClientsPerDomain: Int? { nil }
  public var joinsTestExamples: Bool { false }
  public func opened(in folder: String) throws -> any Partitioner { self }
  public var inputs: [SourceInput] { [] }
}

extension Option {
  /// The number of clients of partitions that choose it.
  static let clients = Option.required("clients", .integer(1...10_000_000), "how many clients")
}
