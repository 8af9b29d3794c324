import Catalogs
import Figures
import Foundation
import Pages
import Records
import RunStore
import TestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Every figure of the catalogue, with records that are full, poor, broken and hostile.
struct FigureContractTests {
  /// A record that a figure has to cope with.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var shapes: [StudyFixture.Shape] = []
    var query = PageQuery()
    /// The figures that can draw nothing.
    var absent: Set<String> = []
    var testDescription: String { name }
  }

  private static func shape(_ change: (inout StudyFixture.Shape) -> Void) -> StudyFixture.Shape {
    var shape = StudyFixture.Shape()
    change(&shape)
    return shape
  }

  private static let drift: Set<String> = ["between-share", "divergence", "client-divergence", "layer-share"]
  private static let counted: Set<String> = ["confusion", "calibration"]
  private static let measured: Set<String> = ["accuracy", "worst", "loss", "clients", "communication", "differences"]
  private static let evaluated = measured.union(counted)

  static let cases: [Case] = [
    Case(name: "full", shapes: [shape { _ in }]),
    Case(
      name: "one run",
      shapes: [
        shape {
          $0.arms = ["fedavg"]
          $0.seeds = [7]
        }
      ], absent: ["differences"]),
    Case(name: "a clock", shapes: [shape { $0.secondsPerRound = 4 }]),
    Case(
      name: "a clock and no rounds yet",
      shapes: [
        shape {
          $0.secondsPerRound = 4
          $0.rounds = 0
        }
      ], absent: drift.union(["train-loss", "communication", "time"])),
    Case(name: "no drift", shapes: [shape { $0.layers = [] }], absent: drift),
    Case(name: "no evaluations", shapes: [shape { $0.hasEvaluations = false }], absent: evaluated),
    Case(name: "clients not recorded", shapes: [shape { $0.isRecorded = false }], absent: ["samples", "labels"]),
    Case(name: "no domains", shapes: [shape { $0.domains = [] }]),
    Case(
      name: "no clients",
      shapes: [shape { $0.clients = 0 }],
      absent: evaluated.union(["samples", "labels", "client-divergence"])),
    Case(
      name: "not a number", shapes: [shape { $0.twist = { _ in .nan } }],
      absent: measured.union(drift).union(["train-loss"])),
    Case(
      name: "huge", shapes: [shape { $0.twist = { $0 * 1e300 } }]),
    Case(name: "tiny", shapes: [shape { $0.twist = { $0 * 1e-320 } }]),
    Case(name: "nothing but a few", shapes: [shape { $0.twist = { $0 > 1.7 ? 100 * $0 : 5e-324 } }]),
    Case(name: "negative", shapes: [shape { $0.twist = { -$0 } }]),
    Case(name: "zero", shapes: [shape { $0.twist = { $0 * 0 } }]),
    Case(name: "a failed run", shapes: [shape { $0.failing = ["fedbn 2"] }]),
    Case(
      name: "all failed",
      shapes: [shape { $0.failing = ["fedavg 1", "fedavg 2", "fedavg 3", "fedbn 1", "fedbn 2", "fedbn 3"] }],
      absent: ["differences"]),
    Case(name: "running", shapes: [shape { $0.isRunning = true }], absent: ["differences"]),
    Case(
      name: "no rounds yet", shapes: [shape { $0.rounds = 0 }], absent: drift.union(["train-loss", "communication"])),
    Case(name: "a sweep", shapes: [shape { $0.arms = (0..<20).map { "fedavg rate=\($0)" } }]),
    Case(
      name: "many clients",
      shapes: [
        shape {
          $0.clients = 450
          $0.rounds = 2
          $0.seeds = [1]
        }
      ]),
    Case(
      name: "many layers and rounds",
      shapes: [
        shape {
          $0.layers = (0..<60).map { "block.\($0).norm" }
          $0.rounds = 230
          $0.clients = 2
          $0.seeds = [1]
        }
      ]),
    Case(
      name: "many seeds",
      shapes: [
        shape {
          $0.seeds = Array(1...12)
          $0.labels = 0
        }
      ], absent: ["labels"]),
    Case(
      name: "hostile names",
      shapes: [
        shape {
          $0.name = "</title><script>alert(1)</script>"
          $0.arms = [
            "<script>alert(1)</script>", "\"'&\u{0}\u{1B}[31m", String(repeating: "x", count: 10_000), "שלום\u{202E}",
          ]
          $0.layers = ["<b>", "]]>", "a\nb"]
          $0.domains = ["<img src=x onerror=alert(1)>", "💥\u{7}"]
        }
      ]),
    Case(
      name: "two experiments", shapes: [shape { $0.name = "first" }, shape { $0.name = "second" }],
      query: {
        var query = PageQuery()
        query.question.names = ["first", "second"]
        return query
      }()),
    Case(
      name: "losses of some rounds", shapes: [shape { _ in }],
      query: {
        var query = PageQuery()
        query.question.metric = .loss
        query.rounds = 2...4
        query.question.at = 4
        query.clients = [1, 3]
        query.question.baseline = "fedbn"
        return query
      }()),
  ]

  @Test(arguments: cases) func everyFigureIsWellFormed(_ example: Case) throws {
    let fixture = try StudyFixture()
    for shape in example.shapes { try fixture.add(shape) }
    let page = try RunPage(fixture.store, example.query)
    // What only other metrics than accuracy and loss have is not there unasked.
    #expect(page.figures.map(\.id).sorted() == figureCatalog.names.filter { $0 != "metric" }.sorted())
    let hasClock = example.shapes.contains { $0.secondsPerRound != nil }
    #expect(Set(page.figures.filter(\.isEmpty).map(\.id)) == example.absent.union(hasClock ? [] : ["time"]))
    for figure in page.figures {
      #expect(!figure.title.isEmpty)
      #expect(figure.isEmpty == (figure.absence != nil))
      if !figure.isEmpty {
        #expect(!figure.caption.isEmpty, "\(figure.id)")
        #expect(figure.table.columns.count > 1, "\(figure.id)")
      }
      for width in [336.0, 820] {
        let svg = figure.svg(width: width)
        #expect(XMLParser(data: Data(svg.utf8)).parse(), "\(figure.id)")
        #expect(!svg.contains("nan") && !svg.contains("inf\""), "\(figure.id)")
        #expect(XMLParser(data: Data(figure.drawing(width: width, suffix: "-x").utf8)).parse(), "\(figure.id)")
      }
      _ = try JSONSerialization.jsonObject(with: Data(figure.data().utf8))
    }
    let html = page.document()
    #expect(!html.contains("<script>alert"))
    #expect(!html.contains("<img"))
    #expect(!html.contains("\u{0}"))
    #expect(!html.contains("\u{202E}"))
  }

  @Test(arguments: figureCatalog.names) func aPageCanHaveOneFigure(name: String) throws {
    let fixture = try StudyFixture()
    try fixture.add(StudyFixture.Shape())
    var query = PageQuery()
    query.figures = [name]
    let page = try RunPage(fixture.store, query)
    #expect(page.figures.map(\.id) == [name])
    #expect(page.figure(name) != nil)
    let entry = try #require(figureCatalog[name])
    #expect(!entry.summary.isEmpty && entry.summary.count < 100)
  }
}
