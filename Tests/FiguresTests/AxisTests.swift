import Testing

@testable import Figures

struct AxisTests {
  @Test(arguments: [(10.0, 5, 2.0), (1, 4, 0.5), (0.37, 4, 0.1), (7, 7, 1), (0, 4, 1), (.infinity, 4, 1)])
  func stepsAreOneTwoOrFive(span: Double, count: Int, step: Double) {
    #expect(abs(Axis.step(span, count: count) - step) < 1e-12)
  }

  @Test func endsAreRoundAndWithinTheLimits() {
    let axis = Axis([0.123, 0.972], name: "accuracy", format: .percent, limits: 0...1)
    #expect(axis.range == 0.0...1.0)
    #expect(axis.ticks(5).map(\.text) == ["0%", "20%", "40%", "60%", "80%", "100%"])
    #expect(axis.share(0.25) == 0.25)
    #expect(axis.share(-3) == 0)
    #expect(axis.share(7) == 1)
    #expect(axis.share(.nan) == nil)
    #expect(axis.share(.infinity) == nil)
  }

  @Test func aTightAxisEndsAtItsValues() {
    let axis = Axis([3, 17], name: "round", format: .count, isTight: true)
    #expect(axis.range == 3.0...17.0)
    #expect(axis.ticks(3).map(\.text) == ["5", "10", "15"])
  }

  @Test func roundsHaveNoFractions() {
    #expect(Axis([0, 1], name: "round", format: .count, isTight: true).ticks(8).map(\.text) == ["0", "1"])
  }

  @Test func farApartPositiveValuesAreLogarithmicWhereThatIsAllowed() throws {
    let values = [0.001, 0.002, 0.003, 5]
    #expect(!Axis(values, name: "", format: .number).isLogarithmic)
    let axis = Axis(values, name: "", format: .number, allowsLogarithm: true)
    #expect(axis.isLogarithmic)
    #expect(abs(axis.range.lowerBound - 0.001) < 1e-15)
    #expect(abs(axis.range.upperBound - 10) < 1e-12)
    #expect(abs(try #require(axis.share(0.1)) - 0.5) < 1e-12)
    #expect(axis.share(0) == nil)
    #expect(axis.ticks(9).map(\.text) == ["0.001000", "0.01000", "0.1000", "1.000", "10.00"])
    #expect(!Axis([-1] + values, name: "", format: .number, allowsLogarithm: true).isLogarithmic)
  }

  @Test(arguments: [
    [], [Double.nan], [3, 3], [0], [-Double.infinity, Double.infinity], [1e308, -1e308], [Double.leastNonzeroMagnitude],
    [1e300, 1],
  ])
  func anyValuesMakeAnAxis(values: [Double]) {
    for isTight in [true, false] {
      for allowsLogarithm in [true, false] {
        let axis = Axis(values, name: "", format: .number, isTight: isTight, allowsLogarithm: allowsLogarithm)
        #expect(axis.range.lowerBound < axis.range.upperBound)
        #expect(axis.ticks(5).count < 1000)
        for value in values { #expect(axis.share(value).map { (0...1).contains($0) } ?? true) }
      }
    }
  }

  /// Any two of what doubles can be, alone and beside others.
  @Test func noNumbersAreTooStrange() {
    let smallest = Double.leastNonzeroMagnitude
    let strange = [
      0, -0.0, smallest, -smallest, 1e-320, 2.2e-308, Double.leastNormalMagnitude, 1e-301, 1e-300, 3e-300, 1e-12, 0.5,
      1,
      1.0.nextUp, 3, 9.3e18, 1e17, 1e299, 9.9e299, 1e300, 1e308, -1e308, Double.greatestFiniteMagnitude,
      -Double.greatestFiniteMagnitude, .infinity, -.infinity, .nan,
    ]
    for first in strange {
      for second in strange {
        check([first, second])
        check([first, second, 1])
        // Most of them small, so that the largest is far from the median.
        check([first, first, first, second])
      }
    }
  }

  private func check(_ values: [Double]) {
    for options in 0..<32 {
      let isOn = (0..<5).map { options >> $0 & 1 == 1 }
      let format: ValueFormat = isOn[4] ? .count : .number
      let axis = Axis(
        values, name: "", format: format, includesZero: isOn[0], limits: isOn[1] ? 0...1 : nil, isTight: isOn[2],
        allowsLogarithm: true, isAlwaysLogarithmic: isOn[3])
      var isSound = axis.range.lowerBound < axis.range.upperBound
      isSound = isSound && axis.range.lowerBound.isFinite && axis.range.upperBound.isFinite
      isSound = isSound && (!axis.isLogarithmic || axis.range.lowerBound > 0)
      let ticks = axis.ticks(5)
      isSound = isSound && ticks.count < 50 && ticks.allSatisfy { $0.value.isFinite && !$0.text.isEmpty }
      for value in values { isSound = isSound && (axis.share(value).map { (0...1).contains($0) } ?? true) }
      if !isSound { Issue.record("\(values), options \(options): \(axis.range), \(ticks.map(\.text))") }
    }
    // What else is made of the same numbers.
    let scale = HeatScale(values, name: "", format: .number)
    for value in values {
      if let level = scale.level(value), !(0..<HeatScale.levelCount).contains(level) { Issue.record("\(values)") }
      for format in [ValueFormat.number, .percent, .points, .difference, .count, .bytes]
      where format.text(value).isEmpty {
        Issue.record("\(value) as \(format)")
      }
    }
  }

  @Test func labelsOfOneAxisHaveTheSameDigits() {
    #expect(ValueFormat.number.labels([0, 0.5, 1], step: 0.5) == ["0.0", "0.5", "1.0"])
    #expect(ValueFormat.points.labels([-0.05, 0, 0.05], step: 0.05) == ["-5", "0", "+5"])
    #expect(ValueFormat.bytes.labels([0, 5e7, 1e8], step: 5e7) == ["0", "50 MB", "100 MB"])
    #expect(ValueFormat.number.labels([0, 1e-6, 2e-6], step: 1e-6) == ["0", "1×10⁻⁶", "2×10⁻⁶"])
  }

  @Test(arguments: [
    (ValueFormat.percent, 0.8015, "80.2%"), (.points, 0.139, "+13.9"), (.number, 0.43214, "0.4321"),
    (.number, 1.26e-7, "1.3×10⁻⁷"), (.number, 5e-324, "4.9×10⁻³²⁴"), (.number, -1e308, "-1×10³⁰⁸"), (.number, 0, "0"),
    (.count, 320, "320"), (.count, 2.5, "2.5"),
    (.bytes, 86_750_000, "86.8 MB"), (.bytes, 12, "12.0 B"), (.difference, 0.021, "+0.0210"),
    (.number, .nan, "not a number"), (.number, -.infinity, "−∞"),
  ])
  func valuesReadWell(format: ValueFormat, value: Double, text: String) {
    #expect(format.text(value) == text)
  }
}
