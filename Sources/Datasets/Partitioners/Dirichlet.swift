internal import Catalogs
public import Randomness

/// Each label's examples go to the clients in shares of a Dirichlet distribution: label skew. A small concentration
/// is a strong skew.
///
/// Source: Hsu et al. 2019; Yurochkin et al. 2019, whose code the shares follow.
/// Differs: no redrawing until every client has enough; see `dirichletPartition`.
public struct Dirichlet: Partitioner {
  /// How many clients.
  public let clients: Int
  /// α.
  public let concentration: Double
  /// The fewest examples a client has.
  public let minimumSize: Int

  /// Makes the partitioner.
  public init(clients: Int, concentration: Double, minimumSize: Int = 10) {
    self.clients = clients
    self.concentration = concentration
    self.minimumSize = minimumSize
  }

  public func clientCount(_ units: SourceUnits) -> Int { clients }

  public func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition {
    Partition(
      try dirichletPartition(
        labels: examples.labels.map(Int.init), classCount: max(1, examples.classCount), clients: clients,
        concentration: concentration, minimumSize: minimumSize, stream: &stream))
  }

  static let entry = CatalogEntry<any Partitioner>(
    "dirichlet", "label skew: each label in Dirichlet shares", source: "Hsu et al. 2019",
    options: [
      .clients,
      Option("alpha", .number(.init(1e-4, 1e6)), default: .number(0.5), "concentration; small is a strong skew"),
      Option("min_size", .integer(0...1_000_000), default: .integer(10), "the fewest examples a client has"),
    ]
  ) {
    Dirichlet(clients: $0.integer("clients"), concentration: $0.number("alpha"), minimumSize: $0.integer("min_size"))
  }
}
