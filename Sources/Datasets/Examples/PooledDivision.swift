/// One client that has the training examples of all clients of another division, in the clients' order, and nothing to
/// be tested on.
struct PooledDivision: ClientDivision {
  let whole: any ClientDivision
  /// The clients whose examples they are.
  let clients: Range<Int>
  let trainCount: Int

  init(_ whole: any ClientDivision, _ clients: Range<Int>) {
    self.whole = whole
    self.clients = clients
    trainCount = clients.reduce(0) { $0 + whole.trainCount($1) }
  }

  var clientCount: Int { 1 }
  var untestedClientCount: Int { 1 }
  func domain(_ client: Int) -> Int? { nil }
  func trainCount(_ client: Int) -> Int { trainCount }
  func testCount(_ client: Int) -> Int { 0 }
  func references(_ client: Int, _ split: DataSplit) -> [ExampleReference] {
    split == .train ? clients.flatMap { whole.references($0, split) } : []
  }
}
