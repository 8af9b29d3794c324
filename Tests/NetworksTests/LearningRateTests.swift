import Catalogs
import Testing

@testable import Networks

/// Learning rates over places, by closed forms.
@Suite("learning-rate schedules")
struct LearningRateTests {
  private static let options: [String: [String: OptionValue]] = [
    "constant": [:], "step": ["every": .integer(3), "factor": .number(0.5)], "exponential": ["factor": .number(0.9)],
    "cosine": ["minimum": .number(0.01)], "linear": ["minimum": .number(0.01)],
  ]

  private static func made(
    _ name: String, _ more: [String: OptionValue] = [:]
  ) throws -> LearningRateSchedule {
    let own = try #require(options[name], "a line for '\(name)'")
    return try learningRateCatalog.make(name, own.merging(more) { $1 })
  }

  private static func rates(_ schedule: LearningRateSchedule, _ places: Range<Int>, of count: Int) -> [Double] {
    places.map { schedule.rate(0.2, at: $0, of: count) }
  }

  @Test("the first rate is the optimizer's, none is above it, and none is 0", arguments: learningRateCatalog.names)
  func range(name: String) throws {
    let rates = Self.rates(try Self.made(name), 0..<20, of: 20)
    #expect(rates[0] == 0.2 && rates.allSatisfy { $0 > 0 && $0 <= 0.2 })
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(name == "constant" ? rates.allSatisfy { $0 == 0.2 } : rates[19] < 0.1)
  }

  @Test("a warm-up rises evenly, and the curve comes behind it", arguments: learningRateCatalog.names)
  func warmup(name: String) throws {
    let rates = Self.rates(try Self.made(name, ["warmup": .integer(4)]), 0..<20, of: 20)
    for place in 0..<4 { #expect(rates[place] == 0.2 * Double(place + 1) / 4) }
    #expect(Array(rates[4...]) == Self.rates(try Self.made(name), 0..<16, of: 16))
  }

  @Test("a length of its own cuts it, and the last value stays behind it", arguments: learningRateCatalog.names)
  func length(name: String) throws {
    let rates = Self.rates(try Self.made(name, ["length": .integer(10)]), 0..<25, of: 25)
    #expect(Array(rates[..<10]) == Self.rates(try Self.made(name), 0..<10, of: 10))
    #expect(rates[10...].allSatisfy { $0 == rates[9] })
    // Behind the places of who has no length, too.
    #expect(try Self.made(name).rate(0.2, at: 30, of: 10) == rates[9])
  }

  @Test("all places may be a warm-up")
  func onlyWarmup() throws {
    let schedule = try Self.made("cosine", ["warmup": .integer(8)])
    let last = 0.2 * 3.0 / 8.0
    #expect(Self.rates(schedule, 0..<6, of: 3) == [0.025, 0.05, last, last, last, last])
  }

  @Test("curves are what their equations say")
  func equations() throws {
    #expect(Self.rates(try Self.made("step"), 0..<7, of: 7) == [0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.05])
    let step = LearningRateSchedule(StepCurve(every: 1, factor: 0.9))
    #expect(Self.rates(step, 0..<9, of: 9) == Self.rates(try Self.made("exponential"), 0..<9, of: 9))
    let (cosine, linear) = (
      LearningRateSchedule(CosineCurve(minimum: 0.1)), LearningRateSchedule(LinearCurve(minimum: 0.1))
    )
    // Halfway both are between the two.
    for schedule in [cosine, linear] { #expect(abs(schedule.rate(0.2, at: 5, of: 10) - 0.15) <= 1e-15) }
    #expect(abs(linear.rate(0.2, at: 9, of: 10) - 0.11) <= 1e-15)
    // Half a wave is the same upside down from its other end.
    for place in 1..<10 {
      #expect(abs(cosine.rate(0.2, at: place, of: 10) + cosine.rate(0.2, at: 10 - place, of: 10) - 0.3) <= 1e-15)
    }
  }

  @Test("a length has room behind the warm-up")
  func room() {
    #expect(throws: OptionProblem("warmup", "'4' leaves nothing of 'length', 4 (allowed: less)")) {
      try Self.made("linear", ["warmup": .integer(4), "length": .integer(4)])
    }
  }
}
