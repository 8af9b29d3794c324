package import Randomness

/// Why examples could not be divided as asked.
package enum PartitionProblem: Error, Equatable, CustomStringConvertible {
  /// The clients are to have more examples than there are.
  case tooFewExamples(examples: Int, clients: Int, minimumSize: Int)
  /// A domain or group has fewer examples than its clients are to have.
  case tooFewOfUnit(String, examples: Int, clients: Int, minimumSize: Int)
  /// The source has nothing of what a partition goes by, and what to do instead.
  case lacking(String)
  /// A source would have to make more examples than can be numbered or listed.
  case tooManyExamples(examples: Int, limit: Int)
  /// An example's label is not of 0..<classCount.
  case labelOutOfRange(example: Int, label: Int, classCount: Int)

  package var description: String {
    switch self {
    case .tooFewExamples(let examples, let clients, let minimumSize):
      "\(examples) examples are too few for \(clients) clients of at least \(minimumSize)"
    case .tooFewOfUnit(let unit, let examples, let clients, let minimumSize):
      "\(examples) examples of \(unit) are too few for \(clients) clients of at least \(minimumSize)"
    case .lacking(let words): words
    case .tooManyExamples(let examples, let limit):
      "would make \(examples) examples \(limit == Int(Int32.max) ? "of a domain" : "to be divided") (allowed: up to \(limit))"
    case .labelOutOfRange(let example, let label, let classCount):
      "example \(example) has label \(label) (allowed: 0 to \(classCount - 1))"
    }
  }
}

/// Divides examples over clients with skewed labels: each class by shares of its own from a Dirichlet distribution.
///
/// For each class k of n_k examples in random order:
///
///     p ~ Dirichlet(α, …, α)                                        one share a client
///     c_j = p_0 + … + p_j
///     client j gets the examples round(n_k·c_{j−1}) ..< round(n_k·c_j)
///
/// Then every client below the minimum, in the order of their numbers, receives examples one at a time until it has the
/// minimum, each from the client that is the largest at that moment (the lowest number among equals) and of the label
/// of which that one has most (the lowest among equals). The largest client is above the minimum as long as another is
/// below it, so no donor falls below.
///
/// A small α gives a class to few clients, a large one divides each class evenly; sizes are skewed too.
///
/// Source: Yurochkin et al. 2019, "Bayesian nonparametric federated learning of neural networks", section 4.
/// Differs: their code, and that of NIID-Bench (Li et al. 2022) after it, gives a client that already has its even part
/// of the examples nothing more (here where `isBalanced`) and draws everything again until each client has 10 examples,
/// which may take for ever with a small α. Here one draw is taken as it is and repaired, so the shares have the distribution's own moments; and
/// bounds are rounded to the nearest example where theirs are rounded down, which would give the last client the
/// examples that the rounding of sums leaves over. Hsu, Qi & Brown 2019 draw each client's mix of labels instead: see
/// `dirichletMixPartition`.
///
/// - Parameters:
///   - labels: The label of each example.
///   - classCount: The number of classes.
///   - clients: The number of clients.
///   - concentration: α; below 1e-300 it makes no difference.
///   - minimumSize: The fewest examples of a client.
///   - isBalanced: Whether clients that already have count/clients examples get nothing of a class: their shares are 0
///     and the others' are normalized again, as in the code of the source.
///   - stream: Where orders and shares come from, class by class.
/// - Returns: Each client's examples in ascending order; every example once.
/// - Throws: `PartitionProblem`.
/// - Precondition: classCount and clients ≥ 1, concentration > 0 and finite, minimumSize ≥ 0.
/// - Complexity: O(n + classes · clients + moved · log(clients · classes)) for n examples.
package func dirichletPartition(
  labels: [Int], classCount: Int, clients: Int, concentration: Double, minimumSize: Int, isBalanced: Bool = false,
  stream: inout RandomStream
) throws(PartitionProblem) -> [[Int]] {
  precondition(classCount >= 1 && clients >= 1, "\(classCount) classes over \(clients) clients")
  precondition(concentration > 0 && concentration.isFinite, "concentration \(concentration) is not above 0")
  precondition(minimumSize >= 0, "minimum size \(minimumSize) is negative")
  var classes = try examplesByClass(labels, classCount: classCount, clients: clients, minimumSize: minimumSize)
  var sizes = [Int](repeating: 0, count: clients)
  var owners = [Int](repeating: 0, count: labels.count)
  var chunks = [[Chunk]](repeating: [], count: clients)
  for label in classes.indices {
    stream.shuffle(&classes[label])
    var shares = stream.dirichlet(concentration: max(concentration, 1e-300), count: clients)
    if isBalanced { shares = withoutFull(shares, sizes: sizes, count: labels.count) }
    for (client, range) in ranges(of: classes[label].count, shares: shares) {
      for position in range { owners[classes[label][position]] = client }
      chunks[client].append(Chunk(label: label, range: range))
      sizes[client] += range.count
    }
  }
  fill(upTo: minimumSize, chunks: chunks, classes: classes, owners: &owners)
  return examples(ofOwners: owners, clients: clients)
}

