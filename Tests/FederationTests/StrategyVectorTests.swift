import Networks
import Records
import Testing

@testable import Federation

/// What travels beside the state, whatever a strategy makes of it.
@Suite("strategy vectors")
struct StrategyVectorTests {
  /// Every client counts its rounds and tells the server, which sends the sum of the means back; what else the server
  /// keeps is not sent.
  private struct Counting: Strategy {
    var vectors: StrategyVectors { StrategyVectors(received: 1, returned: 2, kept: 1) }

    func contribution(_ received: ReceivedState, _ trained: TrainedState) -> ClientContribution {
      let count = (received.keptVectors.first?[0] ?? 0) + 1
      let row = { (value: Float) in [Float](repeating: value, count: received.sharedCount) }
      precondition(received.serverVectors.isEmpty || received.serverVectors.count == 1)
      return ClientContribution(
        returned: [row(count), row(received.serverVectors.first?[0] ?? -1)], kept: [row(count)])
    }

    func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout StrategyMemory) -> [Float] {
      let sum = (memory.vectors.first?[0] ?? 0) + update.vectors[0][0]
      memory.vectors = [sum, update.vectors[1][0]].map { [Float](repeating: $0, count: global.count) }
      return update.mean
    }
  }

  /// Returns one number everywhere.
  private struct Returning: Strategy {
    let value: Float
    var vectors: StrategyVectors { StrategyVectors(returned: 1) }

    func contribution(_ received: ReceivedState, _ trained: TrainedState) -> ClientContribution {
      ClientContribution(returned: [[Float](repeating: value, count: received.sharedCount)])
    }

    func next(global: ArraySlice<Float>, update: CohortUpdate, memory: inout StrategyMemory) -> [Float] {
      memory.vectors = update.vectors
      return update.mean
    }
  }

  private func configuration(
    _ strategy: any Strategy, rounds: Int, norm: String = "fedbn", cohort: any CohortSampler = Everyone()
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 3, rounds: rounds, dataset: try ShiftedExamples.four.dataset(),
      network: try ExampleNetworks.dense(), strategy: Named("s", strategy),
      norm: Named(norm, try normCatalog.make(norm)), work: LocalWork(batchSize: 8), cohort: cohort,
      recording: Recording(checkpointEvery: 1))
  }

  @Test("a client gets back what it kept, the server the mean over the cohort, clients the vectors that are sent")
  func counting() throws {
    let configuration = try configuration(Counting(), rounds: 7, cohort: UniformCohort(.count(3)))
    let run = try result(of: configuration)
    var counts: [Int: Float] = [:]
    var sums: [Float] = []
    for round in run.rounds.dropFirst() {
      for part in round.participations { counts[part.client, default: 0] += 1 }
      let mean = round.participations.reduce(0) { $0 + (counts[$1.client] ?? 0) } / 3
      sums.append((sums.last ?? 0) + mean)
      let checkpoint = try #require(run.checkpoints.first { $0.round == round.round })
      let state = try RunState(checkpoint, of: configuration)
      for client in 0..<4 { #expect(try state.clients[client]?.keptVectors.first?[0] == counts[client]) }
      #expect(abs(state.strategy.vectors[0][0] - (sums.last ?? 0)) < 1e-5)
      let sent = sums.dropLast().last ?? -1
      #expect(abs(state.strategy.vectors[1][0] - sent) < 1e-5)
    }
    #expect(counts.count == 4)
  }

  @Test("returned numbers are summed to 2^-43 and refused beyond 2^20, unless a client is alone")
  func range() throws {
    let words = "is infinite, not a number, or beyond ±2^20"
    for value in [0, -0.1, 1e-9, 0x1p20] as [Float] {
      let configuration = try configuration(Returning(value: value), rounds: 1)
      let last = try #require(try result(of: configuration).checkpoints.last)
      let vectors = try RunState(last, of: configuration).strategy.vectors
      #expect(vectors[0].allSatisfy { abs(Double($0) - Double(value)) <= 1e-12 + 1e-7 * Double(abs(value)) })
    }
    for value in [0x1.1p20, .infinity, .nan] as [Float] {
      let run = try result(of: configuration(Returning(value: value), rounds: 1))
      #expect(
        run.outcome == .failed("round 1, client 0 (key1): what strategy 's' returns for layer 'fc1' \(words)"))
      let alone = try result(
        of: configuration(Returning(value: value), rounds: 1, cohort: UniformCohort(.count(1))))
      if value.isFinite { #expect(alone.outcome == .finished) } else { #expect(alone.outcome != .finished) }
    }
  }

  @Test("strategies without vectors leave clients nothing to keep")
  func none() throws {
    let configuration = try configuration(FedAvg(), rounds: 1)
    let state = try RunState(#require(try result(of: configuration).checkpoints.last), of: configuration)
    #expect(try state.clients.count == 4 && state.clients.memories().allSatisfy { $0.keptVectors.isEmpty })
    #expect(FedAvg().vectors == .none)
  }
}
