internal import Datasets
internal import Networks

/// What one run takes of memory, in bytes.
struct RunDemand {
  /// Arena and scratch of a worker that trains.
  var training = 0.0
  /// The same of one that evaluates.
  var evaluation = 0.0
  /// A worker's copy of the model's numbers, gradients and the optimizer's memory.
  var worker = 0.0
  /// Copies of the model in the run: the state, sums, means, the strategy's vectors, a checkpoint.
  var model = 0.0
  /// What a cohort hands back and what clients keep in memory.
  var clients = 0.0
  /// Examples that a worker has made for a client.
  var examples = 0.0
  /// Made examples that the data set keeps.
  var keptExamples = 0.0
  /// What is written of each client before the run.
  var descriptions = 0.0
  /// What older versions of the server's state, which clients in training started from, may take beside what is counted;
  /// only a plan says how many there are. 0 where it was made.
  var unplanned = 0.0
}

/// The demands of runs; what they have in common is found out once.
struct RunDemands {
  private struct PlanKey: Hashable {
    let network: NetworkIdentity
    let batch: Int
    let isTraining: Bool
  }

  /// Clients whose examples are counted one by one.
  private static let countedClients = 10_000

  /// Whether networks and timelines are planned, rather than looked at.
  let isExact: Bool
  private var plans: [PlanKey: Double] = [:]
  private var mostExamples: [ObjectIdentifier: (train: Int, test: Int)] = [:]

  init(isExact: Bool) { self.isExact = isExact }

  /// What a run takes.
  mutating func demand(of run: RunConfiguration) -> RunDemand {
    let layout = run.network.layout
    let (train, test) = (examples(of: run.trainingData).train, examples(of: run.dataset).test)
    var demand = RunDemand()
    let settings = run.settings
    let batch = settings.map { $0.work.largestBatch(of: train) }.max() ?? 1
    demand.training = planBytes(run.network, batch: batch, isTraining: true)
    demand.evaluation = planBytes(run.network, batch: Evaluating.batchSize(run.network), isTraining: false)
    let (values, trainable) = (Double(layout.valueCount), Double(layout.trainableCount))
    let shared = Double(run.sharedTrainableCount)
    let slots = Double(settings.map(\.optimizer.slotNames.count).max() ?? 0) * trainable
    demand.worker = 4 * (values + trainable + slots) + 8 * Double(layout.counterCount)
    func bytes(of slots: [MemorySlot]) -> Double {
      slots.reduce(0) { $0 + Double($1.byteCount(layout, shared: run.sharedTrainableCount)) }
    }
    let kept = bytes(of: run.clientSlots)
    let size = run.scheduleSize
    // The updates that are there at the same time. Clients in training take no more than their versions: what they do is
    // computed when it is their update's turn.
    let cohort = Double(size.updates)
    let sums =
      cohort > 1 && !run.aggregator.component.keepsUpdates
      ? (8 + 12 * Double(run.strategy.component.meanVectors.count)) * shared : 8 * cohort * shared
    // The state, the means, the next state and a checkpoint's.
    demand.model = 16 * values + 2 * bytes(of: run.strategy.component.serverSlots) + sums
    // Each older version in the run and in its checkpoint, which has the newest once more.
    let version = 4 * values + 8 * Double(layout.counterCount)
    if run.schedule.component.isAsynchronous { demand.model += version }
    if isExact {
      demand.model += 2 * version * Double(run.olderVersions())
    } else {
      demand.unplanned = 2 * version * Double(run.olderVersionLimit)
    }
    let local = LocalRanges(run)
    let own = 4 * Double(local.count) + kept + 8 * Double(local.counters.count)
    let normalization = layout.normalizationRanges.reduce(0) { $0 + $1.count }
    let result =
      4 * Double(normalization + layout.statisticsRange.count + local.count) + 16 * Double(layout.counterCount) + kept
    let population = Double(run.dataset.clientCount)
    let participants = min(population, Double(run.rounds) * cohort)
    // What the recorded clients of a cohort are compared by, and their mean.
    let recorded = min(population, Double(run.recording.clientSample ?? run.dataset.clientCount))
    let sketches =
      (min(cohort, recorded) + 1)
      * 4 * Double(UpdateSketch.size(values: run.sharedTrainableCount, cohort: Int(max(1, cohort))))
    demand.clients =
      sketches + cohort * (512 + result) + min(Double(ClientStore.defaultMemoryLimit), participants * own) + 64
      * participants
      // Their list for the evaluation of the union, and the cohort's.
      + 8 * (population + cohort)
      // Who is in training, as it is planned.
      + Double(MemoryLayout<PlannedParticipation>.stride * size.places)
    let bytesOfExample = 4 * Double(run.network.input.count)
    if run.dataset.makesExamples {
      let largest = Double(max(train, test))
      demand.examples = largest * (bytesOfExample + 12)
      demand.keptExamples = min(
        Double(FederatedDataset.cacheLimit), population * Double(train + test) * bytesOfExample)
    }
    // The order of a client's examples.
    demand.examples += 8 * Double(train)
    demand.descriptions = recorded * (128 + 8 * Double(run.dataset.classCount))
    return demand
  }

  /// The most examples that a client has of each split, of those that are counted.
  private mutating func examples(of dataset: FederatedDataset) -> (train: Int, test: Int) {
    let key = ObjectIdentifier(dataset)
    if let known = mostExamples[key] { return known }
    let clients = 0..<min(dataset.clientCount, Self.countedClients)
    let most = (
      train: clients.map { dataset.trainCount($0) }.max() ?? 0, test: clients.map { dataset.testCount($0) }.max() ?? 0
    )
    mostExamples[key] = most
    return most
  }

  /// Bytes of the arena and the scratch of a plan; at least, where plans aren't made.
  private mutating func planBytes(_ network: Network, batch: Int, isTraining: Bool) -> Double {
    let key = PlanKey(network: network.identity, batch: batch, isTraining: isTraining)
    if let known = plans[key] { return known }
    var bytes = network.leastActivationBytes(batch: batch, isTraining: isTraining)
    // What can't be planned fails as it runs, and says why.
    if isExact {
      let mode: PassMode = isTraining ? .training : .inference
      let plans = network.parts.compactMap {
        try? NetworkPlan($0.network, batch: batch, mode: mode, needsInputGradient: isTraining && network.hasParts)
      }
      let scratch = plans.map(\.scratchBytes).max() ?? 0
      bytes = max(bytes, plans.reduce(Double(scratch)) { $0 + 4 * Double($1.arenaCount) })
    }
    plans[key] = bytes
    return bytes
  }
}

extension LocalWork {
  /// The examples of the largest batch of a client with so many.
  fileprivate func largestBatch(of count: Int) -> Int {
    guard count > batchSize else { return max(1, count) }
    return lastBatch == .merge ? batchSize + count % batchSize : batchSize
  }
}
