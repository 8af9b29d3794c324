internal import Catalogs
public import Randomness

/// Examples in the order of their labels, cut into runs of one length, so many of which each client gets: few labels a
/// client.
///
/// For n examples sorted by label, those of one label in the file's order, and K clients of s runs each:
///
///     run r = the examples ⌊n·r/(K·s)⌋ ..< ⌊n·(r + 1)/(K·s)⌋        r = 0 ..< K·s
///     the runs in random order; client k gets the k-th s of them
///
/// Source: McMahan et al. 2017, "Communication-efficient learning of deep networks from decentralized data", section 3:
/// 200 runs of 300 examples of MNIST, 2 for each of 100 clients.
public struct Shards: Partitioner {
  /// How many clients.
  public let clients: Int
  /// Runs of each client.
  public let runsPerClient: Int

  /// Makes the partitioner.
  public init(clients: Int, runsPerClient: Int = 2) {
    self.clients = clients
    self.runsPerClient = runsPerClient
  }

  public func clientCount(_ units: SourceUnits) -> Int { clients }

  public func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition {
    try examples.requireClasses("shards")
    let (count, runs) = (examples.count, clients * runsPerClient)
    guard count >= runs else {
      throw PartitionProblem.tooFewExamples(examples: count, clients: clients, minimumSize: runsPerClient)
    }
    let sorted = examples.rows(by: examples.labels, count: examples.classCount).joined()
    var order = Array(0..<runs)
    stream.shuffle(&order)
    var clientOfRun = [Int](repeating: 0, count: runs)
    for (place, run) in order.enumerated() { clientOfRun[run] = place / runsPerClient }
    var owners = [Int](repeating: 0, count: count)
    var run = 0
    for (place, example) in sorted.enumerated() {
      while place >= bound(run + 1, of: runs, over: count) { run += 1 }
      owners[example] = clientOfRun[run]
    }
    return Partition(Datasets.examples(ofOwners: owners, clients: clients))
  }

  static let entry = CatalogEntry<any Partitioner>(
    "shards", "few labels a client: examples sorted by label and dealt in runs", source: "McMahan et al. 2017",
    options: [.clients, Option("per_client", .integer(1...10_000), default: .integer(2), "runs of each client")]
  ) { Shards(clients: $0.integer("clients"), runsPerClient: $0.integer("per_client")) }
}

/// The first of `count` examples of the part with a number, where they are cut into so many parts that differ by at most
/// one: ⌊count·part/parts⌋.
func bound(_ part: Int, of parts: Int, over count: Int) -> Int {
  let (product, overflows) = count.multipliedReportingOverflow(by: part)
  return overflows ? Int(Double(count) * Double(part) / Double(parts)) : product / parts
}
