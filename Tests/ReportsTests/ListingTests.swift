import Foundation
import Records
import Tables
import Testing

@testable import Reports

@Suite struct RunListingTests {
  private let runs = [
    ListedRun(
      id: 12, experiment: "digits-five", arm: "fedavg", strategy: "fedavg", norm: "fedavg", seed: 1,
      status: .finished,
      roundsDone: 100, roundsPlanned: 100, accuracy: 0.8012, startedAt: Date(timeIntervalSince1970: 1_778_312_125),
      seconds: 123.4),
    ListedRun(
      id: 13, experiment: "digits-five", arm: "fedbn", strategy: "fedavg", norm: "fedbn", seed: 1, status: .failed,
      roundsDone: 7, roundsPlanned: 100, error: "the loss is not a number"),
  ]

  @Test func text() {
    #expect(
      RunListing.table(runs).text() == """
        run  experiment   arm     seed  status    rounds    acc     started (UTC)
        ───  ───────────  ──────  ────  ────────  ──────  ─────  ────────────────
         12  digits-five  fedavg     1  finished     100  80.1%  2026-05-09 07:35
         13  digits-five  fedbn      1  failed     7/100      –                 –

        """)
    #expect(RunListing.table(runs).text(style: .ansi).contains("\u{1B}[1mfailed\u{1B}[0m"))
    #expect(RunListing.table(runs).text(width: nil).contains("2026-05-09 07:35  2m 03s\n"))
  }

  @Test(arguments: [40, 60, 80, 100]) func namesStayWholeAndCurvesGoFirst(width: Int) {
    var runs = runs
    for index in runs.indices {
      runs[index].experiment = "quickstart"
      runs[index].arm = "silobn-prox"
      runs[index].status = .interrupted
      runs[index].accuracies = Array(repeating: 0.5, count: 12)
    }
    let text = RunListing.table(runs).text(width: width)
    #expect(text.contains("quickstart") && text.contains("silobn-prox") && text.contains("experiment"))
    #expect(!text.contains("…"))
    #expect(text.contains("over time") == (width <= 60))
    for line in text.split(separator: "\n") { #expect(TerminalWidth.of(line) <= width) }
  }

  @Test func whatWasCutOffRunsForProgramsAlone() {
    var runs = runs
    runs[1].status = .running
    runs[1].isCutOff = true
    #expect(RunListing.table(runs).text().contains(" 13  digits-five  fedbn      1  cut off    7/100 "))
    #expect(RunListing.table(runs).csv().contains("\r\n13,digits-five,fedbn,fedavg,fedbn,1,running,7,100,"))
  }

  @Test func peopleSeeAccuraciesOverTime() {
    var runs = runs
    runs[0].accuracies = [0.1, 0.5, 0.8]
    let text = RunListing.table(runs).text(width: nil)
    #expect(text.hasPrefix("run  experiment   arm     seed  status    rounds    acc  over time     started (UTC)"))
    #expect(text.contains("80.1%  ▁▅█        2026-05-09"))
    #expect(RunListing.table(runs).csv() == RunListing.table(self.runs).csv())
  }

  @Test func csv() {
    #expect(
      RunListing.table(runs).csv() == """
        run,experiment,arm,strategy,norm,seed,status,rounds_done,rounds_planned,accuracy,started_at,seconds,tags,error,\
        note,untested_clients,experiment_id,instruction_set,data_hash,split_hash,stop_reason,bound\r
        12,digits-five,fedavg,fedavg,fedavg,1,finished,100,100,0.8012,2026-05-09T07:35:25Z,123.4,,,,,,,,,,none\r
        13,digits-five,fedbn,fedavg,fedbn,1,failed,7,100,,,,,the loss is not a number,,,,,,,,none\r

        """)
  }

  @Test func json() {
    #expect(
      RunListing.table([runs[1]]).json() == """
        [
          {"run": 13, "experiment": "digits-five", "arm": "fedbn", "strategy": "fedavg", "norm": "fedbn", "seed": 1, \
        "status": "failed", "rounds_done": 7, "rounds_planned": 100, "accuracy": null, "started_at": null, \
        "seconds": null, "tags": [], "error": "the loss is not a number", "note": null, "untested_clients": null, \
        "experiment_id": null, "instruction_set": null, "data_hash": null, "split_hash": null, \
        "stop_reason": null, "bound": "none"}
        ]

        """)
  }
}

