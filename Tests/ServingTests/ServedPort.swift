import Foundation

/// A port that something listens on, spoken to byte by byte: tests send what no well-meaning client would.
struct ServedPort: Sendable {
  let number: UInt16

  /// What came back.
  struct Answer: Sendable {
    let status: Int
    let headers: [String: String]
    let body: String
  }

  /// A connection that blocks, and gives up after a while; used off the threads that the server needs.
  final class Wire: Sendable {
    private let file: Int32

    init(port: UInt16) throws {
      file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var wait = timeval(tv_sec: 20, tv_usec: 0)
      setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
      setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = inet_addr("127.0.0.1")
      let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      if result != 0 { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    deinit { close(file) }

    func send(_ text: String) {
      let bytes = Array(text.utf8)
      var sent = 0
      while sent < bytes.count {
        let count = bytes.withUnsafeBytes {
          Foundation.send(file, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
        }
        if count <= 0 { return }
        sent += count
      }
    }

    /// What comes until `isEnough`, the end, or a pause that is too long.
    func receive(until isEnough: (String) -> Bool = { _ in false }) -> String {
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65536)
      while !isEnough(String(decoding: bytes, as: UTF8.self)) {
        let count = recv(file, &buffer, buffer.count, 0)
        if count <= 0 { break }
        bytes += buffer[..<count]
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Runs `body` on a thread that may block.
  func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
  }

  /// Sends bytes and returns all that comes back until the server closes the connection.
  func exchange(_ text: String) async throws -> String {
    try await blocking {
      let wire = try Wire(port: number)
      wire.send(text)
      return wire.receive()
    }
  }

  /// Asks for a path as a browser does; `headers` are added.
  func get(_ path: String, method: String = "GET", host: String? = nil, headers: String = "") async throws -> Answer {
    let text = try await exchange(
      "\(method) \(path) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(number)")\r\nConnection: close\r\n\(headers)\r\n")
    return Self.answer(text)
  }

  static func answer(_ text: String) -> Answer {
    let parts = text.components(separatedBy: "\r\n\r\n")
    let lines = parts[0].components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let sides = line.components(separatedBy: ": ")
      headers[sides[0].lowercased()] = sides.dropFirst().joined(separator: ": ")
    }
    return Answer(
      status: words.count > 1 ? Int(words[1]) ?? 0 : 0, headers: headers,
      body: parts.dropFirst().joined(separator: "\r\n\r\n"))
  }
}
