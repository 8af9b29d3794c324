import Testing

@testable import Serving

struct RequestHeadTests {
  private func problem(_ text: String) -> RequestHead.Problem? {
    do {
      _ = try RequestHead(Array(text.utf8))
      return nil
    } catch {
      return error
    }
  }

  @Test func aRequestIsTakenApart() throws {
    let head = try RequestHead(
      Array("GET /compare?run=a%2Fb&arm=x+y&arm=z&empty HTTP/1.1\r\nHost: here\r\nX-Odd:  a b \r\nX-Odd: c".utf8))
    #expect(head.method == "GET" && head.path == "/compare" && head.keepsAlive)
    #expect(head.items.map(\.name) == ["run", "arm", "arm", "empty"])
    #expect(head.items.map(\.value) == ["a/b", "x y", "z", ""])
    #expect(head["host"] == "here" && head["x-odd"] == "a b, c" && head["absent"] == nil)
  }

  @Test func connectionsEndWhenAsked() throws {
    #expect(try !RequestHead(Array("GET / HTTP/1.1\r\nConnection: TE, Close".utf8)).keepsAlive)
    #expect(try !RequestHead(Array("GET / HTTP/1.0".utf8)).keepsAlive)
  }

  @Test(arguments: [
    "", "GET /", "GET  / HTTP/1.1", "GET / HTTP/2", "GET / HTTP/1.1 ", "G3T / HTTP/1.1", "GET http://x/ HTTP/1.1",
    "GET / HTTP/1.1\nHost: x", "GET / HTTP/1.1\r\nHost: x\rY: z", "GET / HTTP/1.1\r\n folded: x",
    "GET / HTTP/1.1\r\nno colon", "GET / HTTP/1.1\r\nname : x", "GET /\u{0} HTTP/1.1", "GET /ä HTTP/1.1",
    "GET /?a=%zz HTTP/1.1", "GET /?a=%ff HTTP/1.1", "GET / HTTP/1.1\r\nHost: a\r\nhost: b",
  ])
  func whatIsNoRequestIsRefused(_ text: String) {
    #expect(problem(text)?.status == .badRequest)
  }

  @Test func bodiesAndLongAddressesAreRefused() {
    #expect(problem("GET / HTTP/1.1\r\nContent-Length: 3")?.status == .contentTooLarge)
    #expect(problem("GET / HTTP/1.1\r\nTransfer-Encoding: chunked")?.status == .contentTooLarge)
    #expect(problem("GET / HTTP/1.1\r\nContent-Length: 0") == nil)
    #expect(problem("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1")?.status == .uriTooLong)
  }
}
