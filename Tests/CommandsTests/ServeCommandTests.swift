import Foundation
import Records
import RunStore
import TestSupport
import Testing

/// `covey serve` as a user has it: the program, and a browser.
@Suite(.serialized) struct ServeCommandTests {
  /// A database with two experiments, of which runs can go on.
  private struct Study {
    let folder: TemporaryFolder
    let store: RunStore
    let runs: [Int64]

    var path: String { folder.url.appendingPathComponent("covey.sqlite").path }

    init() throws {
      folder = try TemporaryFolder()
      store = try RunStore(path: folder.url.appendingPathComponent("covey.sqlite").path, access: .readWrite)
      var runs: [Int64] = []
      for (name, arms) in [("older", ["plain"]), ("study", ["fedavg", "fedbn"])] {
        let descriptions = arms.map {
          RunDescription(
            arm: $0, strategy: "fedavg", norm: $0 == "fedbn" ? "fedbn" : "fedavg", seed: 1, roundsPlanned: 9,
            clients: (0..<3).map {
              ClientRecord(client: $0, domain: "ink", trainSamples: 10, testSamples: 20, labelHistogram: [5, 5])
            }, normLayers: [])
        }
        let record = ExperimentRecord(name: name, scenario: "name: \(name)\n", scenarioHash: "5", baseDirectory: "/")
        runs += try store.begin(record, runs: descriptions, threads: 1, host: "here", version: "1.0").runs
      }
      self.runs = runs
      for run in runs { for round in 0...3 { try append(round, to: run) } }
      try store.finish(run: runs[0], status: .finished, error: nil)
    }

    func append(_ round: Int, to run: Int64) throws {
      var record = RoundRecord(round: round, cohortSize: 3, reported: 3, seconds: 0.5)
      if round > 0 { (record.bytesUp, record.bytesDown, record.trainLoss) = (1000, 1000, 1 / Double(round)) }
      for client in 0..<3 {
        record.evaluations.append(
          EvaluationRecord(
            subject: .client, client: client, model: .personal, normSource: .own, phase: .afterAggregation,
            split: .test, samples: 20, subsetHash: "ab", loss: 2 - 0.1 * Double(round),
            accuracy: 0.2 + 0.05 * Double(round) + 0.05 * Double(run) + 0.01 * Double(client)))
      }
      try store.append(record, checkpoint: nil, keeping: .all, toRun: run)
    }
  }

