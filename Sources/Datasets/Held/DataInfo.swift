package import Foundation
internal import Tensors

/// What a scenario's data are: who has what, as it is read and before anything is trained.
package struct DataInfo: Codable, Sendable, Equatable {
  /// One example.
  package struct Example: Codable, Sendable, Equatable {
    /// Its extents: rows, columns and channels; steps and values; values.
    package var shape: [Int]
    /// `bytes`, `numbers` or `tokens`.
    package var type: String
  }

  /// What a model has to say of an example.
  package struct Target: Codable, Sendable, Equatable {
    /// `classes`, `values` or `tokens`.
    package var kind: String
    /// How many classes, numbers or tokens there are.
    package var classes: Int
    /// The names of the classes.
    package var names: [String]
  }

  /// Examples of a split, with sums by which two readings can be told apart.
  package struct Part: Codable, Sendable, Equatable {
    /// How many there are.
    package var examples: Int
    /// The sum of all values as stored, before any scaling; absent for examples that are made.
    package var sum: Double?
    /// Σ v[e][k]·(1 + (31·e + k) mod 97) over examples e and values k, channels last.
    package var weighted: Double?
    /// Examples of each class.
    package var labels: [Int]?

    init(examples: Int = 0) { self.examples = examples }
  }

  /// What one client has.
  package struct Client: Codable, Sendable, Equatable {
    /// Its name.
    package var name: String
    /// The domain of all its examples, if it is one.
    package var domain: String?
    /// The group of all its examples, if it is one.
    package var group: String?
    /// Whether it never trains.
    package var isUnseen: Bool
    /// Its examples by split; a split without any is absent.
    package var train: Part?
    package var validation: Part?
    package var test: Part?

    private enum CodingKeys: String, CodingKey {
      case name, domain, group, train, validation, test
      case isUnseen = "unseen"
    }

    /// The examples of a split.
    package func part(_ split: DataSplit) -> Part? {
      switch split {
      case .train: train
      case .validation: validation
      case .test: test
      }
    }
  }

  /// What the scenario calls the source.
  package var source: String
  /// What the scenario calls the partition.
  package var partition: String
  package var example: Example
  package var target: Target
  /// All examples by split; a split without any is absent.
  package var splits: [String: Part]
  /// In the order of their numbers in a run.
  package var clients: [Client]
  /// The names of the inputs, where they have some.
  package var features: [String]
  /// What the user should know.
  package var notes: [String]
  /// The content hash of the files; absent for examples that are made.
  package var dataHash: String?

  private enum CodingKeys: String, CodingKey {
    case source, partition, example, target, splits, clients, features, notes
    case dataHash = "data_hash"
  }

  /// Looks through a data set.
  ///
  /// - Complexity: O(values) for data that files hold; O(examples) for data that are made.
  package init(_ dataset: FederatedDataset, source: String, partition: String, notes: [String]) {
    self.source = source
    self.partition = partition
    self.notes = notes
    let held = dataset.source as? HeldSource
    example = Example(
      shape: dataset.sampleShape.dimensions,
      type: {
        switch held?.data.inputKind {
        case .bytes?: "bytes"
        case .tokens?: "tokens"
        default: "numbers"
        }
      }())
    target =
      switch dataset.source.target {
      case .classes(let count): Target(kind: "classes", classes: count, names: dataset.source.classNames)
      case .labels(let width): Target(kind: "labels", classes: width, names: [])
      case .values(let width): Target(kind: "values", classes: width, names: [])
      case .tokens(let vocabulary): Target(kind: "tokens", classes: vocabulary, names: [])
      }
    features = held?.data.features ?? []
    dataHash = dataset.source.dataHash
    var splits: [String: Part] = [:]
    var clients: [Client] = []
    for client in 0..<dataset.clientCount + dataset.unseenCount {
      var own = Client(
        name: dataset.name(client), domain: dataset.division.domain(client).map { dataset.source.domains[$0] },
        group: dataset.group(client), isUnseen: client >= dataset.clientCount)
      if own.domain == "" || held.map({ !$0.data.hasDomains }) ?? false { own.domain = nil }
      for split in DataSplit.allCases {
        guard let part = Self.part(dataset, client, split, held) else { continue }
        switch split {
        case .train: own.train = part
        case .validation: own.validation = part
        case .test: own.test = part
        }
        splits[split.rawValue] = splits[split.rawValue].map { $0.adding(part) } ?? part
      }
      clients.append(own)
    }
    for split in splits.keys { splits[split]?.weighted = nil }
    self.splits = splits
    self.clients = clients
    if dataset.classCount > 0, dataset.classCount > Self.labelLimit / max(1, clients.count) {
      self.notes.append(
        "examples by class are left out: \(dataset.classCount) classes of \(clients.count) clients are too many to count"
      )
    }
  }

  /// So many counts of labels of single clients at most are made.
  private static let labelLimit = 20_000_000

  private static func part(
    _ dataset: FederatedDataset, _ client: Int, _ split: DataSplit, _ held: HeldSource?
  ) -> Part? {
    let count = dataset.count(client, split)
    guard count > 0 else { return nil }
    var part = Part(examples: count)
    let references = dataset.division.references(client, split)
    let own = dataset.division.sourceSplit(split)
    if dataset.classCount > 0, dataset.classCount <= labelLimit / max(1, dataset.clientCount + dataset.unseenCount) {
      var labels = [Int](repeating: 0, count: dataset.classCount)
      for reference in references { labels[Int(dataset.source.label(reference, split: own))] += 1 }
      part.labels = labels
    }
    if let held {
      var (sum, weighted) = (0.0, 0.0)
      for (example, reference) in references.enumerated() {
        held.forEachStoredValue(reference, split: own) { place, value in
          sum += value
          weighted += value * Double(1 + (31 * example + place) % 97)
        }
      }
      (part.sum, part.weighted) = (sum, weighted)
    }
    return part
  }
}

extension DataInfo.Part {
  /// Both together.
  fileprivate func adding(_ other: DataInfo.Part) -> DataInfo.Part {
    var sum = self
    sum.examples += other.examples
    sum.sum = self.sum.flatMap { own in other.sum.map { own + $0 } }
    if let own = labels, let others = other.labels { sum.labels = zip(own, others).map { $0 + $1 } }
    return sum
  }
}

extension HeldSource {
  /// Calls `body` with each value of an example as it is stored, and its place, channels last.
  func forEachStoredValue(_ reference: ExampleReference, split: DataSplit, _ body: (Int, Double) -> Void) {
    guard let held = data.splits[split] else { return }
    let count = data.shape.count
    let start = row(reference, split: split) * count
    switch held.inputs {
    case .bytes(let values): for place in 0..<count { body(place, Double(values[start + place])) }
    case .floats(let values): for place in 0..<count { body(place, Double(values[start + place])) }
    case .tokens(let values): for place in 0..<count { body(place, Double(values[start + place])) }
    }
  }
}
