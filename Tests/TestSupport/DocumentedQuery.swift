internal import Foundation

/// A query that the documentation shows: a command, or SQL.
package struct DocumentedQuery: Sendable {
  /// The line as it is written.
  package let text: String
  /// The program's arguments; nil for SQL.
  package let arguments: [String]?

  /// The queries of a file with one a line; lines that begin with `#` are comments.
  package static func all(inFile path: String) throws -> [DocumentedQuery] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
      .filter { !$0.hasPrefix("#") }.map(DocumentedQuery.init)
  }

  private init(_ text: String) {
    self.text = text
    arguments = text.hasPrefix("covey ") ? Array(Self.words(text).dropFirst()) : nil
  }

  /// The words of a command line, in which double quotes keep a word together.
  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case " " where !isQuoted:
        if !word.isEmpty { words.append(word) }
        word = ""
      default: word.append(character)
      }
    }
    return words + (word.isEmpty ? [] : [word])
  }
}
