import Foundation
import TestSupport

/// A port that something listens on, spoken to byte by byte: tests send what no well-meaning client would.
struct ServedPort: Sendable {
  let number: UInt16

  /// What came back.
  struct Answer: Sendable {
    let status: Int
    let headers: [String: String]
    let body: String
  }

  /// Runs `body` on a thread that may block.
  func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await Wire.blocking(body)
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
