internal import Foundation

/// The head of an HTTP/1 request, of which nothing was taken that is not plainly one.
struct RequestHead: Sendable, Equatable {
  /// Why a head is refused, with the status that says so.
  struct Problem: Error, Equatable {
    let status: Status
    let reason: String
  }

  /// A head is at most this long, in bytes.
  static let limit = 16_384
  /// The largest length of a request's first line, in bytes.
  static let lineLimit = 8192

  /// The method, as `GET`.
  let method: String
  /// What stands before the question mark, as it was sent: nothing is decoded, and nothing of it ever names a file.
  let path: String
  /// The fields behind the question mark, decoded.
  let items: [(name: String, value: String)]
  /// What stands behind the question mark, as it was sent.
  let query: String
  /// Whether the connection stays open after the answer.
  let keepsAlive: Bool
  private let fields: [String: String]

  /// The value of a header that is there once.
  subscript(name: String) -> String? { fields[name] }

  /// Reads a head without the empty line that ends it.
  init(_ bytes: [UInt8]) throws(Problem) {
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x0D || $0 == 0x0A || $0 == 0x09 }) else {
      throw Problem(status: .badRequest, reason: "the request holds bytes that a request can't hold")
    }
    var lines: [String] = []
    // All lines but the last end in a carriage return, and there is none elsewhere.
    let parts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      let line = index < parts.count - 1 ? part.dropLast() : part[...]
      guard index == parts.count - 1 || part.last == 0x0D, !line.contains(0x0D),
        let text = String(validating: line, as: UTF8.self)
      else { throw Problem(status: .badRequest, reason: "the request's lines don't end as lines do") }
      lines.append(text)
    }
    guard lines[0].utf8.count <= Self.lineLimit else {
      throw Problem(status: .uriTooLong, reason: "the address is longer than \(Self.lineLimit) bytes")
    }
    let words = lines[0].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy({ $0.isASCII && $0.isLetter }),
      words[1].hasPrefix("/"), words[1].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
      words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0"
    else { throw Problem(status: .badRequest, reason: "the request's first line is none") }
    method = words[0]
    let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = String(target[0])
    query = target.count > 1 ? String(target[1]) : ""
    items = try Self.items(query)
    fields = try Self.fields(lines.dropFirst())
    let connection = (fields["connection"] ?? "").lowercased().split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    keepsAlive = words[2] == "HTTP/1.1" && !connection.contains("close")
  }

  private static func fields(_ lines: some Sequence<String>) throws(Problem) -> [String: String] {
    var fields: [String: String] = [:]
    for line in lines {
      guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
        line.utf8[..<colon].allSatisfy({ isNameByte($0) })
      else { throw Problem(status: .badRequest, reason: "a header has no name") }
      let name = line[..<colon].lowercased()
      let value = String(Substring(line.utf8[line.utf8.index(after: colon)...])).trimmingCharacters(in: .whitespaces)
      if let first = fields[name] {
        // Twice is how requests are smuggled past whoever looks at the first or at the last alone.
        guard !["host", "origin", "content-length", "transfer-encoding"].contains(name) else {
          throw Problem(status: .badRequest, reason: "the header '\(name)' is there twice")
        }
        fields[name] = first + ", " + value
      } else {
        fields[name] = value
      }
    }
    if fields["transfer-encoding"] != nil || fields["content-length"].map({ $0 != "0" }) ?? false {
      throw Problem(status: .contentTooLarge, reason: "the request has a body; nothing here takes one")
    }
    return fields
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func items(_ query: String) throws(Problem) -> [(name: String, value: String)] {
    var items: [(name: String, value: String)] = []
    for part in query.split(separator: "&") {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(sides[0]), let value = sides.count > 1 ? decoded(sides[1]) : "" else {
        throw Problem(status: .badRequest, reason: "the address is not well encoded: \(part.prefix(80))")
      }
      items.append((name, value))
    }
    return items
  }

  private static func decoded(_ text: Substring) -> String? {
    text.replacing("+", with: " ").removingPercentEncoding
  }

  static func == (left: RequestHead, right: RequestHead) -> Bool {
    left.method == right.method && left.path == right.path && left.query == right.query && left.fields == right.fields
      && left.keepsAlive == right.keepsAlive
  }
}
