/// Whose data an evaluation uses.
public enum EvaluationSubject: String, Codable, Sendable, CaseIterable {
  /// One client's own.
  case client
  /// All clients' together.
  case union
  /// A client that never trains.
  case unseen
}

/// Which weights an evaluation uses.
public enum EvaluationModel: String, Codable, Sendable, CaseIterable {
  /// The received global state with the client's own local tensors in it.
  case personal
  /// The global state alone.
  case global
}

/// Which normalization values an evaluation uses.
public enum NormSource: String, Codable, Sendable, CaseIterable {
  /// The client's own.
  case own
  /// Those of the global state.
  case global
  /// Averages over the clients' own.
  case average
  /// The clients' own, pooled by the law of total variance.
  case pooled
  /// Those of the client whose statistics are nearest.
  case nearest
  /// Recomputed from unlabelled samples.
  case recalibrated
  /// The statistics of each test batch.
  case batch
  /// Those of the initial state.
  case initial
}

/// When in a round an evaluation happens.
public enum EvaluationPhase: String, Codable, Sendable, CaseIterable {
  /// With the state that the server made of the updates.
  case afterAggregation = "after-aggregation"
  /// With the client's state as it left its own training.
  case afterTraining = "after-training"
}

/// Which examples an evaluation uses.
public enum ExampleSplit: String, Codable, Sendable, CaseIterable {
  /// Examples never trained on.
  case test
  /// Examples kept from training for choosing a round, a rate or an arm.
  case validation
  /// The training examples, where a source has no others.
  case train
}

/// The result of evaluating one model on one set of examples.
public struct EvaluationRecord: Codable, Sendable, Equatable {
  /// Whose data.
  public var subject: EvaluationSubject
  /// The client's number, or −1 where the subject is not one client.
  public var client: Int
  /// Which weights.
  public var model: EvaluationModel
  /// Which normalization values.
  public var normSource: NormSource
  /// When.
  public var phase: EvaluationPhase
  /// Which examples.
  public var split: ExampleSplit
  /// How many examples.
  public var samples: Int
  /// A hash of which examples, in hexadecimal: equal hashes mean the same examples.
  public var subsetHash: String
  /// Mean loss.
  public var loss: Double
  /// Share of right answers, as a fraction; nil where the loss has no notion of it.
  public var accuracy: Double?
  /// What measures say beside loss and accuracy.
  public var measures: MeasureValues
  /// What measures count.
  public var counts: MeasureCounts

  /// Makes a record.
  public init(
    subject: EvaluationSubject, client: Int, model: EvaluationModel, normSource: NormSource, phase: EvaluationPhase,
    split: ExampleSplit, samples: Int, subsetHash: String, loss: Double, accuracy: Double?,
    measures: MeasureValues = [:], counts: MeasureCounts = MeasureCounts()
  ) {
    self.subject = subject
    self.client = client
    self.model = model
    self.normSource = normSource
    self.phase = phase
    self.split = split
    self.samples = samples
    self.subsetHash = subsetHash
    self.loss = loss
    self.accuracy = accuracy
    self.measures = measures
    self.counts = counts
  }
}
