/// One client that has the training examples of all clients of another division, in the clients' order, and nothing to
/// be tested on.
struct PooledDivision: ClientDivision {
  let whole: any ClientDivision
  /// The clients whose examples they are.
  let clients: Range<Int>
  private let counts: [DataSplit: Int]

  init(_ whole: any ClientDivision, _ clients: Range<Int>) {
    self.whole = whole
    self.clients = clients
    counts = Dictionary(
      uniqueKeysWithValues: [DataSplit.train, .validation].map { split in
        (split, clients.reduce(0) { $0 + whole.count($1, split) })
      })
  }

  var clientCount: Int { 1 }
  func name(_ client: Int) -> String? { nil }
  func domain(_ client: Int) -> Int? { nil }
  func sourceSplit(_ split: DataSplit) -> DataSplit { whole.sourceSplit(split) }
  func count(_ client: Int, _ split: DataSplit) -> Int { counts[split] ?? 0 }
  func references(_ client: Int, _ split: DataSplit) -> [ExampleReference] {
    split == .test ? [] : clients.flatMap { whole.references($0, split) }
  }
}
