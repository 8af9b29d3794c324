public import Networks

/// How a client trains in a round: what all do, or what an override makes of that.
public struct LocalSetting: Sendable {
  /// Batches, and how many.
  public var work: LocalWork
  /// The optimizer.
  public var optimizer: any Optimizer
  /// Those of networks of the model that have one of their own, by the networks' names.
  public var networkOptimizers: [String: any Optimizer]
  /// How its learning rate goes on; nil is as it is.
  public var learningRateSchedule: LearningRateSchedule?
  /// Which values its weight decay is meant for.
  public var decayedValues: DecayedValues

  /// Makes a setting.
  public init(
    work: LocalWork, optimizer: any Optimizer, networkOptimizers: [String: any Optimizer] = [:],
    learningRateSchedule: LearningRateSchedule? = nil, decayedValues: DecayedValues = .all
  ) {
    self.work = work
    self.optimizer = optimizer
    self.networkOptimizers = networkOptimizers
    self.learningRateSchedule = learningRateSchedule
    self.decayedValues = decayedValues
  }

  /// Every optimizer that the client has, the usual one first.
  var optimizers: [any Optimizer] {
    [optimizer] + networkOptimizers.sorted { $0.key < $1.key }.map(\.value)
  }
}

/// What some clients of a run do otherwise than all (`client.overrides`).
public struct ClientOverrides: Sendable {
  /// Clients that do the same otherwise.
  public struct Group: Sendable {
    /// The clients' numbers, in ascending order.
    public let clients: [Int]
    /// How they train.
    public let setting: LocalSetting
    /// In what that differs from what all do: `epochs 1`, `optimizer.learning_rate 0.05`.
    public let words: [String]

    /// Makes a group.
    public init(clients: [Int], setting: LocalSetting, words: [String] = []) {
      self.clients = clients
      self.setting = setting
      self.words = words
    }
  }

  /// The groups, in the order of their first clients.
  public let groups: [Group]
  /// The least learning rate of the groups' optimizers; nil where there are no groups.
  let leastLearningRate: Double?
  /// The group of each client that is in one.
  private let places: [Int: Int]

  /// Makes overrides; a client that is in several groups is in the last.
  public init(_ groups: [Group] = []) {
    self.groups = groups
    leastLearningRate = groups.map(\.setting.optimizer.learningRate).min()
    var places: [Int: Int] = [:]
    for (place, group) in groups.enumerated() { for client in group.clients { places[client] = place } }
    self.places = places
  }

  /// How a client trains; nil is as all do.
  public func setting(of client: Int) -> LocalSetting? { places[client].map { groups[$0].setting } }

  /// How many clients do anything otherwise.
  var clientCount: Int { places.count }
}

extension RunConfiguration {
  /// How clients train that nothing else is said of.
  public var usualSetting: LocalSetting {
    LocalSetting(
      work: work, optimizer: optimizer, networkOptimizers: networkOptimizers,
      learningRateSchedule: learningRateSchedule, decayedValues: decayedValues)
  }

  /// How a client trains. The one client that has everybody's examples is none of those that overrides are said of.
  public func setting(of client: Int) -> LocalSetting {
    (bound == .central ? nil : overrides.setting(of: client)) ?? usualSetting
  }

  /// The settings that clients train with, each once: the usual one first, unless each has one of its own.
  public var settings: [LocalSetting] {
    if bound == .central || overrides.groups.isEmpty { return [usualSetting] }
    return (overrides.clientCount < dataset.clientCount ? [usualSetting] : []) + overrides.groups.map(\.setting)
  }

  /// A learning rate over the one that `client.optimizer` says for all: 1 where nothing is overridden.
  func stepScale(of setting: LocalSetting) -> Double {
    let (own, usual) = (setting.optimizer.learningRate, optimizer.learningRate)
    return own == usual || usual == 0 ? 1 : own / usual
  }

  /// The least of these, or 1 if that is less.
  var leastStepScale: Double {
    guard bound != .central, let least = overrides.leastLearningRate, optimizer.learningRate > 0 else { return 1 }
    return min(1, least / optimizer.learningRate)
  }

  /// Whether every step of every client is w −= η·g.
  var hasPlainSteps: Bool { settings.flatMap(\.optimizers).allSatisfy { ($0 as? SGD)?.momentum == 0 } }

  /// What may do otherwise than `client.optimizer`, for a message that asks something of the optimizer.
  var overriddenOptimizerWords: String {
    (optimizer as? SGD)?.momentum == 0 && !hasPlainSteps ? ", also in client.overrides" : ""
  }
}