/// The examples of each class.
///
/// - Throws: `PartitionProblem` for too few examples, and for a label that is none.
func examplesByClass(
  _ labels: [Int], classCount: Int, clients: Int, minimumSize: Int
) throws(PartitionProblem) -> [[Int]] {
  let (needed, overflows) = clients.multipliedReportingOverflow(by: minimumSize)
  if overflows || needed > labels.count {
    throw .tooFewExamples(examples: labels.count, clients: clients, minimumSize: minimumSize)
  }
  var classes = [[Int]](repeating: [], count: classCount)
  for (example, label) in labels.enumerated() {
    guard 0..<classCount ~= label else {
      throw .labelOutOfRange(example: example, label: label, classCount: classCount)
    }
    classes[label].append(example)
  }
  return classes
}

/// The shares of those that have less than their even part of `count` examples, normalized again; as they are where
/// nothing is left of them.
private func withoutFull(_ shares: [Double], sizes: [Int], count: Int) -> [Double] {
  let open = zip(shares, sizes).map { $1 * sizes.count < count ? $0 : 0 }
  let total = open.reduce(0, +)
  if total > 1e-290 { return open.map { $0 / total } }
  // Those that have room left have shares too small for a number: each the same.
  let room = sizes.map { $0 * sizes.count < count ? 1.0 : 0 }
  let roomy = room.reduce(0, +)
  return roomy > 0 ? room.map { $0 / roomy } : shares
}

/// A client's examples of one label: a range of the class in its random order.
private struct Chunk {
  let label: Int
  let range: Range<Int>
}

/// The ranges of 0..<count that shares give, without the empty ones.
private func ranges(of count: Int, shares: [Double]) -> [(client: Int, range: Range<Int>)] {
  var parts: [(client: Int, range: Range<Int>)] = []
  var sum = 0.0
  var start = 0
  let last = shares.lastIndex { $0 > 0 } ?? shares.count - 1
  for (client, share) in shares.enumerated() where start < count {
    sum += share
    // The last client with a share takes the rest whatever the sum was rounded to.
    let end = client == last ? count : min(count, max(start, Int((sum * Double(count)).rounded())))
    if end > start { parts.append((client, start..<end)) }
    start = end
  }
  return parts
}

/// Moves examples to the clients that have fewer than `minimum`, as `dirichletPartition` says.
///
/// - Parameter owners: The client of each example, written where one moves.
private func fill(upTo minimum: Int, chunks: [[Chunk]], classes: [[Int]], owners: inout [Int]) {
  let sizes = chunks.map { $0.reduce(0) { $0 + $1.range.count } }
  guard sizes.contains(where: { $0 < minimum }) else { return }
  var donors = LargestFirst(sizes.enumerated().filter { $0.element > minimum }.map { ($0.element, $0.offset) })
  // A donor's labels by how many it has left; made when it first gives.
  var remaining: [Int: LargestFirst] = [:]
  for (receiver, size) in sizes.enumerated() where size < minimum {
    for _ in size..<minimum {
      let donor = donors.takeOne().number
      let own = chunks[donor]
      let taken = remaining[donor, default: LargestFirst(own.enumerated().map { ($0.element.range.count, $0.offset) })]
        .takeOne()
      let chunk = own[taken.number]
      owners[classes[chunk.label][chunk.range.lowerBound + taken.left]] = receiver
    }
  }
}

/// Numbered stocks, of which the largest gives; among equals the one with the lowest number. A binary heap.
struct LargestFirst {
  private var stocks: [(size: Int, number: Int)]

  init(_ stocks: [(size: Int, number: Int)]) {
    // A descending list is a heap.
    self.stocks = stocks.sorted { ($1.size, $0.number) < ($0.size, $1.number) }
  }

  /// Takes one from the largest stock and says which it was and how many it has left.
  ///
  /// - Complexity: O(log count).
  mutating func takeOne() -> (number: Int, left: Int) {
    precondition(stocks.first.map { $0.size > 0 } ?? false, "nothing is left to take")
    stocks[0].size -= 1
    let taken = (stocks[0].number, stocks[0].size)
    var parent = 0
    while true {
      var first = parent
      for child in 2 * parent + 1...2 * parent + 2 where child < stocks.count && precedes(child, first) {
        first = child
      }
      if first == parent { return taken }
      stocks.swapAt(first, parent)
      parent = first
    }
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    (stocks[b].size, stocks[a].number) < (stocks[a].size, stocks[b].number)
  }
}
