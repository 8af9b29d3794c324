internal import Locks
internal import Randomness
public import Tensors

/// What is known of a client without its examples.
public struct ClientProfile: Sendable, Equatable {
  /// The domain that all its examples come from, or "" where they come from several.
  public let domain: String
  /// Training examples.
  public let trainCount: Int
  /// Test examples.
  public let testCount: Int
  /// Training examples by label.
  public let labelHistogram: [Int]
  /// Its name; nil where it has none of its own.
  public let name: String?
  /// Validation examples.
  public let validationCount: Int
  /// The group that all its examples come from; nil where they come from several, or there are no groups.
  public let group: String?
}

/// A source divided over clients: the data of a federation under one seed.
///
/// Clients of a source that makes its examples are numbers until someone asks for them; what they are asked for is
/// kept up to a limit of memory and made anew beyond it, to the same bits. Of a source that is cheap to make nothing is
/// kept: its examples are made in the batch that they are for.
public final class FederatedDataset: Sendable {
  /// Bytes of made examples that are kept.
  package static let cacheLimit = 512 << 20

  /// The source.
  public let source: any ExampleSource
  /// How many clients there are that train: those from 0 on.
  public let clientCount: Int
  /// How many clients there are that never train: those from `clientCount` on.
  public let unseenCount: Int
  /// How many of those have no training example and so can't train, whatever the scenario says.
  public let testOnlyCount: Int
  /// The domains of those, in the source's order.
  public let testOnlyDomains: [String]
  /// The seed of the division.
  public let seed: UInt64
  /// The files that say who has which examples; none where no file does.
  public let partitionInputs: [SourceInput]
  let division: any ClientDivision
  /// The division before clients that never train were put behind the others.
  let whole: any ClientDivision
  /// What makes clients' examples look different, in order.
  public let shift: [ShiftEntry]
  /// How inputs are normalized, behind every shift.
  public let normalization: Normalization
  /// How examples become what a model gets, where they are changed or normalized; nil leaves them as the source gives them.
  let preparation: Preparation?
  /// The federation whose examples this one holds, where they are prepared client by client.
  let origin: FederatedDataset?
  private let knownBlack = Locked<[Float]?>(nil)
  private let trainSum = Locked<Int?>(nil)
  /// Runs of all arms ask for it.
  private let knownSplitHash = Locked<String?>(nil)
  private let cache = Locked<(examples: [Int: ClientExamples], bytes: Int)>(([:], 0))

