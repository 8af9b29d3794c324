package import Records

/// What a comparison needs to know of one run: one arm under one seed.
package struct ComparedRun: Sendable, Equatable {
  /// The run's name for people, as its number in the database.
  package var id: String
  /// The arm's name.
  package var arm: String
  /// The seed; runs of different arms with equal seeds are pairs.
  package var seed: UInt64
  /// Where the run stands.
  package var status: RunStatus
  /// The last round that is recorded.
  package var roundsDone: Int
  /// How many rounds the run is to have.
  package var roundsPlanned: Int
  /// Why the run failed; nil where it did not.
  package var error: String?
  /// The rounds that were evaluated, ascending; round 0 is the initial model.
  package var rounds: [ComparedRound]
  /// The clients that have test examples, at the compared round. Empty where they are not recorded.
  package var clients: [ComparedClient]
  /// The round that `clients` and the subsets of `data` are of; nil is the last one of `rounds`.
  package var clientsRound: Int?
  /// What the run learned from and was evaluated on.
  package var data = ComparedData()
  /// What the run is, if it is no federation but a bound on what one can reach.
  package var bound = Bound.none

  /// Whether the run's process is gone before it ended.
  package var isCutOff: Bool
  /// Why it ended; nil unless it is finished, and where that is not recorded.
  package var stopReason: StopReason?

  /// Whether a rule of the run ended it.
  package var isStopped: Bool { status == .finished && stopReason?.isByRule == true }

  /// Makes a run.
  package init(
    id: String, arm: String, seed: UInt64, status: RunStatus, roundsDone: Int, roundsPlanned: Int, error: String? = nil,
    rounds: [ComparedRound], clients: [ComparedClient] = [], clientsRound: Int? = nil, isCutOff: Bool = false,
    stopReason: StopReason? = nil
  ) {
    self.id = id
    self.arm = arm
    self.seed = seed
    self.status = status
    self.roundsDone = roundsDone
    self.roundsPlanned = roundsPlanned
    self.error = error
    self.rounds = rounds
    self.clients = clients
    self.clientsRound = clientsRound
    self.isCutOff = isCutOff
    self.stopReason = stopReason
  }
}

/// The evaluation of one round of a run, over clients, in the unit of the compared metric.
package struct ComparedRound: Sendable, Equatable {
  /// The round's number.
  package var round: Int
  /// Mean over clients, each counted once; nil where the metric was not evaluated on test examples, NaN where it is not
  /// a number.
  package var mean: Double?
  /// Mean over clients, each counted by its samples.
  package var sampleWeighted: Double?
  /// The worst client.
  package var worst: Double?
  /// Mean of the worst tenth of the clients.
  package var bottomDecile: Double?
  /// Mean loss over clients, whatever the metric.
  package var loss: Double?
  /// Bytes that left the clients in this round and all before.
  package var bytesUp: Int
  /// Bytes that the clients received in this round and all before.
  package var bytesDown: Int
  /// Simulated seconds from the run's begin to this round; nil of a run without a clock.
  package var simulatedSeconds: Double?
  /// Mean over clients on validation examples, by which a round is chosen; nil where there is none.
  package var validation: Double?
  /// Means over clients of other metrics that were asked for, by name.
  package var means: [String: Double] = [:]
  /// How many of the evaluated clients have no value of the metric, of how many; nil where all have one.
  package var lacking: LackingClients?
  /// The clients without test examples, which are in none of these values.
  package var untested = UntestedClients(count: 0, of: nil)

  /// All bytes that went between server and clients in this round and all before.
  var bytes: Double { Double(bytesUp) + Double(bytesDown) }

  /// Makes a round.
  package init(
    round: Int, mean: Double?, sampleWeighted: Double? = nil, worst: Double? = nil, bottomDecile: Double? = nil,
    loss: Double? = nil, bytesUp: Int = 0, bytesDown: Int = 0, simulatedSeconds: Double? = nil
  ) {
    self.round = round
    self.mean = mean
    self.sampleWeighted = sampleWeighted
    self.worst = worst
    self.bottomDecile = bottomDecile
    self.loss = loss
    self.bytesUp = bytesUp
    self.bytesDown = bytesDown
    self.simulatedSeconds = simulatedSeconds
  }
}

extension ComparedRound {
  /// Summarizes the clients' values of one round; what cannot be said of no clients is nil, of a NaN NaN.
  ///
  /// - Parameters:
  ///   - round: The round's number.
  ///   - clients: The metric of each client on its own examples.
  ///   - samples: How many examples those were, in the same order.
  ///   - metric: What `clients` are, which says who is worst.
  ///   - loss: Mean loss over clients, whatever the metric.
  ///   - bytesUp: Bytes that left the clients in this round and all before.
  ///   - bytesDown: Bytes that the clients received in this round and all before.
  /// - Precondition: As many clients as samples.
  package init(
    round: Int, clients: [Double], samples: [Int], metric: ComparedMetric, loss: Double? = nil, bytesUp: Int = 0,
    bytesDown: Int = 0
  ) {
    precondition(clients.count == samples.count, "\(clients.count) clients, but samples of \(samples.count)")
    let total = samples.reduce(0, +)
    let weighted = zip(clients, samples).reduce(0) { $0 + $1.0 * Double($1.1) }
    let hasNaN = clients.contains(where: \.isNaN)
    let worst = metric.higherIsBetter ? clients.min() : clients.max()
    self.init(
      round: round, mean: Sample.mean(clients), sampleWeighted: total > 0 ? weighted / Double(total) : nil,
      worst: hasNaN ? .nan : worst,
      bottomDecile: Sample.bottomDecile(clients, higherIsBetter: metric.higherIsBetter), loss: loss, bytesUp: bytesUp,
      bytesDown: bytesDown)
  }
}

/// Clients for which a metric is missing.
package struct LackingClients: Sendable, Equatable {
  /// How many they are.
  package var count: Int
  /// Of how many clients that were evaluated.
  package var total: Int

  /// Makes a value.
  package init(count: Int, of total: Int) { (self.count, self.total) = (count, total) }
}

/// One client's evaluation at the compared round.
package struct ComparedClient: Sendable, Equatable {
  /// The client's number.
  package var client: Int
  /// The domain its examples come from, or "" where there are no domains.
  package var domain: String
  /// The client's name, or "" where it has none but its number.
  package var name: String
  /// The compared metric on the client's own examples.
  package var metric: Double

  /// Makes a client.
  package init(client: Int, domain: String = "", name: String = "", metric: Double) {
    self.client = client
    self.domain = domain
    self.name = name
    self.metric = metric
  }
  /// What a reader calls the client.
  package var title: String { name.isEmpty ? "client \(client)" : name }
}
