public import Tensors

/// What examples are for.
public enum DataSplit: String, Sendable, CaseIterable {
  /// Training.
  case train
  /// Testing.
  case test
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
  /// How many labels there are; each label is below.
  var classCount: Int { get }
  /// How many examples a domain has; nil where they are made, as many as one asks for.
  func exampleCount(domain: Int, split: DataSplit) -> Int?
  /// An example's label.
  func label(_ reference: ExampleReference, split: DataSplit) -> Int32
  /// values = the examples, one after another, as the model gets them.
  func write(_ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>)
  /// What the user should know of the data before a run: sentences without a full stop. Values are finite whatever is
  /// said here. Empty unless said.
  var remarks: [String] { get }
  /// What was read, file by file, each with a `ContentHash` over what was taken from it; none, unless said, for
  /// examples that are made.
  var inputs: [SourceInput] { get }
  /// Whether an example costs about as little to make as to read; then none is kept. `false` unless said.
  var isCheapToMake: Bool { get }
  /// values = the examples at `positions` of a run, labels = theirs. A source that is cheap to make does this without
  /// allocating.
  func write(
    _ positions: ArraySlice<Int>, of run: ExampleRun, split: DataSplit, into values: UnsafeMutablePointer<Float>,
    labels: UnsafeMutablePointer<Int32>)
}

extension ExampleSource {
  public var isCheapToMake: Bool { false }

  public var remarks: [String] { [] }
  public var inputs: [SourceInput] { [] }

  public func write(
    _ positions: ArraySlice<Int>, of run: ExampleRun, split: DataSplit, into values: UnsafeMutablePointer<Float>,
    labels: UnsafeMutablePointer<Int32>
  ) {
    let references = positions.map { run[$0] }
    for (place, reference) in references.enumerated() { labels[place] = label(reference, split: split) }
    write(references[...], split: split, into: values)
  }
}

/// How a scenario's source is opened.
public struct SourceRecipe: Sendable {
  /// Whether the examples themselves depend on the seed.
  public let dependsOnSeed: Bool
  /// Opens the source.
  ///
  /// - Parameter folder: Where relative paths start.
  /// - Throws: `DataFileError` for what is missing or malformed.
  public let open: @Sendable (_ folder: String, _ seed: UInt64) throws -> any ExampleSource

  /// Makes a recipe.
  public init(
    dependsOnSeed: Bool, open: @escaping @Sendable (_ folder: String, _ seed: UInt64) throws -> any ExampleSource
  ) {
    self.dependsOnSeed = dependsOnSeed
    self.open = open
  }
}
