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
}

extension Partitioner {
  public var evenClientsPerDomain: Int? { nil }
}

extension Option {
  /// The number of clients of partitions that choose it.
  static let clients = Option.required("clients", .integer(1...10_000_000), "how many clients")
}
