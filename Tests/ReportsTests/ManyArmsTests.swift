import Records
import Testing

@testable import Reports

/// Comparisons of very many arms take a time that grows with their number; the limits are only against hanging.
@Suite(.timeLimit(.minutes(5))) struct ManyArmsTests {
  private func run(_ number: Int, arm: String, mean: Double) -> ComparedRun {
    let rounds = (0...1).map { round in
      ComparedRound(
        round: round, mean: round == 0 ? 0.1 : mean, sampleWeighted: mean, worst: mean, bottomDecile: mean, loss: 1,
        bytesUp: 100 * round, bytesDown: 100 * round)
    }
    let clients = (0..<2).map { ComparedClient(client: $0, domain: $0 == 0 ? "ink" : "chalk", metric: mean) }
    return ComparedRun(
      id: "\(number)", arm: arm, seed: 1, status: .finished, roundsDone: 1, roundsPlanned: 1, rounds: rounds,
      clients: clients)
  }

  @Test(arguments: [nil, 80]) func tensOfThousands(width: Int?) throws {
    let count = 20_000
    let runs = (0..<count).map { run($0, arm: "rate=\($0)", mean: 0.2 + 0.7 * Double($0) / Double(count)) }
    let comparison = try Comparison(runs)
    #expect(comparison.arms.count == count && comparison.bestArm?.arm == "rate=\(count - 1)")
    let table = comparison.armTable
    #expect(table.rows.count == count)
    // With one seed nothing is decided, so that no arm stands out.
    let final = try #require(table.columns.firstIndex { $0.key == "final_text" })
    #expect(table.rows.allSatisfy { $0[final].emphasis != .bold })
    let text = comparison.text(title: "many", width: width)
    #expect(text.contains("rate=\(count - 1)"))
    #expect(comparison.json(title: "many", evaluated: "").utf8.count > 1_000_000)
  }

  @Test func theBestOfADomainIsEachThatNoneIsBetterThan() throws {
    let runs = ["a", "b", "c"].enumerated().map { run($0, arm: $1, mean: $1 == "a" ? 0.2 : 0.5) }
    let view = try Comparison(runs).domainView(arms: [0, 1, 2])
    #expect(view.rows.map { $0.dropFirst().map(\.emphasis) } == [[.normal, .bold, .bold], [.normal, .bold, .bold]])
  }
}