  /// Starts the program, gives `body` the address that it prints, and ends it as Ctrl-C does.
  private func serve(
    _ path: String, in folder: URL, format: [String] = [], signal: Int32 = SIGINT, _ body: (String) async throws -> Void
  ) async throws -> CoveyProcess.Result {
    let process = try CoveyProcess(["serve", "--db", path, "--port", "0"] + format, in: folder)
    do {
      var address: Substring?
      for _ in 0..<3000 where address == nil && process.isRunning {
        address = try process.outputSoFar().firstMatch(of: /http:\/\/127\.0\.0\.1:\d+\//)?.0[...]
        if address == nil { try await Task.sleep(for: .milliseconds(10)) }
      }
      try await body(String(try #require(address)))
    } catch {
      process.send(SIGKILL)
      _ = try process.wait()
      throw error
    }
    process.send(signal)
    for _ in 0..<6000 where process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    if process.isRunning {
      Issue.record("the server does not end")
      process.send(SIGKILL)
    }
    return try process.wait()
  }

  @Test func theAddressIsPrintedAndTheEndIsClean() async throws {
    let study = try Study()
    for (format, signal) in [([], SIGINT), (["--format", "json"], SIGTERM)] {
      var address = ""
      let result = try await serve(study.path, in: study.folder.url, format: format, signal: signal) { address = $0 }
      #expect(result.status == 0)
      #expect(result.output == (format.isEmpty ? "\(address)\n" : "{\n  \"url\": \"\(address)\"\n}\n"))
      #expect(result.errors == "serving '\(study.path)'; stop with Ctrl-C\n")
    }
  }

  /// A page of very many arms takes seconds to be made. The limit is ten times what is wanted.
  @Test func theEndDoesNotWaitForAPage() async throws {
    let folder = try TemporaryFolder()
    let rates = (1...30).map { "\(Double($0) / 1000)" }.joined(separator: ", ")
    try folder.write(
      """
      name: many
      rounds: 1
      data: {source: synthetic-patterns, shape: [4], classes: 2, train_per_client: 4, test_per_client: 4, domains: 2}
      model: {input: [4], layers: [{dense: 2}]}
      client: {batch_size: 4}
      sweep:
        client.optimizer.learning_rate: [\(rates)]
        client.optimizer.weight_decay: [\(rates)]
      """, to: "many.yaml")
    let made = try CoveyProcess.run(["run", "many.yaml", "--quiet"], in: folder.url)
    #expect(made.status == 0, "\(made.errors)")
    var (asked, connection): (ContinuousClock.Instant?, Wire?)
    let result = try await serve("covey.sqlite", in: folder.url) { address async throws in
      let port = try #require(URL(string: address)?.port)
      connection = try Wire(port: UInt16(port))
      connection?.send("GET /compare HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
      try await Task.sleep(for: .milliseconds(100))
      asked = .now
    }
    #expect(result.status == 0 && result.errors == "serving 'covey.sqlite'; stop with Ctrl-C\n", "\(result.errors)")
    #expect(try #require(asked).duration(to: .now) < .seconds(10))
    withExtendedLifetime(connection) {}
  }

  @Test func theListOfRunsIsWhatHistorySays() async throws {
    let study = try Study()
    _ = try study.store.add(tags: ["best", "paper"], toRuns: [study.runs[1]])
    let history = try CoveyProcess.run(["history", "--format", "json", "--db", study.path], in: study.folder.url)
    let listed = try #require(try JSONSerialization.jsonObject(with: Data(history.output.utf8)) as? [[String: Any]])
    #expect(listed.map { ($0["tags"] as? [String])?.count } == [0, 2, 0])
    #expect(listed.map { $0["seconds"] as? Double } == [2, 2, 2])
    _ = try await serve(study.path, in: study.folder.url) { address async throws in
      let port = try #require(URL(string: address)?.port)
      let answer = try await Wire.blocking {
        let wire = try Wire(port: UInt16(port))
        wire.send("GET /api/runs HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
        return wire.receive()
      }
      let body = try #require(answer.components(separatedBy: "\r\n\r\n").last)
      let served = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
      #expect(NSArray(array: served?["runs"] as? [Any] ?? []) == NSArray(array: listed))
    }
  }

  @Test func aPortInUseIsTold() async throws {
    let study = try Study()
    _ = try await serve(study.path, in: study.folder.url) { address async throws in
      let port = try #require(URL(string: address)?.port)
      let second = try CoveyProcess.run(
        ["serve", "--db", study.path, "--port", "\(port)"], in: study.folder.url)
      #expect(second.status == 73 && second.output.isEmpty)
      #expect(
        second.errors
          == "error: port \(port) is in use; give another one with --port, or --port 0 for one that is free\n")
    }
  }

  @Test func whatIsNoDatabaseIsRefused() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("name: x\n", to: "scenario.yaml")
    let result = try CoveyProcess.run(["serve", "--db", file.path, "--port", "0"], in: folder.url)
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors == "error: cannot open database '\(file.path)': it is not an SQLite database\n")
  }

  @Test(.enabled(if: Browser.isAvailable, "\(Browser.missing)"))
  func runsAreListedFilteredAndCompared() async throws {
    let study = try Study()
    let result = try await serve(study.path, in: study.folder.url) { address async throws in
      try await Browser.use { browser async throws in
        let shown = "document.querySelectorAll('tr[data-run]:not([hidden])').length"
        try await browser.open(address)
        try await browser.waitUntil("return \(shown) === 3")
        #expect(try await browser.text(of: "#run-\(study.runs[1]) .count") == "3/9")
        #expect(
          try await browser.evaluate("return document.querySelectorAll('svg.curve polyline').length", as: Int.self) == 3
        )

        // A round appears in the list, and the page is the same one.
        try await browser.execute("window.mark = 1")
        try study.append(4, to: study.runs[1])
        try await browser.waitUntil(
          "return document.querySelector('#run-\(study.runs[1]) .count').textContent === '4/9'")
        #expect(try await browser.evaluate("return window.mark", as: Int.self) == 1)

        // A click filters; a reload and the way back keep it.
        try await browser.click("#status-finished")
        try await browser.waitUntil("return \(shown) === 1")
        #expect(try await browser.address == address + "?status=finished")
        try await browser.reload()
        try await browser.waitUntil("return \(shown) === 1")
        try await browser.goBack()
        try await browser.waitUntil("return \(shown) === 3")
        try await browser.type("fedbn", into: "#filter")
        try await browser.waitUntil("return \(shown) === 1 && location.search === '?q=fedbn'")
        try await browser.click("#clear")

        // Two runs are selected and compared.
        try await browser.click("#pick-\(study.runs[1])")
        try await browser.click("#pick-\(study.runs[2])")
        #expect(try await browser.text(of: "#compare") == "Compare 2 runs")
        try await browser.click("#compare")
        try await browser.waitUntil("return document.querySelectorAll('#figure-accuracy .wide path.line').length >= 2")
        #expect(try await browser.address == address + "compare?run=\(study.runs[1])&run=\(study.runs[2])")
        #expect(try await browser.consoleMessages().map(\.description) == [])
      }
    }
    #expect(result.status == 0)
  }

  @Test(.enabled(if: Browser.isAvailable, "\(Browser.missing)"))
  func aPageOfRunsFollowsThemAndKeepsItsState() async throws {
    let study = try Study()
    _ = try await serve(study.path, in: study.folder.url) { address async throws in
      try await Browser.use { browser async throws in
        try await browser.open(address + "compare?run=study")
        try await browser.waitUntil("return document.querySelector('.state').dataset.state === 'on'")
        let json = "document.querySelector('#figure-accuracy script').textContent"
        try await browser.execute(
          """
          window.mark = 1;
          window.first = \(json);
          document.querySelector('#details-accuracy').open = true;
          document.querySelector('#figure-accuracy button.key').click();
          document.querySelector('#filter-metric').focus();
          window.scrollTo(0, 200);
          """)
        for run in study.runs.dropFirst() { try study.append(4, to: run) }
        try await browser.waitUntil(
          "return \(json) !== window.first && document.querySelector('#details-accuracy').textContent.includes('4')")
        #expect(try await browser.evaluate("return window.mark", as: Int.self) == 1)
        #expect(try await browser.evaluate("return document.querySelector('#details-accuracy').open", as: Bool.self))
        #expect(
          try await browser.evaluate(
            "return document.querySelector('#figure-accuracy button.key').getAttribute('aria-pressed')", as: String.self
          )
            == "false")
        #expect(try await browser.evaluate("return document.activeElement.id", as: String.self) == "filter-metric")
        #expect(try await browser.evaluate("return window.scrollY", as: Double.self) == 200)

        try await browser.hover("#figure-accuracy .wide svg")
        try await browser.waitUntil("return !document.querySelector('.tip').hidden")
        #expect(try await browser.text(of: ".tip").contains("%"))

        // An arm is chosen: one line is left; the address says so, and so does the page after a reload.
        try await browser.execute("window.scrollTo(0, 0)")
        try await browser.click("label.chip:has(#filter-arm-1)")
        let arms = "document.querySelector('#figure-accuracy script').textContent"
        try await browser.waitUntil("return location.search === '?run=study&arm=fedbn' && !\(arms).includes('fedavg')")
        try await browser.reload()
        try await browser.waitUntil(
          "return document.querySelector('#filter-arm-1').checked && !\(arms).includes('fedavg')")
        try await browser.goBack()
        try await browser.waitUntil(
          "return \(arms).includes('fedavg') && !document.querySelector('#filter-arm-1').checked")
        #expect(try await browser.consoleMessages().map(\.description) == [])
      }
    }
  }

