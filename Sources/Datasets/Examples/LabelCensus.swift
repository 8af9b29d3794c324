/// Which labels of a federation nobody trains on.
public struct LabelCensus: Sendable, Equatable {
  /// How many labels there are; a model has so many outputs.
  public let classCount: Int
  /// The labels that no client trains on and no test example has, in ascending order.
  public let absent: [Int]
  /// The labels that test examples have and no client trains on, in ascending order.
  public let untrained: [Int]
  /// How many test examples have those.
  public let untrainedTestCount: Int
  /// How many test examples there are, those of unseen clients included.
  public let testCount: Int
}

extension FederatedDataset {
  /// Examples that a census looks at.
  private static let censusLimit = 4_000_000

  /// Looks for labels that no client trains on; nil where every label is trained on, or where there are so many
  /// examples that it gave up.
  ///
  /// - Complexity: O(examples), at most 4 million; for usual data the first few show every label.
  public func labelCensus() -> LabelCensus? {
    guard classCount > 0 else { return nil }
    var isTrained = [Bool](repeating: false, count: classCount)
    var missing = classCount
    var looked = 0
    for client in 0..<clientCount {
      for reference in division.references(client, .train) {
        let label = Int(source.label(reference, split: .train))
        if isTrained[label] { continue }
        isTrained[label] = true
        missing -= 1
        if missing == 0 { return nil }
      }
      looked += trainCount(client) + 1
      if looked > Self.censusLimit { return nil }
    }
    var tests = [Int](repeating: 0, count: classCount)
    looked = 0
    for client in 0..<clientCount + unseenCount {
      let split = division.sourceSplit(.test)
      for reference in division.references(client, .test) { tests[Int(source.label(reference, split: split))] += 1 }
      looked += testCount(client) + 1
      if looked > Self.censusLimit { return nil }
    }
    let untrained = (0..<classCount).filter { !isTrained[$0] }
    return LabelCensus(
      classCount: classCount, absent: untrained.filter { tests[$0] == 0 },
      untrained: untrained.filter { tests[$0] > 0 },
      untrainedTestCount: untrained.reduce(0) { $0 + tests[$1] }, testCount: tests.reduce(0, +))
  }
}
