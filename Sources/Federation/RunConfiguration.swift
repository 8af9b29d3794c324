public import Datasets
public import Networks
public import Records

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
  public var dataset: FederatedDataset
  /// The model.
  public var network: Network
  /// Where it starts; nil is the layout's own initial state under the seed.
  public var initialState: ModelState?
  /// How updates become the next global state.
  public var strategy: Named<any Strategy>
  /// What leaves the client of its normalization layers.
  public var norm: Named<any NormPolicy>
  /// The clients' optimizer.
  public var optimizer: any Optimizer
  /// What training minimizes.
  public var loss: Loss
  /// What a client does in a round.
  public var work: LocalWork
  /// How clients are weighed.
  public var weighting: Weighting
  /// Who takes part.
  public var cohort: any CohortSampler
  /// What is recorded.
  public var recording: Recording
  /// What is evaluated.
  public var evaluation: EvaluationChoice

  /// Makes a configuration; the network becomes what the norm policy needs of it.
  public init(
    arm: String, seed: UInt64, rounds: Int, dataset: FederatedDataset, network: Network,
    initialState: ModelState? = nil,
    strategy: Named<any Strategy> = Named("fedavg", FedAvg()),
    norm: Named<any NormPolicy> = Named("fedavg", NormMatrix(affine: .averaged, statistics: .averaged)),
    optimizer: any Optimizer = SGD(learningRate: 0.01), loss: Loss = .crossEntropy, work: LocalWork = LocalWork(),
    weighting: Weighting = .samples, cohort: any CohortSampler = Everyone(), recording: Recording = Recording(),
    evaluation: EvaluationChoice = EvaluationChoice()
  ) {
    self.arm = arm
    self.seed = seed
    self.rounds = rounds
    self.dataset = dataset
    self.network = norm.component.adapted(network)
    self.initialState = initialState
    self.strategy = strategy
    self.norm = norm
    self.optimizer = optimizer
    self.loss = loss
    self.work = work
    self.weighting = weighting
    self.cohort = cohort
    self.recording = recording
    self.evaluation = evaluation
  }

  /// What is recorded of the run before its first round.
  public var description: RunDescription {
    RunDescription(
      arm: arm, strategy: strategy.name, norm: norm.name, seed: seed, roundsPlanned: rounds,
      clients: (recordedClients + recordedUnseenClients).map { client in
        let profile = dataset.profile(client)
        return ClientRecord(
          client: client, domain: profile.domain, trainSamples: profile.trainCount, testSamples: profile.testCount,
          labelHistogram: profile.labelHistogram)
      },
      normLayers: norm.component.match(network, rounds: rounds))
  }
}
