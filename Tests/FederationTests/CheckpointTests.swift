import Networks
import Randomness
import Records
import Testing

@testable import Federation

@Suite("checkpoints")
struct CheckpointTests {
  /// A run with everything that a checkpoint can hold: server memory, local values, counters and optimizers.
  private static func configuration(rounds: Int = 2, norm: String = "fedbn", strategy: String = "fedadam") throws
    -> RunConfiguration
  {
    let small = ShiftedExamples(keys: [1, 2, 3], trainCounts: [8, 8, 8], testCounts: [2, 2, 2], sampleShape: [2])
    let network = try Network(
      input: [2], layers: [Dense(name: "fc1", units: 2), BatchNorm(name: "bn1"), Dense(name: "fc2", units: 3)])
    return RunConfiguration(
      arm: "a", seed: 1, rounds: rounds, dataset: try small.dataset(), network: network,
      strategy: Named(strategy, try strategyCatalog.make(strategy)), norm: Named(norm, try normCatalog.make(norm)),
      optimizer: Adam(), work: LocalWork(batchSize: 8, keepsOptimizer: true), recording: Recording(checkpointEvery: 1))
  }

  private static func checkpoint(_ configuration: RunConfiguration) throws -> CheckpointRecord {
    guard let first = try result(of: configuration).checkpoints.first else { throw NoCheckpoint() }
    return first
  }

