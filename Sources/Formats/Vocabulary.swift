/// The tokens that have numbers.
package struct Vocabulary: Sendable, Equatable {
  /// The tokens; each has its place as number.
  package let tokens: [String]
  /// The number of `<pad>`, which fills texts that are too short.
  package let pad: Int32
  /// The number of `<unk>`, which stands for tokens that have none.
  package let unknown: Int32

  private let numbers: [CodePoints: Int32]

  /// The token that fills.
  package static let padToken = "<pad>"
  /// The token for all others.
  package static let unknownToken = "<unk>"

  /// Texts that are equal when their code points are; strings are when they look alike.
  private struct CodePoints: Hashable, Sendable {
    let text: String

    static func == (first: CodePoints, second: CodePoints) -> Bool { first.text.utf8.elementsEqual(second.text.utf8) }

    func hash(into hasher: inout Hasher) {
      var text = text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }

  /// The vocabulary that a file has: a token a line, numbered from 0. `<pad>` and `<unk>` are put in front where they
  /// are not there.
  ///
  /// - Throws: `DataFileError.malformed` with the line for an empty one and for a token that was there before, and for a
  ///   file without tokens or with more than 2³¹ − 3 of them.
  package init(_ file: TextFile) throws(DataFileError) {
    var tokens: [String] = []
    var lines: [CodePoints: Int] = [:]
    for (place, token) in file.lines.enumerated() {
      guard !token.isEmpty else {
        throw .malformed(path: file.path, reason: "line \(place + 1): is empty (allowed: a token a line)")
      }
      if let before = lines.updateValue(place + 1, forKey: CodePoints(text: token)) {
        throw .malformed(
          path: file.path, reason: "line \(place + 1): '\(printable(token))' has a number already, of line \(before)")
      }
      tokens.append(token)
    }
    guard !tokens.isEmpty, tokens.count < Int32.max - 2 else {
      throw .malformed(path: file.path, reason: "has \(tokens.count) tokens (allowed: 1 to \(Int32.max - 3))")
    }
    let special = [Self.padToken, Self.unknownToken].filter { lines[CodePoints(text: $0)] == nil }
    self.init(distinct: special + tokens)
  }

  /// The vocabulary of training texts: `<pad>`, `<unk>`, then the tokens by falling count, those of one count by code
  /// points.
  ///
  /// - Parameters:
  ///   - texts: Their tokens; `<pad>` and `<unk>` among them are the two special ones.
  ///   - size: The most tokens, the two included; nil for all.
  /// - Precondition: size is from 2 to 2³¹ − 1.
  package init(training texts: some Sequence<[String]>, size: Int? = nil) {
    precondition(size.map { (2...Int(Int32.max)).contains($0) } ?? true, "a vocabulary of \(size ?? 0) tokens")
    var counts: [CodePoints: Int] = [:]
    for text in texts {
      for token in text { counts[CodePoints(text: token), default: 0] += 1 }
    }
    for special in [Self.padToken, Self.unknownToken] { counts[CodePoints(text: special)] = nil }
    let sorted = counts.sorted { first, second in
      first.value == second.value
        ? NameOrder.precedes(first.key.text, second.key.text) : first.value > second.value
    }
    let kept = sorted.prefix((size ?? Int(Int32.max)) - 2).map(\.key.text)
    self.init(distinct: [Self.padToken, Self.unknownToken] + kept)
  }

  /// - Precondition: The tokens are distinct and have the two special ones.
  private init(distinct tokens: [String]) {
    self.tokens = tokens
    numbers = Dictionary(uniqueKeysWithValues: tokens.enumerated().map { (CodePoints(text: $1), Int32($0)) })
    pad = numbers[CodePoints(text: Self.padToken)] ?? 0
    unknown = numbers[CodePoints(text: Self.unknownToken)] ?? 1
  }

  /// The numbers of tokens; `unknown` for those that have none.
  package func tokenNumbers(_ tokens: [String]) -> [Int32] {
    tokens.map { numbers[CodePoints(text: $0)] ?? unknown }
  }
}

/// Texts as numbers of tokens, all of one length.
package struct EncodedTexts: Sendable, Equatable {
  /// The numbers, `[texts, length]`; short texts are filled at the end, long ones cut there.
  package private(set) var numbers: [Int32] = []
  /// For each text the first number that was cut off, or that of `<pad>`: what a model of the next token has to predict
  /// at the end.
  package private(set) var following: [Int32] = []
  /// Tokens a text.
  package let length: Int
  /// How many texts were too long.
  package private(set) var cutTextCount = 0
  /// How many tokens were cut off in all.
  package private(set) var cutTokenCount = 0
  /// How many texts were too short.
  package private(set) var filledTextCount = 0
  /// How many tokens of the texts, before they were cut, have no number of their own.
  package private(set) var unknownTokenCount = 0

  /// Cuts and fills texts.
  ///
  /// - Parameters:
  ///   - texts: The numbers of their tokens.
  ///   - length: The length of all, from 1 to 2³¹ − 1; usually the longest training text's.
  ///   - pad: The number that fills.
  ///   - unknown: The number of unknown tokens, which are counted; nil where there is none.
  /// - Precondition: length is from 1 to 2³¹ − 1.
  package init(_ texts: [[Int32]], length: Int, pad: Int32 = 0, unknown: Int32? = nil) {
    precondition((1...Int(Int32.max)).contains(length), "texts of \(length) tokens")
    self.length = length
    numbers.reserveCapacity(texts.count * length)
    following.reserveCapacity(texts.count)
    for text in texts {
      numbers += text.prefix(length)
      following.append(text.count > length ? text[length] : pad)
      if text.count > length {
        cutTextCount += 1
        cutTokenCount += text.count - length
      } else if text.count < length {
        filledTextCount += 1
        numbers.append(contentsOf: repeatElement(pad, count: length - text.count))
      }
      if let unknown { unknownTokenCount += text.count { $0 == unknown } }
    }
  }
}
