import Foundation
import Testing

@testable import Reports

/// Reference values from SciPy and numpy; `Fixtures/student-t.py` made them.
private struct Fixture: Decodable {
  struct Cumulative: Decodable {
    var df: Double
    var t: Double
    var expected: Double
  }
  struct Quantile: Decodable {
    var df: Double
    var p: Double
    var expected: Double
  }
  struct Beta: Decodable {
    var a: Double
    var b: Double
    var x: Double
    var expected: Double
  }
  struct Paired: Decodable {
    var values: [Double]
    var baseline: [Double]
    var mean: Double
    var sd: Double
    var low: Double
    var high: Double
    var p: Double
  }
  struct SampleQuantile: Decodable {
    var values: [Double]
    var q: Double
    var expected: Double
  }
  var cdf: [Cumulative]
  var quantile: [Quantile]
  var beta: [Beta]
  var paired: [Paired]
  var quantiles: [SampleQuantile]

  static func load() throws -> Fixture {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/student-t.json")
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
  }
}

@Suite struct StudentTTests {
  @Test func cumulativeProbabilitiesAgreeWithSciPy() throws {
    let entries = try Fixture.load().cdf
    #expect(entries.count == 420)
    for entry in entries {
      let value = StudentT(degreesOfFreedom: entry.df).cumulativeProbability(entry.t)
      #expect(isClose(value, entry.expected), "df \(entry.df), t \(entry.t): \(value), SciPy \(entry.expected)")
    }
  }

  @Test func quantilesAgreeWithSciPy() throws {
    let entries = try Fixture.load().quantile
    #expect(entries.count == 567)
    for entry in entries {
      let value = StudentT(degreesOfFreedom: entry.df).quantile(entry.p)
      #expect(isClose(value, entry.expected), "df \(entry.df), p \(entry.p): \(value), SciPy \(entry.expected)")
    }
  }

  @Test func quantilesUndoTheDistribution() {
    for df in [1.0, 1.3, 2, 6, 40, 1e5, 1e9] {
      let distribution = StudentT(degreesOfFreedom: df)
      for exponent in stride(from: -300.0, through: -0.4, by: 3.7) {
        let p = pow(10, exponent)
        let back = distribution.cumulativeProbability(distribution.quantile(p))
        #expect(isClose(back, p, 1e-10), "df \(df), p \(p): \(back)")
      }
    }
  }

  @Test func oneAndTwoDegreesOfFreedomHaveClosedForms() {
    for p in [1e-9, 0.01, 0.2, 0.3, 0.49, 0.6, 0.9] {
      #expect(isClose(StudentT(degreesOfFreedom: 1).quantile(p), -1 / tan(.pi * p), 1e-12))
      let root = (2 * p - 1) / (2 * p * (1 - p)).squareRoot()
      #expect(isClose(StudentT(degreesOfFreedom: 2).quantile(p), root, 1e-12))
    }
  }

  @Test func nearTheMiddleTheDensityIsConstant() {
    let distance = 0.5 - 0.4999999
    #expect(isClose(StudentT(degreesOfFreedom: 4).quantile(0.4999999), -distance / 0.375, 1e-12))
  }

  @Test func extremes() {
    let distribution = StudentT(degreesOfFreedom: 3)
    #expect(distribution.quantile(0) == -.infinity)
    #expect(distribution.quantile(1) == .infinity)
    #expect(distribution.quantile(0.5) == 0)
    #expect(distribution.cumulativeProbability(.infinity) == 1)
    #expect(distribution.cumulativeProbability(-.infinity) == 0)
    #expect(distribution.cumulativeProbability(.nan).isNaN)
    #expect(distribution.twoSidedProbability(.nan).isNaN)
    #expect(distribution.twoSidedProbability(0) == 1)
  }
}

@Suite struct IncompleteBetaTests {
  @Test func agreesWithSciPy() throws {
    let entries = try Fixture.load().beta
    #expect(entries.count == 567)
    for entry in entries {
      let value = IncompleteBeta.regularized(x: entry.x, a: entry.a, b: entry.b)
      #expect(
        isClose(value, entry.expected), "x \(entry.x), a \(entry.a), b \(entry.b): \(value), SciPy \(entry.expected)")
    }
  }

  @Test func endsAreExact() {
    #expect(IncompleteBeta.regularized(x: 0, a: 2, b: 3) == 0)
    #expect(IncompleteBeta.regularized(x: 1, a: 2, b: 3) == 1)
    #expect(isClose(IncompleteBeta.regularized(x: 0.3, a: 1, b: 1), 0.3, 1e-15))
  }
}

