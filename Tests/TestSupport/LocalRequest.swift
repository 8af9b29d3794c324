internal import Foundation

/// One HTTP request to a server on this machine, over a socket of its own.
///
/// `URLSession` on Linux refuses header lines without a space behind the colon, as chromedriver sends them: "Failed
/// writing header".
struct LocalRequest {
  /// What a server answers.
  struct Answer {
    let status: Int
    let body: Data
  }

  /// What goes wrong before there is an answer.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let port: Int
  let method: String
  let path: String
  let body: Data?

  /// Sends the request and waits for the answer, on a thread of the system's.
  func answer(seconds: Int) async throws -> Answer {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result { try exchange(seconds: seconds) }) }
    }
  }

  private func exchange(seconds: Int) throws -> Answer {
    #if canImport(Darwin)
      let kind = SOCK_STREAM
    #else
      let kind = Int32(SOCK_STREAM.rawValue)
    #endif
    let descriptor = socket(AF_INET, kind, 0)
    guard descriptor >= 0 else { throw failure("no socket") }
    defer { close(descriptor) }
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw failure("nobody listens") }
    let body = body ?? Data()
    var request = Data("\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n".utf8)
    request += Data("Content-Type: application/json; charset=utf-8\r\nContent-Length: \(body.count)\r\n\r\n".utf8)
    try send(request + body, to: descriptor)
    return try receive(from: descriptor)
  }

  private func send(_ data: Data, to descriptor: Int32) throws {
    var sent = 0
    while sent < data.count {
      let count = data.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + sent }, data.count - sent) }
      guard count > 0 else { throw failure("the connection broke") }
      sent += count
    }
  }

  private func receive(from descriptor: Int32) throws -> Answer {
    var received = Data()
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let end = Data("\r\n\r\n".utf8)
    while true {
      if let head = received.range(of: end) {
        let lines = String(decoding: received[..<head.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let length = lines.lazy.compactMap { line -> Int? in
          let parts = line.split(separator: ":", maxSplits: 1)
          guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
          return Int(parts[1].trimmingCharacters(in: .whitespaces))
        }.first
        guard let length, let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
          throw failure("the answer has no length or no status")
        }
        if received.count - head.upperBound >= length {
          return Answer(status: status, body: Data(received[head.upperBound...].prefix(length)))
        }
      }
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { throw failure("no whole answer came") }
      received += chunk[..<count]
    }
  }

  private func failure(_ words: String) -> Failure { Failure(description: "\(method) \(path): \(words)") }
}
