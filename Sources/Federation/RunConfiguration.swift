public import Datasets
public import Networks
public import Records
public import Tensors

/// What a client does in a round.
public struct LocalWork: Sendable, Equatable {
  /// How long a client trains.
  public enum Amount: Sendable, Equatable {
    /// Passes over its examples.
    case epochs(Int)
    /// Optimizer steps, in passes of which the last may be cut short.
    case steps(Int)
  }

  /// What becomes of a last batch that is not full.
  public enum LastBatch: String, Sendable, CaseIterable {
    /// It is trained on as it is.
    case keep
    /// It is left out.
    case drop
    /// It joins the batch before it.
    case merge
  }

  /// Examples a batch.
  public var batchSize: Int
  /// How long.
  public var amount: Amount
  /// Whether each pass has an order of its own; else the examples come as they lie.
  public var shuffle: Bool
  /// What becomes of a short last batch.
  public var lastBatch: LastBatch
  /// Whether the optimizer's memory outlives the round.
  public var keepsOptimizer: Bool

  /// Makes a description.
  public init(
    batchSize: Int = 32, amount: Amount = .epochs(1), shuffle: Bool = true, lastBatch: LastBatch = .keep,
    keepsOptimizer: Bool = false
  ) {
    self.batchSize = batchSize
    self.amount = amount
    self.shuffle = shuffle
    self.lastBatch = lastBatch
    self.keepsOptimizer = keepsOptimizer
  }
}

/// How the clients of a round are weighed against one another.
public enum Weighting: String, Sendable, CaseIterable {
  /// By their training examples.
  case samples
  /// All the same.
  case uniform
}

/// What of a run is recorded, and how often.
public struct Recording: Sendable, Equatable {
  /// Evaluate after every so many rounds, and at the end.
  public var evaluateEvery: Int
  /// At most so many test examples a client, the same ones each time; nil is all.
  public var evaluationSubset: Int?
  /// Checkpoint after every so many rounds, and at the end.
  public var checkpointEvery: Int
  /// Record drift after every so many rounds, and at the end; 0 is never.
  public var driftEvery: Int
  /// Record rows of so many clients, the same ones each round; nil is all.
  public var clientSample: Int?

  /// Makes a description.
  public init(
    evaluateEvery: Int = 1, evaluationSubset: Int? = nil, checkpointEvery: Int = 10, driftEvery: Int = 1,
    clientSample: Int? = nil
  ) {
    self.evaluateEvery = evaluateEvery
    self.evaluationSubset = evaluationSubset
    self.checkpointEvery = checkpointEvery
    self.driftEvery = driftEvery
    self.clientSample = clientSample
  }
}

/// A component together with the name under which it is recorded.
public struct Named<Component: Sendable>: Sendable {
  /// The name.
  public let name: String
  /// The component.
  public let component: Component

  /// Names a component.
  public init(_ name: String, _ component: Component) {
    self.name = name
    self.component = component
  }
}

/// One run: an arm of an experiment under one seed. Every axis is a value of its own, and they combine freely.
public struct RunConfiguration: Sendable {
  /// The arm's name.
  public var arm: String
  /// The seed of everything random.
  public var seed: UInt64
  /// How many rounds.
  public var rounds: Int
  /// The clients and their examples.
  public var dataset: FederatedDataset { didSet { trainingData = followingData } }
  /// Who trains on what: the clients, or one that holds the examples of all.
  public private(set) var trainingData: FederatedDataset
  /// What the run is, if it is no federation but a bound on what one can reach.
  public var bound: Bound {
    didSet {
      trainingData = followingData
      network = followingNetwork
    }
  }
  /// The model as it was asked for.
  public var model: Network { didSet { network = followingNetwork } }
  /// The model as the run has it: what the norm policy needs of `model`, laid out by what is shared.
  public private(set) var network: Network { didSet { extraValues = countedExtraValues } }
  /// Values that a client sends and receives for the norm policy beside what is shared.
  private(set) var extraValues = (sent: 0, received: 0)
  /// Where it starts; nil is the layout's own initial state under the seed.
  public var initialState: ModelState?
  /// How clients train, and how the server goes on from their updates.
  public var strategy: Named<any Strategy>
  /// How updates become one.
  public var aggregator: Named<any Aggregator>
  /// What happens to updates on their way, in order.
  public var transforms: [Named<any UpdateTransform>]
  /// What leaves the client of its normalization layers.
  public var norm: Named<any NormPolicy> { didSet { network = followingNetwork } }
  /// What clients have for themselves beside that.
  public var personal: Named<any PersonalMethod> { didSet { network = followingNetwork } }
  /// Layers, or blocks of them, whose trained values nobody changes, by their names.
  public var frozen: [String] { didSet { network = followingNetwork } }
  /// The clients' optimizer.
  public var optimizer: any Optimizer
  /// Those of networks of the model that have one of their own, by the networks' names.
  public var networkOptimizers: [String: any Optimizer]
  /// How its learning rate goes on; nil is as it is.
  public var learningRateSchedule: LearningRateSchedule?
  /// Which values its weight decay is meant for.
  public var decayedValues: DecayedValues
  /// What becomes of a step's gradient before; nil is nothing.
  public var gradientClip: GradientClip?
  /// What becomes of training images each time that they are trained on, in order.
  public var augment: [Named<any Augmentation>]
  /// What training minimizes.
  public var loss: any Objective { didSet { extraValues = countedExtraValues } }
  /// What a client does in a round.
  public var work: LocalWork
  /// What some clients do otherwise.
  public var overrides: ClientOverrides
  /// How clients are weighed.
  public var weighting: Weighting
  /// Who takes part.
  public var cohort: any CohortSampler
  /// When the server makes the next version of its state, and of which updates.
  public var schedule: Named<any Schedule>
  /// How long clients take; nil where no time is simulated.
  public var devices: Named<any DeviceModel>?
  /// When clients are there; nil is always.
  public var availability: Named<any Availability>?
  /// Which participations are lost; nil is none.
  public var dropouts: Named<any Dropouts>?
  /// What is recorded.
  public var recording: Recording
  /// What is evaluated.
  public var evaluation: EvaluationChoice
  /// When it ends before its last round; nil is never.
  public var stop: StopRule?

