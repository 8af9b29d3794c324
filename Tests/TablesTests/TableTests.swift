import Foundation
import Testing

@testable import Tables

@Suite struct TableTests {
  private let table = Table(
    columns: [
      .words("name"),
      Table.Column("count"),
      Table.Column("mean_loss", header: "loss"),
      Table.Column("accuracy", header: "acc"),
      Table.Column("gain"),
      Table.Column("bytes_up", header: "MB up"),
      Table.Column("seconds", header: "time"),
      Table.Column("started_at", header: "started"),
      Table.Column("done", alignment: .leading),
      Table.Column("seed", audience: .programs),
      Table.Column("words", alignment: .leading, audience: .people),
    ],
    rows: [
      [
        .text("fedavg"), .integer(3), .number(0.123456789, digits: 4), .percent(0.801), .points(0.03), .bytes(284_096),
        .duration(83), .time(Date(timeIntervalSince1970: 1_778_312_125)), .boolean(true), .unsigned(.max), .text("a"),
      ],
      [
        .text("漢字, \"q\""), .integer(-12), .number(.nan, digits: 4), .percent(1), .points(-0.0301),
        .bytes(123_456_789.5),
        .duration(0.4213), .missing, .boolean(false), .unsigned(7), .text("b"),
      ],
      [
        .text("e\u{301}\n\u{1B}[31m"), .integer(nil), .number(-.infinity, digits: 1), .percent(nil), .points(-0.0001),
        .bytes(Int?.none), .duration(7261), .missing, .missing, .unsigned(nil), .text(""),
      ],
    ])

