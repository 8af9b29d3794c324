public import Networks
internal import Records

/// How the clients' normalization layers work in the local steps of a round.
public struct NormTraining: Sendable, Equatable {
  /// Where they take their statistics from.
  public var statistics: PassMode.Statistics
  /// Whether the first step of the round takes the statistics of the whole cohort instead.
  public var isFirstStepJoint: Bool
  /// The part of the batch in `mixed` statistics at first; each client learns it from there.
  public var firstMix: Double

  /// Makes a description.
  ///
  /// - Precondition: The first mix is from 0 to 1.
  public init(_ statistics: PassMode.Statistics, isFirstStepJoint: Bool = false, firstMix: Double = 0.5) {
    precondition((0...1).contains(firstMix), "a part of \(firstMix)")
    self.statistics = statistics
    self.isFirstStepJoint = isFirstStepJoint
    self.firstMix = firstMix
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

/// What a policy does in one round.
public struct NormPhase: Sendable, Equatable {
  /// How running means and variances are treated.
  public var statistics: NormTreatment
  /// What the clients' layers normalize with.
  public var training: NormTraining

  /// Describes a round.
  public init(_ statistics: NormTreatment, _ training: NormTraining) {
    self.statistics = statistics
    self.training = training
  }
}

/// What travels of statistics, and what the server makes of it.
public struct NormExchange: Sendable {
  /// Whether a client hands over the raw mean and variance over all batches that it trained on, rather than its running
  /// statistics.
  public var sendsRawMoments = false
  /// How far shared statistics follow a round's: next = (1 − rate)·server's + rate·round's.
  public var statisticsRate = 1.0
  /// With `recalibrated` statistics, how many batches each client measures; nil for all of its examples.
  public var recalibrationBatches: Int?
  /// What the server makes of shared counters.
  public var counterRule = CounterRule.largest

  /// Describes an exchange.
  public init(
    sendsRawMoments: Bool = false, statisticsRate: Double = 1, recalibrationBatches: Int? = nil,
    counterRule: CounterRule = .largest
  ) {
    self.sendsRawMoments = sendsRawMoments
    self.statisticsRate = statisticsRate
    self.recalibrationBatches = recalibrationBatches
    self.counterRule = counterRule
  }
}

/// What becomes of the values of normalization layers: what leaves the client, what the server makes of it, and what
/// the clients normalize with while they train. It applies to layers by type, to γ and β as one and to the running
/// statistics as one.
///
/// Only the two treatments have to be said: the rest is by default that of a policy that goes no further.
public protocol NormPolicy: RunComponent {
  /// How γ and β are treated: averaged, local or frozen.
  var affine: NormTreatment { get }
  /// How running means and variances are treated; what the policy says of itself where that changes in a run.
  var statistics: NormTreatment { get }
  /// What the policy does in one round of a run.
  func phase(inRound round: Int, of rounds: Int) -> NormPhase
  /// What travels of statistics.
  var exchange: NormExchange { get }
  /// Values that a normalization layer with `count` running means and variances sends and receives in a round beside its
  /// shared ones.
  ///
  /// - Parameter passes: Forward passes that a training step makes of it.
  func extraValues(of layer: NetworkLayer, statistics count: Int, passes: Int) -> (sent: Int, received: Int)
  /// Who has an array of a normalization layer.
  func sharing(of tensor: StateTensor, in layer: NetworkLayer) -> TensorSharing
  /// What clients have for themselves under the policy beside normalization; nil is what `personal:` says.
  var personal: (any PersonalMethod)? { get }
}

extension NormPolicy {
  public func phase(inRound round: Int, of rounds: Int) -> NormPhase {
    NormPhase(statistics, NormTraining(statistics == .frozen ? .running : .batch))
  }
  public var exchange: NormExchange { NormExchange() }
  public func problems(with run: RunConfiguration) -> [String] {
    (mismatch(run.model) ?? apartness(run)).map { [$0] } ?? []
  }
  public func extraValues(
    of layer: NetworkLayer, statistics count: Int, passes: Int
  ) -> (sent: Int, received: Int) { (0, 0) }
  public func sharing(of tensor: StateTensor, in layer: NetworkLayer) -> TensorSharing {
    switch tensor.role {
    case .weight, .bias: .shared
    case .normMixing: .local
    case .normScale, .normShift: affine.sharing
    case .runningMean, .runningVariance, .batchCount: statistics.sharing
    }
  }
  public var personal: (any PersonalMethod)? { nil }
}

// What follows from that.
extension NormPolicy {
  /// How running means and variances are treated in a round.
  public func statistics(inRound round: Int, of rounds: Int) -> NormTreatment {
    phase(inRound: round, of: rounds).statistics
  }

  /// What the clients' layers normalize with in a round.
  public func training(inRound round: Int, of rounds: Int) -> NormTraining {
    phase(inRound: round, of: rounds).training
  }

  /// Whether it does anything to running statistics that plain averaging does not, in some round of some run.
  var treatsStatistics: Bool {
    // What a policy does changes at most once in a run, and before the last round of a very long one.
    let phases = [1, 1 << 40].map { phase(inRound: $0, of: $0) }
    return exchange.sendsRawMoments || phases.contains { $0 != NormPhase(.averaged, NormTraining(.batch)) }
  }

  /// Why clients of a run can't have apart from the server what the policy needs of it; nil when they can.
  private func apartness(_ run: RunConfiguration) -> String? {
    let layout = run.network.layout
    let isAllHeld = layout.localTrainable.isEmpty && !run.frozen.isEmpty
    let method =
      run.bound == .local ? "bound 'local'" : isAllHeld ? "'client.frozen'" : "personal '\(run.personal.name)'"
    if treatsBatches, layout.sharedTrainableCount == 0 {
      return "it has clients take a step together, and under \(method) nothing travels"
    }
    let training = phase(inRound: 1, of: max(1, run.rounds)).training
    let areServers = exchange.sendsRawMoments || exchange.statisticsRate < 1 || training.statistics == .mixed
    guard areServers, !layout.trackedLayers.isEmpty, run.bound != .central,
      !layout.localStatistics.isEmpty || run.personalMethod.model != nil
    else { return nil }
    return "it normalizes with statistics that the server makes, and \(method) has some that it never sees"
  }

  /// Whether it does anything to layers that normalize over the batch even where they keep no running statistics.
  var treatsBatches: Bool { training(inRound: 1, of: 1).isFirstStepJoint }

  /// The normalization values that a client's evaluation uses unless the scenario says otherwise.
  var defaultNormSource: NormSource {
    if statistics == .dropped { return .batch }
    return affine == .local || statistics == .local ? .own : .global
  }

  /// Whether it does anything that plain averaging does not, so that a model without normalization layers is an error
  /// under it.
  public var isSpecial: Bool { affine != .averaged || treatsStatistics }

  /// The network with the layers that the policy needs: where steps mix statistics, those learn by how much.
  func adapted(_ network: Network) -> Network {
    let training = training(inRound: 1, of: 1)
    guard training.statistics == .mixed, network.layers.contains(where: { $0.layer is BatchNorm }) else {
      return network
    }
    do throws(NetworkProblem) {
      return try network.replacing { ($0.layer as? BatchNorm)?.withMixing(training.firstMix) }
    } catch {
      preconditionFailure("a norm policy's layer does not fit where the model's did: \(error)")
    }
  }
}

extension Network {
  /// The network as a run has it: what the norm policy needs in place of its layers, laid out by what is shared. What a
  /// norm policy freezes or drops, no personal method has, and of what is frozen nobody has anything.
  ///
  /// - Parameters:
  ///   - frozen: Layers or blocks whose weights, biases, γ and β nobody changes; what becomes of their running statistics
  ///     the norm policy says.
  ///   - hasClients: Whether there are clients, who could have something for themselves.
  func following(
    _ norm: any NormPolicy, _ personal: any PersonalMethod, frozen: [String] = [], hasClients: Bool = true
  ) -> Network {
    let adapted = norm.adapted(self)
    var sharing: [String: TensorSharing] = [:]
    for layer in adapted.layers {
      let isFrozen = names(frozen, include: layer.name)
      for tensor in adapted.layout.tensors(ofLayer: layer.name) {
        if isFrozen, tensor.role.canFreeze {
          sharing[tensor.name] = .frozen
          continue
        }
        let own = norm.sharing(of: tensor, in: layer)
        let other = own == .shared ? personal.sharing(of: tensor, in: adapted) : own
        if other != .shared, hasClients || other != .local { sharing[tensor.name] = other }
      }
    }
    return adapted.sharing(sharing)
  }
}
