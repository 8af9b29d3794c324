import Datasets
import Networks
import Records
import Testing

@testable import Federation

@Suite("evaluation")
struct EvaluationTests {
  /// The mean loss of a client's test examples, or of some of them, in one batch of exactly their number.
  private func expectedLoss(
    _ configuration: RunConfiguration, client: Int, _ state: ModelState, places: Range<Int>? = nil
  ) throws -> Double {
    let examples = configuration.dataset.examples(client, .test)
    let places = places ?? 0..<examples.count
    let workspace = NetworkWorkspace()
    workspace.load(state, of: configuration.network)
    let plan = try workspace.plan(batch: places.count, mode: .inference)
    var labels = [Int32](repeating: 0, count: places.count)
    return try labels.withUnsafeMutableBufferPointer { labels in
      guard let base = labels.baseAddress else { return .nan }
      examples.gather(Array(places)[...], values: workspace.input(of: plan), labels: base)
      return try workspace.evaluateStep(plan, labels: base, loss: configuration.loss).loss
    }
  }

  private func network(track: Bool) throws -> Network {
    try Network(
      input: [5],
      layers: [
        Dense(name: "fc1", units: 6), BatchNorm(name: "bn1", track: track), ReLU(), Dense(name: "fc2", units: 3),
      ])
  }

  @Test("a layer without running statistics is evaluated in the clients' batches, and never on a single example")
  func untrackedBatches() throws {
    var examples = ShiftedExamples.four
    examples.testCounts = [16, 1, 17, 257]
    let configuration = RunConfiguration(
      arm: "a", seed: 1, rounds: 1, dataset: try examples.dataset(), network: try network(track: false),
      work: LocalWork(batchSize: 8))
    let run = try result(of: configuration)
    let evaluations = try #require(run.rounds.last).evaluations
    #expect(evaluations.map(\.client) == [0, 2, 3])
    for evaluation in evaluations {
      let state = try run.state(configuration, client: evaluation.client).state
      let count = evaluation.samples
      // The last example of 17 and 257 joins the batch before it.
      var batches = (0..<(count / 8)).map { (8 * $0)..<(8 * $0 + 8) }
      batches[batches.count - 1] = batches[batches.count - 1].lowerBound..<count
      let sum = try batches.reduce(0) {
        try $0 + Double($1.count) * expectedLoss(configuration, client: evaluation.client, state, places: $1)
      }
      let expected = sum / Double(count)
      #expect(abs(evaluation.loss - expected) <= 1e-5 * expected, "client \(evaluation.client)")
    }
  }

  @Test(
    "a layer that normalizes with each batch's statistics sees the examples and nothing else", arguments: [true, false])
  func batchStatistics(track: Bool) throws {
    var examples = ShiftedExamples.four
    examples.testCounts = [3, 7, 13, 100]
    // Without running statistics, a batch as large as all.
    let configuration = RunConfiguration(
      arm: "a", seed: 1, rounds: 1, dataset: try examples.dataset(), network: try network(track: track),
      work: LocalWork(batchSize: track ? 8 : 128))
    let run = try result(of: configuration)
    for evaluation in try #require(run.rounds.last).evaluations {
      let state = try run.state(configuration, client: evaluation.client).state
      let expected = try expectedLoss(configuration, client: evaluation.client, state)
      #expect(abs(evaluation.loss - expected) <= 1e-5 * expected, "client \(evaluation.client)")
    }
  }

  @Test("a subset has its size, stays the same and has a hash of its own")
  func subsets() throws {
    func evaluations(_ subset: Int?) throws -> [[EvaluationRecord]] {
      var configuration = RunConfiguration(
        arm: "a", seed: 1, rounds: 2, dataset: try ShiftedExamples.four.dataset(), network: try ExampleNetworks.dense())
      configuration.recording.evaluationSubset = subset
      return try result(of: configuration).rounds.map(\.evaluations)
    }
    let (whole, some) = (try evaluations(nil), try evaluations(7))
    #expect(whole.allSatisfy { $0.map(\.samples) == ShiftedExamples.four.testCounts })
    #expect(some.allSatisfy { $0.map(\.samples) == [7, 7, 6, 7] })
    #expect(some[0].map(\.subsetHash) == some[2].map(\.subsetHash))
    #expect(Set((whole[0] + some[0]).map(\.subsetHash)).count == 4 + 2)
    // A subset of all is all.
    #expect(whole[1][1] == some[1][1] && whole[1][2] == some[1][2] && whole[1][0] != some[1][0])
  }

  @Test("only recorded clients have rows, and they are the same ones each round")
  func recordedClients() throws {
    var configuration = RunConfiguration(
      arm: "a", seed: 1, rounds: 2, dataset: try ShiftedExamples.four.dataset(), network: try ExampleNetworks.dense())
    let all = try result(of: configuration)
    configuration.recording.clientSample = 2
    let some = try result(of: configuration)
    let clients = configuration.description.clients.map(\.client)
    #expect(clients.count == 2)
    for (whole, part) in zip(all.rounds, some.rounds) {
      #expect(part.evaluations == whole.evaluations.filter { clients.contains($0.client) })
      #expect(part.participations == whole.participations.filter { clients.contains($0.client) })
      #expect(part.normDrift == whole.normDrift.filter { clients.contains($0.client) })
      #expect(part.layerDrift == whole.layerDrift)
      #expect(part.trainLoss == whole.trainLoss && part.bytesUp == whole.bytesUp)
    }
  }

  @Test("evaluations, drift and checkpoints come as often as asked, and at the end")
  func frequencies() throws {
    var configuration = RunConfiguration(
      arm: "a", seed: 1, rounds: 7, dataset: try ShiftedExamples.four.dataset(), network: try ExampleNetworks.dense())
    configuration.recording = Recording(evaluateEvery: 3, checkpointEvery: 4, driftEvery: 2)
    let run = try result(of: configuration)
    #expect(run.rounds.filter { !$0.evaluations.isEmpty }.map(\.round) == [0, 3, 6, 7])
    #expect(run.rounds.filter { !$0.normDrift.isEmpty && !$0.layerDrift.isEmpty }.map(\.round) == [2, 4, 6, 7])
    #expect(run.checkpoints.map(\.round) == [4, 7])
    configuration.recording.driftEvery = 0
    #expect(try result(of: configuration).rounds.allSatisfy { $0.normDrift.isEmpty && $0.layerDrift.isEmpty })
  }

  @Test("without test examples, training examples serve and the row says so")
  func trainingExamples() throws {
    var examples = ShiftedExamples.four
    examples.testCounts = [0, 4, 0, 0]
    let configuration = RunConfiguration(
      arm: "a", seed: 1, rounds: 1, dataset: try examples.dataset(), network: try ExampleNetworks.dense())
    let evaluations = try #require(try result(of: configuration).rounds.last).evaluations
    #expect(evaluations.map(\.split) == [.train, .test, .train, .train])
    #expect(evaluations.map(\.samples) == [24, 4, 30, 9])
  }
}
