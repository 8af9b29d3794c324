import Foundation
import RunStore
import Testing

@testable import Serving

struct RouteTests {
  @Test func eachRouteAnswers() async throws {
    let folder = try ServedFolder()
    let store = try folder.store()
    let runs = try folder.begin("served", arms: ["plain", "fancy <b>"], rounds: 3, in: store)
    try await folder.serve { port async throws in
      let list = try await port.get("/")
      #expect(list.status == 200 && list.headers["content-type"] == "text/html; charset=utf-8")
      #expect(list.body.contains("id=\"run-\(runs[0])\"") && list.body.contains("data-source=\"list\""))
      #expect(list.body.contains("fancy &lt;b&gt;") && !list.body.contains("fancy <b>"))
      let fragment = try await port.get("/list")
      #expect(fragment.status == 200 && !fragment.body.contains("<html"))
      #expect(list.body.contains("data-revision=\"\(fragment.headers["x-covey-revision"] ?? "?")\""))

      let page = try await port.get("/compare?run=\(runs[0])&run=\(runs[1])")
      #expect(page.status == 200 && page.body.contains("figure-accuracy") && page.body.contains("id=\"filters\""))
      let content = try await port.get("/content?run=\(runs[0])")
      #expect(content.status == 200 && content.body.contains("figure-accuracy") && !content.body.contains("<html"))

      let json = try await port.get("/api/runs")
      let document = try JSONSerialization.jsonObject(with: Data(json.body.utf8)) as? [String: Any]
      let rows = document?["runs"] as? [[String: Any]]
      #expect(rows?.count == 2 && rows?.last?["arm"] as? String == "plain" && rows?.last?["rounds_done"] as? Int == 3)
      #expect(rows?.compactMap { $0["run"] as? Int } == runs.reversed().map(Int.init))
      #expect(Set(document?.keys.map { $0 } ?? []) == ["database", "revision", "runs"])
      let compared = try await port.get("/api/compare?run=served")
      let comparison = try JSONSerialization.jsonObject(with: Data(compared.body.utf8)) as? [String: Any]
      #expect((comparison?["arms"] as? [Any])?.count == 2)
      let figures = try await port.get("/api/figures?figure=accuracy")
      let tables = try JSONSerialization.jsonObject(with: Data(figures.body.utf8)) as? [String: Any]
      #expect(tables?.keys.map { $0 } == ["accuracy"])

      let svg = try await port.get("/figure/accuracy.svg?run=\(runs[0])&theme=dark")
      #expect(svg.status == 200 && svg.headers["content-type"] == "image/svg+xml" && svg.body.contains("<svg"))
    }
  }

  @Test func answersAreGuarded() async throws {
    let folder = try ServedFolder()
    _ = try folder.begin("served", arms: ["plain"], rounds: 1, in: try folder.store())
    try await folder.serve { port async throws in
      for path in ["/", "/api/runs", "/figure/accuracy.svg", "/nothing"] {
        let headers = try await port.get(path).headers
        #expect(headers["x-content-type-options"] == "nosniff" && headers["referrer-policy"] == "no-referrer")
        #expect(headers["cache-control"] == "no-store" && headers["cross-origin-resource-policy"] == "same-origin")
        #expect(headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
        #expect(headers["access-control-allow-origin"] == nil)
      }
      let policy = try await port.get("/").headers["content-security-policy"] ?? ""
      #expect(policy.contains("script-src 'sha256-") && policy.contains("connect-src 'self'"))
      #expect(!policy.contains("unsafe"))
    }
  }

  @Test func onlyItsOwnNameAndPagesAreAnswered() async throws {
    let folder = try ServedFolder()
    try await folder.serve { port async throws in
      let number = port.number
      for host in ["127.0.0.1:\(number)", "localhost:\(number)", "[::1]:\(number)", "LOCALHOST:\(number)"] {
        #expect(try await port.get("/", host: host).status == 200)
      }
      for host in ["evil.example:\(number)", "127.0.0.1", "127.0.0.1:1", "", "localhost.evil.example:\(number)"] {
        #expect(try await port.get("/", host: host).status == 421)
      }
      #expect(try await ServedPort.answer(port.exchange("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")).status == 421)
      #expect(try await port.get("/", headers: "Origin: http://evil.example\r\n").status == 403)
      #expect(try await port.get("/", headers: "Origin: null\r\n").status == 403)
      #expect(try await port.get("/", headers: "Origin: http://127.0.0.1:\(number)\r\n").status == 200)
      #expect(try await port.get("/api/runs", headers: "Sec-Fetch-Site: cross-site\r\n").status == 403)
      let link = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
      #expect(try await port.get("/", headers: link).status == 200)
    }
  }

