import Catalogs
import Testing

@Suite struct OptionKindTests {
  private func plain(_ text: String) -> RawValue { .scalar(text, isQuoted: false) }
  private func quoted(_ text: String) -> RawValue { .scalar(text, isQuoted: true) }

  @Test func wholeNumbers() {
    let kind = OptionKind.integer(-5...2000)
    for (text, value) in [("0", 0), ("-5", -5), ("1e3", 1000), ("1_000", 1000), ("2.0", 2), ("2000", 2000)] {
      #expect(kind.accept(plain(text)) == .integer(value), "\(text)")
    }
    for text in [
      "", "2001", "-6", "2.5", "x", "1e400", "nan", "inf", "1__000", "_1", "1_", "1_e3", "99999999999999999999",
    ] {
      #expect(kind.accept(plain(text)) == nil, "\(text)")
    }
    #expect(kind.accept(quoted("3")) == nil)
    #expect(kind.accept(.list([plain("3")])) == nil)
    #expect(kind.allowed == "a whole number from -5 to 2000")
    #expect(OptionKind.integer(1...Int.max).allowed == "a whole number ≥ 1")
  }

  @Test func numbersWithinBounds() {
    let kind = OptionKind.number(.init(0, 1, lowerIsOpen: true))
    for (text, value) in [("1", 1), ("0.5", 0.5), ("1e-3", 0.001)] {
      #expect(kind.accept(plain(text)) == .number(value), "\(text)")
    }
    for text in ["0", "1.0001", "-1", "nan", "inf", "x", ""] { #expect(kind.accept(plain(text)) == nil, "\(text)") }
    #expect(kind.accept(quoted("0.5")) == nil)
    #expect(OptionKind.number(.init(0, 1, upperIsOpen: true)).accept(plain("0")) == .number(0))
    #expect(OptionKind.number(.init(0, 1, upperIsOpen: true)).accept(plain("1")) == nil)
    #expect(OptionKind.number(.any).accept(plain("-1e30")) == .number(-1e30))
    #expect(OptionKind.number(.any).accept(plain("12_500.5")) == .number(12_500.5))
    #expect(OptionKind.number(.any).accept(plain("-inf")) == nil)
  }

  @Test func numbersStayThemselvesInSinglePrecision() {
    let rate = OptionKind.number(.above(0))
    for (text, problem) in [
      ("1e-46", "is 0 in single precision"), ("1e39", "is infinite in single precision"),
      ("1e-40", "loses its digits in single precision"),
    ] {
      #expect(rate.accept(plain(text)) == nil && rate.singlePrecisionProblem(plain(text)) == problem, "\(text)")
      let either = OptionKind.either([rate, .list(rate, count: 1...3)])
      #expect(either.accept(.list([plain("1"), plain(text)])) == nil, "\(text)")
      #expect(either.singlePrecisionProblem(.list([plain("1"), plain(text)])) == problem, "\(text)")
    }
    let share = OptionKind.number(.init(0, 1, upperIsOpen: true))
    #expect(share.singlePrecisionProblem(plain("0.99999999999")) == "is 1 in single precision")
    #expect(share.accept(plain("0.99999999999")) == nil && share.accept(plain("0.9999999")) != nil)
    #expect(share.accept(plain("1e-50")) == nil)
    for text in ["0", "0.1", "-3"] { #expect(share.singlePrecisionProblem(plain(text)) == nil, "\(text)") }
    #expect(rate.accept(plain("1.2e-38")) != nil && rate.accept(plain("3e38")) != nil)
  }

  @Test func numbersSayWhatIsAllowed() {
    #expect(OptionKind.number(.init(0, 1, lowerIsOpen: true)).allowed == "a number > 0 and ≤ 1")
    #expect(OptionKind.number(.init(0, 1, upperIsOpen: true)).allowed == "a number ≥ 0 and < 1")
    #expect(OptionKind.number(.atLeast(0.5)).allowed == "a number ≥ 0.5")
    #expect(OptionKind.number(.above(0)).allowed == "a number > 0")
    #expect(OptionKind.number(.any).allowed == "a number")
    #expect(OptionKind.number(.unit).allowed == "a number ≥ 0 and ≤ 1")
  }

  @Test func truths() {
    #expect(OptionKind.boolean.accept(plain("true")) == .boolean(true))
    #expect(OptionKind.boolean.accept(plain("false")) == .boolean(false))
    for raw in [plain("yes"), plain("True"), plain("1"), quoted("true")] {
      #expect(OptionKind.boolean.accept(raw) == nil)
    }
    #expect(OptionKind.boolean.allowed == "true or false")
  }

  @Test func words() {
    let kind = OptionKind.choice(["keep", "drop"])
    #expect(kind.accept(plain("keep")) == .text("keep"))
    #expect(kind.accept(quoted("drop")) == .text("drop"))
    #expect(kind.accept(plain("Keep")) == nil)
    #expect(kind.accept(plain("")) == nil)
    #expect(kind.allowed == "keep, drop")
  }

  @Test func texts() {
    #expect(OptionKind.text.accept(plain("a b")) == .text("a b"))
    #expect(OptionKind.text.accept(quoted("null")) == .text("null"))
    for raw in [plain("null"), plain("~"), plain(""), quoted(""), .mapping([:])] {
      #expect(OptionKind.text.accept(raw) == nil)
    }
    #expect(OptionKind.text.allowed == "text")
  }

  @Test func lists() {
    let kind = OptionKind.list(.integer(1...9), count: 1...2)
    #expect(kind.accept(.list([plain("1"), plain("9")])) == .list([.integer(1), .integer(9)]))
    #expect(kind.accept(.list([])) == nil)
    #expect(kind.accept(.list([plain("1"), plain("2"), plain("3")])) == nil)
    #expect(kind.accept(.list([plain("1"), plain("x")])) == nil)
    #expect(kind.accept(plain("1")) == nil)
    #expect(kind.allowed == "a list, each a whole number from 1 to 9")
    #expect(OptionKind.list(.boolean, count: 2...2).allowed == "a list of 2, each true or false")
  }

  @Test func theFirstKindThatFits() {
    let kind = OptionKind.either([.integer(1...9), .choice(["same"]), .list(.integer(1...9), count: 2...2)])
    #expect(kind.accept(plain("3")) == .integer(3))
    #expect(kind.accept(plain("same")) == .text("same"))
    #expect(kind.accept(.list([plain("1"), plain("2")])) == .list([.integer(1), .integer(2)]))
    #expect(kind.accept(plain("other")) == nil)
    #expect(
      kind.allowed
        == "a whole number from 1 to 9, or same, or a list of 2, each a whole number from 1 to 9")
  }

  @Test func mappings() {
    let kind = OptionKind.group([
      Option("rate", .number(.unit), default: .number(0.5), ""), Option("on", .boolean, default: .boolean(true), ""),
    ])
    #expect(kind.accept(.mapping(["rate": plain("1")])) == .group(["rate": .number(1)]))
    #expect(kind.accept(.mapping([:])) == .group([:]))
    #expect(kind.accept(.mapping(["rate": plain("2")])) == nil)
    #expect(kind.accept(.mapping(["other": plain("1")])) == nil)
    #expect(kind.accept(plain("1")) == nil)
    #expect(kind.allowed == "a mapping of rate, on")
  }
}
