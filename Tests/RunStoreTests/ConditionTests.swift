import GRDB
import Testing

@testable import RunStore

struct ConditionTests {
  private func parsed(_ text: String) -> Condition? { try? Condition(text) }

  private func message(_ text: String) -> String? {
    do {
      _ = try Condition(text)
      return nil
    } catch {
      return error.description
    }
  }

  private let less = Condition.comparison(column: "accuracy", .less, value: "0.5")
  private let ink = Condition.comparison(column: "domain", .equal, value: "ink")
  private let stale = Condition.isNull(column: "staleness")

  @Test func everyPredicateIsRead() {
    #expect(parsed("accuracy < 0.5") == less)
    #expect(parsed("  accuracy<0.5\t") == less)
    for (text, comparison) in [
      ("<=", Condition.Comparison.atMost), (">", .greater), (">=", .atLeast), ("=", .equal), ("==", .equal),
      ("!=", .unequal), ("<>", .unequal),
    ] {
      #expect(parsed("a \(text) 1") == .comparison(column: "a", comparison, value: "1"))
    }
    #expect(parsed("staleness is null") == stale)
    #expect(parsed("staleness IS NOT NULL") == .not(stale))
    #expect(
      parsed("domain in (ink, 'two words', \"x\")") == .isOneOf(column: "domain", values: ["ink", "two words", "x"]))
    #expect(parsed("domain not in (ink)") == .not(.isOneOf(column: "domain", values: ["ink"])))
    #expect(parsed("kl between 0.1 and 50%") == .isBetween(column: "kl", lower: "0.1", upper: "50%"))
    #expect(parsed("kl not between -1 and 1e3") == .not(.isBetween(column: "kl", lower: "-1", upper: "1e3")))
    #expect(parsed("arm like 'fed%'") == .isLike(column: "arm", pattern: "fed%"))
    #expect(parsed("arm not like fed%") == .not(.isLike(column: "arm", pattern: "fed%")))
    #expect(parsed("domain = 'it''s \"so\"'") == .comparison(column: "domain", .equal, value: "it's \"so\""))
    #expect(parsed("domain = ''") == .comparison(column: "domain", .equal, value: ""))
    #expect(parsed("domain = 'and'") == .comparison(column: "domain", .equal, value: "and"))
    #expect(parsed("arm = fedbn-prox") == .comparison(column: "arm", .equal, value: "fedbn-prox"))
    #expect(parsed("domain = Läufer") == .comparison(column: "domain", .equal, value: "Läufer"))
  }

  @Test func andBindsTighterThanOrAndNotTighterThanBoth() {
    #expect(parsed("accuracy < 0.5 or domain = ink and staleness is null") == .either(less, .both(ink, stale)))
    #expect(parsed("(accuracy < 0.5 or domain = ink) and staleness is null") == .both(.either(less, ink), stale))
    #expect(parsed("not accuracy < 0.5 and domain = ink") == .both(.not(less), ink))
    #expect(parsed("not (accuracy < 0.5 and domain = ink)") == .not(.both(less, ink)))
    #expect(parsed("not not domain = ink") == .not(.not(ink)))
    #expect(
      parsed("kl between 1 and 2 and domain = ink") == .both(.isBetween(column: "kl", lower: "1", upper: "2"), ink))
    #expect(parsed("((domain = ink))") == ink)
  }

  @Test func whatIsWrongIsSaidWithItsPlace() {
    let start = "' is not a condition: "
    let cases: [(String, String)] = [
      ("", "a column is expected at character 1, not the end"),
      ("accuracy", "<, <=, >, >=, =, !=, 'is null', 'in', 'between' or 'like' is expected at character 9, not the end"),
      ("accuracy <", "a value is expected at character 11, not the end"),
      ("accuracy < and", "a value is expected at character 12, not 'and'"),
      ("accuracy < 0.5 domain = ink", "'and', 'or' or the end is expected at character 16, not 'domain'"),
      ("accuracy < 0.5; DROP TABLE runs", "a column, a value or an operator is expected at character 15, not ';'"),
      ("(accuracy < 0.5", "')' is expected at character 16, not the end"),
      ("accuracy < 0.5)", "'and', 'or' or the end is expected at character 15, not ')'"),
      ("accuracy is 3", "'null' is expected at character 13, not '3'"),
      ("accuracy in 3", "'(' is expected at character 13, not '3'"),
      ("accuracy in ()", "a value is expected at character 14, not ')'"),
      ("accuracy in (1 2)", "',' or ')' is expected at character 16, not '2'"),
      ("accuracy between 1 or 2", "'and' is expected at character 20, not 'or'"),
      ("accuracy not 3", "'in', 'between' or 'like' is expected at character 14, not '3'"),
      ("0.5 < accuracy < 1", "'and', 'or' or the end is expected at character 16, not '<'"),
      ("'accuracy' < 1", "a column is expected at character 1, not 'accuracy'"),
      ("and = 1", "a column is expected at character 1, not 'and'"),
      ("domain = 'ink", "the quotation mark at character 10 is never closed"),
      ("domain = ink\"", "the quotation mark at character 13 is never closed"),
      ("domain = 'i\u{0}'", "text is expected at character 12, not ' '"),
      ("domain \u{0}= ink", "a column, a value or an operator is expected at character 8, not ' '"),
      ("a = 1 -- b\n or 1 = 1", "'and', 'or' or the end is expected at character 7, not '--'"),
      ("a = {b}", "a column, a value or an operator is expected at character 5, not '{'"),
    ]
    for (text, expected) in cases {
      let shown = text.replacing("\n", with: " ").replacing("\u{0}", with: " ")
      #expect(message(text) == "'--where " + shown + start + expected)
    }
  }

  @Test func hostileTextsAreRefusedAtOnce() {
    let million = String(repeating: "a", count: 1_000_000)
    #expect(message(million) == "'--where' has 1000000 characters (allowed: at most 4096)")
    #expect(message("a = '\(million)'") == "'--where' has 1000006 characters (allowed: at most 4096)")
    #expect(message(String(repeating: "(", count: 10_000)) == "'--where' has 10000 characters (allowed: at most 4096)")
    #expect(message(String(repeating: "(", count: 4000)) == "'--where' nests deeper than 50 levels at character 51")
    #expect(
      message(String(repeating: "not ", count: 1000) + "a = 1")
        == "'--where' nests deeper than 50 levels at character 201"
    )
    let deepest = String(repeating: "(", count: 50) + "a = 1" + String(repeating: ")", count: 50)
    #expect(parsed(deepest) == .comparison(column: "a", .equal, value: "1"))
    // What is long is shown by its beginning.
    let long = "domain " + String(repeating: "x", count: 3000)
    #expect((message(long)?.count ?? 0) < 400)
    #expect(message(long)?.contains("xxx…'") == true)
  }

  /// Whatever the text is, it is read or refused.
  @Test func noTextIsTooStrange() {
    var state: UInt64 = 1
    let pieces = [
      "a", "accuracy", "and", "or", "not", "in", "is", "null", "between", "like", "(", ")", ",", "<", "=", "!=", "'",
      "\"",
      " ", "0.5", "50%", ";", "\u{0}", "é", "🙂", "--", "/*", "?", ":x", "\\", "''", "\r\n", "NaN",
    ]
    var read = 0
    for _ in 0..<5000 {
      var text = ""
      for _ in 0..<12 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(state >> 33) % pieces.count] + (state >> 20 & 1 == 0 ? " " : "")
      }
      do {
        _ = try Condition(text)
        read += 1
      } catch {
        #expect(error.description.contains("--where"))
      }
    }
    #expect(read < 5000)
  }

  private let columns = [
    Listing.Column("accuracy", .fraction, "x.accuracy"), Listing.Column("seed", .seed, "x.seed"),
    Listing.Column("domain", .name, "x.domain"),
  ]

  private func compiled(_ text: String) throws -> (sql: String, values: [String]) {
    var values = BoundValues()
    let sql = try Condition(text).sql(columns, others: [Listing.Column("run", .integer, "x.id")], &values)
    return (sql, values.values.map(\.description))
  }

  @Test func valuesAreBoundAndNamesAreCatalogued() throws {
    let all = try compiled(
      "accuracy < 50% and (domain = 'x''; DROP TABLE runs; --' or not domain like 'i%') and run = 3")
    #expect(all.sql == "(((x.accuracy < ?1) AND ((x.domain = ?2) OR (NOT (x.domain LIKE ?3)))) AND (x.id = ?4))")
    #expect(all.values == ["0.5", "\"x\\'; DROP TABLE runs; --\"", "\"i%\"", "3"])
    let sets = try compiled("accuracy between 1e-3 and 1 or domain in (a, b) or accuracy is not null")
    #expect(
      sets.sql == "(((x.accuracy BETWEEN ?1 AND ?2) OR (x.domain IN (?3, ?4))) OR (NOT (x.accuracy IS NULL)))")
    #expect(try compiled("seed = 3").sql.hasPrefix("((CASE WHEN x.seed < 0 THEN"))
    // A number is a word where words are.
    #expect(try compiled("domain = 3").values == ["\"3\""])
  }

  /// The number that SQL gets for a text.
  private func number(_ text: String) throws -> Double? {
    var values = BoundValues()
    _ = try Condition("accuracy = \(text)").sql(columns, others: [], &values)
    return values.values.first.flatMap { Double.fromDatabaseValue($0) }
  }

  @Test func aPercentageIsTheFractionThatItMeans() throws {
    for tenths in 1...999 {
      #expect(try number("\(tenths / 10).\(tenths % 10)%") == Double(tenths) / 1000)
    }
    for (text, value) in [
      ("9.70%", 0.097), ("-9.7%", -0.097), ("0.7e1%", 0.07), ("7E-1%", 0.007), ("100%", 1), ("0%", 0),
      ("1e308%", 1e306),
      ("1e-322%", 0), ("1e400%", nil), ("0x10%", 0.16),
    ] as [(String, Double?)] {
      if let value {
        #expect(try number("'\(text)'") == value, "\(text)")
      } else {
        #expect(throws: ConditionError.self) { try number("'\(text)'") }
      }
    }
    // No exponent is too large to be read.
    #expect(try number("'0e-9223372036854775808%'") == 0)
  }

  @Test func whatCannotBeComparedIsSaid() {
    func message(_ text: String) -> String? {
      do {
        _ = try compiled(text)
        return nil
      } catch {
        return "\(error)"
      }
    }
    let number = ", which is no number (allowed: a number, or a percentage as 50%)"
    for value in ["half", "nan", "inf", "5%%", "0x10p", "''", "1.5.2"] {
      let shown = value == "''" ? "" : value
      #expect(message("accuracy < \(value)") == "'--where' compares column 'accuracy' with '\(shown)'" + number)
    }
    #expect(message("accuracy in (1, b)") == "'--where' compares column 'accuracy' with 'b'" + number)
    #expect(message("accuracy between a and 1") == "'--where' compares column 'accuracy' with 'a'" + number)
    #expect(
      message("acuracy < 1")
        == "'--where' names no column 'acuracy'; did you mean 'accuracy'? (allowed: accuracy, seed, domain)")
    #expect(message("not x.id = 1") == "'--where' names no column 'x.id' (allowed: accuracy, seed, domain)")
    #expect(
      message("accuracy like 0%")
        == "'--where' uses 'like' on column 'accuracy', which holds numbers (allowed: domain)")
  }

  @Test func ordersAreRead() throws {
    #expect(
      try SortTerm.terms("accuracy:desc,round,client:asc")
        == [SortTerm("accuracy", descending: true), SortTerm("round"), SortTerm("client")])
    #expect(throws: ConditionError.unknownDirection("down", column: "kl")) { try SortTerm.terms("kl:down") }
    #expect(
      ConditionError.unknownDirection("down", column: "kl").description
        == "'--sort kl:down' names no direction 'down' (allowed: asc, desc)")
  }
}