  @Test func onlyReadingIsAnswered() async throws {
    let folder = try ServedFolder()
    _ = try folder.begin("served", arms: ["plain"], rounds: 1, in: try folder.store())
    try await folder.serve { port async throws in
      for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"] {
        let answer = try await port.get("/", method: method)
        #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD")
      }
      let get = try await port.get("/list")
      let head = try await port.get("/list", method: "HEAD")
      #expect(head.status == 200 && head.body.isEmpty)
      #expect(head.headers["content-length"] == get.headers["content-length"])
      #expect(try await port.get("/events?view=list", method: "HEAD").status == 200)
    }
  }

  @Test(arguments: [
    "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/figure/../../etc/passwd", "/./", "/compare/",
    "/figure/..%2f..%2fetc%2fpasswd.svg", "/figure/.svg", "/covey.sqlite", "/figure/accuracy.svg/..", "/%63ompare",
    "/API/runs", "/favicon.ico",
  ])
  func nothingElseIsThere(_ path: String) async throws {
    let folder = try ServedFolder()
    _ = try folder.begin("served", arms: ["plain"], rounds: 1, in: try folder.store())
    try await folder.serve { port async throws in
      let answer = try await port.get(path)
      #expect(answer.status == 404 && !answer.body.contains("root:x:0"))
    }
  }

  @Test func valuesAreChecked() async throws {
    let folder = try ServedFolder()
    _ = try folder.begin("served", arms: ["plain"], rounds: 1, in: try folder.store())
    try await folder.serve { port async throws in
      for query in ["metric=nonsense", "seed=-1", "nothing=1", "rounds=9..1", "metric=loss&metric=loss", "arm=nobody"] {
        #expect(try await port.get("/compare?\(query)").status == 400)
        #expect(try await port.get("/content?\(query)").status == 400)
        #expect(try await port.get("/api/compare?\(query)").status == 400)
      }
      let page = try await port.get("/compare?metric=%3Cscript%3E")
      #expect(
        page.status == 400
          && page.body.contains("metric=&lt;script&gt; is not allowed (allowed: accuracy, loss, balanced_accuracy, "))
      let json = try await port.get("/api/compare?metric=no")
      #expect(
        json.body
          == "{\n  \"error\": \"metric=no is not allowed (allowed: accuracy, loss, balanced_accuracy, top_5_accuracy, macro_f1, macro_precision, macro_recall, micro_f1, micro_precision, micro_recall, exact_match, label_accuracy, roc_auc, mean_average_precision, log_loss, perplexity, brier, ece, rmse, mae, r2)\"\n}\n"
      )
      #expect(try await port.get("/compare?run=nobody").status == 404)
      #expect(try await port.get("/api/compare?run=tag:none").status == 404)
      #expect(try await port.get("/figure/nothing.svg").status == 400)
      #expect(try await port.get("/figure/accuracy.svg?theme=pink").status == 400)
      #expect(try await port.get("/events?metric=no").status == 400)
      // Line breaks in values never reach a header.
      let split = try await port.get("/compare?run=a%0d%0aSet-Cookie:%20x=1")
      #expect(split.status == 404 && split.headers["set-cookie"] == nil)
    }
  }

  @Test func aNewRunWithARemovedOnesNumberIsShownAsItIs() async throws {
    let folder = try ServedFolder()
    let store = try folder.store()
    let removed = try folder.begin("served", arms: ["plain"], rounds: 2, in: store)
    try await folder.serve { port async throws in
      let paths = ["/list", "/content?run=\(removed[0])", "/api/runs", "/api/compare?run=\(removed[0])"]
      for path in paths { #expect(try await port.get(path).status == 200) }
      #expect(try await port.get("/list").body.contains("30.0%"))
      // The run must be over to be removed.
      try store.finish(run: removed[0], status: .finished, error: nil)
      let revision = try await port.get("/list").headers["x-covey-revision"]
      try store.remove(runs: removed)
      let added = try folder.begin("served", arms: ["plain"], rounds: 2, in: store, gain: 0.5)
      try store.finish(run: added[0], status: .finished, error: nil)
      #expect(added == removed)
      #expect(try await port.get("/list").headers["x-covey-revision"] != revision)
      #expect(try await port.get("/list").body.contains("80.0%"))
      #expect(try await port.get(paths[1]).body.contains("80.0%"))
      #expect(try await port.get("/api/runs").body.contains("\"accuracy\": 0.8"))
      #expect(try await port.get(paths[3]).body.contains("\"final_mean\": 0.8"))
    }
  }

  @Test func aDatabaseMayComeAndGo() async throws {
    let folder = try ServedFolder()
    try await folder.serve { port async throws in
      #expect(try await port.get("/").body.contains("No database yet"))
      #expect(try await port.get("/compare").status == 503)
      var store: RunStore? = try folder.store()
      if let store { _ = try folder.begin("earlier-one", arms: ["plain"], rounds: 1, in: store) }
      #expect(try await port.get("/").body.contains("earlier-one"))
      store = nil
      for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder.path + suffix) }
      #expect(try await port.get("/").body.contains("No database yet"))
      _ = try folder.begin("later-one", arms: ["plain"], rounds: 1, in: try folder.store())
      let list = try await port.get("/").body
      #expect(list.contains("later-one") && !list.contains("earlier-one"))
      #expect(try await port.get("/compare").status == 200)
    }
  }

  @Test func somethingElseInItsPlaceIsTold() async throws {
    let folder = try ServedFolder()
    try Data("not a database, but long enough to look like one".utf8).write(to: URL(fileURLWithPath: folder.path))
    try await folder.serve { port async throws in
      #expect(try await port.get("/").body.contains("it is not an SQLite database"))
      #expect(try await port.get("/api/runs").status == 503)
    }
  }
}
