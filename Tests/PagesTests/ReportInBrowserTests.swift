import Foundation
import Pages
import TestSupport
import Testing

/// A report as a reader has it: in a browser, from a file.
@Suite(.serialized, .enabled(if: Browser.isAvailable, Comment(rawValue: Browser.missing)))
struct ReportInBrowserTests {
  /// Writes a report and opens it.
  private func open(
    _ browser: Browser, _ folder: TemporaryFolder, _ change: (inout StudyFixture.Shape) -> Void = { _ in }
  ) async throws {
    let fixture = try StudyFixture()
    var shape = StudyFixture.Shape()
    change(&shape)
    try fixture.add(shape)
    let file = try folder.write(RunPage(fixture.store, PageQuery()).document(), to: "report.html")
    try await browser.open(file.absoluteString)
  }

  @Test func everyFigureHasMarksAndTheConsoleIsSilent() async throws {
    let folder = try TemporaryFolder()
    try await Browser.use { browser in
      try await open(browser, folder) { $0.secondsPerRound = 4 }
      let marks = try await browser.evaluate(
        """
        return [...document.querySelectorAll("figure[data-figure]")].map(figure => figure.dataset.figure + " " +
          figure.querySelectorAll(".wide path.line, .wide path.heat, .wide circle, .wide rect.bar").length)
        """, as: [String].self)
      #expect(marks.count == 16)
      for mark in marks { #expect(!mark.hasSuffix(" 0"), "\(mark)") }
      // Nothing was asked of anybody.
      #expect(
        try await browser.evaluate("return performance.getEntriesByType('resource').length", as: Int.self) == 0)
      #expect(try await browser.evaluate("return document.querySelectorAll('.key').length", as: Int.self) > 0)
      #expect(
        try await browser.evaluate("return document.querySelectorAll('span.key').length", as: Int.self) == 0,
        "the script has not run")
      let messages = try await browser.consoleMessages()
      #expect(messages.isEmpty, "\(messages)")
    }
  }

  @Test(arguments: [320, 360, 700, 1280]) func nothingIsCutOffOrOverlaps(width: Int) async throws {
    let folder = try TemporaryFolder()
    try await Browser.use { browser in
      try await browser.resize(width: width, height: 900)
      try await open(browser, folder) {
        $0.arms = (0..<9).map { "an arm with a long name, rate=0.0\($0)" } + ["שלום", "<b>漢字漢字漢字</b>"]
        $0.layers = ["backbone.stage1.block1.norm1", "bn2"]
        $0.clients = 12
      }
      #expect(try await browser.evaluate("return document.documentElement.scrollWidth", as: Int.self) == width)
      let drawings = try await browser.evaluate(
        "return [...document.querySelectorAll('.drawing svg')].filter(e => e.getBoundingClientRect().width > 0).length",
        as: Int.self)
      #expect(drawings == 15)
      let bad = try await browser.evaluate(
        """
        const bad = [];
        for (const svg of document.querySelectorAll(".drawing svg")) {
          const box = svg.getBoundingClientRect();
          if (!box.width) continue;
          const texts = [...svg.querySelectorAll("text")].map(text => [text.textContent, text.getBoundingClientRect()]);
          const name = svg.closest("figure").dataset.figure + ": ";
          texts.forEach(([text, a], index) => {
            if (a.left < box.left - 14 || a.right > box.right + 14) bad.push(name + text + " is outside");
            for (const [other, b] of texts.slice(index + 1)) {
              const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
              const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
              if (across > 1 && down > 4) bad.push(name + text + " lies on " + other);
            }
          });
        }
        return bad.slice(0, 10);
        """, as: [String].self)
      #expect(bad.isEmpty, "\(bad)")
    }
  }

  @Test func thePointerAndTheKeysShowValues() async throws {
    let folder = try TemporaryFolder()
    try await Browser.use { browser in
      try await open(browser, folder)
      let accuracy = "#figure-accuracy .wide svg"
      try await browser.execute("document.querySelector('\(accuracy)').scrollIntoView({block: 'center'})")
      try await browser.hover(accuracy)
      // The mean of all seeds at round 3.
      let tip = try await browser.text(of: ".tip")
      #expect(tip.contains("round 3"))
      // 0.1 + 0.6 · 3/7 + 0.05 of the arm − 0.015 of the clients + 0.02 of the seeds, ± 0.01.
      #expect(tip.contains("41.2%"), "\(tip)")
      #expect(tip.contains("40.2% to 42.2%"), "\(tip)")
      #expect(try await browser.evaluate("return document.querySelectorAll('.spot').length", as: Int.self) == 2)
      try await browser.execute("document.querySelector('\(accuracy)').focus()")
      // Right, then Escape.
      try await browser.press("\u{E014}")
      #expect(try await browser.text(of: ".tip").contains("round 4"))
      try await browser.press("\u{E00C}")
      #expect(try await browser.evaluate("return document.querySelector('.tip').hidden", as: Bool.self))
      let map = "#figure-between-share .wide svg"
      try await browser.execute("document.querySelector('\(map)').scrollIntoView({block: 'center'})")
      // The left one of two panels.
      try await browser.hover(map, x: -150)
      let cell = try await browser.text(of: ".tip")
      #expect(cell.contains("fedavg, bn"))
      #expect(cell.contains("20.0%"))
      #expect(try await browser.consoleMessages().isEmpty)
    }
  }

  @Test func aClickOnTheLegendHidesASeries() async throws {
    let folder = try TemporaryFolder()
    try await Browser.use { browser in
      try await open(browser, folder)
      let visible = """
        return [...document.querySelectorAll("#figure-accuracy .wide path.line")].filter(e => getComputedStyle(e).display !== "none").length
        """
      #expect(try await browser.evaluate(visible, as: Int.self) == 2)
      let key = "#figure-accuracy button.key[data-series='1']"
      try await browser.click(key)
      #expect(try await browser.evaluate(visible, as: Int.self) == 1)
      #expect(
        try await browser.evaluate(
          "return document.querySelector(\"\(key)\").getAttribute('aria-pressed')", as: String.self)
          == "false")
      // Other figures keep theirs, and new content keeps what was hidden.
      #expect(
        try await browser.evaluate(visible.replacingOccurrences(of: "accuracy", with: "loss"), as: Int.self) == 2)
      try await browser.execute(
        "const main = document.querySelector('main'); main.innerHTML = main.innerHTML; window.covey.attach(main)")
      #expect(try await browser.evaluate(visible, as: Int.self) == 1)
      try await browser.click(key)
      #expect(try await browser.evaluate(visible, as: Int.self) == 2)
    }
  }

  @Test func aPageIsLightOrDark() async throws {
    let folder = try TemporaryFolder()
    try await Browser.use { browser in
      try await open(browser, folder)
      let background = "return getComputedStyle(document.querySelector('figure')).backgroundColor"
      try await browser.emulate(dark: false)
      let light = try await browser.evaluate(background, as: String.self)
      try await browser.emulate(dark: true)
      let dark = try await browser.evaluate(background, as: String.self)
      #expect(light == "rgb(255, 255, 255)")
      #expect(dark == "rgb(21, 24, 29)")
      // auto, light, dark: the button goes before the system's choice.
      try await browser.click("button.theme")
      #expect(try await browser.evaluate(background, as: String.self) == light)
      try await browser.click("button.theme")
      try await browser.emulate(dark: false)
      #expect(try await browser.evaluate(background, as: String.self) == dark)
    }
  }

  @Test func hostileNamesAreWords() async throws {
    let folder = try TemporaryFolder()
    try await Browser.use { browser in
      try await open(browser, folder) {
        $0.name = "</title><script>document.title='taken'</script>"
        $0.arms = [
          "<img src=x onerror=\"document.title='taken'\">", "</script><script>document.title='taken'</script>",
        ]
        $0.domains = ["\" onmouseover=\"document.title='taken'"]
      }
      let svg = "#figure-accuracy .wide svg"
      try await browser.execute("document.querySelector('\(svg)').scrollIntoView({block: 'center'})")
      try await browser.hover(svg)
      #expect(try await browser.text(of: ".tip").contains("<img src=x onerror"))
      #expect(try await browser.evaluate("return document.title.startsWith('</title><script>')", as: Bool.self))
      #expect(try await browser.evaluate("return document.images.length", as: Int.self) == 0)
      #expect(try await browser.consoleMessages().isEmpty)
    }
  }
}
