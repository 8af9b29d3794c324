/// An experiment: one scenario as it was run.
public struct ExperimentRecord: Codable, Sendable, Equatable {
  /// The scenario's name.
  public var name: String
  /// The scenario as run: its YAML with every `--set`, `--rounds` … already applied.
  public var scenario: String
  /// SHA-256 of `scenario` in hexadecimal.
  public var scenarioHash: String
  /// The folder that the scenario's relative paths start from.
  public var baseDirectory: String

  /// Makes a record.
  public init(name: String, scenario: String, scenarioHash: String, baseDirectory: String) {
    self.name = name
    self.scenario = scenario
    self.scenarioHash = scenarioHash
    self.baseDirectory = baseDirectory
  }
}

/// Where a run stands.
public enum RunStatus: String, Codable, Sendable, CaseIterable {
  /// Being computed, or cut off without a chance to say so.
  case running
  /// Stopped by the user after a whole round.
  case interrupted
  /// Ended by an error that belongs to the run, as a loss that is not a number.
  case failed
  /// Done.
  case finished
}

/// What is known of a run before its first round: one arm of an experiment under one seed.
public struct RunDescription: Codable, Sendable, Equatable {
  /// The arm's name, with the values of a sweep behind it.
  public var arm: String
  /// The strategy's name.
  public var strategy: String
  /// The norm policy's name.
  public var norm: String
  /// The seed.
  public var seed: UInt64
  /// How many rounds the run is to have.
  public var roundsPlanned: Int
  /// The clients of the federation, by number; empty where the population is not recorded.
  public var clients: [ClientRecord]
  /// What the norm policy does to each normalization layer it matched.
  public var normLayers: [NormLayerRecord]
  /// The files that it reads; none where examples are made and the model starts by its seed.
  public var inputs: [InputRecord]
  /// The names of the classes, in order; empty where they are their numbers.
  public var classNames: [String]
  /// What tells its data and their division from others.
  public var hashes: DataHashes
  /// What it is, if it is no federation but a bound on what one can reach.
  public var bound: Bound

  /// Makes a description.
  public init(
    arm: String, strategy: String, norm: String, seed: UInt64, roundsPlanned: Int, clients: [ClientRecord],
    normLayers: [NormLayerRecord], inputs: [InputRecord] = [], classNames: [String] = [],
    hashes: DataHashes = DataHashes(), bound: Bound = .none
  ) {
    self.arm = arm
    self.strategy = strategy
    self.norm = norm
    self.seed = seed
    self.roundsPlanned = roundsPlanned
    self.clients = clients
    self.normLayers = normLayers
    self.inputs = inputs
    self.classNames = classNames
    self.hashes = hashes
    self.bound = bound
  }
}

/// What tells the data of a run, and who has which of them, from others.
public struct DataHashes: Codable, Sendable, Equatable {
  /// The content hash of the files that hold the examples; nil where they are made, or it is not recorded.
  public var data: String?
  /// A hash over which client has which examples for training, validation and testing; nil where that follows from the
  /// scenario alone, or it is not recorded.
  public var split: String?

  /// Makes a value.
  public init(data: String? = nil, split: String? = nil) {
    self.data = data
    self.split = split
  }
}

/// One client of the federation.
public struct ClientRecord: Codable, Sendable, Equatable {
  /// The client's number, from 0.
  public var client: Int
  /// The domain its examples come from, or "" where there are no domains.
  public var domain: String
  /// Training examples it holds.
  public var trainSamples: Int
  /// Test examples it holds.
  public var testSamples: Int
  /// Training examples by label.
  public var labelHistogram: [Int]
  /// The client's name, or "" where it has none but its number.
  public var name: String
  /// The group that its examples come from, or "" where there are no groups or it has several.
  public var group: String
  /// Validation examples it holds.
  public var validationSamples: Int
  /// The client's level of each entry of `data.shift`; nil where an entry has none or its examples have several.
  public var shiftLevels: [Double?]

  /// The levels as JSON has them: `[0.25,null]`.
  public var shiftLevelsText: String {
    "[" + shiftLevels.map { $0.map { "\($0)" } ?? "null" }.joined(separator: ",") + "]"
  }

  /// Makes a record.
  public init(
    client: Int, domain: String, trainSamples: Int, testSamples: Int, labelHistogram: [Int], name: String = "",
    group: String = "", validationSamples: Int = 0, shiftLevels: [Double?] = []
  ) {
    self.client = client
    self.domain = domain
    self.trainSamples = trainSamples
    self.testSamples = testSamples
    self.labelHistogram = labelHistogram
    self.name = name
    self.group = group
    self.validationSamples = validationSamples
    self.shiftLevels = shiftLevels
  }
}

/// What a norm policy does to one normalization layer.
public struct NormLayerRecord: Codable, Sendable, Equatable {
  /// The layer's name.
  public var layer: String
  /// The layer's kind, as `batch_norm`.
  public var kind: String
  /// How γ and β are treated: `averaged`, `local`, …, or `none` where the layer has none.
  public var affine: String
  /// How the running statistics are treated, or `none` where the layer has none.
  public var statistics: String
  /// Values that leave a client each round.
  public var valuesSent: Int
  /// Values that stay with the client.
  public var valuesKept: Int

  /// Makes a record.
  public init(layer: String, kind: String, affine: String, statistics: String, valuesSent: Int, valuesKept: Int) {
    self.layer = layer
    self.kind = kind
    self.affine = affine
    self.statistics = statistics
    self.valuesSent = valuesSent
    self.valuesKept = valuesKept
  }
}
