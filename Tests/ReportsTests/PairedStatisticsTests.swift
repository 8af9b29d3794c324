import Foundation
import Testing

@testable import Reports

/// Reference values from SciPy and numpy; `Fixtures/make-statistics.py` made them.
private struct Fixture: Decodable {
  struct NormalQuantile: Decodable {
    var p: Double
    var expected: Double
  }
  struct NormalCumulative: Decodable {
    var x: Double
    var expected: Double
  }
  struct Coin: Decodable {
    var n: Int
    var k: Int
    var cumulative: Double
    var p: Double
  }
  struct Pairs: Decodable {
    var name: String
    var values: [Double]
    var baseline: [Double]
    var t: Double
    var tP: Double
    var w: Double
    var wP: Double
    var sign: Double
    var signP: Double
    var cohen: Double
    var hedges: Double?
    var biserial: Double
  }
  struct Bootstrap: Decodable {
    var differences: [Double]
    var low: Double
    var high: Double
  }
  struct Corrected: Decodable {
    var p: [Double]
    var expected: [Double]
  }
  struct Fairness: Decodable {
    var values: [Double]
    var jain: Double
    var sd: Double
  }
  struct Area: Decodable {
    var x: [Double]
    var y: [Double]
    var expected: Double
  }
  var normalQuantile: [NormalQuantile]
  var normalCumulative: [NormalCumulative]
  var coin: [Coin]
  var pairs: [Pairs]
  var bca: [Bootstrap]
  var holm: [Corrected]
  var fairness: [Fairness]
  var area: [Area]

  static func load() throws -> Fixture {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/statistics.json")
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
  }
}

private func sample(_ differences: [Double]) -> PairedSample {
  PairedSample(differences, minus: differences.map { _ in 0 })
}

@Suite struct NormalTests {
  @Test func agreesWithSciPy() throws {
    let fixture = try Fixture.load()
    #expect(fixture.normalQuantile.count == 30 && fixture.normalCumulative.count == 18)
    for entry in fixture.normalQuantile {
      let value = Normal.quantile(entry.p)
      #expect(isClose(value, entry.expected, 1e-13), "p \(entry.p): \(value), SciPy \(entry.expected)")
    }
    for entry in fixture.normalCumulative {
      let value = Normal.cumulativeProbability(entry.x)
      #expect(isClose(value, entry.expected, 1e-12), "x \(entry.x): \(value), SciPy \(entry.expected)")
    }
  }

  @Test func extremes() {
    #expect(Normal.quantile(0) == -.infinity)
    #expect(Normal.quantile(1) == .infinity)
    #expect(Normal.quantile(0.5) == 0)
    #expect(Normal.quantile(Double.leastNonzeroMagnitude) < -38)
    #expect(Normal.cumulativeProbability(-.infinity) == 0)
    #expect(Normal.twoSidedProbability(0) == 1)
    #expect(Normal.cumulativeProbability(.nan).isNaN)
  }
}

@Suite struct FairCoinTests {
  @Test func agreesWithSciPy() throws {
    let entries = try Fixture.load().coin
    #expect(entries.count == 50)
    for entry in entries {
      let coin = FairCoin(throwCount: entry.n)
      let message: Comment = "\(entry.k) of \(entry.n)"
      #expect(isClose(coin.cumulativeProbability(entry.k), entry.cumulative), message)
      #expect(isClose(coin.twoSidedProbability(entry.k), entry.p), message)
    }
  }

  @Test func smallCountsAreExact() {
    #expect(FairCoin(throwCount: 3).twoSidedProbability(3) == 0.25)
    #expect(FairCoin(throwCount: 5).twoSidedProbability(0) == 0.0625)
    #expect(FairCoin(throwCount: 4).twoSidedProbability(2) == 1)
    #expect(FairCoin(throwCount: 3).cumulativeProbability(-1) == 0)
  }
}

