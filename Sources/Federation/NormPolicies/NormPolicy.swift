public import Networks
public import Records

/// How the clients' normalization layers work in the local steps of a round.
public struct NormTraining: Sendable, Equatable {
  /// Where they take their statistics from.
  public var statistics: PassMode.Statistics
  /// Whether the first step of the round takes the statistics of the whole cohort instead.
  public var isFirstStepJoint: Bool

  /// Makes a description.
  public init(_ statistics: PassMode.Statistics, isFirstStepJoint: Bool = false) {
    self.statistics = statistics
    self.isFirstStepJoint = isFirstStepJoint
  }
}

/// What the server makes of the clients' counters where it has them.
public enum CounterRule: Sendable {
  /// The largest.
  case largest
  /// That of the cohort's first client that reported.
  case first
  /// Their weighted mean, cut to a whole number.
  case truncatedMean
}

/// What becomes of the values of normalization layers: what leaves the client, what the server makes of it, and what
/// the clients normalize with while they train. It applies to layers by type, to γ and β as one and to the running
/// statistics as one.
///
/// Only the two treatments have to be said: the rest is by default that of a policy that goes no further.
public protocol NormPolicy: Sendable {
  /// How γ and β are treated: averaged, local or frozen.
  var affine: NormTreatment { get }
  /// How running means and variances are treated.
  var statistics: NormTreatment { get }
  /// The same in one round of a run; what the policy says of itself is `statistics`.
  func statistics(inRound round: Int, of rounds: Int) -> NormTreatment

  /// What the clients' layers normalize with in a round.
  func training(inRound round: Int, of rounds: Int) -> NormTraining

  /// Whether a client hands over the raw mean and variance over all batches that it trained on, rather than its running
  /// statistics.
  var sendsRawMoments: Bool { get }
  /// How far shared statistics follow a round's: next = (1 − rate)·server's + rate·round's.
  var statisticsRate: Double { get }
  /// With `recalibrated` statistics, how many batches each client measures; nil for all of its examples.
  var recalibrationBatches: Int? { get }

  /// Whether it does anything to running statistics that plain averaging does not, in some round of some run.
  var treatsStatistics: Bool { get }
  /// Whether it does anything to layers that normalize over the batch even where they keep no running statistics.
  var treatsBatches: Bool { get }
  /// What a user should know of a run of so many rounds, to stand behind the policy's name; nil is nothing.
  func remark(onRunOf rounds: Int) -> String?

  /// The layer that the policy needs in place of one of the model's, of the same input and output.
  func adapted(_ layer: BatchNorm) -> BatchNorm

  /// Values that a normalization layer with `count` running means and variances sends beside its shared values.
  func extraValuesSent(of layer: NetworkLayer, statistics count: Int) -> Int
  /// Values that a client receives in a round beside the shared state.
  func extraValuesReceived(_ network: Network) -> Int

  /// Whether γ and β of a layer are left out of the policy, and averaged.
  func exemptsAffine(of layer: NetworkLayer) -> Bool
  /// Whether running statistics of a layer are left out of the policy, and averaged.
  func exemptsStatistics(of layer: NetworkLayer) -> Bool
  /// What the server makes of shared counters.
  var counterRule: CounterRule { get }

  /// Whether each client has weights of its own, which `mixture` makes of those of the cohort.
  var hasPersonalWeights: Bool { get }
  /// With personal weights, the part w_ij of client j's weights in those of client i; each row sums to 1.
  ///
  /// - Parameters:
  ///   - statistics: Each client's running means and variances after training, laid out as the model's.
  ///   - layout: The model's layout.
  func mixture(of statistics: [[Float]], _ layout: StateLayout) -> [[Double]]

  /// The normalization values that a client's evaluation uses unless the scenario says otherwise.
  var defaultNormSource: NormSource { get }
}

extension NormPolicy {
  public func statistics(inRound round: Int, of rounds: Int) -> NormTreatment { statistics }
  public func training(inRound round: Int, of rounds: Int) -> NormTraining {
    NormTraining(statistics == .frozen ? .running : .batch)
  }
  public var sendsRawMoments: Bool { false }
  public var statisticsRate: Double { 1 }
  public var recalibrationBatches: Int? { nil }
  public var treatsStatistics: Bool {
    statistics != .averaged || sendsRawMoments || training(inRound: 1, of: 1) != NormTraining(.batch)
  }
  public var treatsBatches: Bool { training(inRound: 1, of: 1).isFirstStepJoint }
  public func remark(onRunOf rounds: Int) -> String? { nil }
  public func adapted(_ layer: BatchNorm) -> BatchNorm { layer }
  public func extraValuesSent(of layer: NetworkLayer, statistics count: Int) -> Int { 0 }
  public func extraValuesReceived(_ network: Network) -> Int {
    let layout = network.layout
    // Who measures the aggregated model must have it.
    return statistics == .recalibrated ? layout.weightCount + (affine.isShared ? layout.affineCount : 0) : 0
  }
  public func exemptsAffine(of layer: NetworkLayer) -> Bool { false }
  public func exemptsStatistics(of layer: NetworkLayer) -> Bool { false }
  public var counterRule: CounterRule { .largest }
  public var hasPersonalWeights: Bool { false }
  public func mixture(of statistics: [[Float]], _ layout: StateLayout) -> [[Double]] {
    preconditionFailure("a policy without personal weights mixes none")
  }
  public var defaultNormSource: NormSource {
    if statistics == .dropped { return .batch }
    return affine == .local || statistics == .local ? .own : .global
  }

  /// Whether it does anything that plain averaging does not, so that a model without normalization layers is an error
  /// under it.
  public var isSpecial: Bool { affine != .averaged || treatsStatistics }

  /// The network as the policy needs it.
  public func adapted(_ network: Network) -> Network {
    let needsOther = network.layers.contains { placed in
      (placed.layer as? BatchNorm).map { adapted($0) != $0 } ?? false
    }
    let layers = network.normalizationLayers
    let exempt = ExemptLayers(
      affine: Set(layers.filter { exemptsAffine(of: $0) }.map(\.name)),
      statistics: Set(layers.filter { exemptsStatistics(of: $0) }.map(\.name)))
    guard needsOther else { return network.exempting(exempt) }
    do throws(NetworkProblem) {
      return try network.replacing { ($0.layer as? BatchNorm).map { adapted($0) } }.exempting(exempt)
    } catch {
      preconditionFailure("a norm policy's layer does not fit where the model's did: \(error)")
    }
  }
}
