internal import Catalogs
public import Randomness

/// Labels in two levels, coarse and fine, of which each client has its own mix: label skew that keeps to what is alike.
///
/// Coarse labels are the groups of the examples, or their domains where the source has no groups; a fine label is a class
/// within one. Client by client, with the coarse labels R that have examples left and the fine labels F_c of each:
///
///     θ ~ Dirichlet(α, …, α) over R,   φ_c ~ Dirichlet(β, …, β) over F_c
///     n times: c ~ θ, f ~ φ_c, and an example of f in c at random, which is taken away
///       a fine label without examples leaves F_c, and φ_c is normalized again; a coarse one without fine ones leaves R
///
/// Source: Reddi et al. 2021, "Adaptive federated optimization", appendix C.1, as in TensorFlow Federated's CIFAR-100 (500
/// clients of 100 examples, α 0.1, β 10), after the Pachinko allocation of Li & McCallum 2006.
public struct Pachinko: Partitioner {
  /// How many clients.
  public let clients: Int
  /// α, of coarse labels.
  public let coarseConcentration: Double
  /// β, of fine labels within a coarse one.
  public let fineConcentration: Double
  /// Examples of each client; nil is as many as there are for all.
  public let examplesPerClient: Int?

  /// Makes the partitioner.
  public init(
    clients: Int, coarseConcentration: Double = 0.1, fineConcentration: Double = 10, examplesPerClient: Int? = nil
  ) {
    self.clients = clients
    self.coarseConcentration = coarseConcentration
    self.fineConcentration = fineConcentration
    self.examplesPerClient = examplesPerClient
  }

  public func clientCount(_ units: SourceUnits) -> Int { clients }

  public func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition {
    try examples.requireClasses("pachinko")
    var remarks: [String] = []
    var urns = examples.rows(by: examples.groups, count: examples.groupNames.count).map { rows in
      Dictionary(grouping: rows) { examples.labels[$0] }.sorted { $0.key < $1.key }.map(\.value)
    }
    for group in urns.indices { for fine in urns[group].indices { stream.shuffle(&urns[group][fine]) } }
    let usable = urns.joined().reduce(0) { $0 + $1.count }
    if usable < examples.count {
      remarks.append("\(examples.count - usable) of \(examples.count) training examples have no group and are left out")
    }
    let each = examplesPerClient ?? usable / clients
    guard each > 0, clients.multipliedReportingOverflow(by: each).overflow == false, clients * each <= usable else {
      throw PartitionProblem.tooFewExamples(examples: usable, clients: clients, minimumSize: max(1, each))
    }
    if clients * each < usable {
      remarks.append(
        "\(usable - clients * each) of \(usable) training examples are left over: \(clients) clients have \(each) each")
    }
    var owners = [Int](repeating: -1, count: examples.count)
    for client in 0..<clients {
      var coarse = Mix(
        urns.map { !$0.allSatisfy(\.isEmpty) }, concentration: coarseConcentration, stream: &stream)
      var fine = [Mix?](repeating: nil, count: urns.count)
      for _ in 0..<each {
        let group = coarse.draw(&stream)
        var mix =
          fine[group] ?? Mix(urns[group].map { !$0.isEmpty }, concentration: fineConcentration, stream: &stream)
        let label = mix.draw(&stream)
        if let example = urns[group][label].popLast() { owners[example] = client }
        if urns[group][label].isEmpty { mix.remove(label) }
        if mix.isEmpty { coarse.remove(group) }
        fine[group] = mix
      }
    }
    var parts = [[Int]](repeating: [], count: clients)
    for (example, owner) in owners.enumerated() where owner >= 0 { parts[owner].append(example) }
    return Partition(parts, remarks: remarks)
  }

  static let entry = CatalogEntry<any Partitioner>(
    "pachinko", "label skew in two levels: coarse labels, and fine ones within", source: "Reddi et al. 2021",
    options: [
      .clients,
      Option("alpha", .number(.init(1e-4, 1e6)), default: .number(0.1), "concentration of coarse labels"),
      Option("beta", .number(.init(1e-4, 1e6)), default: .number(10), "concentration of fine labels within"),
      .optional(
        "per_client", .integer(1...10_000_000), "examples of each client; as many as there are for all unless set"),
    ]
  ) {
    Pachinko(
      clients: $0.integer("clients"), coarseConcentration: $0.number("alpha"), fineConcentration: $0.number("beta"),
      examplesPerClient: $0.optionalInteger("per_client"))
  }
}

/// A distribution over things some of which are there no more.
struct Mix {
  private var shares: [Double]
  private var isThere: [Bool]
  private var thereCount: Int

  /// A point of a symmetric Dirichlet distribution over the things that are there.
  ///
  /// - Precondition: One is there.
  init(_ isThere: [Bool], concentration: Double, stream: inout RandomStream) {
    let count = isThere.count { $0 }
    var drawn = stream.dirichlet(concentration: concentration, count: count)[...]
    self.init(isThere.map { $0 ? drawn.popFirst() ?? 0 : 0 }, isThere)
  }

  /// Given shares, not negative.
  init(_ shares: [Double], _ isThere: [Bool]) {
    (self.shares, self.isThere) = (shares, isThere)
    thereCount = isThere.count { $0 }
  }

  var isEmpty: Bool { thereCount == 0 }

  mutating func remove(_ index: Int) {
    guard isThere[index] else { return }
    isThere[index] = false
    shares[index] = 0
    thereCount -= 1
  }

  /// One that is there, by its share; where all shares that are left are too small for a number, by `stocks`, or each
  /// equally likely.
  ///
  /// - Precondition: One is there.
  func draw(_ stream: inout RandomStream, stocks: @autoclosure () -> [Int]? = nil) -> Int {
    let total = shares.reduce(0, +)
    guard total > 1e-290 else {
      let stocks = stocks()
      return Mix(isThere.indices.map { isThere[$0] ? Double(stocks?[$0] ?? 1) : 0 }, isThere).draw(&stream)
    }
    var left = stream.uniform() * total
    var last = 0
    for (index, share) in shares.enumerated() where share > 0 {
      left -= share
      last = index
      if left < 0 { break }
    }
    return last
  }
}
