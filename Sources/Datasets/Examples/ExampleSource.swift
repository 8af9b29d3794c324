public import Tensors

/// What examples are for.
public enum DataSplit: String, Sendable, CaseIterable {
  /// Training.
  case train
  /// Choosing a round, a rate or an arm.
  case validation
  /// Testing.
  case test
}

/// The units of a source that clients may be made of, by name.
public struct SourceUnits: Sendable, Equatable {
  /// What looks alike; at least one.
  public var domains: [String]
  /// Natural clients; none where the source has no such.
  public var clients: [String]
  /// Sets of clients or of examples; none where the source has no such, and then domains stand for them.
  public var groups: [String]

  /// Makes the units of a source.
  public init(domains: [String], clients: [String] = [], groups: [String] = []) {
    self.domains = domains
    self.clients = clients
    self.groups = groups
  }
}

/// Where an example comes from, as numbers of its source's units.
public struct ExampleOrigin: Sendable, Equatable {
  /// The domain.
  public var domain: Int32
  /// The natural client; nil where the source has none, or the example belongs to none.
  public var client: Int32?
  /// The group; nil where the source has none.
  public var group: Int32?

  /// Makes an origin.
  public init(domain: Int32, client: Int32? = nil, group: Int32? = nil) {
    self.domain = domain
    self.client = client
    self.group = group
  }
}

/// Where an example of a source is found.
public struct ExampleReference: Sendable, Hashable {
  /// The domain's number.
  public let domain: Int32
  /// The example's number in the domain.
  public let index: Int32

  /// Makes a reference.
  public init(domain: Int, index: Int) {
    self.domain = Int32(domain)
    self.index = Int32(index)
  }
}

/// Neighbouring examples of one domain.
public struct ExampleRun: Sendable, Hashable {
  /// The domain's number.
  public let domain: Int
  /// The number of the first example in the domain.
  public let first: Int
  /// How many examples there are.
  public let count: Int

  /// Makes a run.
  public init(domain: Int, first: Int, count: Int) {
    self.domain = domain
    self.first = first
    self.count = count
  }

  /// Where the example at a position is found.
  public subscript(position: Int) -> ExampleReference { ExampleReference(domain: domain, index: first + position) }

  /// Where each is found, in order.
  public var references: [ExampleReference] { (0..<count).map { self[$0] } }
}

/// Labelled examples in domains: files, or something that makes them.
public protocol ExampleSource: Sendable {
  /// The domains' names.
  var domains: [String] { get }
  /// One example's shape, channels last.
  var sampleShape: Shape { get }
  /// How many labels there are; each label is below. 0 where targets are no classes.
  var classCount: Int { get }
  /// What a model has to say of an example; classes unless said.
  var target: TargetKind { get }
  /// The classes' names, in order; their numbers unless said.
  var classNames: [String] { get }
  /// The units that clients may be made of; domains alone unless said.
  var units: SourceUnits { get }
  /// Where an example comes from; its domain alone unless said.
  func origin(_ reference: ExampleReference, split: DataSplit) -> ExampleOrigin
  /// The number of an example among all of its split in the order of the source's files; nil, unless said, where they
  /// stand domain by domain.
  func fileRow(_ reference: ExampleReference, split: DataSplit) -> Int?
  /// How many examples a domain has; nil where they are made, as many as one asks for.
  func exampleCount(domain: Int, split: DataSplit) -> Int?
  /// An example's label.
  func label(_ reference: ExampleReference, split: DataSplit) -> Int32
  /// targets = those of the examples, one after another; each example's label unless said.
  ///
  /// - Precondition: Numbers are asked for where `target` says that there are some, and whole numbers elsewhere.
  func writeTargets(_ references: ArraySlice<ExampleReference>, split: DataSplit, into targets: BatchTargets)
  /// values = the examples, one after another, as the model gets them.
  func write(_ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>)
  /// What the user should know of the data before a run: sentences without a full stop. Values are finite whatever is
  /// said here. Empty unless said.
  var remarks: [String] { get }
  /// What was read, file by file, each with a `ContentHash` over what was taken from it; none, unless said, for
  /// examples that are made.
  var inputs: [SourceInput] { get }
  /// The content hash of the files that were read, whatever they are called; nil, unless said, for examples that are made.
  var dataHash: String? { get }
  /// What of the inputs was made of all training examples that the files have, as a vocabulary; nothing unless said.
  var fitted: [String] { get }
  /// Whether an example costs about as little to make as to read; then none is kept. `false` unless said.
  var isCheapToMake: Bool { get }
  /// The same examples before the mean and the deviation of the scenario's `image`: a shift comes before these, and
  /// another normalization in their place. The source itself, with values of any size, unless said.
  var unscaled: UnscaledSource { get }
  /// values = the examples at `positions` of a run, labels = theirs. A source that is cheap to make does this without
  /// allocating.
  func write(
    _ positions: ArraySlice<Int>, of run: ExampleRun, split: DataSplit, into values: UnsafeMutablePointer<Float>,
    labels: UnsafeMutablePointer<Int32>)
}

