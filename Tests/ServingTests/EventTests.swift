import Foundation
import RunStore
import TestSupport
import Testing

@testable import Serving

struct EventTests {
  private func ask(_ port: ServedPort, _ path: String, _ headers: String = "") throws -> Wire {
    let wire = try Wire(port: port.number)
    wire.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port.number)\r\n\(headers)\r\n")
    return wire
  }

  @Test func aRoundOfAnotherStoreIsAnEvent() async throws {
    let folder = try ServedFolder()
    let store = try folder.store()
    let runs = try folder.begin("served", arms: ["plain", "other"], rounds: 1, in: store)
    try await folder.serve { port async throws in
      try await port.blocking {
        let list = try ask(port, "/events?view=list")
        let page = try ask(port, "/events?run=\(runs[0])")
        let first = list.receive { $0.contains("\n\nid: ") && $0.hasSuffix("\n\n") }
        #expect(first.contains("Content-Type: text/event-stream") && first.contains("retry: 2000"))
        #expect(page.receive { $0.contains("event: revision") }.contains("event: revision"))
        try folder.append(2, to: runs[0], in: store)
        #expect(list.receive { $0.contains("event: revision") }.contains("event: revision"))
        #expect(page.receive { $0.contains("event: revision") }.contains("event: revision"))
      }
      #expect(try await port.get("/api/runs").body.contains("\"rounds_done\": 2"))
    }
  }

  @Test func whoKnowsTheRevisionIsNotToldAgain() async throws {
    let folder = try ServedFolder()
    _ = try folder.begin("served", arms: ["plain"], rounds: 1, in: try folder.store())
    var limits = ServedFolder.patient
    limits.heartbeat = .milliseconds(50)
    try await folder.serve(limits: limits) { port async throws in
      let revision = try await port.get("/list").headers["x-covey-revision"] ?? ""
      try await port.blocking {
        let wire = try ask(port, "/events?view=list", "Last-Event-ID: \(revision)\r\n")
        let text = wire.receive { $0.components(separatedBy: ": still here").count > 3 }
        #expect(text.contains(": still here") && !text.contains("event: revision"))
      }
    }
  }

  @Test func aRunWhoseProcessDiedIsCutOff() async throws {
    let folder = try ServedFolder()
    let store = try folder.store()
    let runs = try folder.begin("served", arms: ["plain"], rounds: 1, in: store)
    try await folder.serve { port async throws in
      #expect(try await port.get("/list").body.contains("data-status=\"running\" data-text"))
      try store.execute("UPDATE runs SET process = '999999999:1' WHERE id = \(runs[0])")
      #expect(try await port.get("/list").body.contains("data-status=\"cut-off\" data-text"))
    }
  }

  @Test func manyListenersAreToldToWait() async throws {
    let feed = ChangeFeed()
    for _ in 0..<ChangeFeed.limit { #expect(await feed.listen() != nil) }
    #expect(await feed.listen() == nil)
    await feed.leave(1)
    #expect(await feed.listen() != nil)
  }
}
