/// Who has which examples.
protocol ClientDivision: Sendable {
  var clientCount: Int { get }
  /// A client's name; nil where it has none of its own.
  func name(_ client: Int) -> String?
  /// The domain of all of a client's examples, if it is one.
  func domain(_ client: Int) -> Int?
  func count(_ client: Int, _ split: DataSplit) -> Int
  func references(_ client: Int, _ split: DataSplit) -> [ExampleReference]
  /// A client's examples where they are neighbours of one domain by construction.
  func run(_ client: Int, _ split: DataSplit) -> ExampleRun?
  /// In which split of the source the examples of a split are.
  func sourceSplit(_ split: DataSplit) -> DataSplit
  /// How many clients have no test examples.
  var untestedClientCount: Int { get }
  /// The clients that have test or validation examples and no training example, in ascending order.
  var testOnlyClients: [Int] { get }
  /// What the user should know of it: sentences without a full stop.
  var remarks: [String] { get }
  /// Whether clients were given examples of several domains that did not belong together.
  var mixesDomains: Bool { get }
  /// The client that stands for test examples of nobody; nil where there are none.
  var unionClient: Int? { get }
  /// The clients that never train by the division itself, in ascending order.
  var unseenClients: [Int] { get }
  /// How many examples of a split were made of each domain; 0 where a source holds them.
  func madeOfDomain(_ split: DataSplit) -> Int
}

extension ClientDivision {
  func run(_ client: Int, _ split: DataSplit) -> ExampleRun? { nil }
  var untestedClientCount: Int { (0..<clientCount).count { self.count($0, .test) == 0 } }
  var testOnlyClients: [Int] {
    (0..<clientCount).filter {
      self.count($0, .train) == 0 && (self.count($0, .test) > 0 || self.count($0, .validation) > 0)
    }
  }
  var remarks: [String] { [] }
  var mixesDomains: Bool { false }
  var unionClient: Int? { nil }
  var unseenClients: [Int] { [] }
  func madeOfDomain(_ split: DataSplit) -> Int { 0 }
}

/// Clients numbered domain by domain, each with examples of its own that are made for it: nothing is stored.
///
/// Where a share of the training examples is held out, it is the last ones: labels are nearly balanced anywhere.
struct MadeByDomain: ClientDivision {
  private let domains: [String]
  private let clientsPerDomain: Int
  /// Examples that are made of each split of the source for a client.
  private let made: (train: Int, test: Int)
  /// The training examples of a client by the split that they are for, with the first behind which they stand; the test
  /// examples where they are made as such.
  private let places: [DataSplit: Range<Int>]

  init(domains: [String], clientsPerDomain: Int, train: Int, test: Int, heldOut: HeldOutShares) {
    self.domains = domains
    self.clientsPerDomain = clientsPerDomain
    made = (train, test)
    var places = [DataSplit.train: 0..<train, .test: 0..<test]
    // A source that makes its examples makes test examples too.
    if let share = heldOut.validation {
      let kept = train - HeldOutShares.count(share, of: train)
      places[.validation] = kept..<train
      places[.train] = 0..<kept
    }
    self.places = places
  }

  var clientCount: Int { domains.count * clientsPerDomain }
  var untestedClientCount: Int { made.test == 0 ? clientCount : 0 }
  var testOnlyClients: [Int] { [] }
  /// Examples of the larger split that are made of each domain.
  var examplesOfDomain: Int { clientsPerDomain * max(made.train, made.test) }
  func madeOfDomain(_ split: DataSplit) -> Int {
    switch split {
    case .train: clientsPerDomain * made.train
    case .test: clientsPerDomain * made.test
    case .validation: 0
    }
  }
  func name(_ client: Int) -> String? {
    let name = domains[client / clientsPerDomain]
    return clientsPerDomain == 1 ? name : "\(name)/\(client % clientsPerDomain)"
  }
  func domain(_ client: Int) -> Int? { client / clientsPerDomain }
  func count(_ client: Int, _ split: DataSplit) -> Int { places[split]?.count ?? 0 }
  func sourceSplit(_ split: DataSplit) -> DataSplit { split == .test ? .test : .train }

  private func neighbours(_ client: Int, _ split: DataSplit) -> ExampleRun {
    let places = places[split] ?? 0..<0
    let count = split == .test ? made.test : made.train
    return ExampleRun(
      domain: client / clientsPerDomain, first: client % clientsPerDomain * count + places.lowerBound,
      count: places.count)
  }

  func references(_ client: Int, _ split: DataSplit) -> [ExampleReference] { neighbours(client, split).references }
  func run(_ client: Int, _ split: DataSplit) -> ExampleRun? { neighbours(client, split) }
}
