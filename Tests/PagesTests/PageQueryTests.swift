import Pages
import Testing

struct PageQueryTests {
  private func query(_ items: [(String, String)]) throws -> PageQuery {
    try PageQuery(items: items.map { (name: $0.0, value: $0.1) })
  }

  @Test func theFieldsOfAnAddressAreKept() throws {
    let items = [
      ("run", "a/b/1"), ("run", "3"), ("arm", "x & y"), ("seed", "18446744073709551615"), ("client", "0"),
      ("domain", "chalk"), ("rounds", "3..9"), ("metric", "loss"), ("baseline", "x"), ("at", "7"),
      ("subject", "unseen"),
      ("model", "global"), ("phase", "after-training"), ("norm-source", "pooled"), ("figure", "loss"),
      ("figure", "clients"),
    ]
    let query = try query(items)
    #expect(query.items.map { "\($0.name)=\($0.value)" } == items.map { "\($0.0)=\($0.1)" })
    #expect(try PageQuery(items: query.items) == query)
    #expect(query.question.filter.seeds == [.max])
    #expect(query.rounds == 3...9)
    #expect(query.question.evaluations?.normSource == .pooled)
  }

  @Test func nothingAskedForIsEverythingOfTheNewest() throws {
    #expect(try query([]) == PageQuery())
    #expect(PageQuery().items.isEmpty)
    // As a form with empty fields sends it.
    #expect(try query([("arm", ""), ("rounds", "")]) == PageQuery())
    #expect(try query([("figure", "loss,accuracy")]).figures == ["loss", "accuracy"])
  }

  @Test(arguments: [("5", 5...5), ("5..", 5...2_147_483_647), ("..5", 0...5)])
  func roundsMayBeOpen(text: String, range: ClosedRange<Int>) throws {
    #expect(try query([("rounds", text)]).rounds == range)
  }

  @Test(arguments: [
    (
      [("sed", "1")],
      "there is no field 'sed'; did you mean 'seed'? (allowed: run, arm, seed, client, domain, rounds, metric, baseline, at, subject, model, phase, norm-source, split, figure)"
    ),
    ([("seed", "-1")], "seed=-1 is not allowed (allowed: a whole number ≥ 0)"),
    ([("client", "x")], "client=x is not allowed (allowed: a whole number ≥ 0)"),
    ([("rounds", "9..3")], "rounds=9..3 is not allowed (allowed: 10..20, 10.., ..20 or 10)"),
    (
      [("metric", "speed")],
      "metric=speed is not allowed (allowed: accuracy, loss, balanced_accuracy, top_5_accuracy, macro_f1, macro_precision, macro_recall, micro_f1, micro_precision, micro_recall, exact_match, label_accuracy, roc_auc, mean_average_precision, log_loss, perplexity, brier, ece, rmse, mae, r2)"
    ),
    ([("subject", "me")], "subject=me is not allowed (allowed: client, union, unseen)"),
    ([("at", "1"), ("at", "2")], "'at' is there twice"),
  ])
  func mistakesAreNamed(items: [(String, String)], message: String) {
    do {
      _ = try query(items)
      Issue.record("no error")
    } catch {
      #expect("\(error)" == message)
    }
  }
}
