internal import FlyingSocks
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#endif

/// One browser's connection: requests one after the other, each within its limits.
struct Connection: Sendable {
  let socket: AsyncSocket
  let router: Router
  let limits: ConnectionLimits

  /// Answers requests until either side has enough; closes the socket.
  func serve() async {
    defer { try? socket.close() }
    var rest: [UInt8] = []
    while !Task.isCancelled {
      let head: RequestHead
      do {
        let known = rest
        let (bytes, more) = try await within(limits.head) { try await readHead(known) }
        rest = more
        head = try RequestHead(bytes)
      } catch let problem as RequestHead.Problem {
        return await refuse(.text(problem.reason, status: problem.status))
      } catch is DeadlineExceeded {
        // Who said nothing at all is told nothing.
        return await refuse(.text("the request did not come in time", status: .timeout))
      } catch {
        return
      }
      guard await answer(head) else { return }
    }
  }

  /// The head of the next request without the empty line, and what came behind it.
  private func readHead(_ known: [UInt8]) async throws -> (head: [UInt8], rest: [UInt8]) {
    var bytes = known
    var searched = 0
    let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
    while true {
      var place = max(0, searched - 3)
      while place + 4 <= bytes.count {
        if bytes[place] == 0x0D, bytes[place..<(place + 4)].elementsEqual(end) {
          return (Array(bytes[..<place]), Array(bytes[(place + 4)...]))
        }
        place += 1
      }
      searched = bytes.count
      guard bytes.count < RequestHead.limit else {
        throw RequestHead.Problem(
          status: .headTooLarge, reason: "the request's head is longer than \(RequestHead.limit) bytes")
      }
      bytes += try await socket.read(atMost: min(4096, RequestHead.limit + 4 - bytes.count))
    }
  }

  /// Whether the connection goes on.
  private func answer(_ head: RequestHead) async -> Bool {
    let answer: Router.Answer
    do {
      answer = try await within(limits.making) { try await whileOpen { await router.answer(head) } }
    } catch is CancellationError {
      return false
    } catch {
      answer = .response(.text("the answer took too long", status: .unavailable))
    }
    do {
      switch answer {
      case .response(let response):
        var data = response.head(length: response.body.count, keepsAlive: head.keepsAlive)
        if head.method != "HEAD" { data += response.body }
        let whole = data
        try await within(limits.writing) { try await socket.write(whole) }
        return head.keepsAlive
      case .events(let view):
        if head.method == "HEAD" {
          let data = Response.events.head(length: nil, keepsAlive: false)
          try await within(limits.writing) { try await socket.write(data) }
        } else {
          try await stream(view, lastSeen: head["last-event-id"])
        }
        return false
      }
    } catch {
      return false
    }
  }

  /// What `body` returns, unless the other side closes the connection before: then `body` is cancelled.
  ///
  /// Nothing is read here: what comes early stays for the next request.
  ///
  /// - Throws: `CancellationError` when the other side has gone.
  private func whileOpen<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async throws -> Value {
    let descriptor = socket.socket.file.rawValue
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { await body() }
      group.addTask {
        while true {
          try await Task.sleep(for: limits.looking)
          var byte: UInt8 = 0
          if recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 0 { return nil }
        }
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let value = first else { throw CancellationError() }
      return value
    }
  }

  /// Sends an event for each new revision of what `view` shows, until the other side has gone.
  private func stream(_ view: Router.View, lastSeen: String?) async throws {
    guard let (number, signals) = await router.feed.listen() else {
      let response = Response.text("too many pages are open", status: .unavailable)
      return await refuse(response)
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        // Nothing is to come: that something or the end does is how a closed page shows.
        while let bytes = try? await socket.read(atMost: 1024), !bytes.isEmpty {}
      }
      group.addTask {
        while !Task.isCancelled, (try? await Task.sleep(for: limits.heartbeat)) != nil {
          await router.feed.nudge(number)
        }
      }
      group.addTask { try? await send(signals, view, lastSeen) }
      await group.next()
      group.cancelAll()
    }
    await router.feed.leave(number)
  }

  private func send(_ signals: AsyncStream<Void>, _ view: Router.View, _ lastSeen: String?) async throws {
    var data = Response.events.head(length: nil, keepsAlive: false) + Data("retry: 2000\n\n".utf8)
    var known = lastSeen
    for await _ in signals {
      let revision = await router.revision(of: view)
      if revision != known {
        data += Data("id: \(revision)\nevent: revision\ndata: \(revision)\n\n".utf8)
        known = revision
      } else {
        data += Data(": still here\n\n".utf8)
      }
      let event = data
      try await within(limits.writing) { try await socket.write(event) }
      data = Data()
    }
  }

  /// Answers and gives the other side a moment to read it: a socket that is closed with bytes unread takes the answer
  /// with it.
  private func refuse(_ response: Response) async {
    let data = response.head(length: response.body.count, keepsAlive: false) + response.body
    try? await within(limits.refusing) {
      try await socket.write(data)
      _ = shutdown(socket.socket.file.rawValue, Int32(SHUT_WR))
      var count = 0
      while count < 1 << 20 { count += try await socket.read(atMost: 4096).count }
    }
  }
}