  /// Makes a configuration.
  ///
  /// - Parameter network: The model as it is asked for.
  public init(
    arm: String, seed: UInt64, rounds: Int, dataset: FederatedDataset, network: Network,
    initialState: ModelState? = nil,
    strategy: Named<any Strategy> = Named("fedavg", FedAvg()),
    aggregator: Named<any Aggregator> = Named("mean", Mean()), transforms: [Named<any UpdateTransform>] = [],
    norm: Named<any NormPolicy> = Named("fedavg", NormMatrix(affine: .averaged, statistics: .averaged)),
    personal: Named<any PersonalMethod> = Named("none", NoPersonalMethod()), frozen: [String] = [],
    optimizer: any Optimizer = SGD(learningRate: 0.01), networkOptimizers: [String: any Optimizer] = [:],
    learningRateSchedule: LearningRateSchedule? = nil,
    decayedValues: DecayedValues = .all, gradientClip: GradientClip? = nil,
    augment: [Named<any Augmentation>] = [], loss: any Objective = .crossEntropy,
    work: LocalWork = LocalWork(), overrides: ClientOverrides = ClientOverrides(),
    weighting: Weighting = .samples, cohort: any CohortSampler = Everyone(),
    schedule: Named<any Schedule> = Named("synchronous", SynchronousSchedule()),
    devices: Named<any DeviceModel>? = nil, availability: Named<any Availability>? = nil,
    dropouts: Named<any Dropouts>? = nil, bound: Bound = .none,
    recording: Recording = Recording(),
    evaluation: EvaluationChoice = EvaluationChoice(), stop: StopRule? = nil
  ) {
    self.arm = arm
    self.seed = seed
    self.rounds = rounds
    self.dataset = dataset
    self.bound = bound
    trainingData = bound == .central ? dataset.pooled() : dataset
    model = network
    self.network = network
    self.initialState = initialState
    self.strategy = strategy
    self.aggregator = aggregator
    self.transforms = transforms
    self.norm = norm
    self.personal = personal
    self.frozen = frozen
    self.optimizer = optimizer
    self.networkOptimizers = networkOptimizers
    self.learningRateSchedule = learningRateSchedule
    self.decayedValues = decayedValues
    self.gradientClip = gradientClip
    self.augment = augment
    self.loss = loss
    self.work = work
    self.overrides = overrides
    self.weighting = weighting
    self.cohort = cohort
    self.schedule = schedule
    self.devices = devices
    self.availability = availability
    self.dropouts = dropouts
    self.recording = recording
    self.evaluation = evaluation
    self.stop = stop
    self.network = followingNetwork
    extraValues = countedExtraValues
  }

  /// What a model has to say of an example as the loss takes it: labels where the data have numbers that it is about.
  public var target: TargetKind { loss.target(for: dataset.target) ?? dataset.target }

  /// Why the loss can't train the model, with the loss's words; nil when it can.
  public var modelProblem: String? {
    if let procedure = loss.procedure { return procedure.mismatch(network) }
    guard network.hasParts else { return nil }
    return "trains one network, and the model has networks called \(network.parts.map(\.name).joined(separator: ", "))"
  }

  private var followingData: FederatedDataset { bound == .central ? dataset.pooled() : dataset }

  private var followingNetwork: Network {
    model.following(norm.component, personalMethod, frozen: frozen, hasClients: bound != .central)
  }

  /// What clients have for themselves: what the bound or the norm policy says, if it says anything.
  public var personalMethod: any PersonalMethod {
    switch bound {
    case .local: LocalOnly()
    case .central: NoPersonalMethod()
    case .none: norm.component.personal ?? personal.component
    }
  }
  /// Where the server makes a model for each client, how.
  var mixing: Mixing? { personalMethod as? Mixing }

  /// The state that the run starts from.
  var startState: ModelState { initialState ?? ModelState(initial: network.layout, seed: seed) }

  /// What happens to each normalization layer: the match report of the norm policy.
  public var normLayers: [NormLayerRecord] {
    norm.component.match(
      model, rounds: rounds, personal: personalMethod, frozen: frozen, procedure: loss.procedure)
  }

  /// What is recorded of the run before its first round.
  public var description: RunDescription {
    RunDescription(
      arm: arm, strategy: strategy.name, norm: norm.name, seed: seed, roundsPlanned: rounds,
      clients: (recordedClients + recordedUnseenClients).map { client in
        let profile = dataset.profile(client)
        return ClientRecord(
          client: client, domain: profile.domain, trainSamples: profile.trainCount, testSamples: profile.testCount,
          labelHistogram: profile.labelHistogram, name: profile.name ?? "", group: profile.group ?? "",
          validationSamples: profile.validationCount, shiftLevels: dataset.shiftLevels(client))
      },
      normLayers: normLayers,
      classNames: dataset.classNames,
      hashes: DataHashes(data: dataset.source.dataHash, split: dataset.splitHash), bound: bound)
  }
}
