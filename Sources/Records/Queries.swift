/// A run as it is kept: what it is and how far it got.
public struct StoredRun: Codable, Sendable, Equatable, Identifiable {
  /// The run's number in its database.
  public var id: Int64
  /// The number of its experiment.
  public var experimentID: Int64
  /// The name of its experiment.
  public var experiment: String
  /// The arm's name.
  public var arm: String
  /// The strategy's name.
  public var strategy: String
  /// The norm policy's name.
  public var norm: String
  /// The seed.
  public var seed: UInt64
  /// Where it stands.
  public var status: RunStatus
  /// How many rounds it is to have.
  public var roundsPlanned: Int
  /// The last round that is recorded; 0 also when none is.
  public var roundsDone: Int
  /// When its computation first began: ISO 8601, UTC, with milliseconds.
  public var startedAt: String
  /// When it ended, in the same form; nil while it is running.
  public var finishedAt: String?
  /// The version of the program.
  public var version: String
  /// Worker threads, when it was last begun or resumed, as for `version` and `host`.
  public var threads: Int
  /// The machine's name.
  public var host: String
  /// Why it failed; nil unless it did.
  public var error: String?
  /// SHA-256 of what it recorded, in hexadecimal; nil unless it is finished.
  public var resultHash: String?
  /// Whether a process is computing it now, also one of another container; a run that is `running` but not alive was cut off.
  public var isAlive: Bool
  /// What computed it, as "oneDNN avx512_core_vnni, kernels avx512, winograd avx512"; where it went on with another instruction set, both, as
  /// "…; from round 12 …". Nil where a version computed it that did not record this.
  public var instructionSet: String?
  /// What tells its data and their division from others.
  public var hashes: DataHashes
  /// The names of the classes, in order, empty where they are their numbers; nil where a version computed it that did not
  /// record names, nor hashes of data.
  public var classNames: [String]?
  /// What it is, if it is no federation but a bound on what one can reach; `none` also where a version computed it that did
  /// not record this.
  public var bound: Bound
  /// Why it ended; nil unless it is finished, and where a version finished it that did not record it.
  public var stopReason: StopReason?

  /// Whether its process is gone before it ended.
  public var isCutOff: Bool { status == .running && !isAlive }

  /// The name that finds it: `experiment/arm/seed`.
  public var name: String { "\(experiment)/\(arm)/\(seed)" }

  /// Makes a value.
  public init(
    id: Int64, experimentID: Int64, experiment: String, arm: String, strategy: String, norm: String, seed: UInt64,
    status: RunStatus, roundsPlanned: Int, roundsDone: Int, startedAt: String, finishedAt: String?, version: String,
    threads: Int, host: String, error: String?, resultHash: String?, isAlive: Bool, instructionSet: String? = nil,
    hashes: DataHashes = DataHashes(), classNames: [String]? = nil, bound: Bound = .none,
    stopReason: StopReason? = nil
  ) {
    self.id = id
    self.experimentID = experimentID
    self.experiment = experiment
    self.arm = arm
    self.strategy = strategy
    self.norm = norm
    self.seed = seed
    self.status = status
    self.roundsPlanned = roundsPlanned
    self.roundsDone = roundsDone
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.version = version
    self.threads = threads
    self.host = host
    self.error = error
    self.resultHash = resultHash
    self.isAlive = isAlive
    self.instructionSet = instructionSet
    self.hashes = hashes
    self.classNames = classNames
    self.bound = bound
    self.stopReason = stopReason
  }
}

/// An experiment as it is kept.
public struct StoredExperiment: Codable, Sendable, Equatable, Identifiable {
  /// The experiment's number in its database.
  public var id: Int64
  /// When it was begun: ISO 8601, UTC, with milliseconds.
  public var createdAt: String
  /// What was run.
  public var record: ExperimentRecord

  /// Makes a value.
  public init(id: Int64, createdAt: String, record: ExperimentRecord) {
    self.id = id
    self.createdAt = createdAt
    self.record = record
  }
}

/// A record together with the round that it belongs to; as JSON, the record's keys and `round` side by side.
@dynamicMemberLookup
public struct InRound<Record: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
  /// The round.
  public var round: Int
  /// What was recorded.
  public var record: Record

  /// Makes a value.
  public init(round: Int, record: Record) {
    self.round = round
    self.record = record
  }

  /// A value of the record.
  public subscript<Value>(dynamicMember keyPath: KeyPath<Record, Value>) -> Value { record[keyPath: keyPath] }

  private enum CodingKeys: CodingKey { case round }

  /// Reads the record's keys and `round` from one object.
  ///
  /// - Throws: `DecodingError` when a key is missing or holds another type.
  public init(from decoder: any Decoder) throws {
    round = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .round)
    record = try Record(from: decoder)
  }

  /// Writes the record's keys and `round` into one object.
  ///
  /// - Throws: `EncodingError` when the encoder has no way to write a value, as JSON has none for infinity.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(round, forKey: .round)
    try record.encode(to: encoder)
  }
}
