internal import Catalogs
public import Randomness

/// Each group's examples go to clients of its own: evenly at random, or with skewed labels. Clients are numbered group by
/// group. Where the source has no groups, domains stand for them.
public struct ByGroup: Partitioner {
  /// Clients of each group.
  public let clientsPerGroup: Int
  /// How labels and sizes are skewed among the clients of a group.
  public let skew: UnitSkew

  /// Makes the partitioner.
  public init(clientsPerGroup: Int = 1, skew: UnitSkew = UnitSkew()) {
    self.clientsPerGroup = clientsPerGroup
    self.skew = skew
  }

  public func clientCount(_ units: SourceUnits) -> Int {
    (units.groups.isEmpty ? units.domains : units.groups).count * clientsPerGroup
  }

  public func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition {
    try dividedByUnit(
      examples, units: examples.groups, names: examples.groupNames, clientsPerUnit: clientsPerGroup, skew: skew,
      stream: &stream)
  }

  static let entry = CatalogEntry<any Partitioner>(
    "by-group", "each group's examples go to clients of its own",
    options: [
      Option("clients_per_group", .integer(1...10_000_000), default: .integer(1), "clients of each group")
    ] + UnitSkew.options
  ) { ByGroup(clientsPerGroup: $0.integer("clients_per_group"), skew: UnitSkew($0)) }
}
