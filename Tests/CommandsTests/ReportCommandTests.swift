import Foundation
import TestSupport
import Testing

/// `covey report` and `covey plot` as users run them.
@Suite struct ReportCommandTests {
  /// A folder with the runs of a tiny scenario.
  private static let folder: Result<TemporaryFolder, any Error> = Result { try TinyScenario.recorded(rounds: 2) }

  private static let hasRasterizer = FileManager.default.isExecutableFile(atPath: "/usr/bin/rsvg-convert")

  private func covey(_ arguments: String..., environment: [String: String] = [:]) throws -> CoveyProcess.Result {
    try CoveyProcess.run(arguments, in: Self.folder.get().url, environment: environment)
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: Self.folder.get().url.appendingPathComponent(name), encoding: .utf8)
  }

  @Test func aReportIsOneFile() throws {
    let result = try covey("report")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.isEmpty)
    #expect(result.errors.hasPrefix("wrote tiny.html: 15 figures, "))
    let html = try text("tiny.html")
    #expect(html.hasPrefix("<!doctype html>"))
    #expect(html.hasSuffix("</html>\n"))
    // It is written in the place of what is there.
    #expect(try covey("report").status == 0)
    #expect(try text("tiny.html") == html)
  }

  @Test func aReportCanGoToStandardOutputAndHaveSomeFigures() throws {
    let result = try covey(
      "report", "tiny", "-o", "-", "--figures", "loss,accuracy", "--metric", "loss", "--baseline", "fedbn")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.isEmpty)
    #expect(result.output.components(separatedBy: "<figure ").count == 3)
    #expect(result.output.contains("Difference to fedbn, paired by seed"))
  }

  @Test func theFirstArmThatIsNamedIsTheBaseline() throws {
    for (names, baseline) in [(["tiny/fedbn", "tiny/fedavg"], "fedbn"), (["tiny/fedavg", "tiny/fedbn"], "fedavg")] {
      let page = try CoveyProcess.run(["report"] + names + ["-o", "-"], in: Self.folder.get().url).output
      #expect(page.contains("Difference to \(baseline) in percentage points, paired by seed"))
      let plot = try CoveyProcess.run(
        ["plot", "differences"] + names + ["-o", "a.svg", "--format", "json"], in: Self.folder.get().url
      ).output
      #expect(plot.contains("minus \(baseline)\""), "\(plot)")
      let comparison = try CoveyProcess.run(["compare"] + names, in: Self.folder.get().url).output
      #expect(comparison.contains("Difference to \(baseline) "))
    }
  }

  @Test func jsonSaysWhatWasWritten() throws {
    let result = try covey("report", "-o", "some.html", "--figures", "loss", "--format", "json")
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    #expect(object?.keys.sorted() == ["bytes", "figures", "path"])
    #expect(object?["path"] as? String == "some.html")
    #expect(object?["bytes"] as? Int == (try text("some.html")).utf8.count)
    #expect(object?["figures"] as? [String] == ["loss"])
  }

  @Test(arguments: [
    (
      ["report", "--figures", "los"], 64,
      "error: there is no figure 'los'; did you mean 'loss'? (allowed: differences, metric, accuracy, worst, loss, train-loss, clients, confusion, calibration, between-share, layer-share, divergence, client-divergence, communication, time, samples, labels)"
    ),
    (["report", "--arm", "x"], 66, "error: 'tiny' has no run with arm 'x' (allowed: fedavg, fedbn)"),
    (
      ["report", "--at", "1", "--arm", "fedavg", "--seed", "9"], 66,
      "error: 'tiny' has no run with seed '9' (allowed: 1, 2)"
    ),
    (["report", "--baseline", "x"], 64, "error: no arm is called \"x\"; the arms are: fedavg, fedbn"),
    (["report", "-o", "no/where.html"], 73, "error: cannot write 'no/where.html': the folder '"),
    (["report", "-o", "-", "--format", "json"], 64, "error: '--format json' can't be combined with '--output -'"),
    (["report", "nothing"], 66, "error: "),
    (["plot", "accuracy", "-o", "a.pdf"], 64, "error: '--output a.pdf' ends neither in .svg nor in .png"),
    (
      ["plot", "accuracy", "--width", "9"], 64,
      "error: '--width 9' is not allowed (allowed: a whole number from 240 to 4000)"
    ),
    (
      ["plot", "accuracy", "--height", "9"], 64,
      "error: '--height 9' is not allowed (allowed: a whole number from 120 to 8000)"
    ),
    (["plot", "accuracy", "--scale", "2"], 64, "error: '--scale' needs an output that ends in .png"),
    (
      ["plot", "accuracy", "-o", "a.png", "--scale", "99"], 64,
      "error: '--scale 99.0' is not allowed (allowed: a number from 0.5 to 8)"
    ),
    (["plot", "acuracy"], 64, "error: there is no figure 'acuracy'; did you mean 'accuracy'?"),
    (
      ["plot", "differences", "--arm", "fedavg"], 66,
      "error: there is nothing to draw: There is only one arm: nothing to compare it with."
    ),
  ])
  func mistakesAreNamed(arguments: [String], status: Int32, message: String) throws {
    let result = try CoveyProcess.run(arguments, in: Self.folder.get().url)
    #expect(result.status == status)
    #expect(result.errors.hasPrefix(message), "\(result.errors)")
  }

  @Test func aFigureIsAnSVG() throws {
    let result = try covey(
      "plot", "accuracy", "-o", "accuracy.svg", "--theme", "dark", "--width", "500", "--height", "300")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors == "wrote accuracy.svg: Accuracy by round\n")
    let svg = try text("accuracy.svg")
    #expect(svg.contains("width=\"500\" height=\"300\""))
    #expect(
      try covey("plot", "accuracy", "-o", "-", "--theme", "dark", "--width", "500", "--height", "300").output == svg)
  }

  @Test(.enabled(if: hasRasterizer, "needs rsvg-convert, of Debian's package librsvg2-bin"), arguments: [1, 2])
  func aFigureIsAPNG(scale: Int) throws {
    let result = try covey(
      "plot", "loss", "-o", "loss\(scale).png", "--width", "400", "--height", "300", "--scale", "\(scale)")
    #expect(result.status == 0, "\(result.errors)")
    let data = try Data(contentsOf: Self.folder.get().url.appendingPathComponent("loss\(scale).png"))
    #expect(data.prefix(4).elementsEqual([0x89, 0x50, 0x4E, 0x47]))
    // Width and height, most significant byte first, stand at 16 and 20.
    let sizes = [16, 20].map { place in data[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) } }
    #expect(sizes == [400 * scale, 300 * scale])
  }

  @Test func aPNGWithoutTheProgramSaysWhatToInstall() throws {
    let result = try covey("plot", "loss", "-o", "none.png", environment: ["PATH": "/nowhere:relative"])
    #expect(result.status == 73)
    #expect(
      result.errors == """
        error: a PNG needs rsvg-convert, which is not in PATH
        Debian and Ubuntu have it in the package librsvg2-bin: apt-get install librsvg2-bin; an SVG needs nothing

        """)
    #expect(!FileManager.default.fileExists(atPath: try Self.folder.get().url.appendingPathComponent("none.png").path))
  }

  @Test func figuresAreListed() throws {
    let result = try covey("list", "figures")
    #expect(result.status == 0)
    #expect(result.output.contains("  accuracy  mean accuracy over clients by round, an arm a line\n"))
  }
}
