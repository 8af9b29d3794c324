import Figures
import Foundation
import Pages
import Questions
import Records
import Reports
import RunStore
import Tables
import TestSupport
import Testing

@testable import Pages

/// What figures show, by value.
struct FigureValueTests {
  private func page(_ shape: StudyFixture.Shape = StudyFixture.Shape(), _ query: PageQuery = PageQuery()) throws
    -> RunPage
  {
    let fixture = try StudyFixture()
    try fixture.add(shape)
    return try RunPage(fixture.store, query)
  }

  private func number(_ cell: Cell) -> Double? {
    switch cell.value {
    case .percent(let value), .points(let value), .bytes(let value), .number(let value, _, _): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  @Test func curvesAreMeansOverSeedsWithTheirEnds() throws {
    let figure = try #require(try page().figure("accuracy"))
    let last = try #require(figure.table.rows.last)
    // Clients 0 to 3 lie 0.01 apart, seeds too: the mean of seed 2 is the mean over seeds.
    let mean = 0.1 + 0.6 * 6 / 7 - 0.015 + 0.02
    #expect(number(last[0]) == 6)
    #expect(abs(try #require(number(last[1])) - mean) < 1e-12)
    #expect(abs(try #require(number(last[2])) - (mean - 0.01)) < 1e-12)
    #expect(abs(try #require(number(last[3])) - (mean + 0.01)) < 1e-12)
    #expect(figure.caption.contains("means over 3 seeds"))
    guard case .lines(let chart)? = figure.panels.first?.chart else { throw PageQueryError.repeated(field: "") }
    #expect(chart.lines.count { !$0.isThin } == 2)
    #expect(chart.lines.count { $0.isThin } == 6)
  }

  @Test func manySeedsHaveABandOfOneStandardDeviation() throws {
    var shape = StudyFixture.Shape()
    shape.seeds = Array(1...9)
    let figure = try #require(try page(shape).figure("accuracy"))
    let last = try #require(figure.table.rows.last)
    let spread = try #require(Sample.standardDeviation((1...9).map { 0.01 * Double($0) }))
    #expect(abs(try #require(number(last[3])) - (try #require(number(last[1]))) - spread) < 1e-12)
    #expect(figure.caption.contains("one standard deviation"))
    guard case .lines(let chart)? = figure.panels.first?.chart else { throw PageQueryError.repeated(field: "") }
    #expect(chart.lines.allSatisfy { !$0.isThin })
  }

  @Test func aFailedRunIsDrawnButNotAveraged() throws {
    var shape = StudyFixture.Shape()
    shape.failing = ["fedbn 2"]
    let figure = try #require(try page(shape).figure("accuracy"))
    #expect(figure.caption.contains("One run that failed is a thin line and not in the means."))
    let last = try #require(figure.table.rows.last)
    let mean = 0.1 + 0.6 * 6 / 7 + 0.05 - 0.015 + 0.02
    #expect(abs(try #require(number(last[4])) - mean) < 1e-12)
  }

  @Test func communicationSumsBothWays() throws {
    let figure = try #require(try page().figure("communication"))
    let last = try #require(figure.table.rows.first { number($0[1]) == 6 })
    #expect(number(last[2]) == 18_000_000)
  }

  @Test func timeAddsUp() throws {
    var shape = StudyFixture.Shape()
    #expect(
      try #require(try page(shape).figure("time")).absence == "No evaluated run has a clock, which 'devices' gives.")
    shape.secondsPerRound = 2.5
    let figure = try #require(try page(shape).figure("time"))
    let last = figure.table.rows.filter { number($0[1]) == 6 }
    #expect(last.map { number($0[2]) } == [15, 30])
    #expect(last.map { $0[0].value } == [.text("fedavg"), .text("fedbn")])
    #expect(figure.caption.contains("Means over 3 seeds."))
    #expect(!figure.caption.contains("No clock"))
    // A run without a clock leaves its arm without: the mean of the others would be another.
    let fixture = try StudyFixture()
    let runs = try fixture.add(shape)
    try fixture.store.execute("UPDATE rounds SET simulated_seconds = NULL WHERE run_id = \(runs[4])")
    let partial = try #require(try RunPage(fixture.store, PageQuery()).figure("time"))
    #expect(partial.table.rows.allSatisfy { $0[0].value == .text("fedavg") } && partial.table.rows.count == 7)
    #expect(partial.caption.contains("No clock or evaluation: fedbn."))
  }

  /// Bounds are grey, thin and dashed, and leave the colours of the others as they are.
  @Test func boundsStepBack() throws {
    var shape = StudyFixture.Shape()
    shape.arms = ["local", "fedavg", "central", "fedbn"]
    shape.bounds = ["local": .local, "central": .central]
    let page = try page(shape)
    let figure = try #require(page.figure("accuracy"))
    #expect(figure.legend.map(\.name) == ["fedavg", "fedbn", "local (bound)", "central (bound)"])
    #expect(figure.legend.map(\.style) == [0, 1, Palette.bound(0), Palette.bound(1)])
    #expect(figure.caption.contains("thin lines are single seeds. Dashed grey lines are bounds."))
    guard case .lines(let chart)? = figure.panels.first?.chart else { throw PageQueryError.repeated(field: "") }
    #expect(chart.lines.count { $0.isThin } == 6 && chart.lines.count { !$0.band.isEmpty } == 2)
    #expect(chart.lines.filter { $0.style < 0 }.map(\.points.count) == [7, 7])
    // Whatever a bound costs is nothing to compare: a level, at what it has in the last round.
    let cost = try #require(page.figure("communication"))
    guard case .paths(let paths)? = cost.panels.first?.chart else { throw PageQueryError.repeated(field: "") }
    #expect(paths.paths.map(\.points.count) == [7, 7, 0, 0])
    #expect(paths.levels.map(\.series) == [2, 3])
    let value = 0.1 + 0.6 * 6 / 7 - 0.015 + 0.02
    #expect(abs(paths.levels[0].value - value) < 1e-12 && abs(paths.levels[1].value - value - 0.1) < 1e-12)
    #expect(
      cost.caption.hasSuffix("Dashed grey lines are bounds: what they reach in the last round, whatever it costs."))
    #expect(cost.table.rows.suffix(2).map { $0[0].peopleText } == ["local", "central"])
    #expect(cost.table.rows.suffix(2).allSatisfy { $0[1] == .missing && $0[2] == .missing && number($0[3]) != nil })
    // They are no hypotheses.
    let differences = try #require(page.figure("differences"))
    guard case .intervals(let rows)? = differences.panels.first?.chart else { throw PageQueryError.repeated(field: "") }
    #expect(rows.rows.prefix(3).map(\.name) == ["fedbn", "local (bound)", "central (bound)"])
    #expect(rows.rows.prefix(3).map(\.style) == [1, Palette.bound(0), Palette.bound(1)])
    #expect(differences.table.rows.prefix(3).map { $0[7] == .missing }.suffix(2) == [true, true])
    #expect(differences.caption.contains("Grey rows are bounds, which compete with nobody."))
    let html = page.document()
    #expect(html.contains("local (bound)") && html.contains("class=\"line sb d1\""))
  }

  @Test func differencesHaveTwoIntervals() throws {
    var shape = StudyFixture.Shape()
    shape.twist = { $0 + 0.001 * ($0 * 1e6).truncatingRemainder(dividingBy: 7) }
    let page = try page(shape)
    let figure = try #require(page.figure("differences"))
    let comparison = try #require(page.comparison.arms.last?.measures.first?.comparison)
    let first = try #require(figure.table.rows.first)
    #expect(number(first[2]) == comparison.difference.mean)
    #expect(number(first[3]) == comparison.difference.interval?.lowerBound)
    #expect(number(first[5]) == comparison.bootstrap.interval?.lowerBound)
    #expect(comparison.bootstrap.interval != nil)
    guard case .intervals(let chart)? = figure.panels.first?.chart else { throw PageQueryError.repeated(field: "") }
    #expect(chart.rows.map(\.name) == ["All clients", "ink", "chalk"])
    #expect(chart.rows.map { $0.second != nil } == [true, false, false])
  }

  @Test func driftIsAMeanOverSeeds() throws {
    let figure = try #require(try page().figure("between-share"))
    #expect(figure.table.rows.count == 2 * 2 * 6)
    for row in figure.table.rows { #expect(abs(try #require(number(row[3])) - 0.2) < 1e-12) }
  }

  @Test func driftIsOfTheRoundsThatAnyRunOfAnArmHas() throws {
    var shape = StudyFixture.Shape()
    shape.interrupted = ["fedavg 1": 2, "fedbn 1": 1]
    // The second arm's first run has no drift at all.
    shape.drifts = { $0 % 2 == 0 }
    let figure = try #require(try page(shape).figure("between-share"))
    #expect(figure.panels.map(\.title) == ["fedavg", "fedbn"])
    for arm in ["fedavg", "fedbn"] {
      let rows = figure.table.rows.filter { $0[0].value == .text(arm) }
      #expect(rows.compactMap { number($0[2]) } == [2, 4, 6, 2, 4, 6])
      for row in rows { #expect(abs(try #require(number(row[3])) - 0.2) < 1e-12) }
    }
    #expect(figure.caption.contains("Means over 3 seeds, in each round over those that have it."))
    let even = try #require(try page().figure("between-share"))
    #expect(even.caption.contains("Means over 3 seeds. "))
  }

  @Test func whoTrainedSeldomIsShownAfterTraining() throws {
    var shape = StudyFixture.Shape()
    shape.seeds = [1]
    // Client 3 never trains, and the last round is that of 0 and 2.
    shape.trained = { $0 == 0 ? [] : $0 % 2 == 1 ? [1] : [0, 2] }
    var query = PageQuery()
    query.question.evaluations = EvaluationSelection(phase: .afterTraining)
    let all = try #require(try page(shape, query).figure("clients"))
    #expect(all.panels.map(\.title) == ["0 · ink", "1 · chalk", "2 · ink"])
    query.clients = [1]
    let figure = try #require(try page(shape, query).figure("clients"))
    #expect(figure.panels.map(\.title) == ["1 · chalk"])
    let rows = figure.table.rows.filter { number($0[3]) != nil }
    #expect(rows.compactMap { number($0[2]) } == [1, 3, 5])
    query.clients = [3]
    #expect(throws: QuestionError.self) { try page(shape, query) }
    // A round without anyone says nothing of the others.
    shape.trained = { $0 == 3 ? [2] : [] }
    query.clients = []
    #expect(try page(shape, query).figure("clients")?.panels.map(\.title) == ["2 · ink"])
  }

  @Test func roundsOfWhoTrainsSeldomAreNotThinnedAway() throws {
    var shape = StudyFixture.Shape()
    shape.seeds = [1]
    shape.rounds = 120
    shape.trained = { $0 == 0 ? [] : $0 == 57 || $0 == 58 ? [1] : [0] }
    var query = PageQuery()
    query.question.evaluations = EvaluationSelection(phase: .afterTraining)
    let figure = try #require(try page(shape, query).figure("clients"))
    func rounds(_ client: Double) -> [Double] {
      figure.table.rows.filter { number($0[0]) == client }.compactMap { number($0[2]) }
    }
    #expect(rounds(1) == [57, 58])
    #expect(rounds(0).count == 50 && rounds(0).first == 1 && rounds(0).last == 120)
  }

  @Test func figuresOfSingleClientsShowThoseAskedFor() throws {
    var query = PageQuery()
    query.domains = ["chalk"]
    let figures = ["client-divergence", "samples", "labels", "clients"]
    let page = try page(StudyFixture.Shape(), query)
    for name in figures {
      let rows = try #require(page.figure(name)).table.rows
      let place = name == "client-divergence" ? 1 : 0
      #expect(Set(rows.compactMap { number($0[place]) }) == [1, 3], "\(name)")
    }
    for name in figures {
      for (clients, domains, message) in [
        ([9], [], "there is no client '9' (allowed: 0, 1, 2, 3)"),
        ([], ["inc"], "there is no domain 'inc'; did you mean 'ink'? (allowed: chalk, ink)"),
      ] as [([Int], [String], String)] {
        var query = PageQuery()
        (query.clients, query.domains, query.figures) = (clients, domains, [name])
        do {
          _ = try self.page(StudyFixture.Shape(), query)
          Issue.record("\(name) knows \(clients) \(domains)")
        } catch {
          #expect("\(error)" == message)
        }
      }
      var query = PageQuery()
      (query.clients, query.domains, query.figures) = ([0], ["chalk"], [name])
      #expect(try self.page(StudyFixture.Shape(), query).figure(name)?.isEmpty == true, "\(name)")
    }
  }

  @Test func singleClientsAreThoseAskedFor() throws {
    var query = PageQuery()
    query.domains = ["chalk"]
    let figure = try #require(try page(StudyFixture.Shape(), query).figure("clients"))
    #expect(figure.panels.map(\.title) == ["1 · chalk", "3 · chalk"])
    #expect(figure.caption.contains("seed 1 alone"))
  }

  @Test func ofManyClientsTheWorstTheBestAndSomeBetweenAreShown() throws {
    var shape = StudyFixture.Shape()
    shape.clients = 100
    shape.seeds = [1]
    let figure = try #require(try page(shape).figure("clients"))
    #expect(figure.panels.count == 40)
    // A client's accuracy falls with its number.
    let shown = Set(figure.panels.compactMap { Int($0.title.split(separator: " ")[0]) })
    #expect(shown.isSuperset(of: Set(0..<13)))
    #expect(shown.isSuperset(of: Set(86..<100)))
    #expect(figure.caption.contains("Of 100 clients, the 14 worst and the 13 best"))
  }

  @Test func manyClientsShareColumns() throws {
    var shape = StudyFixture.Shape()
    shape.clients = 450
    shape.seeds = [1]
    shape.rounds = 1
    let figure = try #require(try page(shape).figure("samples"))
    guard case .bars(let chart)? = figure.panels.first?.chart else { throw PageQueryError.repeated(field: "") }
    #expect(chart.categories.count == 150)
    #expect(chart.categories.first == "0–2")
    #expect(chart.series[0].values.first == 101)
    #expect(figure.caption.contains("A column is the mean over 3 clients of the 450."))
    #expect(figure.table.rows.count == 450)
  }

  @Test func roundsAreThinnedFromTheFirstToTheLast() {
    let rounds = ArmCurves.thinned(Array(0...1000))
    #expect(rounds.count == 100)
    #expect(rounds.first == 0)
    #expect(rounds.last == 1000)
    #expect(ArmCurves.thinned([1, 2, 3]) == [1, 2, 3])
  }

  @Test func armsKeepTheirColourInEveryFigure() throws {
    for figure in try page().figures where figure.legend.contains(where: { $0.name == "fedbn" }) {
      #expect(figure.legend.first { $0.name == "fedbn" }?.style == 1)
    }
  }
}
