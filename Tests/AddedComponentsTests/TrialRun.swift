import Datasets
import Federation
import Networks
import Records
import Synchronization

/// The values that a component is tried with: one run of four clients of different looks, of which three take part in a
/// round. It is made of what the library product offers.
struct TrialRun: Sendable {
  var strategy: any Strategy = FedAvg()
  var aggregator: any Aggregator = Mean()
  var transforms: [any UpdateTransform] = []
  var personal: any PersonalMethod = NoPersonalMethod()
  var norm = "fedavg"
  var rounds = 3

  /// The configuration.
  func configuration() throws -> RunConfiguration {
    let recipe = try datasetCatalog.make(
      "synthetic-patterns",
      [
        "shape": .list([.integer(6)]), "classes": .integer(3), "domains": .integer(4), "domain_shift": .number(1),
        "signal": .number(1),
      ])
    let dataset = try FederatedDataset(
      source: try recipe.open(".", 3), partitioner: ByDomain(), trainPerClient: 20, testPerClient: 8, seed: 3)
    let network = try Network(
      input: [6],
      layers: [
        Dense(name: "fc1", units: 8), BatchNorm(name: "bn1"), ReLU(), Dense(name: "fc2", units: 6),
        BatchNorm(name: "bn2"), ReLU(), Dense(name: "fc3", units: 3),
      ])
    return RunConfiguration(
      arm: "trial", seed: 3, rounds: rounds, dataset: dataset, network: network, strategy: Named("strategy", strategy),
      aggregator: Named("aggregator", aggregator), transforms: transforms.map { Named("transform", $0) },
      norm: Named(norm, try normCatalog.make(norm)), personal: Named("personal", personal),
      optimizer: SGD(learningRate: 0.05), work: LocalWork(batchSize: 8), cohort: UniformCohort(.count(3)),
      recording: Recording(checkpointEvery: 1))
  }

  /// Computes the run.
  func result(threads: Int = 2, from checkpoint: CheckpointRecord? = nil) throws -> TrialResult {
    try TrialResult(of: configuration(), threads: threads, from: checkpoint)
  }
}

/// What a run left behind.
struct TrialResult: Sendable, Equatable {
  /// Its records, without their wall-clock seconds.
  var rounds: [RoundRecord] = []
  var checkpoints: [CheckpointRecord] = []
  var outcome: RunOutcome?

  init() {}

  /// Computes a run.
  init(of configuration: RunConfiguration, threads: Int = 2, from checkpoint: CheckpointRecord? = nil) throws {
    let collector = TrialCollector()
    _ = try Simulation([PlannedRun(configuration, from: checkpoint)], threads: threads, observer: collector).run()
    self = collector.result
  }

  /// The server's or a client's state after the last round; nil where the run left none.
  func state(client: Int? = nil) throws -> ModelState? {
    try checkpoints.last.map { try ExportedState($0, client: client).state }
  }
}

/// Collects what a run leaves behind.
final class TrialCollector: RunObserver {
  private let collected = Mutex(TrialResult())

  var result: TrialResult { collected.withLock { $0 } }

  func roundDidFinish(_ round: RoundRecord, checkpoint: CheckpointRecord?, ofRun run: Int) throws {
    collected.withLock { collected in
      var kept = round
      kept.seconds = 0
      collected.rounds.append(kept)
      if let checkpoint { collected.checkpoints.append(checkpoint) }
    }
  }

  func runDidEnd(_ outcome: RunOutcome, run: Int) throws { collected.withLock { $0.outcome = outcome } }
}