  @Test func textForPeople() {
    #expect(
      table.text(width: nil) == """
        name       count    loss     acc  gain  MB up    time           started  done  words
        ─────────  ─────  ──────  ──────  ────  ─────  ──────  ────────────────  ────  ─────
        fedavg         3  0.1235   80.1%  +3.0  0.284  1m 23s  2026-05-09 07:35  yes   a
        漢字, "q"    -12     NaN  100.0%  -3.0  123.5  0.42 s                 –  no    b
        e\u{301}  [31m        –    -inf       –   0.0      –  2h 01m                 –  –

        """)
  }

  @Test func csvHasEveryDigit() {
    #expect(
      table.csv() == """
        name,count,mean_loss,accuracy,gain,bytes_up,seconds,started_at,done,seed\r
        fedavg,3,0.123456789,0.801,0.03,284096,83,2026-05-09T07:35:25Z,true,18446744073709551615\r
        "漢字, ""q""\",-12,,1,-0.0301,123456789.5,0.4213,,false,7\r
        "e\u{301}\n\u{1B}[31m",,,,-0.0001,,7261,,,\r

        """)
  }

  @Test func jsonHasEveryDigitAndNoNaN() throws {
    let text = """
      [
        {"name": "fedavg", "count": 3, "mean_loss": 0.123456789, "accuracy": 0.801, "gain": 0.03, "bytes_up": 284096, \
      "seconds": 83, "started_at": "2026-05-09T07:35:25Z", "done": true, "seed": 18446744073709551615},
        {"name": "漢字, \\"q\\"", "count": -12, "mean_loss": null, "accuracy": 1, "gain": -0.0301, "bytes_up": 123456789.5, \
      "seconds": 0.4213, "started_at": null, "done": false, "seed": 7},
        {"name": "e\u{301}\\n\\u001b[31m", "count": null, "mean_loss": null, "accuracy": null, "gain": -0.0001, \
      "bytes_up": null, "seconds": 7261, "started_at": null, "done": null, "seed": null}
      ]

      """
    #expect(table.json() == text)
    let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8))
    #expect((parsed as? [Any])?.count == 3)
  }

  @Test func aTableWithoutRows() {
    let empty = Table(columns: [.words("arm"), Table.Column("mean_loss")])
    #expect(empty.text() == "arm  mean loss\n───  ─────────\n")
    #expect(empty.csv() == "arm,mean_loss\r\n")
    #expect(empty.json() == "[]\n")
  }

  @Test func ansiStyleMarksHeadersRulesAndEmphasis() {
    let table = Table(
      columns: [.words("arm"), Table.Column("n")],
      rows: [
        [.text("a"), .integer(1).emphasized(.bold)],
        [.text("b").emphasized(.dim), .integer(22)],
      ])
    #expect(
      table.text(style: .ansi) == """
        \u{1B}[1marm\u{1B}[0m   \u{1B}[1mn\u{1B}[0m
        \u{1B}[2m───  ──\u{1B}[0m
        a     \u{1B}[1m1\u{1B}[0m
        \u{1B}[2mb\u{1B}[0m    22

        """)
  }

  @Test func aNarrowTerminalShortensWordsButNoNumbers() {
    let table = Table(
      columns: [.words("arm"), .words("norm"), Table.Column("final_loss")],
      rows: [[.text("fedavg/learning_rate=0.01"), .text("recalibrated"), .number(0.123456, digits: 6)]])
    #expect(
      table.text(width: 36) == """
        arm             norm      final loss
        ──────────────  ────────  ──────────
        fedavg/…e=0.01  reca…ted    0.123456

        """)
    #expect(
      table.text(width: 29) == """
        arm         fedavg/l…ate=0.01
        norm        recalibrated
        final loss  0.123456

        """)
    let lines = table.text(width: 5).split(separator: "\n").map(TerminalWidth.of)
    #expect(lines == [20, 20, 20])
    #expect(table.text(width: nil).contains("fedavg/learning_rate=0.01"))
  }

  /// `run  name  curve  words  time`, 3 + 20 + 12 + 20 + 5 columns and 8 between them: 68.
  private static let fitted = Table(
    columns: [
      Table.Column("run"), .name("name"), Table.Column("curve", alignment: .leading, necessity: .ornament),
      .words("words"), Table.Column("time", necessity: .useful),
    ],
    rows: [
      [
        .integer(1), .text("abcdefghijklmnopqrst"), .text("▁▂▃▄▅▆▇█▁▂▃▄"), .text("01234567890123456789"),
        .text("12:34"),
      ]
    ])

  @Test(arguments: [
    (nil, "  1  abcdefghijklmnopqrst  ▁▂▃▄▅▆▇█▁▂▃▄  01234567890123456789  12:34"),
    (68, "  1  abcdefghijklmnopqrst  ▁▂▃▄▅▆▇█▁▂▃▄  01234567890123456789  12:34"),
    // A column of words that is a little too wide becomes narrower by four columns, not by one.
    (67, "  1  abcdefghijklmnopqrst  01234567890123456789  12:34"),
    (53, "  1  abcdefghijklmnopqrst  01234567…3456789  12:34"),
    (42, "  1  abcdefghijklmnopqrst  0123…789  12:34"),
    (41, "  1  abcdefghijklmnopqrst  0123456…456789"),
    (35, "  1  abcdefghijklmnopqrst  0123…789"),
    (34, "  1  abcdefgh…nopqrst  0123…789"),
    (23, "  1  abcd…rst  0123…789"),
  ])
  func aNarrowTerminalGivesUpTheLeastFirst(width: Int?, row: String) {
    let lines = Self.fitted.text(width: width).split(separator: "\n")
    #expect(lines.last.map(String.init) == row)
    #expect(lines.allSatisfy { TerminalWidth.of($0) <= width ?? 68 })
  }

  @Test func whatDoesNotFitInLinesKeepsItsNamesAndColumns() {
    #expect(
      Self.fitted.text(width: 20) == """
        run    1
        name   abcdefghijklmnopqrst
        curve  ▁▂▃▄▅▆▇█▁▂▃▄
        words  012345…456789
        time   12:34

        """)
  }

  @Test func headersOfUpToTwelveColumnsStayWhole() {
    let table = Table(
      columns: [.name("experiment"), Table.Column("accuracy")], rows: [[.text("digits-five-of-all"), .percent(0.5)]])
    #expect(table.text(width: 20).hasPrefix("experiment  accuracy\n"))
    // Four columns less than its eleven would be less than its header has.
    let short = Table(columns: [.name("arm_of_two"), Table.Column("n")], rows: [[.text("silobn-prox"), .integer(1)]])
    #expect(
      short.text(width: 13) == "arm_of_two  silobn-prox\nn           1\n".replacing("arm_of_two", with: "arm of two"))
  }

  @Test(arguments: [30, 40, 60, 80, 99, 100]) func aTableFitsItsTerminal(width: Int) {
    let wide = Table(
      columns: [.words("arm")] + (1...8).map { Table.Column("value_\($0)") },
      rows: (0..<3).map { row in [.text("fedavg \(row)")] + (1...8).map { .number(Double($0) / 3, digits: 4) } })
    let text = wide.text(width: width)
    let lines = text.split(separator: "\n")
    let isExpanded = width < 80
    #expect(lines.count == (isExpanded ? 3 * 9 + 2 : 5))
    #expect(lines.allSatisfy { TerminalWidth.of($0) <= width })
    #expect(text.hasPrefix(isExpanded ? "arm      fedavg 0\nvalue 1  0.3333\n" : "arm       value 1  "))
    // Where nobody looks, or a terminal is wide, a line is a row.
    #expect(wide.text(width: nil).split(separator: "\n").count == 5)
  }

  @Test func aDocumentKeepsTheOrderOfItsKeys() {
    var document = JSONDocument()
    #expect(document.json() == "{}\n")
    document.add("metric", .text("accuracy"))
    document.add("at", .missing)
    document.add("seeds", list: [.unsigned(3), .unsigned(1)])
    document.add("arms", Table(columns: [Table.Column("n")], rows: [[.integer(1)], [.integer(2)]]))
    document.add("none", Table(columns: []))
    #expect(
      document.json() == """
        {
          "metric": "accuracy",
          "at": null,
          "seeds": [3, 1],
          "arms": [
            {"n": 1},
            {"n": 2}
          ],
          "none": []
        }

        """)
  }
}