@Suite struct PairedTestTests {
  @Test func allTestsAndEffectSizesAgreeWithSciPy() throws {
    let entries = try Fixture.load().pairs
    #expect(entries.count == 74)
    for entry in entries {
      let sample = PairedSample(entry.values, minus: entry.baseline)
      let name: Comment = "\(entry.name)"
      let t = PairedTest.t(sample)
      let wilcoxon = PairedTest.wilcoxon(sample)
      let sign = PairedTest.sign(sample)
      #expect(isClose(t.statistic, entry.t) && isClose(t.pValue, entry.tP), name)
      #expect(isClose(wilcoxon.statistic, entry.w) && isClose(wilcoxon.pValue, entry.wP), name)
      #expect(isClose(sign.statistic, entry.sign) && isClose(sign.pValue, entry.signP), name)
      let effect = EffectSize(sample)
      #expect(isClose(effect.cohen, entry.cohen) && isClose(effect.rankBiserial, entry.biserial), name)
      if let hedges = entry.hedges { #expect(isClose(effect.hedges, hedges), name) }
      #expect((effect.hedges == nil) == (entry.hedges == nil), name)
    }
  }

  @Test func wilcoxonSaysHowItsProbabilityWasFound() throws {
    let entries = try Fixture.load().pairs
    func method(_ name: String) throws -> PairedTestResult.Method? {
      let entry = try #require(entries.first { $0.name == name })
      return PairedTest.wilcoxon(PairedSample(entry.values, minus: entry.baseline)).method
    }
    #expect(try method("plain 50") == .exact)
    #expect(try method("plain 51") == .asymptotic)
    #expect(try method("zeros 13, 1 zeros") == .permutations)
    #expect(try method("zeros 14, 1 zeros") == .asymptotic)
    #expect(try method("tied 12, 0 zeros") == .permutations)
  }

  @Test func threeSeedsThatAgreeReachAQuarterAtBest() {
    let three = sample([0.1, 0.2, 0.3])
    #expect(PairedTest.wilcoxon(three).pValue == 0.25)
    #expect(PairedTest.sign(three).pValue == 0.25)
    #expect(PairedTest.sign(three).direction == 1)
    #expect(PairedTest.wilcoxon(sample([-0.1, -0.2, -0.3])).direction == -1)
    #expect(PairedTest.wilcoxon(sample([-0.1, 0.1])).direction == 0)
  }

  @Test func whatIsEqualButForRoundingIsTied() {
    // 0.83 − 0.80 and 0.73 − 0.70 differ in the last digits; 0.9 − 0.9 is 0 however it was summed.
    let rounded = PairedSample([0.83, 0.73, 0.61, 0.1 + 0.2], minus: [0.80, 0.70, 0.64, 0.3])
    #expect(rounded.differences[3] == 0)
    #expect(rounded.ranks.ranks == [2, 2, 2, 0])
    #expect(rounded.ranks.ties == [3])
    #expect(PairedTest.wilcoxon(rounded).method == .permutations)
  }

  @Test func equalDifferencesCanBeRankedButHaveNoSpread() {
    let equal = PairedSample([0.83, 0.73, 0.93], minus: [0.80, 0.70, 0.90])
    #expect(PairedTest.t(equal).undefined == .noSpread)
    #expect(PairedTest.sign(equal).pValue == 0.25)
    #expect(PairedTest.wilcoxon(equal).pValue == 0.25)
    #expect(EffectSize(equal).cohen == nil)
    #expect(EffectSize(equal).rankBiserial == 1)
  }

  @Test func noTestHasAProbabilityWhereThereIsNothingToTest() {
    let cases: [(PairedSample, PairedDifference.Undefined)] = [
      (sample([]), .noPairs), (sample([0.1]), .onePair), (sample([0, 0, 0]), .noDifference),
      (sample([0.1, .nan]), .notFinite), (sample([0.1, .infinity]), .notFinite),
    ]
    for test in PairedTest.all {
      for (sample, reason) in cases {
        #expect(test(sample) == PairedTestResult(undefined: reason), "\(test.name)")
        #expect(EffectSize(sample) == EffectSize(.init([], minus: [])))
      }
    }
    #expect(PairedTest.all.map(\.name) == ["t", "wilcoxon", "sign"])
  }
}

@Suite struct BootstrapIntervalTests {
  @Test func idealIntervalsAgreeWithSciPyGivenAllResamples() throws {
    let entries = try Fixture.load().bca
    #expect(entries.count == 15)
    for entry in entries {
      let result = BootstrapInterval(sample(entry.differences))
      #expect(result.isIdeal)
      let name: Comment = "\(entry.differences)"
      #expect(isClose(result.interval?.lowerBound, entry.low), name)
      #expect(isClose(result.interval?.upperBound, entry.high), name)
    }
  }