extension ExampleSource {
  public var isCheapToMake: Bool { false }
  public var dataHash: String? { nil }
  public var fitted: [String] { [] }
  /// Whether examples are made, as many as one asks for.
  public var isGenerated: Bool { exampleCount(domain: 0, split: .train) == nil }
  public var target: TargetKind { .classes(classCount) }
  public var classNames: [String] { (0..<classCount).map(String.init) }
  public var units: SourceUnits { SourceUnits(domains: domains) }
  public func origin(_ reference: ExampleReference, split: DataSplit) -> ExampleOrigin {
    ExampleOrigin(domain: reference.domain)
  }

  public func fileRow(_ reference: ExampleReference, split: DataSplit) -> Int? { nil }
  public var remarks: [String] { [] }
  public var inputs: [SourceInput] { [] }
  public var unscaled: UnscaledSource { UnscaledSource(self) }

  public func writeTargets(
    _ references: ArraySlice<ExampleReference>, split: DataSplit, into targets: BatchTargets
  ) {
    guard case .classes(let base) = targets else { preconditionFailure("a source of classes has no other targets") }
    for (place, reference) in references.enumerated() { base[place] = label(reference, split: split) }
  }

  public func write(
    _ positions: ArraySlice<Int>, of run: ExampleRun, split: DataSplit, into values: UnsafeMutablePointer<Float>,
    labels: UnsafeMutablePointer<Int32>
  ) {
    let references = positions.map { run[$0] }
    for (place, reference) in references.enumerated() { labels[place] = label(reference, split: split) }
    write(references[...], split: split, into: values)
  }
}

/// A source whose values are as they are stored or made, and what a model would get of them.
public struct UnscaledSource: Sendable {
  /// The source.
  public let source: any ExampleSource
  /// The smallest and the largest value; nil where there are no bounds.
  public let range: ClosedRange<Float>?
  /// What a model gets is (x − mean)/deviation: one number for all channels, or one a channel.
  public let mean: [Double]
  /// What is divided by.
  public let deviation: [Double]

  /// Makes a value.
  public init(
    _ source: any ExampleSource, range: ClosedRange<Float>? = nil, mean: [Double] = [0], deviation: [Double] = [1]
  ) {
    (self.source, self.range, self.mean, self.deviation) = (source, range, mean, deviation)
  }
}

/// How a scenario's source is opened.
public struct SourceRecipe: Sendable {
  /// Whether the examples themselves depend on the seed.
  public let dependsOnSeed: Bool
  /// Whether its examples belong to natural clients, so that these are the clients unless a partition is given.
  public let hasClients: Bool
  /// Opens the source.
  ///
  /// - Parameter folder: Where relative paths start.
  /// - Throws: `DataFileError` for what is missing or malformed.
  public let open: @Sendable (_ folder: String, _ seed: UInt64) throws -> any ExampleSource

  /// Makes a recipe.
  public init(
    dependsOnSeed: Bool = false, hasClients: Bool = false,
    open: @escaping @Sendable (_ folder: String, _ seed: UInt64) throws -> any ExampleSource
  ) {
    self.dependsOnSeed = dependsOnSeed
    self.hasClients = hasClients
    self.open = open
  }
}
