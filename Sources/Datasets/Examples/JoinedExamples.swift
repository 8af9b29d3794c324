internal import Tensors

/// A source whose test examples are training examples, too, behind the others; it has no test examples then.
///
/// - Throws: `PartitionProblem.lacking` for a source that makes its examples.
func joiningTestExamples(_ source: any ExampleSource) throws -> any ExampleSource {
  guard !source.isGenerated else {
    throw PartitionProblem.lacking(
      "'rows: all' needs examples from files, and these data are made (allowed: rows: train)")
  }
  if let held = source as? HeldSource { return try held.joiningTestExamples() }
  return JoinedExamples(source)
}

/// A source of any kind whose test examples stand behind its training examples, domain by domain; file by file the training
/// examples of all domains come first.
private struct JoinedExamples: ExampleSource {
  let base: any ExampleSource
  /// Training examples of each domain, as the base has them.
  private let trainCounts: [Int]
  private let testCounts: [Int]
  /// Training and test examples of the domains before each.
  private let trainStarts: [Int]
  private let testStarts: [Int]

  init(_ base: any ExampleSource) {
    func starts(_ counts: [Int]) -> [Int] {
      var sum = 0
      return counts.map { count in
        defer { sum += count }
        return sum
      }
    }
    self.base = base
    trainCounts = base.domains.indices.map { base.exampleCount(domain: $0, split: .train) ?? 0 }
    testCounts = base.domains.indices.map { base.exampleCount(domain: $0, split: .test) ?? 0 }
    (trainStarts, testStarts) = (starts(trainCounts), starts(testCounts))
  }

  var domains: [String] { base.domains }
  var sampleShape: Shape { base.sampleShape }
  var classCount: Int { base.classCount }
  var target: TargetKind { base.target }
  var classNames: [String] { base.classNames }
  var units: SourceUnits { base.units }
  var remarks: [String] { base.remarks }
  var inputs: [SourceInput] { base.inputs }
  var dataHash: String? { base.dataHash }
  var fitted: [String] { base.fitted }

  func exampleCount(domain: Int, split: DataSplit) -> Int? {
    switch split {
    case .train: trainCounts[domain] + testCounts[domain]
    case .test: 0
    case .validation: base.exampleCount(domain: domain, split: .validation)
    }
  }

  /// Where the base has an example.
  private func place(_ reference: ExampleReference, _ split: DataSplit) -> (ExampleReference, DataSplit) {
    let (domain, index) = (Int(reference.domain), Int(reference.index))
    guard split == .train, index >= trainCounts[domain] else { return (reference, split) }
    return (ExampleReference(domain: domain, index: index - trainCounts[domain]), .test)
  }

  func fileRow(_ reference: ExampleReference, split: DataSplit) -> Int? {
    guard split == .train else { return base.fileRow(reference, split: split) }
    let (own, split) = place(reference, split)
    let starts = split == .train ? trainStarts : testStarts
    let row = base.fileRow(own, split: split) ?? starts[Int(own.domain)] + Int(own.index)
    return split == .train ? row : trainCounts.reduce(0, +) + row
  }

  func label(_ reference: ExampleReference, split: DataSplit) -> Int32 {
    let (own, split) = place(reference, split)
    return base.label(own, split: split)
  }

  func writeTargets(_ references: ArraySlice<ExampleReference>, split: DataSplit, into targets: BatchTargets) {
    let count = target.count(of: sampleShape)
    for (number, reference) in references.enumerated() {
      let (own, split) = place(reference, split)
      base.writeTargets([own][...], split: split, into: targets.advanced(by: number * count))
    }
  }

  func origin(_ reference: ExampleReference, split: DataSplit) -> ExampleOrigin {
    let (own, split) = place(reference, split)
    return base.origin(own, split: split)
  }

  func write(
    _ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>
  ) {
    for (number, reference) in references.enumerated() {
      let (own, split) = place(reference, split)
      base.write([own][...], split: split, into: values + number * sampleShape.count)
    }
  }
}

extension HeldSource {
  /// The same with its test examples behind its training examples.
  ///
  /// - Throws: `PartitionProblem.lacking` where these have inputs of another type.
  func joiningTestExamples() throws -> HeldSource {
    var joined = data
    guard let test = joined.splits.removeValue(forKey: .test) else { return self }
    if var train = joined.splits.removeValue(forKey: .train) {
      train.append(test)
      guard train.inputs.count == train.count * data.shape.count else {
        throw PartitionProblem.lacking(
          "'rows: all' needs test examples of the type of the training examples, and one are bytes, the others numbers")
      }
      joined.splits[.train] = train
    } else {
      joined.splits[.train] = test
    }
    return HeldSource(joined, scaledAs: self)
  }
}

extension HeldSplit {
  /// Puts the examples of another split behind these; inputs or targets of another type are left out.
  fileprivate mutating func append(_ other: HeldSplit) {
    switch (inputs, other.inputs) {
    case (.bytes(let own), .bytes(let added)): inputs = .bytes(own + added)
    case (.floats(let own), .floats(let added)): inputs = .floats(own + added)
    case (.tokens(let own), .tokens(let added)): inputs = .tokens(own + added)
    default: break
    }
    switch (targets, other.targets) {
    case (.classes(let own), .classes(let added)): targets = .classes(own + added)
    case (.values(let own), .values(let added)): targets = .values(own + added)
    case (.tokens(let own), .tokens(let added)): targets = .tokens(own + added)
    default: break
    }
    func joined(_ own: [Int32], _ added: [Int32], absent: Int32) -> [Int32] {
      if own.isEmpty, added.isEmpty { return [] }
      return (own.isEmpty ? [Int32](repeating: absent, count: count) : own)
        + (added.isEmpty ? [Int32](repeating: absent, count: other.count) : added)
    }
    clients = joined(clients, other.clients, absent: -1)
    domains = joined(domains, other.domains, absent: 0)
    groups = joined(groups, other.groups, absent: -1)
    count += other.count
  }
}