  /// Divides `source` over clients.
  ///
  /// - Parameters:
  ///   - trainPerClient: At most so many training examples a client, drawn at random; for a source that makes its
  ///     examples, how many it makes.
  ///   - testPerClient: The same for test examples.
  ///   - heldOut: Shares of the training examples for testing and validation, where the source has none for them.
  ///   - unseen: The clients that never train. Those that have test examples only are among them unasked.
  ///   - shift: What makes clients' examples look different.
  ///   - normalization: How inputs are normalized then; without one they are as the source gives them.
  /// - Throws: `PartitionProblem` when there are too few examples, or too many to be made; `UnseenProblem` when nobody
  ///   would train, or nobody would not; `ShiftProblem` and `NormalizationProblem` when examples can't be changed so.
  public init(
    source: any ExampleSource, partitioner: any Partitioner, trainPerClient: Int?, testPerClient: Int?,
    heldOut: HeldOutShares = HeldOutShares(), unseen: UnseenClients? = nil, shift: [ShiftEntry] = [],
    normalization: Normalization = .none, seed: UInt64
  ) throws {
    let source = partitioner.joinsTestExamples ? try joiningTestExamples(source) : source
    self.source = source
    self.seed = seed
    partitionInputs = partitioner.inputs
    self.shift = shift
    self.normalization = normalization
    origin = nil
    let unscaled = shift.isEmpty && normalization == .none ? nil : source.unscaled
    if let unscaled {
      try ShiftList.check(shift, shape: source.sampleShape, range: unscaled.range)
      try normalization.check(source.sampleShape)
    }
    let whole: any ClientDivision
    if source.isGenerated, !heldOut.poolsTest, let perDomain = partitioner.evenClientsPerDomain {
      let made = MadeByDomain(
        domains: source.domains, clientsPerDomain: perDomain, train: trainPerClient ?? defaultMadeCount,
        test: testPerClient ?? defaultMadeCount, heldOut: heldOut)
      guard made.examplesOfDomain <= Int(Int32.max) else {
        throw PartitionProblem.tooManyExamples(examples: made.examplesOfDomain, limit: Int(Int32.max))
      }
      whole = made
    } else {
      whole = try ListedDivision(
        source: source, partitioner: partitioner, trainPerClient: trainPerClient, testPerClient: testPerClient,
        heldOut: heldOut, seed: seed)
    }
    // Where nobody trains, nobody is told apart: that is an error of its own.
    let testOnly = whole.testOnlyClients.count < whole.clientCount ? whole.testOnlyClients : []
    var asked =
      try unseen?.clients(
        of: whole, testOnly: testOnly, domains: source.domains, seed: seed) ?? []
    if !whole.unseenClients.isEmpty {
      let given = whole.unseenClients.filter { !testOnly.contains($0) }
      try unseen?.requireAgreement(asked, with: given, testOnly: testOnly, division: whole)
      asked = given
    }
    let held = testOnly.isEmpty ? asked : Set(asked).union(testOnly).sorted()
    testOnlyCount = testOnly.count
    testOnlyDomains = Set(testOnly.compactMap { whole.domain($0) }).sorted().map { source.domains[$0] }
    division = held.isEmpty ? whole : HoldingOut(whole, held)
    self.whole = whole
    unseenCount = held.count
    clientCount = whole.clientCount - held.count
    untestedClientCount = division.untestedClientCount
    if let unscaled {
      preparation = Preparation(
        unscaled, division, shift: shift, normalization: normalization, clientCount: clientCount,
        unseenCount: unseenCount, seed: seed)
    } else {
      preparation = nil
    }
  }

  /// One client with the training examples of all clients of a federation, in the clients' order.
  private init(pooling other: FederatedDataset) {
    source = other.source
    seed = other.seed
    partitionInputs = other.partitionInputs
    shift = other.shift
    normalization = other.normalization
    preparation = nil
    origin = other.preparation == nil ? nil : other
    testOnlyCount = 0
    testOnlyDomains = []
    division = PooledDivision(other.division, 0..<other.clientCount)
    whole = division
    unseenCount = 0
    clientCount = 1
    untestedClientCount = 1
  }

  /// A federation of one client, number 0, that has the training examples of all clients, in the clients' order.
  public func pooled() -> FederatedDataset { FederatedDataset(pooling: self) }

  /// One example's shape.
  public var sampleShape: Shape { source.sampleShape }
  /// What a model has to say of an example.
  public var target: TargetKind { source.target }
  /// How many whole numbers or numbers the target of one example is.
  public var targetCount: Int { source.target.count(of: source.sampleShape) }
  /// How many labels there are.
  public var classCount: Int { source.classCount }
  /// The classes' names, in order; none where they are their numbers.
  public var classNames: [String] {
    let names = source.classNames
    return names == names.indices.map(String.init) ? [] : names
  }
  /// Whether any client has test examples.
  public var hasTestExamples: Bool { untestedClientCount < clientCount }
  /// How many of the clients that train have no test examples.
  public let untestedClientCount: Int

  /// The domain that all of a client's examples come from, or "" where they come from several.
  public func domain(of client: Int) -> String {
    let domain = division.domain(client).map { source.domains[$0] } ?? ""
    // Where nothing says what looks alike, each natural client stands for itself.
    guard source.domains.count == 1, !source.units.clients.isEmpty else { return domain }
    return division.name(client) ?? domain
  }

  /// What is known of a client.
  public func profile(_ client: Int) -> ClientProfile {
    var histogram = [Int](repeating: 0, count: source.classCount)
    if !histogram.isEmpty {
      for reference in division.references(client, .train) {
        histogram[Int(source.label(reference, split: .train))] += 1
      }
    }
    return ClientProfile(
      domain: domain(of: client), trainCount: trainCount(client), testCount: testCount(client),
      labelHistogram: histogram,
      name: division.name(client), validationCount: division.count(client, .validation), group: group(client))
  }

