import Foundation
import TestSupport
import Testing

@testable import Serving

struct ConnectionTests {
  @Test func aConnectionTakesRequestsOneAfterTheOther() async throws {
    let folder = try ServedFolder()
    try await folder.serve { port async throws in
      let request = "GET /api/nothing HTTP/1.1\r\nHost: 127.0.0.1:\(port.number)\r\n"
      let text = try await port.exchange(request + "\r\n" + request + "Connection: close\r\n\r\n")
      #expect(text.components(separatedBy: "HTTP/1.1 404 Not Found\r\n").count == 3)
    }
  }

  @Test func headsAreBounded() async throws {
    let folder = try ServedFolder()
    try await folder.serve { port async throws in
      let long = String(repeating: "a", count: 40_000)
      let head = "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(port.number)\r\n"
      #expect(try await ServedPort.answer(port.exchange(head + "X-Long: \(long)\r\n\r\n")).status == 431)
      #expect(try await ServedPort.answer(port.exchange("GET /\(long) HTTP/1.1\r\n\r\n")).status == 431)
      #expect(try await ServedPort.answer(port.exchange("GET /\(long.prefix(9000)) HTTP/1.1\r\n\r\n")).status == 414)
      #expect(try await ServedPort.answer(port.exchange(head + "Content-Length: 5\r\n\r\nhello")).status == 413)
      #expect(try await ServedPort.answer(port.exchange("nonsense\r\n\r\n")).status == 400)
    }
  }

  @Test func whoSaysNothingIsSentAway() async throws {
    let folder = try ServedFolder()
    var limits = ServedFolder.patient
    limits.head = .milliseconds(200)
    try await folder.serve(limits: limits) { port async throws in
      #expect(try await ServedPort.answer(port.exchange("GET / HTTP/1.1\r\nHost:")).status == 408)
    }
  }

  @Test func oneMoreThanThereMayBeIsToldSo() async throws {
    let folder = try ServedFolder()
    var limits = ServedFolder.patient
    limits.connections = 3
    try await folder.serve(limits: limits) { port async throws in
      try await port.blocking {
        let held = try (0..<3).map { _ in try Wire(port: port.number) }
        // Each that was let in has been answered, so that it counts.
        for wire in held {
          wire.send("GET /nothing HTTP/1.1\r\nHost: 127.0.0.1:\(port.number)\r\n\r\n")
          #expect(wire.receive { $0.contains("</html>") }.hasPrefix("HTTP/1.1 404"))
        }
        let extra = try Wire(port: port.number)
        #expect(extra.receive().hasPrefix("HTTP/1.1 503"))
        withExtendedLifetime(held) {}
      }
      // And then there is room again, as soon as the server has seen that they left.
      var status = 503
      for _ in 0..<200 where status != 404 {
        status = try await port.get("/nothing").status
        if status != 404 { try await Task.sleep(for: .milliseconds(20)) }
      }
      #expect(status == 404)
    }
  }

  @Test func aPortIsTakenOnce() async throws {
    let folder = try ServedFolder()
    _ = try await folder.serve { port async throws in
      #expect(throws: PageServer.Problem.portInUse(port.number)) {
        try PageServer(database: folder.path, port: port.number)
      }
    }
  }

  @Test func theEndClosesConnectionsAndFreesThePort() async throws {
    let folder = try ServedFolder()
    let (port, wire) = try await folder.serve { port async throws in
      let wire = try await port.blocking {
        let wire = try Wire(port: port.number)
        wire.send("GET /events?view=list HTTP/1.1\r\nHost: 127.0.0.1:\(port.number)\r\n\r\n")
        #expect(wire.receive { $0.contains("event: revision") }.contains("text/event-stream"))
        return wire
      }
      return (port, wire)
    }
    _ = try await port.blocking { wire.receive() }
    let again = try PageServer(database: folder.path, port: port.number)
    #expect(again.address == "http://127.0.0.1:\(port.number)/")
    let task = Task { await again.run() }
    task.cancel()
    await task.value
  }
}
