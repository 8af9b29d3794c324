import Federation
import Records
import Scenarios
import Testing

/// Runs on data that are shifted and normalized.
@Suite("runs on shifted and normalized data", .timeLimit(.minutes(2)))
struct PreparedDataTests {
  private func configuration(_ data: String, _ more: String = "") throws -> RunConfiguration {
    let text = """
      name: a
      rounds: 3
      model: {kind: mlp, hidden: [8]}
      data:
        domains: [ink, colour]
        partition: {kind: by-domain, clients_per_domain: 3}
        image: {width: 8, height: 8}
        train_per_client: 12
        test_per_client: 4
        \(data)
      client: {batch_size: 6, optimizer: {kind: sgd, learning_rate: 0.1}}
      \(more)
      """
    return try #require(
      try Experiment(Scenario(text: text, file: "f.yaml", baseDirectory: "/nowhere")).runs.first
    ).configuration
  }

  private let both = "shift: [noise(0.2), {kind: rotate, degrees: [-40, 40], by: domain}]\n  normalize: "

  @Test("the bits are those of any number of threads", arguments: ["local", "federated"])
  func threads(normalization: String) throws {
    // Each has examples of its own to make.
    let one = try results(of: [PlannedRun(configuration(both + normalization))], threads: 1)[0]
    let three = try results(of: [PlannedRun(configuration(both + normalization))], threads: 3)[0]
    #expect(one.outcome == .finished && one.rounds == three.rounds)
    #expect(one.checkpoints.map(\.state) == three.checkpoints.map(\.state))
    let plain = try result(of: configuration("unseen: {clients: 1}"))
    #expect(plain.rounds.last?.trainLoss != one.rounds.last?.trainLoss)
  }

  @Test("the exchange is counted once: of everybody in the round, of those that take part in their rows")
  func bytes() throws {
    let cohort = "cohort: {kind: listed, rounds: [[0, 2], [1, 2], [3]]}\n"
    let plain = try result(of: configuration("normalize: local", cohort))
    let exchanged = try result(of: configuration("normalize: federated", cohort))
    let difference = zip(exchanged.rounds, plain.rounds).map { ($0.bytesUp - $1.bytesUp, $0.bytesDown - $1.bytesDown) }
    // Three channels: 7 numbers up and 6 down, of 6 clients.
    #expect(difference.map(\.0) == [0, 6 * 28, 0, 0] && difference.map(\.1) == [0, 6 * 24, 0, 0])
    for (round, other) in zip(exchanged.rounds, plain.rounds) {
      for (part, old) in zip(round.participations, other.participations) {
        #expect(part.bytesUp - old.bytesUp == (round.round == 1 ? 28 : 0))
        #expect(part.bytesDown - old.bytesDown == (round.round == 1 ? 24 : 0))
      }
    }
  }

  @Test("in one place nothing travels, and each client's examples are as in the federation")
  func central() throws {
    let run = try result(of: configuration(both + "federated", "bound: central\n"))
    #expect(run.outcome == .finished && run.rounds.allSatisfy { $0.bytesUp == 0 && $0.bytesDown == 0 })
    #expect(run.rounds[1].participations.map(\.samples) == [72])
  }

  @Test("a client that comes twice in round 1 of an asynchronous schedule exchanges once")
  func asynchronous() throws {
    let more = """
      schedule: {kind: fedbuff, buffer: 4, concurrency: 2}
      devices: {kind: lognormal, seconds: 10, sigma: 3}

      """
    let (plain, exchanged) = (
      try result(of: configuration("normalize: local", more)),
      try result(of: configuration("normalize: federated", more))
    )
    #expect(exchanged.rounds[1].bytesUp - plain.rounds[1].bytesUp == 6 * 28)
    let rows = zip(exchanged.rounds[1].participations, plain.rounds[1].participations)
    var seen: Set<Int> = []
    for (part, old) in rows {
      #expect(part.bytesUp - old.bytesUp == (seen.insert(part.client).inserted ? 28 : 0))
    }
  }
}
