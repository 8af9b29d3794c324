/// Who has what of a data set, in a few numbers.
public struct SplitSummary: Sendable, Equatable {
  /// Numbers over clients.
  public struct Spread: Sendable, Equatable {
    /// Their sum.
    public let sum: Int
    /// The least and the most of a client.
    public let range: ClosedRange<Int>

    init(_ counts: [Int]) {
      sum = counts.reduce(0, +)
      range = (counts.min() ?? 0)...(counts.max() ?? 0)
    }

    /// As many for each of so many clients.
    init(_ count: Int, clients: Int) {
      sum = count * clients
      range = count...count
    }
  }

  /// Clients that train.
  public let clients: Int
  /// Clients that never train.
  public let unseen: Int
  /// Examples by split, of the clients that train.
  public let examples: [DataSplit: Spread]
  /// Test examples of the clients that never train.
  public let unseenTest: Int
  /// Classes of which a client that trains has training examples; nil where targets are no classes, or examples are made for
  /// each client, with all classes.
  public let classes: ClosedRange<Int>?

  /// Looks through a data set.
  ///
  /// - Complexity: O(examples); O(1) where each client's examples are made for it.
  public init(_ dataset: FederatedDataset) {
    clients = dataset.clientCount
    unseen = dataset.unseenCount
    let seen = 0..<dataset.clientCount
    // Clients whose examples are made for them have as many as each other.
    let isMade = dataset.isMadeByClient
    examples = Dictionary(
      uniqueKeysWithValues: DataSplit.allCases.map { split in
        (
          split,
          isMade ? Spread(dataset.count(0, split), clients: seen.count) : Spread(seen.map { dataset.count($0, split) })
        )
      })
    unseenTest =
      isMade
      ? dataset.unseenCount * (dataset.unseenCount > 0 ? dataset.testCount(seen.upperBound) : 0)
      : (0..<dataset.unseenCount).reduce(0) { $0 + dataset.testCount(seen.upperBound + $1) }
    guard !isMade, dataset.classCount > 0 else {
      classes = nil
      return
    }
    let counts = seen.map { client in
      Set(dataset.division.references(client, .train).map { dataset.source.label($0, split: .train) }).count
    }
    classes = (counts.min() ?? 0)...(counts.max() ?? 0)
  }
}