  @Test("a state comes back from its bytes")
  func roundTrip() throws {
    let configuration = try Self.configuration()
    let bytes = try Self.checkpoint(configuration).state
    let state = try RunState(CheckpointRecord(round: 1, state: bytes), of: configuration)
    #expect(state.round == 1 && state.clients.count == 3 && state.slots.names == ["exp_avg", "exp_avg_sq"])
    #expect(
      try state.clients.memories().allSatisfy {
        !$0.localValues.isEmpty && !$0.counters.isEmpty && $0.slots.names == ["exp_avg", "exp_avg_sq", "step"]
      })
    #expect(try state.encoded(for: configuration) == bytes)
  }

  @Test("values that the model has no place for, and clients out of order, are refused")
  func otherCounts() throws {
    let configuration = try Self.configuration()
    let first = try Self.checkpoint(configuration)
    let state = try RunState(first, of: configuration)
    var longer = state
    longer.global.values.append(0)
    var counted = state
    counted.global.counters.append(0)
    for other in [longer, counted] {
      let bytes = try other.encoded(for: configuration)
      #expect(throws: CheckpointProblem.self) {
        try RunState(CheckpointRecord(round: 1, state: bytes), of: configuration)
      }
    }
    // The clients' records have one length and stand at the end.
    let memory = try #require(try state.clients[state.clients.clients[0]])
    let length = 16 + memory.bytes.count
    var bytes = first.state
    let end = bytes.count
    let last = Array(bytes[(end - length)...])
    bytes.replaceSubrange((end - length)..., with: Array(bytes[(end - 2 * length)..<(end - length)]))
    bytes.replaceSubrange((end - 2 * length)..<(end - length), with: last)
    let clients = state.clients.clients.suffix(2)
    #expect(
      throws: CheckpointProblem("client \(clients.first ?? 0) stands behind client \(clients.last ?? 0)")
    ) {
      try RunState(CheckpointRecord(round: 1, state: bytes), of: configuration)
    }
  }

  @Test("what a strategy's client half keeps comes back, zeros of clients that never took part as nothing")
  func slots() throws {
    var configuration = try Self.configuration(strategy: "scaffold")
    configuration.cohort = UniformCohort(.count(2))
    let run = try result(of: configuration)
    let first = try #require(run.checkpoints.first)
    let state = try RunState(first, of: configuration)
    let size = configuration.sharedTrainableCount
    #expect(state.slots.names == ["control"] && state.slots[vector: "control"]?.count == size)
    #expect(state.clients.count == 2)
    #expect(try state.clients.memories().allSatisfy { $0.slots[vector: "control"]?.count == size })
    #expect(try state.encoded(for: configuration) == first.state)
    for length in 0..<first.state.count {
      #expect(throws: CheckpointProblem.self) {
        try RunState(CheckpointRecord(round: 1, state: Array(first.state[..<length])), of: configuration)
      }
    }
    for strategy in ["fedavg", "fednova"] {
      #expect(throws: CheckpointProblem("it is of a run with other settings")) {
        try RunState(first, of: Self.configuration(strategy: strategy))
      }
    }
    var another = state
    let client = try #require(state.clients.clients.first)
    var memory = try #require(try state.clients[client])
    memory.slots[vector: "control"] = [1]
    try another.clients.set(memory, for: client)
    #expect(throws: CheckpointProblem("it is of a run with other settings")) {
      try RunState(CheckpointRecord(round: 1, state: another.encoded(for: configuration)), of: configuration)
    }
    #expect(try ExportedState(first, client: 0).state.values.count == configuration.network.layout.valueCount)
  }

  @Test("every truncation, and bytes behind the end, are refused")
  func truncated() throws {
    let configuration = try Self.configuration()
    let bytes = try Self.checkpoint(configuration).state
    for length in 0..<bytes.count {
      #expect(throws: CheckpointProblem.self) {
        try RunState(CheckpointRecord(round: 1, state: Array(bytes[..<length])), of: configuration)
      }
    }
    // What follows could only be what `stop` has seen, and one byte is not that.
    #expect(throws: CheckpointProblem("it is cut off")) {
      try RunState(CheckpointRecord(round: 1, state: bytes + [0]), of: configuration)
    }
    #expect(throws: CheckpointProblem("it is not a checkpoint of this program")) {
      try RunState(CheckpointRecord(round: 1, state: []), of: configuration)
    }
    #expect(throws: CheckpointProblem("it is cut off")) {
      try RunState(CheckpointRecord(round: 1, state: Array(bytes.dropLast())), of: configuration)
    }
  }

  @Test("changed bytes are refused or run to some end, and never trap")
  func corrupted() throws {
    let configuration = try Self.configuration()
    let bytes = try Self.checkpoint(configuration).state
    var stream = RandomStream(seed: 1, .examples)
    var refused = 0
    for _ in 0..<1000 {
      var changed = bytes
      for _ in 0..<(1 + stream.index(below: 3)) {
        changed[stream.index(below: changed.count)] = UInt8(truncatingIfNeeded: stream.next())
      }
      let record = CheckpointRecord(round: 1, state: changed)
      do {
        _ = try result(of: configuration, from: record, threads: 1)
        _ = try ExportedState(record, client: 1)
      } catch is CheckpointProblem {
        refused += 1
      }
    }
    #expect(refused > 100)
  }

  @Test("every whole number of a checkpoint may be anything")
  func numbers() throws {
    let configuration = try Self.configuration()
    let bytes = try Self.checkpoint(configuration).state
    for at in stride(from: 8, through: bytes.count - 8, by: 4) {
      for value in [-1, 0, 1, 2, 7, 1 << 20, 1 << 62, Int64.max, Int64.min] as [Int64] {
        var changed = bytes
        withUnsafeBytes(of: value.littleEndian) { changed.replaceSubrange(at..<(at + 8), with: $0) }
        let record = CheckpointRecord(round: 1, state: changed)
        do {
          _ = try result(of: configuration, from: record, threads: 1)
          _ = try ExportedState(record, client: 1)
        } catch is CheckpointProblem {}
      }
    }
  }

  @Test("a checkpoint of a run with other settings is refused")
  func otherSettings() throws {
    let configuration = try Self.configuration()
    let record = try Self.checkpoint(configuration)
    var others: [RunConfiguration] = []
    for (norm, strategy) in [("fedavg", "fedadam"), ("silobn", "fedadam"), ("fedbn", "fedavgm")] {
      others.append(try Self.configuration(norm: norm, strategy: strategy))
    }
    others.append(configuration)
    others[3].optimizer = SGD(learningRate: 0.1)
    others.append(configuration)
    others[4].model = try Network(input: [2], layers: [Dense(name: "fc1", units: 3)])
    others.append(configuration)
    others[5].work.keepsOptimizer = false
    for (index, other) in others.enumerated() where index != 2 {
      #expect(throws: CheckpointProblem.self, "\(index)") { try result(of: other, from: record) }
    }
    #expect(try result(of: configuration, from: record).outcome == .finished)
    #expect(
      "\(CheckpointProblem("it is cut off"))" == "the checkpoint can't be used: it is cut off")
  }

  @Test("a run that is done finishes at once; one with more rounds goes on")
  func otherLengths() throws {
    let configuration = try Self.configuration()
    let run = try result(of: configuration)
    let last = try #require(run.checkpoints.last)
    let again = try result(of: configuration, from: last)
    #expect(again.outcome == .finished && again.rounds.isEmpty)
    let longer = try Self.configuration(rounds: 4)
    let more = try result(of: longer, from: last)
    #expect(more.rounds.map(\.round) == [3, 4])
    #expect(more.rounds == Array(try result(of: longer).rounds.suffix(2)))
    let shorter = try result(of: Self.configuration(rounds: 1), from: last)
    #expect(shorter.outcome == .finished && shorter.rounds.isEmpty)
  }
}
