import Networks
import Records
import TestSupport
import Testing

@testable import Federation

/// A `fixbn` that freezes before the first round is `frozen`, and is recorded and shown so.
@Suite("fixbn that freezes before round 1")
struct EarlyFixBNTests {
  private func run(_ freeze: FixBN.Freeze, rounds: Int) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 1, rounds: rounds, dataset: try ShiftedExamples.four.dataset(),
      network: try ExampleNetworks.dense(), norm: Named("fixbn", FixBN(freeze)), work: LocalWork(batchSize: 8))
  }

  /// Treatment of statistics by when they freeze and the number of rounds.
  static let cases: [(freeze: FixBN.Freeze, rounds: Int, statistics: String)] = [
    (.share(0), 4, "frozen"), (.share(0.1), 4, "frozen"), (.share(0.49), 1, "frozen"), (.share(0.5), 1, "averaged"),
    (.share(0.5), 4, "averaged"), (.share(0.9), 4, "averaged"), (.round(1), 1, "averaged"), (.round(1), 4, "averaged"),
    (.round(9), 4, "averaged"),
  ]

  @Test("what is recorded is what happens", arguments: cases.indices)
  func recorded(index: Int) throws {
    let (freeze, rounds, statistics) = Self.cases[index]
    let configuration = try run(freeze, rounds: rounds)
    let layers = configuration.description.normLayers
    #expect(layers.map(\.statistics) == [statistics, statistics] && layers.allSatisfy { $0.affine == "averaged" })
    // γ and β alone leave the client where statistics never do: 2·6 and 2·4, else 2·6 + 1 and 2·4 + 1 more.
    #expect(layers.map(\.valuesSent) == (statistics == "frozen" ? [12, 8] : [25, 17]))
    let result = try result(of: configuration)
    let first = try #require(result.rounds.first { $0.round == 1 })
    let sent = configuration.network.layout.weightCount * 4 + layers.reduce(0) { $0 + 4 * $1.valuesSent }
    // Counters take eight bytes.
    #expect(first.bytesUp == first.reported * (sent + (statistics == "frozen" ? 0 : 2 * 4)))
    let initial = ModelState(initial: configuration.network.layout, seed: 1)
    let range = configuration.network.layout.statisticsRange
    #expect((try result.state(configuration).state.values[range] == initial.values[range]) == (statistics == "frozen"))
  }

  @Test("without a number of rounds it says what the policy is")
  func unknownRounds() throws {
    #expect(FixBN(.share(0)).match(try ExampleNetworks.dense()).map(\.statistics) == ["averaged", "averaged"])
    for name in normCatalog.names where name != "fixbn" {
      let policy = try normCatalog.make(name)
      let network = try ExampleNetworks.dense()
      for rounds in [1, 2, 100] { #expect(policy.match(network, rounds: rounds) == policy.match(network), "\(name)") }
    }
  }
}
