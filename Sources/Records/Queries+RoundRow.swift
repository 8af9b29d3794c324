/// One round in one line: what it cost, and how an `EvaluationSelection` did, of which `normSource` says the values.
///
/// A mean over clients is nil where no client was evaluated on test examples, and where one that was lacks the value or
/// it is not a number: it is never a mean over the rest. Clients without test examples are in none; they are counted.
public struct RoundRow: Codable, Sendable, Equatable {
  /// The round's number; 0 is the initial model.
  public var round: Int
  /// Clients that were asked.
  public var cohortSize: Int
  /// Clients whose update went into the next global state.
  public var reported: Int
  /// Mean of the reporting clients' training losses, by their weights.
  public var trainLoss: Double?
  /// Mean of the reporting clients' training accuracies, by their weights, as a fraction.
  public var trainAccuracy: Double?
  /// Bytes that left the clients.
  public var bytesUp: Int
  /// Bytes that the clients received.
  public var bytesDown: Int
  /// Floating-point operations of the local training.
  public var flops: Int
  /// Wall-clock seconds.
  public var seconds: Double
  /// Seconds the round would have taken on the simulated devices.
  public var simulatedSeconds: Double?
  /// Clients of the selection that were evaluated on test examples; 1 for the union of all.
  public var evaluatedClients: Int
  /// Clients of the selection without test examples, which have no test value; for the union of all those that add
  /// nothing to it.
  public var untestedClients: Int
  /// The normalization values that the evaluations used: the first in the order of `NormSource` that the round has.
  public var normSource: NormSource?
  /// Mean accuracy, every client counting the same.
  public var meanAccuracy: Double?
  /// Mean accuracy, every example counting the same.
  public var sampleWeightedAccuracy: Double?
  /// The least accuracy of a client.
  public var worstAccuracy: Double?
  /// Mean accuracy of the worst tenth of the clients, ⌈n/10⌉ of n.
  public var bottomDecileAccuracy: Double?
  /// Mean loss, every client counting the same.
  public var meanLoss: Double?
  /// Mean over the layers of `LayerDriftRecord.meanKL`.
  public var meanKL: Double?
  /// Mean over the layers of `LayerDriftRecord.betweenShare`.
  public var betweenShare: Double?
  /// Standard deviation of the accuracy of the clients, √(Σ(x − x̄)²/n).
  public var accuracySD: Double?
  /// Jain's index of the accuracies: 1 where all clients have the same, 1/n where one has everything.
  public var jain: Double?
  /// Mean loss, every example counting the same.
  public var sampleWeightedLoss: Double?
  /// The largest loss of a client.
  public var worstLoss: Double?
  /// Mean loss of the worst tenth of the clients.
  public var bottomDecileLoss: Double?
  /// Standard deviation of the loss of the clients, √(Σ(x − x̄)²/n).
  public var lossSD: Double?
  /// What the round says of its training, by name.
  public var roundMeasures: MeasureValues = [:]
  /// What was asked for of measures, over the clients that have a value; none of one that no client has a value of.
  public var measures: [String: MeasureSummary] = [:]

  /// Makes a row without evaluations and drift.
  public init(round: Int, cohortSize: Int, reported: Int, seconds: Double) {
    self.round = round
    self.cohortSize = cohortSize
    self.reported = reported
    self.bytesUp = 0
    self.bytesDown = 0
    self.flops = 0
    self.seconds = seconds
    self.evaluatedClients = 0
    self.untestedClients = 0
  }
}
