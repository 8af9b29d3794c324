internal import Networks
public import Records

/// Whose examples, which model and when: what decides, with the policy and the network, which normalization values there
/// are.
public struct EvaluationSetting: Sendable {
  /// Whose examples.
  public let subject: EvaluationSubject
  /// Which weights.
  public let model: EvaluationModel
  /// When.
  public let phase: EvaluationPhase
  /// Whether anything stays with the clients under the policy.
  public let hasLocalValues: Bool
  /// Whether running statistics do.
  public let hasLocalStatistics: Bool
  /// Whether the model is a client's own whole one, which no state of the federation is.
  public let isOwnModel: Bool
  /// Whether the network has running statistics.
  public let hasStatistics: Bool
  /// Whether a layer of it normalizes over the batch.
  public let normalizesOverBatch: Bool
  /// The policy's name.
  let norm: String
  private let policyDefault: NormSource

  init(
    _ subject: EvaluationSubject, _ model: EvaluationModel, _ phase: EvaluationPhase, norm: Named<any NormPolicy>,
    network: Network, hasOwnModels: Bool = false
  ) {
    self.subject = subject
    self.model = model
    self.phase = phase
    self.norm = norm.name
    let local = LocalRanges(network.layout)
    isOwnModel = hasOwnModels && subject == .client && model == .personal && phase == .afterAggregation
    hasLocalValues = local.hasEvaluatedValues
    policyDefault = norm.component.defaultNormSource
    hasLocalStatistics = !local.statistics.isEmpty
    hasStatistics = network.layout.valueCount > network.layout.trainableCount
    normalizesOverBatch = network.normalizationLayers.contains { $0.resolved.batchPositions != nil }
  }

  var nothingIsLocal: String { "norm '\(norm)' leaves no γ, β or statistics with the clients" }
  var noLocalStatistics: String {
    hasLocalValues
      ? "norm '\(norm)' leaves no running statistics with the clients" : nothingIsLocal
  }
  var notAggregated: String { "after training, before aggregation, a client has only its own model" }

  /// Why the three don't go together; nil when they do.
  func problem(hasUnseen: Bool) -> (key: EvaluationKey, message: String)? {
    switch (subject, model, phase) {
    case (.unseen, _, _) where !hasUnseen:
      (.subject, "'unseen' has no clients; 'data.unseen' is not given (allowed: client, union)")
    case (.union, _, .afterTraining), (.unseen, _, .afterTraining):
      (
        .subject,
        "'\(subject.rawValue)' has no phase 'after-training', which is of clients that train (allowed: client)"
      )
    case (_, .global, .afterTraining):
      (.model, "'global' has no phase 'after-training', which is before aggregation (allowed: personal)")
    case (.union, .personal, _), (.unseen, .personal, _):
      (
        .model,
        "'personal' can't be used for subject '\(subject.rawValue)', which is no client that trains (allowed: global)"
      )
    default: nil
    }
  }

  /// The source where none is named: what the model has by itself, and the clients' average of what it lacks.
  var defaultSource: any NormValueSource {
    if policyDefault == .batch { return BatchValues() }
    if phase == .afterTraining || isOwnModel { return OwnValues() }
    guard hasLocalValues else { return GlobalValues() }
    return model == .personal ? OwnValues() : AverageValues()
  }
}
