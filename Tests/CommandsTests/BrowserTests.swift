import Foundation
import TestSupport
import Testing

/// What the tests of pages build on: that the browser does what it is told, and that it is gone afterwards.
@Suite(.serialized, .enabled(if: Browser.isAvailable, "\(Browser.missing)")) struct BrowserTests {
  private static let page = """
    <!doctype html><title>A page</title><meta name="viewport" content="width=device-width">
    <style>body { color: rgb(1, 2, 3) } @media (prefers-color-scheme: dark) { body { color: rgb(250, 251, 252) } }</style>
    <p id="hover">Hover</p><button>Press</button><input><p id="said"></p>
    <script>
      const said = document.querySelector("#said");
      document.querySelector("#hover").onmousemove = () => { said.textContent = "hovered" };
      document.querySelector("button").onclick = () => setTimeout(() => { said.textContent = "pressed" }, 50);
    </script>
    """

  @Test func aPageIsDriven() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(Self.page, to: "page.html")
    let picture = folder.url.appendingPathComponent("page.png")
    try await Browser.use { browser async throws in
      try await browser.open(file.absoluteString)
      #expect(try await browser.evaluate("return document.title", as: String.self) == "A page")
      #expect(try await browser.address == file.absoluteString)

      try await browser.hover("#hover")
      #expect(try await browser.text(of: "#said") == "hovered")
      try await browser.click("button")
      try await browser.waitUntil("return document.querySelector('#said').textContent === 'pressed'")
      try await browser.type("ab", into: "input")
      try await browser.press("c")
      #expect(try await browser.evaluate("return document.querySelector('input').value", as: String.self) == "abc")

      try await browser.resize(width: 360, height: 500)
      #expect(try await browser.evaluate("return [innerWidth, innerHeight]", as: [Int].self) == [360, 500])
      let color = "return getComputedStyle(document.body).color"
      try await browser.emulate(dark: true)
      #expect(try await browser.evaluate(color, as: String.self) == "rgb(250, 251, 252)")
      try await browser.emulate(dark: false)
      #expect(try await browser.evaluate(color, as: String.self) == "rgb(1, 2, 3)")

      #expect(try await browser.consoleMessages().isEmpty)
      try await browser.execute("console.error('a mistake')")
      let messages = try await browser.consoleMessages()
      #expect(messages.map(\.level) == ["SEVERE"] && messages[0].message.contains("a mistake"))

      try await browser.screenshot(to: picture)
      try await browser.reload()
      #expect(try await browser.text(of: "#said").isEmpty)
    }
    let png = try Data(contentsOf: picture)
    #expect(Array(png.prefix(4)) == [0x89, 0x50, 0x4E, 0x47])
  }

  @Test func waitsEndWithTheScriptAndTheText() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("<!doctype html><p>Nothing here", to: "page.html")
    let failure = await #expect(throws: Browser.Failure.self) {
      try await Browser.use { browser async throws in
        try await browser.open(file.absoluteString)
        try await browser.waitUntil("return false", seconds: 0)
      }
    }
    #expect(failure?.description == "not true after 0.0 s: return false\nthe page says: Nothing here")
  }

  @Test func refusalsAreTold() async throws {
    let failure = await #expect(throws: Browser.Failure.self) {
      try await Browser.use { try await $0.click("#nothing") }
    }
    #expect(failure?.description.contains("no such element") == true)
  }
}
