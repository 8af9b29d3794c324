internal import Catalogs
public import Randomness

/// Each domain's examples go to clients of its own: evenly at random, or with skewed labels. Clients are numbered domain
/// by domain.
///
/// Source: feature shift as in Li et al., "FedBN", ICLR 2021; label skew within a domain by `dirichletPartition`.
public struct ByDomain: Partitioner {
  /// Clients of each domain.
  public let clientsPerDomain: Int
  /// How labels and sizes are skewed among the clients of a domain.
  public let skew: UnitSkew

  /// Makes the partitioner.
  public init(clientsPerDomain: Int = 1, skew: UnitSkew = UnitSkew()) {
    self.clientsPerDomain = clientsPerDomain
    self.skew = skew
  }

  public func clientCount(_ units: SourceUnits) -> Int { units.domains.count * clientsPerDomain }
  public var evenClientsPerDomain: Int? { skew == UnitSkew() ? clientsPerDomain : nil }

  public func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition {
    var partition = try dividedByUnit(
      examples, units: examples.domains, names: examples.units.domains, clientsPerUnit: clientsPerDomain, skew: skew,
      stream: &stream)
    partition.meantDomains = partition.clients.indices.map { $0 / clientsPerDomain }
    return partition
  }

  static let entry = CatalogEntry<any Partitioner>(
    "by-domain", "each domain's examples go to clients of its own", source: "Li et al., ICLR 2021",
    options: [
      Option("clients_per_domain", .integer(1...10_000_000), default: .integer(1), "clients of each domain")
    ] + UnitSkew.options
  ) { ByDomain(clientsPerDomain: $0.integer("clients_per_domain"), skew: UnitSkew($0)) }
}