  @Test func theOrderOfPairsDoesNotMatterWhereNothingIsDrawn() throws {
    let differences = [0.031, 0.022, -0.017, 0.043, 0.029, 0.011, 0.035, 0.026, 0.019, 0.04]
    let one = try #require(BootstrapInterval(sample(differences)).interval)
    let other = try #require(BootstrapInterval(sample(differences.reversed())).interval)
    #expect(isClose(one.lowerBound, other.lowerBound, 1e-12) && isClose(one.upperBound, other.upperBound, 1e-12))
    #expect(one.contains(0.024) && one.lowerBound > 0)
  }

  @Test func drawnIntervalsAreAlwaysTheSameAndNearTheIdealOnes() throws {
    var differences = [0.031, 0.022, -0.017, 0.043, 0.029, 0.011, 0.035, 0.026, 0.019, 0.04]
    let ideal = try #require(BootstrapInterval(sample(differences)).interval)
    differences.append(0.0239)
    let drawn = BootstrapInterval(sample(differences))
    #expect(!drawn.isIdeal && drawn == BootstrapInterval(sample(differences)))
    let interval = try #require(drawn.interval)
    #expect(abs(interval.lowerBound - ideal.lowerBound) < 0.004 && abs(interval.upperBound - ideal.upperBound) < 0.004)
  }

  @Test func anIntervalThatCannotBeIsNotMadeUp() {
    let cases: [([Double], BootstrapInterval.Undefined)] = [
      ([], .noPairs), ([0.1], .onePair), ([0.1, 0.2], .twoPairs), ([0.1, 0.1], .noSpread), ([0, 0, 0], .noSpread),
      ([0.1, 0.1, 0.1], .noSpread), ([0.1, .nan, 0.2], .notFinite),
    ]
    for (differences, reason) in cases {
      let result = BootstrapInterval(sample(differences))
      #expect(result.interval == nil && result.undefined == reason, "\(differences)")
    }
    let rounded = PairedSample([0.83, 0.73, 0.93], minus: [0.80, 0.70, 0.90])
    #expect(BootstrapInterval(rounded).undefined == .noSpread)
  }
}

@Suite struct HolmTests {
  @Test func agreesWithTheStepDownRule() throws {
    let entries = try Fixture.load().holm
    #expect(entries.count == 7)
    for entry in entries {
      let corrected = Holm.corrected(entry.p)
      #expect(zip(corrected, entry.expected).allSatisfy { isClose($0, $1) } && corrected.count == entry.p.count)
    }
  }

  @Test func whatHasNoProbabilityDoesNotCount() {
    #expect(Holm.corrected([nil, 0.02, nil, 0.01]) == [nil, 0.02, nil, 0.02])
    #expect(Holm.corrected([]) == [])
  }
}

@Suite struct FairnessTests {
  @Test func jainAndTheDeviationOverClientsAgreeWithNumpy() throws {
    let entries = try Fixture.load().fairness
    #expect(entries.count == 6)
    for entry in entries {
      #expect(isClose(Sample.jainIndex(entry.values), entry.jain))
      #expect(abs((Sample.populationDeviation(entry.values) ?? .nan) - entry.sd) <= 1e-12)
    }
    #expect(Sample.jainIndex([]) == nil && Sample.jainIndex([0, 0]) == nil)
    #expect(Sample.jainIndex([1, .nan])?.isNaN == true)
    #expect(Sample.populationDeviation([]) == nil)
  }

  @Test func theAreaUnderACurveIsItsMeanHeight() throws {
    let entries = try Fixture.load().area
    #expect(entries.count == 4)
    for entry in entries {
      let points = zip(entry.x, entry.y).map { (x: $0, y: $1) }
      #expect(isClose(AreaUnderCurve.meanHeight(points), entry.expected))
    }
    #expect(AreaUnderCurve.meanHeight([(x: 3, y: 1)]) == nil)
    #expect(AreaUnderCurve.meanHeight([]) == nil)
  }
}