@Suite struct TableStreamTests {
  private let table = Table(
    columns: [Table.Column("a"), .words("b, c"), .words("people", audience: .people)],
    rows: [
      [.integer(1), .text("x\"y"), .text("p")], [.missing, .text("1,2\n"), .text("q")],
      [.percent(0.5), .missing, .missing],
    ])

  @Test func rowsOneByOneAreTheTable() {
    for rows in [table.rows, [], Array(table.rows.prefix(1))] {
      let whole = Table(columns: table.columns, rows: rows)
      var csv = TableStream(columns: table.columns, form: .csv)
      #expect(csv.head + rows.map { csv.row($0) }.joined() + csv.tail == whole.csv())
      var json = TableStream(columns: table.columns, form: .json)
      #expect(json.head + rows.map { json.row($0) }.joined() + json.tail + "\n" == whole.json())
      var document = JSONDocument()
      document.add("name", .text("x"))
      var nested = TableStream(columns: table.columns, form: .json, indent: 2)
      let text =
        document.beginning(before: "rows") + nested.head + rows.map { nested.row($0) }.joined() + nested.tail
        + JSONDocument.ending
      document.add("rows", whole)
      #expect(text == document.json())
    }
    #expect(table.csv() == "a,\"b, c\"\r\n1,\"x\"\"y\"\r\n,\"1,2\n\"\r\n0.5,\r\n")
  }
}

@Suite struct RoundListingTests {
  @Test func aPageOfRoundsHasTheWholeCurve() {
    let all = (0..<4).map { ListedRound(round: $0, accuracy: 0.25 * Double($0)) }
    let page = RoundListing.text(all, page: 1..<3)
    #expect(page.split(separator: "\n").count == 2 + 2 + 1)
    #expect(page.hasSuffix("accuracy  ▁▃▆█  0.0% → 75.0%\n"))
  }

  private let rounds = [
    ListedRound(
      round: 0, loss: 2.31, accuracy: 0.1, sampleWeighted: 0.1, worst: 0.05, bottomDecile: 0.05, normSource: "own"),
    ListedRound(
      round: 1, reported: 5, trainLoss: 1.98768, trainAccuracy: 0.333, bytesUp: 284_096, bytesDown: 284_096,
      seconds: 0.4213),
    ListedRound(
      round: 2, reported: 5, trainLoss: 0.5, trainAccuracy: 0.81, loss: 0.61, accuracy: 0.8, sampleWeighted: 0.79,
      worst: 0.62, bottomDecile: 0.62, bytesUp: 284_096, bytesDown: 284_096, seconds: 0.4),
  ]

  @Test func text() {
    #expect(
      RoundListing.text(rounds) == """
        round  train loss  train acc    loss    acc  worst  worst 10%  MB up    time
        ─────  ──────────  ─────────  ──────  ─────  ─────  ─────────  ─────  ──────
            0           –          –  2.3100  10.0%   5.0%       5.0%      –       –
            1      1.9877      33.3%       –      –      –          –  0.284  0.42 s
            2      0.5000      81.0%  0.6100  80.0%  62.0%      62.0%  0.284  0.40 s

        accuracy  ▁ █  10.0% → 80.0%

        """)
    #expect(!RoundListing.text([rounds[0]]).contains("accuracy"))
    #expect(RoundListing.text([]).split(separator: "\n").count == 2)
  }

  @Test func csv() {
    #expect(
      RoundListing.table(rounds).csv() == """
        round,reported,train_loss,train_accuracy,loss,accuracy,sample_weighted,worst_client,bottom_decile,bytes_up,\
        bytes_down,seconds,norm_source,untested_clients\r
        0,,,,2.31,0.1,0.1,0.05,0.05,,,,own,\r
        1,5,1.98768,0.333,,,,,,284096,284096,0.4213,,\r
        2,5,0.5,0.81,0.61,0.8,0.79,0.62,0.62,284096,284096,0.4,,\r

        """)
  }
}
