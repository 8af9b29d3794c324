internal import Catalogs
public import Randomness

/// All examples are shuffled and dealt evenly, whatever their domain and label.
public struct IID: Partitioner {
  /// How many clients.
  public let clients: Int

  /// Makes the partitioner.
  public init(clients: Int) { self.clients = clients }

  public func clientCount(_ units: SourceUnits) -> Int { clients }

  public func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition {
    guard examples.count >= clients else {
      throw PartitionProblem.tooFewExamples(examples: examples.count, clients: clients, minimumSize: 1)
    }
    return Partition(iidPartition(count: examples.count, clients: clients, stream: &stream))
  }

  static let entry = CatalogEntry<any Partitioner>(
    "iid", "all examples shuffled and dealt evenly", options: [.clients]
  ) { IID(clients: $0.integer("clients")) }
}
