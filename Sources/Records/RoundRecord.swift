/// Everything that one round leaves behind; it is stored whole or not at all. Round 0 is the initial model and has
/// evaluations only.
public struct RoundRecord: Codable, Sendable, Equatable {
  /// The round's number; 0 is the state before any training.
  public var round: Int
  /// Clients that were asked.
  public var cohortSize: Int
  /// Clients whose update went into the next global state.
  public var reported: Int
  /// Mean of the reporting clients' training losses, by their weights; nil when nobody trained.
  public var trainLoss: Double?
  /// Mean of the reporting clients' training accuracies, by their weights, as a fraction; nil when nobody trained.
  public var trainAccuracy: Double?
  /// Bytes that left the clients.
  public var bytesUp: Int
  /// Bytes that the clients received.
  public var bytesDown: Int
  /// Floating-point operations of the local training, by the layers' formulas.
  public var flops: Int
  /// Wall-clock seconds; not part of a run's result.
  public var seconds: Double
  /// Seconds of simulated time since the version of the server's state before; nil where no device is simulated.
  public var simulatedSeconds: Double?
  /// What else the round says of its training, by name.
  public var measures: MeasureValues
  /// The participations that ended with the round, by client and turn.
  public var participations: [ParticipationRecord]
  /// What was evaluated after this round.
  public var evaluations: [EvaluationRecord]
  /// Drift of each reporting client's normalization layers.
  public var normDrift: [NormDriftRecord]
  /// Drift of each normalization layer over the cohort.
  public var layerDrift: [LayerDriftRecord]

  /// Makes a record without rows; they are filled in as the round goes on.
  public init(round: Int, cohortSize: Int = 0, reported: Int = 0, seconds: Double = 0) {
    self.round = round
    self.cohortSize = cohortSize
    self.reported = reported
    self.bytesUp = 0
    self.bytesDown = 0
    self.flops = 0
    self.seconds = seconds
    self.measures = [:]
    self.participations = []
    self.evaluations = []
    self.normDrift = []
    self.layerDrift = []
  }
}

/// How a client's part in a round ended.
public enum ParticipationOutcome: String, Codable, Sendable, CaseIterable {
  /// Its update went into the next global state.
  case reported
  /// It had no batch that could be trained on.
  case untrained
  /// It arrived when the round was closed.
  case late
  /// It was lost, or left before it arrived.
  case dropped
}

/// One client's part in one round. In an asynchronous run, whose rounds are versions of the server's state, a client can
/// have several.
public struct ParticipationRecord: Codable, Sendable, Equatable {
  /// The client's number.
  public var client: Int
  /// Training examples it holds; the weight under `weights: samples`.
  public var samples: Int
  /// Local optimizer steps.
  public var steps: Int
  /// Batches that were passed over because a normalization layer had a single value a channel.
  public var skippedBatches: Int
  /// Mean loss over the local steps; nil without steps.
  public var trainLoss: Double?
  /// Share of right answers over the samples trained on, before each step; nil where the loss has no notion of it.
  public var trainAccuracy: Double?
  /// ‖w_k − w‖₂ over the trainable tensors; w is what the client started from.
  public var updateNorm: Double?
  /// Cosine of the client's update with the aggregated one, over the tensors that are shared; nil when either is zero.
  public var updateCosine: Double?
  /// Bytes that left the client.
  public var bytesUp: Int
  /// Bytes that it received.
  public var bytesDown: Int
  /// How it ended.
  public var outcome: ParticipationOutcome
  /// Rounds since the client last trained, counted from this one: 1 if it trained in the round before; nil if never.
  public var staleness: Int?
  /// How manieth start of the client in the run it is, from 1.
  public var turn: Int
  /// The version of the server's state that it started from; nil of one that a version without it recorded.
  public var baseVersion: Int?
  /// How many versions were made between that and the one that its update went into; nil where none did.
  public var lag: Int?
  /// When it started, in simulated seconds since the run began; nil where no device is simulated.
  public var startedAt: Double?
  /// When it arrived; nil also where it did not.
  public var arrivedAt: Double?
  /// What else it says of its training, by name.
  public var measures: MeasureValues

  /// Makes a record.
  public init(
    client: Int, samples: Int, steps: Int, skippedBatches: Int, trainLoss: Double?, trainAccuracy: Double?,
    updateNorm: Double?, updateCosine: Double?, bytesUp: Int, bytesDown: Int, outcome: ParticipationOutcome,
    staleness: Int?, turn: Int = 1, baseVersion: Int? = nil, lag: Int? = nil, startedAt: Double? = nil,
    arrivedAt: Double? = nil, measures: MeasureValues = [:]
  ) {
    self.client = client
    self.samples = samples
    self.steps = steps
    self.skippedBatches = skippedBatches
    self.trainLoss = trainLoss
    self.trainAccuracy = trainAccuracy
    self.updateNorm = updateNorm
    self.updateCosine = updateCosine
    self.bytesUp = bytesUp
    self.bytesDown = bytesDown
    self.outcome = outcome
    self.staleness = staleness
    self.turn = turn
    self.baseVersion = baseVersion
    self.lag = lag
    self.startedAt = startedAt
    self.arrivedAt = arrivedAt
    self.measures = measures
  }
}