@Suite struct SampleTests {
  @Test func meanOfEqualValuesIsThatValue() {
    #expect(Sample.mean([0.1, 0.1, 0.1]) == 0.1)
    #expect(Sample.standardDeviation([0.1, 0.1, 0.1]) == 0)
    #expect(Sample.mean([]) == nil)
    #expect(Sample.mean([3]) == 3)
    #expect(Sample.standardDeviation([3]) == nil)
    #expect(Sample.mean([1, .nan])?.isNaN == true)
  }

  @Test func standardDeviationDividesByOneLess() {
    #expect(Sample.mean([2, 4, 4, 4, 5, 5, 7, 9]) == 5)
    #expect(isClose(Sample.standardDeviation([2, 4, 4, 4, 5, 5, 7, 9]) ?? 0, (32.0 / 7).squareRoot(), 1e-15))
  }

  @Test func quantilesAgreeWithNumpy() throws {
    let entries = try Fixture.load().quantiles
    #expect(entries.count == 30)
    for entry in entries {
      let value = try #require(Sample.quantile(entry.values, entry.q))
      #expect(isClose(value, entry.expected, 1e-12), "q \(entry.q) of \(entry.values.count): \(value)")
    }
    #expect(Sample.quantile([], 0.5) == nil)
    #expect(Sample.quantile([1, .nan, 2], 0.5)?.isNaN == true)
    #expect(Sample.median([1, 2, .infinity]) == 2)
    #expect(Sample.median([4, 1]) == 2.5)
  }

  @Test func bottomDecileRoundsTheCountUp() {
    #expect(Sample.bottomDecile([], higherIsBetter: true) == nil)
    #expect(Sample.bottomDecile([0.4, 0.2, 0.9], higherIsBetter: true) == 0.2)
    #expect(Sample.bottomDecile([0.4, 0.2, 0.9], higherIsBetter: false) == 0.9)
    let eleven = (1...11).map(Double.init)
    #expect(Sample.bottomDecile(eleven, higherIsBetter: true) == 1.5)
    #expect(Sample.bottomDecile(Array(eleven.dropLast()), higherIsBetter: true) == 1)
    #expect(Sample.bottomDecile([1, .nan], higherIsBetter: true)?.isNaN == true)
  }
}

@Suite struct PairedDifferenceTests {
  @Test func agreesWithSciPy() throws {
    let entries = try Fixture.load().paired
    #expect(entries.map(\.values.count) == [2, 3, 4, 5, 10, 30])
    for entry in entries {
      let difference = PairedDifference(entry.values, minus: entry.baseline)
      let interval = try #require(difference.interval)
      #expect(isClose(try #require(difference.mean), entry.mean))
      #expect(isClose(try #require(difference.standardDeviation), entry.sd))
      #expect(isClose(interval.lowerBound, entry.low))
      #expect(isClose(interval.upperBound, entry.high))
      #expect(isClose(try #require(difference.pValue), entry.p))
      #expect(difference.undefined == nil)
      #expect(difference.pairCount == entry.values.count)
    }
  }

  @Test func onePairHasAMeanAlone() {
    let difference = PairedDifference([0.75], minus: [0.5])
    #expect(difference.mean == 0.25)
    #expect(difference.interval == nil)
    #expect(difference.pValue == nil)
    #expect(difference.undefined == .onePair)
  }

  @Test func noPairsAndNotANumberAreUndefined() {
    #expect(PairedDifference([], minus: []).undefined == .noPairs)
    #expect(PairedDifference([], minus: []).mean == nil)
    #expect(PairedDifference([.nan, 1], minus: [1, 1]).undefined == .notFinite)
    #expect(PairedDifference([1], minus: [.infinity]).mean == nil)
  }

  @Test func noDifferenceHasAnIntervalWithoutWidthAndNoProbability() {
    let difference = PairedDifference([0.8, 0.9, 0.7], minus: [0.8, 0.9, 0.7])
    #expect(difference.interval == 0...0)
    #expect(difference.pValue == nil)
    #expect(difference.undefined == .noDifference)
  }

  @Test func equalDifferencesHaveNoProbabilityDespiteRounding() throws {
    let difference = PairedDifference([0.83, 0.73, 0.93], minus: [0.80, 0.70, 0.90])
    let interval = try #require(difference.interval)
    #expect(interval.lowerBound == interval.upperBound)
    #expect(isClose(interval.lowerBound, 0.03, 1e-12))
    #expect(difference.pValue == nil)
    #expect(difference.undefined == .noSpread)
  }
}
