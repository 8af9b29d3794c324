import Records

@testable import Reports

/// Small experiments with round numbers, for golden outputs.
enum ComparisonFixture {
  static let domains = ["mnist", "usps", "mnistm", "fonts", "meter"]

  /// What an arm reaches on each of the domains under seed 1 after the last round.
  static let levels: [String: [Double]] = [
    "fedavg": [0.96, 0.94, 0.62, 0.78, 0.70],
    "fedbn": [0.965, 0.945, 0.72, 0.80, 0.74],
    "fedprox": [0.958, 0.942, 0.626, 0.776, 0.702],
  ]

  /// A run whose accuracies rise from 10 % in a straight line over the evaluated rounds, and a little with the seed; with a
  /// clock if `secondsPerRound` says how fast it goes.
  static func run(
    _ arm: String, seed: UInt64, rounds: [Int] = Array(0...5), status: RunStatus = .finished, planned: Int? = nil,
    error: String? = nil, level: [Double]? = nil, hasDomains: Bool = true, secondsPerRound: Double? = nil
  ) -> ComparedRun {
    let final = level ?? levels[arm] ?? levels["fedavg"] ?? []
    let last = rounds.last ?? 0
    // Arms gain differently from a seed, so that paired differences have a spread.
    let bonus = Double(seed) * (arm == "fedbn" ? 0.002 : 0.004)
    func clients(_ round: Int) -> [Double] {
      final.map { 0.1 + ($0 + bonus - 0.1) * Double(round) / Double(max(last, 1)) }
    }
    let perRound = arm == "fedbn" ? 280_000 : 284_096
    return ComparedRun(
      id: "\(arm)-\(seed)", arm: arm, seed: seed, status: status, roundsDone: last, roundsPlanned: planned ?? last,
      error: error,
      rounds: rounds.map { round in
        ComparedRound(
          round: round, mean: Sample.mean(clients(round)), sampleWeighted: Sample.mean(clients(round)),
          worst: clients(round).min(), bottomDecile: Sample.bottomDecile(clients(round), higherIsBetter: true),
          loss: 2.5 - 0.25 * Double(round), bytesUp: round * perRound, bytesDown: round * perRound,
          simulatedSeconds: secondsPerRound.map { $0 * Double(round) })
      },
      clients: clients(last).enumerated().map { index, value in
        ComparedClient(client: index, domain: hasDomains ? domains[index % domains.count] : "", metric: value)
      })
  }

  /// The note on comparisons of one seed.
  static let oneSeed =
    "One seed has no interval and no test: nothing tells the method from the luck of the seed. That many clients gain "
    + "proves nothing either, because clients of one run share its split, initial weights and cohorts."

  /// The note on comparisons of few seeds.
  static func fewSeeds(_ count: Int, _ smallest: String) -> String {
    "Wilcoxon and the sign test cannot reach p < 0.05: their smallest p is \(smallest) with \(count) seeds."
  }

  /// Arms × seeds, all finished.
  static func runs(_ arms: [String], seeds: [UInt64] = [1, 2, 3]) -> [ComparedRun] {
    arms.flatMap { arm in seeds.map { run(arm, seed: $0) } }
  }
}
