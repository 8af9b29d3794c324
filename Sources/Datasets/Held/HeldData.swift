internal import Formats
package import Tensors

/// The inputs of examples as files gave them, one example after another, channels last.
package enum HeldInputs: Sendable {
  /// Bytes that nothing has changed; a model gets value/255.
  case bytes([UInt8])
  /// Numbers, as a model gets them.
  case floats([Float])
  /// Numbers of tokens.
  case tokens([Int32])

  /// How many values there are.
  package var count: Int {
    switch self {
    case .bytes(let values): values.count
    case .floats(let values): values.count
    case .tokens(let values): values.count
    }
  }

  /// The same kind without values.
  package var emptied: HeldInputs {
    switch self {
    case .bytes: .bytes([])
    case .floats: .floats([])
    case .tokens: .tokens([])
    }
  }
}

/// The targets of examples.
package enum HeldTargets: Sendable {
  /// The number of the class.
  case classes([Int32])
  /// Numbers, so many for each example.
  case values([Float])
  /// A token for each token of the example.
  case tokens([Int32])
}

/// The examples of one split in the order of the files.
package struct HeldSplit: Sendable {
  /// As many values as examples times the shape's count.
  package var inputs: HeldInputs
  /// The targets.
  package var targets: HeldTargets
  /// How many examples there are.
  package var count: Int
  /// The natural client of each example, −1 for nobody's; empty where there are no natural clients.
  package var clients: [Int32] = []
  /// The domain of each example; empty where there is one domain.
  package var domains: [Int32] = []
  /// The group of each example; empty where there are no groups.
  package var groups: [Int32] = []

  /// Makes a split.
  package init(inputs: HeldInputs, targets: HeldTargets, count: Int) {
    (self.inputs, self.targets, self.count) = (inputs, targets, count)
  }
}

/// A file that was read: its name, size and content, for the hash of the data.
package struct ReadFile: Sendable, Equatable {
  /// Its path below the folder that the scenario names, or empty for a file that the scenario names itself.
  package let name: String
  /// What the scenario calls it, for the record.
  package let shownName: String
  /// Bytes.
  package let size: Int
  /// SHA-256 of the bytes, in hexadecimal.
  package let sha256: String

  /// Makes a value.
  package init(name: String, shownName: String, size: Int, sha256: String) {
    (self.name, self.shownName, self.size, self.sha256) = (name, shownName, size, sha256)
  }
}

/// What files hold, before it is divided over clients: every source that reads files becomes this.
package struct HeldData: Sendable {
  /// One example's shape, channels last.
  package var shape: Shape
  /// The examples; a split that the files lack is absent.
  package var splits: [DataSplit: HeldSplit]
  /// What a model has to say.
  package var target: TargetKind
  /// The names of the classes in order.
  package var classes: [String] = []
  /// What of the inputs was made of all training examples that the files have, as a vocabulary.
  package var fitted: [String] = []
  /// The names of the natural clients in order.
  package var clients: [String] = []
  /// The names of the domains in order; at least one.
  package var domains: [String] = ["all"]
  /// The names of the groups in order.
  package var groups: [String] = []
  /// The names of the inputs, where they have some.
  package var features: [String] = []
  /// The tokens in order, where inputs are tokens.
  package var vocabulary: [String] = []
  /// What was read.
  package var files: [ReadFile] = []
  /// What the user should know: sentences without a full stop.
  package var remarks: [String] = []
  /// The one of them that says which numbers of classes don't occur; nil where all do.
  package var gapRemark: String?

  /// Makes data.
  package init(shape: Shape, splits: [DataSplit: HeldSplit], target: TargetKind) {
    (self.shape, self.splits, self.target) = (shape, splits, target)
  }

  /// Whether files say which examples are of which domain.
  package var hasDomains: Bool { splits.values.contains { !$0.domains.isEmpty } }

  /// The kind of the inputs, without values.
  package var inputKind: HeldInputs { splits.values.first?.inputs.emptied ?? .floats([]) }

  /// The smallest and the largest value that a model would get; nil where inputs are tokens.
  var range: ClosedRange<Float>? {
    var ranges: [ClosedRange<Float>] = []
    for split in splits.values where split.count > 0 {
      switch split.inputs {
      case .bytes: ranges.append(0...1)
      case .floats(let values): ranges.append(valueRange(values))
      case .tokens: return nil
      }
    }
    return ranges.reduce(ranges.first ?? 0...1) {
      min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound)
    }
  }

  /// How many examples a split has.
  package func count(_ split: DataSplit) -> Int { splits[split]?.count ?? 0 }
}
