internal import Catalogs
public import Randomness

/// Divides training examples over clients.
public protocol Partitioner: Sendable {
  /// How many clients there will be.
  func clientCount(domains: Int) -> Int

  /// The examples of each client, each example once, in ascending order.
  ///
  /// - Parameters:
  ///   - labels: The examples' labels, domain by domain.
  ///   - domainCounts: How many examples each domain has.
  /// - Throws: `PartitionProblem` when there are too few examples.
  func split(labels: [Int32], domainCounts: [Int], classCount: Int, stream: inout RandomStream) throws -> [[Int]]

  /// Whether labels decide who gets which examples, or may by chance; then test examples go to the clients label by
  /// label, else domain by domain.
  var dividesLabels: Bool { get }

  /// The number of the domain of all of a client's examples; nil, as unless said, where it may have several.
  func domain(ofClient client: Int) -> Int?
}

extension Partitioner {
  public func domain(ofClient client: Int) -> Int? { nil }

  /// A division in closed form over a source that makes its examples, where the partition allows one.
  func directDivision(domains: Int, train: Int, test: Int) -> (any ClientDivision)? {
    (self as? ByDomain).map {
      MadeByDomain(domains: domains, clientsPerDomain: $0.clientsPerDomain, train: train, test: test)
    }
  }
}

extension Option {
  /// The number of clients of partitions that choose it.
  static let clients = Option.required("clients", .integer(1...10_000_000), "how many clients")
}
