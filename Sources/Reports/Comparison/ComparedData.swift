/// What the record says of the data that a run learned from and was evaluated on.
///
/// Two runs are a pair only where these are the same: else their difference is one of data, not of methods.
package struct ComparedData: Sendable, Equatable {
  /// What one client holds.
  package struct Part: Sendable, Equatable {
    /// The client's number.
    package var client: Int
    /// The domain of its examples, or "" where it has none of its own.
    package var domain: String
    /// How many training examples it has.
    package var trainSamples: Int
    /// How many test examples it has.
    package var testSamples: Int
    /// The client's training examples by label, as the record has them: `[3,0,5]`.
    package var labels: String

    /// Makes a value.
    package init(client: Int, domain: String, trainSamples: Int, testSamples: Int, labels: String) {
      self.client = client
      self.domain = domain
      self.trainSamples = trainSamples
      self.testSamples = testSamples
      self.labels = labels
    }
  }

  /// Which examples one subject was evaluated on.
  package struct Subset: Sendable, Equatable {
    /// How many they are.
    package var samples: Int
    /// Equal hashes mean the same choice of a client's examples.
    package var hash: String

    /// Makes a value.
    package init(samples: Int, hash: String) {
      self.samples = samples
      self.hash = hash
    }
  }

  /// The clients by number; empty where they are not recorded.
  package var parts: [Part]
  /// What was evaluated at the compared round, by the client's number, or −1 for all together; empty where single
  /// evaluations are not recorded.
  package var subsets: [Int: Subset]
  /// What tells the examples that were read or made from others, whatever a file's path; nil where it is not recorded.
  package var content: String?
  /// The same of the files with the examples, whoever has them; nil where examples are made, or it is not recorded.
  package var files: String?
  /// A hash over which client has which examples; nil where that follows from the scenario alone, or is not recorded.
  package var split: String?

  /// Makes a value.
  package init(
    parts: [Part] = [], subsets: [Int: Subset] = [:], content: String? = nil, files: String? = nil,
    split: String? = nil
  ) {
    self.parts = parts
    self.subsets = subsets
    self.content = content
    self.files = files
    self.split = split
  }

  /// How these data differ from those of another run, as far as both are recorded; nil where they do not.
  ///
  /// This is the one place that decides whether runs may be paired.
  package func difference(from other: ComparedData) -> DataDifference? {
    // Where both are known, a file that says who has what does not make other data.
    let (mine, theirs) = files == nil || other.files == nil ? (content, other.content) : (files, other.files)
    if let mine, let theirs, mine != theirs {
      return DataDifference(kind: .data, words: "other examples were read or made")
    }
    if !parts.isEmpty, !other.parts.isEmpty, parts != other.parts { return difference(fromParts: other.parts) }
    if !subsets.isEmpty, !other.subsets.isEmpty, subsets != other.subsets {
      return difference(fromSubsets: other.subsets)
    }
    // Equal counts of examples and of labels may still be other examples.
    if let split, let theirs = other.split, split != theirs {
      return DataDifference(
        kind: .split, words: "clients have other examples (split \(split.prefix(8)) against \(theirs.prefix(8)))")
    }
    return nil
  }

  /// - Precondition: The parts are not equal.
  private func difference(fromParts others: [Part]) -> DataDifference? {
    let (own, theirs) = (Totals(parts), Totals(others))
    if own.domains != theirs.domains {
      return DataDifference(kind: .data, words: "domains \(own.domainWords) against \(theirs.domainWords)")
    }
    if own.train != theirs.train {
      return DataDifference(kind: .data, words: "\(own.train) training examples against \(theirs.train)")
    }
    if own.labels != theirs.labels {
      return DataDifference(kind: .data, words: "other numbers of training examples by label")
    }
    if parts.map(\.client) != others.map(\.client) {
      let words =
        parts.count == others.count ? "other clients are recorded" : "\(parts.count) clients against \(others.count)"
      return DataDifference(kind: .split, words: words)
    }
    for (one, two) in zip(parts, others) where one != two {
      if one.domain != two.domain {
        return DataDifference(
          kind: .split, words: "client \(one.client) is of \(Self.name(one)) against \(Self.name(two))")
      }
      if one.trainSamples != two.trainSamples {
        return DataDifference(
          kind: .split,
          words: "client \(one.client) has \(one.trainSamples) training examples against \(two.trainSamples)")
      }
      if one.labels != two.labels {
        return DataDifference(kind: .split, words: "client \(one.client) has other labels")
      }
    }
    for (one, two) in zip(parts, others) where one.testSamples != two.testSamples {
      return DataDifference(
        kind: .test, words: "client \(one.client) has \(one.testSamples) test examples against \(two.testSamples)")
    }
    return nil
  }

  /// - Precondition: The subsets are not equal.
  private func difference(fromSubsets others: [Int: Subset]) -> DataDifference? {
    if Set(subsets.keys) != Set(others.keys) {
      let words =
        subsets.count == others.count
        ? "other clients are evaluated"
        : "\(subsets.count) evaluated client\(subsets.count == 1 ? "" : "s") against \(others.count)"
      return DataDifference(kind: .test, words: words)
    }
    for (client, subset) in subsets.sorted(by: { $0.key < $1.key }) {
      guard let other = others[client], other != subset else { continue }
      let who = client < 0 ? "all clients together are" : "client \(client) is"
      let words =
        subset.samples == other.samples
        ? "\(who) evaluated on \(subset.samples) other examples"
        : "\(who) evaluated on \(subset.samples) examples against \(other.samples)"
      return DataDifference(kind: .test, words: words)
    }
    return nil
  }

  private static func name(_ part: Part) -> String { part.domain.isEmpty ? "no one domain" : "domain \(part.domain)" }

  /// What all clients hold together.
  private struct Totals {
    var domains: Set<String> = []
    var train = 0
    var labels: [Int] = []

    init(_ parts: [Part]) {
      for part in parts {
        domains.insert(part.domain)
        train += part.trainSamples
        for (label, text) in part.labels.dropFirst().dropLast().split(separator: ",").enumerated() {
          if label >= labels.count { labels.append(0) }
          labels[label] += Int(text) ?? 0
        }
      }
      while labels.last == 0 { labels.removeLast() }
    }

    var domainWords: String {
      let names = domains.sorted().map { $0.isEmpty ? "(none)" : $0 }
      return names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    }
  }
}

/// How the data of two runs differ, so that they are no pair.
package struct DataDifference: Sendable, Equatable {
  /// What differs.
  package enum Kind: String, Sendable, Equatable, CaseIterable {
    /// Which examples there are.
    case data
    /// Which client has which of them.
    case split
    /// Which examples clients are evaluated on.
    case test

    /// What the one has and the other has not, after "has".
    var title: String {
      switch self {
      case .data: "other data"
      case .split: "another split of the data"
      case .test: "other test examples"
      }
    }
  }

  /// What differs.
  package let kind: Kind
  /// One instance, as `300 training examples against 200`.
  package let words: String

  /// Makes a value.
  package init(kind: Kind, words: String) {
    self.kind = kind
    self.words = words
  }
}

/// A pair of one seed that is none, because its runs have other data.
package struct DataMismatch: Sendable, Equatable {
  /// The seed.
  package let seed: UInt64
  /// How the arm's data differ from the baseline's.
  package let difference: DataDifference
}
