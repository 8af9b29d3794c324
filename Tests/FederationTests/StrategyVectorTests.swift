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
    var serverSlots: [MemorySlot] { [.vector("sum", isSent: true), .vector("heard")] }
    var clientSlots: [MemorySlot] { [.vector("rounds"), .scalars("clock", count: 2)] }
    var meanVectors: [MemorySlot] { [.vector("rounds", isSent: true), .vector("echo", isSent: true)] }

    func train(_ round: ClientRound) throws {
      try round.run()
      let count = (round.memory[vector: "rounds"]?[0] ?? 0) + 1
      let row = { (value: Float) in [Float](repeating: value, count: round.sharedCount) }
      precondition(round.server.names == [] || round.server.names == ["sum"])
      precondition(round.memory[scalars: "clock"] ?? [0, 0.1] == [Double(count) - 1, 0.1])
      round.memory[vector: "rounds"] = row(count)
      round.memory[scalars: "clock"] = [Double(count), 0.1]
      round.send("rounds", row(count))
      round.send("echo", row(round.server[vector: "sum"]?[0] ?? -1))
    }

    func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
      let sum = (memory[vector: "sum"]?[0] ?? 0) + (update.vectors["rounds"]?[0] ?? 0)
      memory[vector: "sum"] = [Float](repeating: sum, count: update.received.count)
      memory[vector: "heard"] = update.vectors["echo"]
      return update.moved()
    }
  }

  /// Returns one number everywhere.
  private struct Returning: Strategy {
    let value: Float
    var serverSlots: [MemorySlot] { [.vector("mean")] }
    var meanVectors: [MemorySlot] { [.vector("value", isSent: true)] }

    func train(_ round: ClientRound) throws {
      try round.run()
      round.send("value", [Float](repeating: value, count: round.sharedCount))
    }

    func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] {
      memory[vector: "mean"] = update.vectors["value"]
      return update.moved()
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
      for client in 0..<4 { #expect(try state.clients[client]?.slots[vector: "rounds"]?[0] == counts[client]) }
      #expect(abs(try #require(state.slots[vector: "sum"])[0] - (sums.last ?? 0)) < 1e-5)
      let sent = sums.dropLast().last ?? -1
      #expect(abs(try #require(state.slots[vector: "heard"])[0] - sent) < 1e-5)
    }
    #expect(counts.count == 4)
  }

  @Test("returned numbers are summed to 2^-43 and refused beyond 2^20, unless a client is alone")
  func range() throws {
    let words = "is infinite, not a number, or beyond ±2^20"
    for value in [0, -0.1, 1e-9, 0x1p20] as [Float] {
      let configuration = try configuration(Returning(value: value), rounds: 1)
      let last = try #require(try result(of: configuration).checkpoints.last)
      let mean = try #require(try RunState(last, of: configuration).slots[vector: "mean"])
      #expect(mean.allSatisfy { abs(Double($0) - Double(value)) <= 1e-12 + 1e-7 * Double(abs(value)) })
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
    #expect(try state.clients.count == 4 && state.clients.memories().allSatisfy { $0.slots.isEmpty })
    #expect(state.slots.isEmpty)
  }
}
