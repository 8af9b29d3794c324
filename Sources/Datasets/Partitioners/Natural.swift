internal import Catalogs
public import Randomness

/// Each natural client has its own examples, for training and for testing, in the file's order.
///
/// A natural client without training examples never trains: it is evaluated as an unseen one.
public struct Natural: Partitioner {
  /// How many clients are drawn by the seed, of those that train; nil takes all.
  public let clients: Int?
  /// Clients with fewer training examples are left out, and it is said; those without any are unseen clients.
  public let minimumSize: Int
  /// How many clients each natural client's examples are dealt over, evenly and at random.
  public let shards: Int

  /// Makes the partitioner.
  public init(clients: Int? = nil, minimumSize: Int = 0, shards: Int = 1) {
    self.clients = clients
    self.minimumSize = minimumSize
    self.shards = shards
  }

  public func clientCount(_ units: SourceUnits) -> Int { min(clients ?? .max, units.clients.count) * shards }

  public func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition {
    let names = examples.units.clients
    guard !names.isEmpty else {
      throw PartitionProblem.lacking(
        "'natural' needs clients, and these data have none (allowed: 'data.client' where the source has such a key, or another partition)"
      )
    }
    let rows = examples.rows(by: examples.clients, count: names.count)
    let small = rows.indices.filter { !rows[$0].isEmpty && rows[$0].count < minimumSize }
    var kept = rows.indices.filter { rows[$0].isEmpty || rows[$0].count >= minimumSize }
    let trains = kept.filter { !rows[$0].isEmpty }
    if trains.isEmpty, let most = small.map({ rows[$0].count }).max() {
      throw PartitionProblem.lacking(
        "'natural' leaves no client: none has \(minimumSize) training examples (allowed: 'min_size' up to \(most))")
    }
    var remarks: [String] = []
    if let clients {
      guard trains.count >= clients else {
        throw PartitionProblem.lacking(
          "'natural' is to have \(clients) clients, and \(trains.count) have training examples\(minimumSize > 0 ? ", \(minimumSize) or more" : "")"
        )
      }
      let drawn = Set(stream.sample(clients, of: trains.count).map { trains[$0] })
      kept = kept.filter { rows[$0].isEmpty || drawn.contains($0) }
      if clients < trains.count {
        remarks.append("\(clients) of \(trains.count) natural clients are drawn by the seed; the others are left out")
      }
    }
    if !small.isEmpty {
      let shown = small.prefix(3).map { "\(names[$0]) with \(rows[$0].count)" }.joined(separator: ", ")
      remarks.append(
        "\(small.count) of \(names.count) natural clients \(small.count == 1 ? "has" : "have") fewer than \(minimumSize) training examples and \(small.count == 1 ? "is" : "are") left out: \(shown)\(small.count > 3 ? ", …" : "")"
      )
    }
    var numbers = [Int?](repeating: nil, count: names.count)
    var parts: [[Int]] = []
    var ownNames: [String] = []
    for client in kept {
      numbers[client] = parts.count
      guard shards > 1 else {
        parts.append(rows[client])
        ownNames.append(names[client])
        continue
      }
      for (shard, part) in iidPartition(count: rows[client].count, clients: shards, stream: &stream).enumerated() {
        parts.append(part.map { rows[client][$0] })
        ownNames.append("\(names[client])/\(shard)")
      }
    }
    return Partition(
      parts, names: ownNames, others: .natural(numbers, shards: shards), remarks: remarks)
  }

  static let entry = CatalogEntry<any Partitioner>(
    "natural", "each natural client has its own examples",
    options: [
      .optional("clients", .integer(1...10_000_000), "how many are drawn by the seed; all unless set"),
      Option(
        "min_size", .integer(0...1_000_000), default: .integer(0), "clients with fewer training examples are left out"),
      Option("per", .integer(1...10_000), default: .integer(1), "over how many clients each natural one is dealt"),
    ]
  ) {
    Natural(clients: $0.optionalInteger("clients"), minimumSize: $0.integer("min_size"), shards: $0.integer("per"))
  }
}
