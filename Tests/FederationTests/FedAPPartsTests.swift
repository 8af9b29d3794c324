import Datasets
import Networks
import TestSupport
import Testing

@testable import Federation

/// p_j in `fedap`'s mix: a client's part in the server's mean of weights, whatever the strategy weighs by.
@Suite("fedap with strategies that weigh clients otherwise")
struct FedAPPartsTests {
  @Test("the part of a client is that in the mean that the strategy is given", arguments: ["fedavg", "fednova"])
  func parts(strategy: String) throws {
    let configuration = RunConfiguration(
      arm: "a", seed: 7, rounds: 1, dataset: try ShiftedExamples.four.dataset(), network: try ExampleNetworks.dense(),
      strategy: Named(strategy, try strategyCatalog.make(strategy)), norm: Named("fedap", FedAP(own: 1)),
      optimizer: SGD(learningRate: 0.05), work: LocalWork(batchSize: 8, amount: .epochs(2), shuffle: false),
      recording: Recording(checkpointEvery: 1))
    let run = try result(of: configuration)
    let layout = configuration.network.layout
    let initial = ModelState(initial: layout, seed: configuration.seed)
    let trained = try (0..<4).map { try locallyTrained(configuration, client: $0, from: initial) }
    let steps = try #require(run.rounds.last).participations.map { Double($0.steps) }
    #expect(Set(steps).count > 1)
    let samples = ShiftedExamples.four.trainCounts.map(Double.init)
    func parts(_ weights: [Double]) -> [Double] { weights.map { $0 / weights.reduce(0, +) } }
    let byExamples = parts(samples)
    let bySteps = parts(zip(samples, steps).map { $0 / $1 })
    let own = strategy == "fednova" ? bySteps : byExamples
    let server = try run.state(configuration).state
    // With λ = 1 a client's weights are w + θ_i − Σp_jθ_j.
    for client in 0..<4 {
      let actual = try run.state(configuration, client: client).state
      func worst(_ parts: [Double]) -> Double {
        (0..<layout.weightCount).map { place in
          let mean = zip(trained, parts).reduce(0) { $0 + $1.1 * Double($1.0.values[place]) }
          let expected = Double(server.values[place]) + Double(trained[client].values[place]) - mean
          return abs(Double(actual.values[place]) - expected)
        }.max() ?? .infinity
      }
      #expect(worst(own) <= 1e-6)
      #expect(worst(strategy == "fednova" ? byExamples : bySteps) > 1e-4)
    }
  }
}
