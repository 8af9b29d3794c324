internal import Catalogs
public import Randomness

/// Each client has examples of exactly k classes, and each class as many clients as any other or one more.
///
/// For K clients and the C classes that have examples:
///
///     ⌊K·k/C⌋ clients hold a class, one more hold K·k mod C classes drawn at random
///     client by client: every class that has to be held by all clients that are left, then classes at random in
///     proportion to the holders that they still lack, until there are k
///     a class's n examples in random order; its h holders in the order of their numbers get
///       ⌊n·i/h⌋ ..< ⌊n·(i + 1)/h⌋         balanced
///       shares in proportion to weights drawn from [0.1, 1), at least one example each     otherwise
///
/// Every assignment that keeps the numbers can be drawn.
///
/// Source: PFLlib (Zhang et al. 2025) and Flower's `PathologicalPartitioner`, after McMahan et al. 2017.
/// Differs: PFLlib gives classes to clients in a fixed order, and unless balanced draws sizes of all holders but the last,
/// which gets the rest; Flower draws each client's classes alone, so that a class may have no client and is left out.
public struct Pathological: Partitioner {
  /// How many clients.
  public let clients: Int
  /// Classes of each client.
  public let classesPerClient: Int
  /// Whether the clients of a class share it evenly.
  public let isBalanced: Bool

  /// Makes the partitioner.
  public init(clients: Int, classesPerClient: Int, isBalanced: Bool = true) {
    self.clients = clients
    self.classesPerClient = classesPerClient
    self.isBalanced = isBalanced
  }

  public func clientCount(_ units: SourceUnits) -> Int { clients }

  public func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition {
    try examples.requireClasses("pathological")
    var classes = examples.rows(by: examples.labels, count: examples.classCount)
    let held = classes.indices.filter { !classes[$0].isEmpty }
    guard classesPerClient <= held.count else {
      throw PartitionProblem.lacking(
        "'pathological' is to give each client \(classesPerClient) classes, and the examples have \(held.count)")
    }
    guard clients * classesPerClient >= held.count else {
      throw PartitionProblem.lacking(
        "\(clients) clients of \(classesPerClient) \(classesPerClient == 1 ? "class" : "classes") can't hold all \(held.count) classes: some would have no client (allowed: clients · classes_per_client ≥ \(held.count))"
      )
    }
    guard examples.count >= clients * classesPerClient else {
      throw PartitionProblem.tooFewExamples(
        examples: examples.count, clients: clients, minimumSize: classesPerClient)
    }
    let holders = drawnHolders(of: held.count, stream: &stream)
    var owners = [Int](repeating: 0, count: examples.count)
    for (label, holders) in zip(held, holders) {
      guard classes[label].count >= holders.count else {
        throw PartitionProblem.lacking(
          "class \(label) has \(classes[label].count) training examples for \(holders.count) clients that are to hold it (allowed: one or more each; fewer clients or classes_per_client)"
        )
      }
      stream.shuffle(&classes[label])
      var start = 0
      for (holder, size) in zip(holders, sizes(of: classes[label].count, holders: holders.count, stream: &stream)) {
        for place in start..<start + size { owners[classes[label][place]] = holder }
        start += size
      }
    }
    return Partition(Datasets.examples(ofOwners: owners, clients: clients))
  }

  /// The clients of each of so many classes, in ascending order.
  private func drawnHolders(of classCount: Int, stream: inout RandomStream) -> [[Int]] {
    let (share, larger) = (clients * classesPerClient).quotientAndRemainder(dividingBy: classCount)
    var lacking = [Int](repeating: share, count: classCount)
    for label in stream.sample(larger, of: classCount) { lacking[label] += 1 }
    var holders = [[Int]](repeating: [], count: classCount)
    for client in 0..<clients {
      // Nobody can hold a class twice, so what lacks as many holders as there are clients left is taken by each of them;
      // there are at most k such, as all lack k times the clients left.
      var taken = [Bool](repeating: false, count: classCount)
      var left = classesPerClient
      for label in lacking.indices where lacking[label] == clients - client {
        taken[label] = true
        left -= 1
      }
      while left > 0 {
        let open = lacking.indices.filter { !taken[$0] && lacking[$0] > 0 }
        var place = stream.index(below: open.reduce(0) { $0 + lacking[$1] })
        for label in open {
          place -= lacking[label]
          if place < 0 {
            taken[label] = true
            break
          }
        }
        left -= 1
      }
      for label in lacking.indices where taken[label] {
        lacking[label] -= 1
        holders[label].append(client)
      }
    }
    return holders
  }

  private func sizes(of count: Int, holders: Int, stream: inout RandomStream) -> [Int] {
    if isBalanced {
      return (0..<holders).map { bound($0 + 1, of: holders, over: count) - bound($0, of: holders, over: count) }
    }
    let weights = (0..<holders).map { _ in stream.uniform(0.1, 1) }
    return apportioned(count - holders, weights: weights).map { $0 + 1 }
  }

  static let entry = CatalogEntry<any Partitioner>(
    "pathological", "each client has examples of exactly so many classes", source: "PFLlib; Flower",
    options: [
      .clients, .required("classes_per_client", .integer(1...100_000), "classes of each client"),
      Option("balanced", .boolean, default: .boolean(true), "whether the clients of a class share it evenly"),
    ]
  ) {
    Pathological(
      clients: $0.integer("clients"), classesPerClient: $0.integer("classes_per_client"),
      isBalanced: $0.boolean("balanced"))
  }
}

/// Whole numbers that sum to `count` and are in proportion to weights: the whole part of each share, and one more for
/// those with the largest fractions, among equals the first.
///
/// - Precondition: Weights are finite and not negative, and their sum is above 0.
func apportioned(_ count: Int, weights: [Double]) -> [Int] {
  let total = weights.reduce(0, +)
  precondition(total > 0 && total.isFinite, "weights sum to \(total)")
  let exact = weights.map { Double(count) * ($0 / total) }
  var sizes = exact.map { Int($0.rounded(.down)) }
  var left = count - sizes.reduce(0, +)
  let byFraction = sizes.indices.sorted {
    (Double(sizes[$0]) - exact[$0], $0) < (Double(sizes[$1]) - exact[$1], $1)
  }
  // Rounding of the shares may leave more than one each, or take one too many; neither for counts below 2^50.
  var place = 0
  while left > 0 {
    sizes[byFraction[place % byFraction.count]] += 1
    (left, place) = (left - 1, place + 1)
  }
  for index in byFraction.reversed() where left < 0 && sizes[index] > 0 {
    sizes[index] -= 1
    left += 1
  }
  return sizes
}
