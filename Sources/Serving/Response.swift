internal import Foundation

/// The statuses that the server answers with.
enum Status: Int, Sendable {
  case ok = 200
  case badRequest = 400
  case forbidden = 403
  case notFound = 404
  case methodNotAllowed = 405
  case timeout = 408
  case contentTooLarge = 413
  case uriTooLong = 414
  case misdirected = 421
  case headTooLarge = 431
  case internalError = 500
  case unavailable = 503

  /// The words beside the number.
  var phrase: String {
    switch self {
    case .ok: "OK"
    case .badRequest: "Bad Request"
    case .forbidden: "Forbidden"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .timeout: "Request Timeout"
    case .contentTooLarge: "Content Too Large"
    case .uriTooLong: "URI Too Long"
    case .misdirected: "Misdirected Request"
    case .headTooLarge: "Request Header Fields Too Large"
    case .internalError: "Internal Server Error"
    case .unavailable: "Service Unavailable"
    }
  }
}

/// What the server answers.
struct Response: Sendable {
  /// The status.
  var status: Status = .ok
  /// What the body is.
  var contentType: String
  /// The body.
  var body: Data
  /// What a browser may do with it.
  var policy = "default-src 'none'"
  /// Headers beside those that every answer has; names and values are the server's own, never a client's.
  var headers: [(name: String, value: String)] = []

  static func html(_ text: String, status: Status = .ok, policy: String = "default-src 'none'") -> Response {
    Response(status: status, contentType: "text/html; charset=utf-8", body: Data(text.utf8), policy: policy)
  }

  static func json(_ text: String, status: Status = .ok) -> Response {
    Response(status: status, contentType: "application/json; charset=utf-8", body: Data(text.utf8))
  }

  static func text(_ text: String, status: Status) -> Response {
    Response(status: status, contentType: "text/plain; charset=utf-8", body: Data((text + "\n").utf8))
  }

  /// The head of the answer, with the empty line.
  ///
  /// - Parameters:
  ///   - length: The body's length; nil for one that goes on until the connection ends.
  ///   - keepsAlive: Whether the connection stays open.
  func head(length: Int?, keepsAlive: Bool) -> Data {
    var text = "HTTP/1.1 \(status.rawValue) \(status.phrase)\r\nContent-Type: \(contentType)\r\n"
    if let length { text += "Content-Length: \(length)\r\n" }
    text += "Connection: \(keepsAlive ? "keep-alive" : "close")\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    text += """
      Cache-Control: no-store\r
      Content-Security-Policy: \(policy); frame-ancestors 'none'\r
      X-Content-Type-Options: nosniff\r
      X-Frame-Options: DENY\r
      Referrer-Policy: no-referrer\r
      Cross-Origin-Resource-Policy: same-origin\r
      Cross-Origin-Opener-Policy: same-origin\r
      \r

      """
    return Data(text.utf8)
  }
}
