internal import Catalogs
public import Randomness

/// A share of the examples is dealt evenly, and the rest by another partition.
///
///     round(s·n) examples, drawn at random, are shuffled and dealt evenly
///     the rest is divided by the other partition, as if the source had nothing else
///
/// The clients are those of the other partition. A natural client to whom that gives nothing never trains, and gets nothing.
///
/// Source: FL-bench (Tan & Wang 2023), `iid`.
public struct Mixed: Partitioner {
  /// s.
  public let evenShare: Double
  /// The partition of the rest.
  public let rest: any Partitioner

  /// Makes the partitioner.
  ///
  /// - Precondition: 0 < evenShare < 1.
  public init(evenShare: Double, rest: any Partitioner) {
    precondition(evenShare > 0 && evenShare < 1, "share \(evenShare) is not between 0 and 1")
    self.evenShare = evenShare
    self.rest = rest
  }

  public func clientCount(_ units: SourceUnits) -> Int { rest.clientCount(units) }

  public var joinsTestExamples: Bool { rest.joinsTestExamples }
  public var inputs: [SourceInput] { rest.inputs }

  public func opened(in folder: String) throws -> any Partitioner {
    Mixed(evenShare: evenShare, rest: try rest.opened(in: folder))
  }

  public func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition {
    let even = stream.sample(Int((evenShare * Double(examples.count)).rounded()), of: examples.count)
    let taken = Set(even)
    let others = (0..<examples.count).filter { !taken.contains($0) }
    var partition = try rest.divide(examples.selecting(others), stream: &stream)
    partition.clients = partition.clients.map { part in part.map { others[$0] } }
    var receivers = Array(partition.clients.indices)
    if case .natural = partition.others { receivers.removeAll { partition.clients[$0].isEmpty } }
    guard !receivers.isEmpty else { return partition }
    let dealt = iidPartition(count: even.count, clients: receivers.count, stream: &stream)
    for (receiver, part) in zip(receivers, dealt) {
      partition.clients[receiver] = (partition.clients[receiver] + part.map { even[$0] }).sorted()
    }
    return partition
  }

  static let entry = CatalogEntry<any Partitioner>(
    "mixed", "a share dealt evenly, the rest by another partition", source: "FL-bench",
    options: [
      .required(
        "iid_share", .number(.init(0, 1, lowerIsOpen: true, upperIsOpen: true)), "which share is dealt evenly"),
      .required("rest", .component("partition"), "how the rest is divided"),
    ]
  ) { options in
    let rest: any Partitioner = try options.component("rest", of: partitionCatalog)
    if rest is FilePartition {
      throw OptionProblem(
        "rest", "can't be 'file', which says who has which example of all (allowed: another partition)")
    }
    return Mixed(evenShare: options.number("iid_share"), rest: rest)
  }
}