  /// The group that all of a client's examples come from.
  ///
  /// - Complexity: O(the client's examples) of a source with groups.
  func group(_ client: Int) -> String? {
    let groups = source.units.groups
    if groups.isEmpty { return nil }
    var own: Set<Int32?> = []
    for split in DataSplit.allCases {
      let held = division.sourceSplit(split)
      for reference in division.references(client, split) { own.insert(source.origin(reference, split: held).group) }
      if own.count > 1 { return nil }
    }
    return own.first.flatMap { $0 }.map { groups[Int($0)] }
  }

  /// A hash over which client has which examples for which split; nil where that follows from the numbers of clients and
  /// examples, because each client's examples are made for it.
  ///
  /// - Complexity: O(examples) the first time.
  public var splitHash: String? {
    if isMadeByClient { return nil }
    return knownSplitHash.withLock { known in
      let hash = known ?? SplitFile(self, partition: "").hash
      known = hash
      return hash
    }
  }

  /// Whether each client's examples are made for it alone, as many as for any other, so that there is nothing to divide.
  var isMadeByClient: Bool { division.run(0, .train) != nil }

  /// Whether any client that trains has validation examples.
  public var hasValidationExamples: Bool {
    // A source that makes its examples has validation examples for everybody or for nobody.
    isMadeByClient
      ? division.count(0, .validation) > 0 : (0..<clientCount).contains { division.count($0, .validation) > 0 }
  }

  /// How many training examples a client has.
  public func trainCount(_ client: Int) -> Int { division.count(client, .train) }

  /// Training examples of all clients that train; counted once.
  public var trainCount: Int {
    trainSum.withLock { known in
      let sum = known ?? (0..<clientCount).reduce(0) { $0 + division.count($1, .train) }
      known = sum
      return sum
    }
  }

  /// How many test examples a client has.
  public func testCount(_ client: Int) -> Int { division.count(client, .test) }

  /// How many examples of a split a client has.
  public func count(_ client: Int, _ split: DataSplit) -> Int { division.count(client, split) }

  /// What the user should know of the division: sentences without a full stop.
  public var divisionRemarks: [String] { division.remarks + [fittingRemark].compactMap { $0 } }

  /// What examples that are evaluated on have already been used for; nil where they have not.
  private var fittingRemark: String? {
    guard !source.fitted.isEmpty else { return nil }
    var places = [DataSplit.validation, .test].filter { division.sourceSplit($0) == .train && $0 != .train }
      .filter { split in (0..<division.clientCount).contains { division.count($0, split) > 0 } }
      .map { $0 == .test ? "for testing" : "for validation" }
    if unseenCount > testOnlyCount { places.append("of clients that never train") }
    guard !places.isEmpty else { return nil }
    let made = source.fitted.count == 1 ? "is" : "are"
    let what = source.fitted.prefix(5).joined(separator: ", ") + (source.fitted.count > 5 ? ", …" : "")
    return
      "\(what) \(made) made of all training rows of the files, also of those that are taken \(places.joined(separator: " and ")): what is evaluated on is not unknown to the inputs (a 'split' of the files' own, or a vocabulary's file, keeps them apart)"
  }

  /// Whether clients were given examples of several domains by a partition that takes no notice of them.
  public var mixesDomains: Bool { division.mixesDomains }

  /// What a client is called: its own name, else `client` and its number.
  public func name(_ client: Int) -> String { division.name(client) ?? "client\(client)" }

  /// Whether a client's examples are made for it, and kept as far as there is room.
  package var makesExamples: Bool {
    !shift.isEmpty || (source.isGenerated && !source.isCheapToMake)
  }

  /// Bytes that `examples` takes for a client's examples, which are made for it; 0 where they are kept or nothing is made.
  package func bytesToMake(_ client: Int, _ split: DataSplit) -> Int {
    guard makesExamples, cache.withLock({ $0.examples[Self.key(client, split)] }) == nil else { return 0 }
    return division.count(client, split).multipliedSaturating(
      by: 4 * sampleShape.count + MemoryLayout<ExampleReference>.stride + 4)
  }