  @Test(.enabled(if: Browser.isAvailable, "\(Browser.missing)"))
  func pagesFitPhonesAndTheDark() async throws {
    let study = try Study()
    _ = try await serve(study.path, in: study.folder.url) { address async throws in
      try await Browser.use { browser async throws in
        for page in ["", "compare?run=study", "compare?metric=no", "nothing"] {
          try await browser.resize(width: 360, height: 700)
          try await browser.emulate(dark: true)
          try await browser.open(address + page)
          #expect(
            try await browser.evaluate("return document.documentElement.scrollWidth <= 360", as: Bool.self),
            "'\(page)' is wider than a phone")
          let shade = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
          #expect(try await browser.evaluate(shade, as: [Int].self).allSatisfy { $0 < 40 })
          try await browser.emulate(dark: false)
          #expect(try await browser.evaluate(shade, as: [Int].self).allSatisfy { $0 > 220 })
        }
        _ = try await browser.consoleMessages()
      }
    }
  }

  @Test(.enabled(if: Browser.isAvailable, "\(Browser.missing)"))
  func aDatabaseThatGoesAwayIsToldAndComesBack() async throws {
    let study = try Study()
    _ = try await serve(study.path, in: study.folder.url) { address async throws in
      try await Browser.use { browser async throws in
        try await browser.open(address)
        try await browser.waitUntil("return document.querySelectorAll('tr[data-run]').length === 3")
        let away = study.path + ".away"
        try FileManager.default.moveItem(atPath: study.path, toPath: away)
        try await browser.waitUntil("return document.querySelector('h1').textContent === 'No database yet'")
        try FileManager.default.moveItem(atPath: away, toPath: study.path)
        try await browser.waitUntil("return document.querySelectorAll('tr[data-run]').length === 3")
      }
    }
  }
}
