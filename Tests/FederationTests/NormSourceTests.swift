import Catalogs
import Datasets
import Networks
import Records
import Tensors
import TestSupport
import Testing

@testable import Federation

/// Each source of normalization values against a computation of its own.
@Suite("sources of normalization values")
struct NormSourceTests {
  private func configuration(
    _ norm: String, _ sources: [any NormValueSource], models: [EvaluationModel]? = nil,
    subjects: [EvaluationSubject]? = nil, examples: any ExampleSource = ShiftedExamples.four,
    unseen: UnseenClients? = nil,
    batchSize: Int = 8, rounds: Int = 3
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 3, rounds: rounds,
      dataset: try FederatedDataset(
        source: examples, partitioner: ByDomain(), trainPerClient: nil, testPerClient: nil, unseen: unseen, seed: 3),
      network: try cumulativeNetwork(), norm: Named(norm, try normCatalog.make(norm)),
      optimizer: SGD(learningRate: 0.05), work: LocalWork(batchSize: batchSize, lastBatch: .merge),
      evaluation: EvaluationChoice(subjects: subjects, models: models, normSources: sources))
  }

  private func expectLoss(
    _ row: EvaluationRecord?, _ configuration: RunConfiguration, _ state: ModelState, usesBatch: Bool = false,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let row = try #require(row, sourceLocation: location)
    let expected = try referenceLoss(configuration, client: row.client, state, usesBatch: usesBatch)
    #expect(abs(row.loss - expected) <= 1e-5 * expected, "\(row.loss), \(expected)", sourceLocation: location)
  }

  /// The mean of the clients' values of some places, weighed by their examples.
  private func mean(_ configuration: RunConfiguration, _ states: [ModelState], _ place: Int) -> Double {
    let counts = states.indices.map { Double(configuration.dataset.trainCount($0)) }
    let total = counts.reduce(0, +)
    return zip(states, counts).reduce(0) { $0 + Double($1.0.values[place]) * $1.1 / total }
  }

  @Test("own is the client's state, global the server's", arguments: ["fedbn", "silobn"])
  func ownAndGlobal(norm: String) throws {
    let configuration = try configuration(norm, [OwnValues(), GlobalValues()], models: [.personal, .global])
    let run = try result(of: configuration)
    let server = try run.state(configuration).state
    for client in 0..<4 {
      try expectLoss(run.row(.own, client: client), configuration, try run.state(configuration, client: client).state)
      try expectLoss(run.row(.global, client: client, model: .global), configuration, server)
      // A personal model with the server's values for what is local has nothing personal left.
      try expectLoss(run.row(.global, client: client), configuration, server)
      #expect(run.row(.own, client: client, model: .global) == nil)
    }
  }

  @Test("average and pooled are the clients' means; their variances differ by that between the clients")
  func means() throws {
    for norm in ["fedbn", "silobn"] {
      let configuration = try configuration(norm, [AverageValues(), PooledValues()])
      let run = try result(of: configuration)
      let layout = configuration.network.layout
      let states = try (0..<4).map { try run.state(configuration, client: $0).state }
      var average = try run.state(configuration).state
      let first = norm == "fedbn" ? layout.weightCount : layout.trainableCount
      for place in first..<layout.valueCount { average.values[place] = Float(mean(configuration, states, place)) }
      var pooled = average
      let counts = (0..<4).map { Double(configuration.dataset.trainCount($0)) }
      for layer in layout.trackedLayers {
        for channel in 0..<layer.channels {
          let place = layout.trainableCount + layer.mean + channel
          let middle = mean(configuration, states, place)
          let between = zip(states, counts).reduce(0) { sum, client in
            let distance = Double(client.0.values[place]) - middle
            return sum + client.1 / counts.reduce(0, +) * distance * distance
          }
          #expect(between > 1e-6)
          pooled.values[layout.trainableCount + layer.variance + channel] += Float(between)
        }
      }
      for client in 0..<4 {
        try expectLoss(run.row(.average, client: client), configuration, average)
        try expectLoss(run.row(.pooled, client: client), configuration, pooled)
        #expect(run.row(.average, client: client)?.loss != run.row(.pooled, client: client)?.loss)
      }
    }
  }

  @Test("means weigh clients as the run does, and only those that trained")
  func weights() throws {
    var configuration = try configuration("silobn", [AverageValues()])
    configuration.cohort = UniformCohort(.count(2))
    configuration.rounds = 1
    for weighting in Weighting.allCases {
      configuration.weighting = weighting
      let run = try result(of: configuration)
      let trained = try #require(run.rounds.last).participations.map(\.client)
      #expect(trained.count == 2)
      let layout = configuration.network.layout
      let weights = trained.map { weighting == .uniform ? 1 : Double(configuration.dataset.trainCount($0)) }
      var state = try run.state(configuration).state
      let states = try trained.map { try run.state(configuration, client: $0).state }
      for place in layout.trainableCount..<layout.valueCount {
        let sum = zip(states, weights).reduce(0) { $0 + Double($1.0.values[place]) * $1.1 }
        state.values[place] = Float(sum / weights.reduce(0, +))
      }
      for client in 0..<4 { try expectLoss(run.row(.average, client: client), configuration, state) }
    }
  }

  @Test("nearest finds the client whose examples are like those of one that never trained")
  func nearest() throws {
    // Key 10 shifts its examples as key 3 does, and no other.
    let examples = ShiftedExamples(
      keys: [1, 2, 3, 5, 10], trainCounts: [24, 17, 30, 9, 40], testCounts: [12, 7, 6, 10, 20])
    for norm in ["fedbn", "silobn"] {
      let configuration = try configuration(
        norm, [NearestValues(samples: 40)], subjects: [.unseen], examples: examples, unseen: .domains(["key10"]))
      let run = try result(of: configuration)
      let row = run.row(.nearest, client: 4, subject: .unseen)
      try expectLoss(row, configuration, try run.state(configuration, client: 2).state)
      for other in [0, 1, 3] {
        let loss = try referenceLoss(configuration, client: 4, try run.state(configuration, client: other).state)
        #expect(abs((row?.loss ?? loss) - loss) > 1e-3)
      }
    }
  }

  @Test("of clients that are equally near, the one with the lowest number is taken")
  func ties() throws {
    let configuration = try configuration("fedbn", [NearestValues()])
    let local = LocalRanges(configuration)
    let layout = configuration.network.layout
    let count = layout.valueCount - layout.weightCount
    var store = ClientStore()
    for (client, scale) in [(1, 2), (3, 5), (2, 5)] as [(Int, Float)] {
      var values = [Float](repeating: 1, count: count)
      values[0] = scale
      try store.set(ClientMemory(localValues: values, lastRound: 1), for: client)
    }
    let clients = try ClientValues(configuration, local, store)
    let worker = Worker()
    let state = ModelState(initial: layout, seed: 1)
    worker.workspace.load(state, of: configuration.network)
    let model = EvaluatedModel(
      configuration, local, subject: 0..<1, server: state, clients: clients, store: store, on: worker)
    try model.takeValuesOfNearestClient(to: [Float](repeating: 1, count: layout.valueCount - layout.trainableCount))
    #expect(worker.workspace.values[layout.weightCount] == 2)
  }

  @Test("recalibrated on all examples in one batch has their one-pass statistics", arguments: ["fedbn", "fedavg"])
  func recalibrated(norm: String) throws {
    let configuration = try configuration(
      norm, [RecalibratedValues(samples: 30)], models: [.personal, .global], batchSize: 30)
    let run = try result(of: configuration)
    let layout = configuration.network.layout
    let states = try (0..<4).map { try run.state(configuration, client: $0).state }
    var global = try run.state(configuration).state
    if norm == "fedbn" {
      // γ and β of the global model are the clients' means.
      for place in layout.weightCount..<layout.valueCount {
        global.values[place] = Float(mean(configuration, states, place))
      }
    }
    for client in 0..<4 {
      for (model, state) in [(EvaluationModel.personal, states[client]), (.global, global)] {
        let statistics = try onePassStatistics(configuration, client: client, state)
        try expectLoss(
          run.row(.recalibrated, client: client, model: model), configuration,
          state.replacing(from: layout.trainableCount, statistics))
      }
    }
  }

  @Test("statistics of several batches are pooled: those of the first layer are the one-pass ones")
  func pooledBatches() throws {
    let configuration = try configuration("fedbn", [RecalibratedValues(samples: 64)], batchSize: 7)
    let local = LocalRanges(configuration)
    let state = ModelState(initial: configuration.network.layout, seed: 3)
    let worker = Worker()
    worker.workspace.load(state, of: configuration.network)
    let model = EvaluatedModel(configuration, local, subject: 2..<3, server: state, on: worker)
    let measured = try #require(try model.measureStatistics(samples: 64))
    let expected = try onePassStatistics(configuration, client: 2, state)
    let layers = configuration.network.layout.trackedLayers
    for place in [layers[0].mean, layers[0].variance] {
      for channel in place..<(place + layers[0].channels) {
        #expect(abs(measured[channel] - expected[channel]) <= 1e-5 * max(1, abs(expected[channel])))
      }
    }
    // The second layer's depend on the batches that the first normalized.
    #expect(measured[layers[1].mean] != expected[layers[1].mean])
    // A draw of some is a draw of others under another seed, and stays the same under one.
    let some = try #require(try model.measureStatistics(samples: 10))
    let again = try model.measureStatistics(samples: 10)
    #expect(some == again && some != measured)
  }

  @Test("labels have no part in recalibration")
  func labels() throws {
    let examples = ShiftedExamples.four
    let plain = try configuration("fedavg", [RecalibratedValues()], examples: examples)
    let layout = plain.network.layout
    let state = ModelState(initial: layout, seed: 3)
    let sources: [any ExampleSource] = [examples, RelabelledExamples(base: examples)]
    let statistics = try sources.map { examples in
      let configuration = try configuration("fedavg", [RecalibratedValues()], examples: examples)
      let worker = Worker()
      worker.workspace.load(state, of: configuration.network)
      return try EvaluatedModel(
        configuration, LocalRanges(configuration), subject: 0..<1, server: state, on: worker
      ).measureStatistics(samples: 10)
    }
    #expect(statistics[0] != nil && statistics[0] == statistics[1])
  }

  @Test("initial is what a model starts with, in all that is local and all statistics", arguments: normCatalog.names)
  func initial(norm: String) throws {
    let configuration = try configuration(norm, [InitialValues()])
    let run = try result(of: configuration)
    let layout = configuration.network.layout
    let start = ModelState(initial: layout, seed: configuration.seed)
    let isLocal = !configuration.norm.component.affine.isShared
    let first = isLocal ? layout.weightCount : layout.trainableCount
    for client in 0..<4 {
      let own = try run.state(configuration, client: client).state
      try expectLoss(
        run.row(.initial, client: client), configuration, own.replacing(from: first, Array(start.values[first...])))
    }
    // Before any training, the policy's own source has these values.
    guard configuration.norm.component.defaultNormSource != .batch else { return }
    var plain = configuration
    plain.evaluation = EvaluationChoice()
    #expect(run.rounds[0].evaluations.map(\.loss) == (try result(of: plain)).rounds[0].evaluations.map(\.loss))
  }

  @Test("before anyone trained, averages and the nearest are the initial values")
  func beforeTraining() throws {
    let configuration = try configuration(
      "fedbn", [OwnValues(), AverageValues(), PooledValues(), NearestValues(), InitialValues()])
    let first = try #require(try result(of: configuration).rounds.first).evaluations
    for client in 0..<4 {
      let losses = first.filter { $0.client == client }.map(\.loss)
      #expect(losses.count == 5 && Set(losses).count == 1)
    }
  }

  @Test("batch takes the statistics of each batch", arguments: ["fedbn", "fedavg"])
  func batch(norm: String) throws {
    let configuration = try configuration(norm, [BatchValues()], batchSize: 16)
    let run = try result(of: configuration)
    for client in 0..<4 {
      let state = try run.state(configuration, client: client).state
      try expectLoss(run.row(.batch, client: client), configuration, state, usesBatch: true)
    }
  }

  @Test("a last batch without a variance joins the one before it")
  func lastBatch() throws {
    let network = try cumulativeNetwork()
    #expect(exactBatches(9, size: 4, of: network) == [0..<4, 4..<9])
    #expect(exactBatches(8, size: 4, of: network) == [0..<4, 4..<8])
    #expect(exactBatches(3, size: 4, of: network) == [0..<3])
    #expect(exactBatches(1, size: 4, of: network) == nil)
    #expect(exactBatches(5, size: 1, of: network) == [0..<2, 2..<5])
    // An image has several values a channel.
    #expect(exactBatches(9, size: 4, of: try ExampleNetworks.convolution()) == [0..<4, 4..<8, 8..<9])
    // Whoever has no batch with a variance is left out.
    var examples = ShiftedExamples.four
    examples.testCounts = [12, 1, 6, 10]
    let configuration = try configuration("fedavg", [BatchValues(), GlobalValues()], examples: examples)
    let rows = try #require(try result(of: configuration).rounds.last).evaluations
    #expect(rows.filter { $0.normSource == .batch }.map(\.client) == [0, 2, 3])
    #expect(rows.filter { $0.normSource == .global }.map(\.client) == [0, 1, 2, 3])
  }
}

/// Examples whose labels are turned round.
private struct RelabelledExamples: ExampleSource {
  let base: ShiftedExamples
  var domains: [String] { base.domains }
  var sampleShape: Shape { base.sampleShape }
  var classCount: Int { base.classCount }

  func exampleCount(domain: Int, split: DataSplit) -> Int? { base.exampleCount(domain: domain, split: split) }
  func label(_ reference: ExampleReference, split: DataSplit) -> Int32 {
    Int32(base.classCount - 1) - base.label(reference, split: split)
  }
  func write(_ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>) {
    base.write(references, split: split, into: values)
  }
}