@Suite struct TerminalWidthTests {
  @Test func widths() {
    #expect(TerminalWidth.of("fedavg") == 6)
    #expect(TerminalWidth.of("漢字") == 4)
    #expect(TerminalWidth.of("한글") == 4)
    #expect(TerminalWidth.of("Ａ") == 2)
    #expect(TerminalWidth.of("e\u{301}é") == 2)
    #expect(TerminalWidth.of("🙂👩‍🔬🇩🇪❤️") == 8)
    #expect(TerminalWidth.of("█–…±") == 4)
    #expect(TerminalWidth.of("a\u{200B}b") == 2)
    #expect(TerminalWidth.of("") == 0)
  }

  @Test func truncationKeepsBothEnds() {
    #expect(TerminalWidth.truncated("fedavg", to: 6) == "fedavg")
    #expect(TerminalWidth.truncated("abcdefgh", to: 5) == "ab…gh")
    #expect(TerminalWidth.truncated("漢字漢字", to: 6) == "漢…字")
  }
}

@Suite struct NumberTextTests {
  @Test func numbers() {
    #expect(NumberText.fixed(-0.04, digits: 1) == "0.0")
    #expect(NumberText.fixed(0.04, digits: 1, signed: true) == "0.0")
    #expect(NumberText.fixed(.nan, digits: 1) == "NaN")
    #expect(NumberText.fixed(.infinity, digits: 1, signed: true) == "+inf")
    #expect(NumberText.fixed(1e20, digits: 4) == "1.000e+20")
    #expect(NumberText.megabytes(12_345) == "0.012")
    #expect(NumberText.megabytes(12_345_678) == "12.35")
    #expect(NumberText.megabytes(2e9) == "2000")
    #expect(NumberText.probability(0.0004) == "<0.001")
    #expect(NumberText.probability(0.0421) == "0.042")
    #expect([0.04978, 0.049997, 0.05, 0.0501].map(NumberText.probability) == ["0.0498", "0.049997", "0.050", "0.050"])
    #expect(NumberText.probability((0.05).nextDown) == "<0.05")
    #expect(NumberText.exact(-0.0) == "0")
    #expect(NumberText.exact(1e300) == "1e+300")
    #expect(NumberText.exact(0.1) == "0.1")
    #expect(NumberText.exact(.nan) == nil)
  }

  @Test func durations() {
    #expect(
      [0.4213, 9.996, 59.96, 3599.7, 7259, 360_000].map(NumberText.duration) == [
        "0.42 s", "10.0 s", "1m 00s", "1h 00m", "2h 01m", "100h 00m",
      ])
    #expect(NumberText.duration(.nan) == "NaN s")
  }
}

@Suite struct SparklineTests {
  @Test func eightSteps() {
    #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.text([0.1, nil, 0.5, .nan, 0.9]) == "▁ ▅ █")
    #expect(Sparkline.text([2, 2]) == "▅▅")
    #expect(Sparkline.text([-5, 0.5, 5], range: 0...1) == "▁▅█")
    #expect(Sparkline.text([]) == "")
    #expect(Sparkline.text([nil, .infinity]) == "  ")
  }

  @Test func longCurvesAreThinnedFromFirstToLast() {
    let line = Sparkline.text((0...100).map(Double.init), maxWidth: 8)
    #expect(line == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.text([1, 2, 3], maxWidth: 3).count == 3)
    #expect(Sparkline.text([0, 5, 9], maxWidth: 1) == "▁█")
  }
}

@Suite struct ParagraphTests {
  @Test func wrapsAtSpaces() {
    #expect(Paragraph.wrapped("one two three four", width: 9) == "one two\n  three\n  four\n")
    #expect(Paragraph.wrapped("a-very-long-word b", width: 5, indent: 0) == "a-very-long-word\nb\n")
    #expect(Paragraph.wrapped("  one  two three ", width: 10, indent: 4) == "  one  two\n    three\n")
    #expect(Paragraph.wrapped("  one  two ", width: nil) == "  one  two \n")
    #expect(Paragraph.wrapped("", width: 5) == "\n")
    #expect(Paragraph.wrapped("one\ntwo", width: nil) == "one two\n")
  }

  @Test func jsonEscapesWhatATerminalWouldTakeForMore() throws {
    let name = "a\u{1B}b\u{7F}c\u{9B}d\u{202E}e\u{200B}f\u{E0041}g\u{FEFF}é"
    let text = Table(columns: [.words("name")], rows: [[.text(name)]]).json()
    #expect(
      text.contains(#""a\u001bb\u007fc\u009bd\u202ee\u200bf\udb40\udc41g\ufeffé""#), "\(text)")
  }
}
