package import Foundation

/// A headless Chromium that a test drives through `chromedriver` (W3C WebDriver: JSON over HTTP).
///
/// Every wait is bounded, and `Browser.use` ends the browser whatever happens.
package struct Browser: Sendable {
  /// What went wrong, in words.
  package struct Failure: Error, CustomStringConvertible {
    /// The driver's words, or those of a wait that found nothing.
    package let description: String
  }

  /// A line that a page left on the console.
  package struct ConsoleMessage: Decodable, Sendable, CustomStringConvertible {
    /// `SEVERE`, `WARNING`, `INFO` or `DEBUG`.
    package let level: String
    /// The text with the place that it came from.
    package let message: String
    /// The line as a test prints it.
    package var description: String { "\(level) \(message)" }
  }

  private let driver: BrowserDriver
  private let session: String

  /// Runs `body` with a new browser of its own profile, and ends the browser.
  ///
  /// - Throws: `Failure` when there is no browser or it does not start, and what `body` throws.
  package static func use<Value: Sendable>(_ body: (Browser) async throws -> Value) async throws -> Value {
    let driver = try await BrowserDriver()
    do {
      let browser = try await Browser(driver)
      let value = try await body(browser)
      await driver.end(session: browser.session)
      return value
    } catch {
      await driver.end(session: nil)
      throw error
    }
  }

  private init(_ driver: BrowserDriver) async throws {
    self.driver = driver
    var arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    arguments += ["--no-first-run", "--disable-extensions", "--hide-scrollbars", "--force-color-profile=srgb"]
    arguments.append("--user-data-dir=\(driver.profile.path)")
    var options: [String: Any] = ["args": arguments]
    if let path = Self.program(["chromium", "chromium-browser", "google-chrome"]) { options["binary"] = path }
    let capabilities: [String: Any] = [
      "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": ["browser": "ALL"],
      "timeouts": ["script": 30_000, "pageLoad": 60_000, "implicit": 0],
    ]
    struct Session: Decodable { let sessionId: String }
    session = try await driver.send("POST", "/session", ["capabilities": ["alwaysMatch": capabilities]], Session.self)
      .sessionId
    try await resize(width: 1280, height: 900)
  }

  // MARK: pages

  /// Goes to an address and waits until it has loaded.
  package func open(_ address: String) async throws { try await post("/url", ["url": address]) }

  /// Loads the page again.
  package func reload() async throws { try await post("/refresh") }

  /// Goes back as the browser's button does.
  package func goBack() async throws { try await post("/back") }

  /// The address that the browser shows.
  package var address: String { get async throws { try await get("/url", String.self) } }

  /// Gives the page a size in CSS pixels, however narrow.
  package func resize(width: Int, height: Int) async throws {
    try await command(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
  }

  /// Makes the page believe that the reader prefers dark or light colours.
  package func emulate(dark: Bool) async throws {
    try await command(
      "Emulation.setEmulatedMedia",
      ["features": [["name": "prefers-color-scheme", "value": dark ? "dark" : "light"]]])
  }

  // MARK: scripts

  /// What a script returns, as `return document.title`.
  package func evaluate<Value: Decodable>(_ script: String, as type: Value.Type = Value.self) async throws -> Value {
    try await driver.send("POST", path("/execute/sync"), ["script": script, "args": [String]()], type)
  }

  /// Runs a script for its effect.
  package func execute(_ script: String) async throws {
    _ = try await evaluate(script + "\n;return true", as: Bool.self)
  }

  /// Waits until a script returns something true, as `return document.querySelectorAll("path").length > 3`.
  ///
  /// - Throws: `Failure` with the script and the page's text when that does not happen in time.
  package func waitUntil(_ script: String, seconds: Double = 30) async throws {
    // Counted, not timed: other tests may keep all threads busy for longer than any wait.
    for _ in 0...Int(seconds * 20) {
      if try await evaluate("return !!(function () { \(script) })()", as: Bool.self) { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    let text = try? await evaluate("return document.body ? document.body.innerText.slice(0, 600) : ''", as: String.self)
    throw Failure(description: "not true after \(seconds) s: \(script)\nthe page says: \(text ?? "nothing")")
  }

  // MARK: elements

  /// The text that a reader sees in the first element that a selector finds.
  package func text(of selector: String) async throws -> String {
    try await get("/element/\(element(selector))/text", String.self)
  }

  /// Clicks the middle of the first element that a selector finds.
  package func click(_ selector: String) async throws { try await post("/element/\(element(selector))/click") }

  /// Moves the pointer to the middle of the first element that a selector finds, plus an offset in CSS pixels.
  package func hover(_ selector: String, x: Int = 0, y: Int = 0) async throws {
    let origin = [Self.elementKey: try await element(selector)]
    let move: [String: Any] = ["type": "pointerMove", "duration": 0, "origin": origin, "x": x, "y": y]
    try await actions([
      ["type": "pointer", "id": "mouse", "parameters": ["pointerType": "mouse"], "actions": [move]]
    ])
  }

  /// Types into the first element that a selector finds.
  package func type(_ text: String, into selector: String) async throws {
    try await post("/element/\(element(selector))/value", ["text": text])
  }

  /// Presses and lets go keys one after the other, where the focus is: characters, or WebDriver's code points as
  /// "\u{E004}" for Tab.
  package func press(_ keys: String) async throws {
    let presses = keys.flatMap { key in
      [["type": "keyDown", "value": String(key)], ["type": "keyUp", "value": String(key)]]
    }
    try await actions([["type": "key", "id": "keyboard", "actions": presses]])
  }

  // MARK: what it shows

  /// Writes what the page shows as PNG, all of it or what the window holds.
  package func screenshot(to file: URL, wholePage: Bool = false) async throws {
    struct Image: Decodable { let data: String }
    let image = try await driver.send(
      "POST", path("/goog/cdp/execute"),
      ["cmd": "Page.captureScreenshot", "params": ["format": "png", "captureBeyondViewport": wholePage]], Image.self)
    guard let bytes = Data(base64Encoded: image.data) else { throw Failure(description: "no screenshot came back") }
    try bytes.write(to: file)
  }

  /// What the pages left on the console since the last call; the driver forgets what it has told.
  package func consoleMessages() async throws -> [ConsoleMessage] {
    try await driver.send("POST", path("/se/log"), ["type": "browser"], [ConsoleMessage].self)
  }

  // MARK: the protocol

  private static let elementKey = "element-6066-11e4-a52e-4f735466cecf"

  private func element(_ selector: String) async throws -> String {
    let found = try await driver.send(
      "POST", path("/element"), ["using": "css selector", "value": selector], [String: String].self)
    return found[Self.elementKey] ?? ""
  }

  private func actions(_ sources: [[String: Any]]) async throws { try await post("/actions", ["actions": sources]) }

  private func command(_ name: String, _ parameters: [String: Any]) async throws {
    try await post("/goog/cdp/execute", ["cmd": name, "params": parameters])
  }

  private func post(_ command: String, _ body: [String: Any] = [:]) async throws {
    _ = try await driver.send("POST", path(command), body, BrowserDriver.Ignored.self)
  }

  private func get<Value: Decodable>(_ command: String, _ type: Value.Type) async throws -> Value {
    try await driver.send("GET", path(command), nil, type)
  }

  private func path(_ command: String) -> String { "/session/\(session)\(command)" }
}

extension Browser {
  /// Whether tests can have a browser; always where `COVEY_REQUIRE_BROWSER` is set, so that they fail without one.
  package static let isAvailable: Bool =
    isRequired
    || program(["chromedriver"]) != nil
      && program(["chromium", "chromium-browser", "google-chrome"]) != nil

  /// What to do where there is none.
  package static let missing = "needs Chromium and chromedriver; install them with: script/setup --tests"

  private static var isRequired: Bool {
    let value = ProcessInfo.processInfo.environment["COVEY_REQUIRE_BROWSER"] ?? ""
    return !value.isEmpty
  }

  /// The first of some programs that is on the PATH.
  static func program(_ names: [String]) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    return names.lazy.flatMap { name in folders.map { "\($0)/\(name)" } }.first(
      where: FileManager.default.isExecutableFile)
  }
}