  private static func key(_ client: Int, _ split: DataSplit) -> Int {
    client * 3 + (split == .train ? 0 : split == .test ? 1 : 2)
  }

  /// The examples of a client.
  public func examples(_ client: Int, _ split: DataSplit) -> ClientExamples {
    if let origin {
      // Each client's as they are with it; nobody is tested on all.
      let parts = split == .test ? [] : (0..<origin.clientCount).map { origin.examples($0, split) }
      return ClientExamples(parts, split: split, source: source)
    }
    guard let preparation else { return examples(client, split, of: source) }
    var examples = unnormalized(client, split)
    examples.scaling = scaling(client, preparation)
    return examples
  }

  /// What a stored 0 is, by channel, where the source's examples are not prepared: (0 − mean)/deviation.
  var sourceBlack: [Float] {
    knownBlack.withLock { known in
      if let known { return known }
      let (unscaled, channels) = (source.unscaled, sampleShape.channels)
      let scaling = ChannelScaling(mean: unscaled.mean, deviation: unscaled.deviation, channels: channels)
      let black = scaling.offset.map { Float($0) }
      known = black
      return black
    }
  }

  /// How a client's inputs are normalized; nil where that changes nothing.
  func scaling(_ client: Int, _ preparation: Preparation) -> ChannelScaling? {
    preparation.scaling(client) { self.moments($0) }
  }

  /// The examples of a client before they are normalized.
  private func unnormalized(_ client: Int, _ split: DataSplit) -> ClientExamples {
    examples(client, split, of: preparation?.source ?? source)
  }

  /// Mean and variance of what a client is normalized by: its training examples; the test examples of one that never
  /// trains, or its training examples where it has no others.
  func moments(_ client: Int) -> ChannelMoments {
    let hasOwn = client < clientCount && trainCount(client) > 0
    return ChannelMoments(
      unnormalized(client, hasOwn || testCount(client) == 0 ? .train : .test), shape: sampleShape)
  }

  private func examples(_ client: Int, _ split: DataSplit, of source: any ExampleSource) -> ClientExamples {
    let own = division.sourceSplit(split)
    if !shift.isEmpty, let preparation { return changed(client, split, own, preparation) }
    if source.isCheapToMake, let run = division.run(client, split) {
      return ClientExamples(run, split: own, source: source)
    }
    guard source.isGenerated, !source.isCheapToMake else {
      return ClientExamples(division.references(client, split), split: own, source: source, materialize: false)
    }
    return kept(client, split) {
      ClientExamples(division.references(client, split), split: own, source: source, materialize: true)
    }
  }

  /// The examples of a client after every shift.
  private func changed(
    _ client: Int, _ split: DataSplit, _ own: DataSplit, _ preparation: Preparation
  ) -> ClientExamples {
    kept(client, split) {
      let references = division.references(client, split)
      return ClientExamples(references, split: own, source: preparation.source, materialize: true) { values in
        preparation.change(values, references, split: own, client: client)
      }
    }
  }

  /// What was made for a client, if it is kept, else what `make` makes.
  private func kept(_ client: Int, _ split: DataSplit, _ make: () -> ClientExamples) -> ClientExamples {
    let key = Self.key(client, split)
    if let known = cache.withLock({ $0.examples[key] }) { return known }
    let made = make()
    cache.withLock { cache in
      if cache.examples[key] == nil, cache.bytes + made.byteCount <= Self.cacheLimit {
        cache.examples[key] = made
        cache.bytes += made.byteCount
      }
    }
    return made
  }
}

extension Int {
  /// The product, or the largest number where that is beyond it.
  fileprivate func multipliedSaturating(by other: Int) -> Int {
    let (product, overflows) = multipliedReportingOverflow(by: other)
    return overflows ? .max : product
  }
}

/// Examples that a source makes for a client of whom no number is given.
let defaultMadeCount = 100
