internal import Randomness

/// Which examples are kept from training: shares of each client's training examples, where the source has none for the
/// other splits.
public struct HeldOutShares: Sendable, Equatable {
  /// For testing; taken first. Nil is none.
  public var test: Double?
  /// For validation, of what is left then. Nil is none.
  public var validation: Double?
  /// Whether all test examples of the source are tested on together and belong to nobody: by one unseen client, `union`.
  public var poolsTest: Bool

  /// Makes shares; without arguments nothing is kept.
  public init(test: Double? = nil, validation: Double? = nil, poolsTest: Bool = false) {
    self.test = test
    self.validation = validation
    self.poolsTest = poolsTest
  }

  /// How many of so many examples a share is: at least one, and never the last.
  static func count(_ share: Double, of count: Int) -> Int {
    count < 2 ? 0 : min(count - 1, max(1, Int((share * Double(count)).rounded())))
  }
}

/// The places of a share of examples, label by label in proportion, drawn by a stream; in ascending order.
///
/// Each label gives the whole part of its share; those with the largest fractions, and among equals the lowest labels,
/// give one more until there are as many as `HeldOutShares.count` says.
func heldOutPlaces(of labels: [Int32], share: Double, stream: inout RandomStream) -> [Int] {
  let total = HeldOutShares.count(share, of: labels.count)
  guard total > 0 else { return [] }
  var places: [Int32: [Int]] = [:]
  for (place, label) in labels.enumerated() { places[label, default: []].append(place) }
  let order = places.keys.sorted()
  var quotas = order.map { label -> (count: Int, fraction: Double) in
    let exact = Double(total) * Double(places[label]?.count ?? 0) / Double(labels.count)
    return (Int(exact), exact - exact.rounded(.down))
  }
  let left = total - quotas.reduce(0) { $0 + $1.count }
  let byFraction = quotas.indices.sorted {
    (-quotas[$0].fraction, $0) < (-quotas[$1].fraction, $1)
  }
  for index in byFraction.prefix(left) { quotas[index].count += 1 }
  var held: [Int] = []
  for (index, label) in order.enumerated() {
    let own = places[label] ?? []
    held += stream.sample(min(quotas[index].count, own.count), of: own.count).map { own[$0] }
  }
  return held.sorted()
}
