internal import Catalogs
public import Randomness

/// Each domain's examples go to clients of its own, at random and evenly; clients are numbered domain by domain.
///
/// Source: feature shift as in Li et al., "FedBN", ICLR 2021.
public struct ByDomain: Partitioner {
  /// Clients of each domain.
  public let clientsPerDomain: Int

  /// Makes the partitioner.
  public init(clientsPerDomain: Int = 1) { self.clientsPerDomain = clientsPerDomain }

  public func clientCount(domains: Int) -> Int { domains * clientsPerDomain }
  public var dividesLabels: Bool { false }
  public func domain(ofClient client: Int) -> Int? { client / clientsPerDomain }

  public func split(labels: [Int32], domainCounts: [Int], classCount: Int, stream: inout RandomStream) throws -> [[Int]]
  {
    byDomainPartition(domainCounts: domainCounts, clientsPerDomain: clientsPerDomain, stream: &stream)
  }

  static let entry = CatalogEntry<any Partitioner>(
    "by-domain", "each domain's examples go to clients of its own", source: "Li et al., ICLR 2021",
    options: [Option("clients_per_domain", .integer(1...10_000_000), default: .integer(1), "clients of each domain")]
  ) { ByDomain(clientsPerDomain: $0.integer("clients_per_domain")) }
}
