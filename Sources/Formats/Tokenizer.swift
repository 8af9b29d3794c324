/// How texts become tokens.
package enum Tokenizer: String, Sendable, CaseIterable {
  /// Words and single signs, in small letters; see `words(_:)`.
  case words
  /// Unicode scalars, as they are.
  case characters
  /// Bytes of UTF-8; byte b is number b + 2, without a vocabulary.
  case bytes
  /// Tokens as the source gives them: a list, or a text split at blanks.
  case given
  /// Numbers of tokens, as a list or between blanks.
  case numbers

  /// Whether a vocabulary says which token has which number.
  package var usesVocabulary: Bool { self != .bytes && self != .numbers }

  /// The tokens of a value; for `.bytes` and `.numbers` ask `tokenNumbers(_:)`.
  ///
  /// A list is joined by blanks where it is not tokens that are given; nothing is missing's text.
  ///
  /// - Precondition: `usesVocabulary`.
  package func tokens(_ value: TextValue) -> [String] {
    precondition(usesVocabulary, "\(self) have numbers, not texts")
    switch (self, value) {
    case (_, .missing): return []
    case (.given, .list(let tokens)): return tokens
    case (_, .list(let texts)): return tokens(.text(texts.joined(separator: " ")))
    case (.words, .text(let text)): return Self.words(text)
    case (.characters, .text(let text)): return text.unicodeScalars.map { String($0) }
    case (_, .text(let text)): return Self.splitAtBlanks(text)
    }
  }

  /// The numbers of a value's tokens, for `.bytes` and `.numbers`.
  ///
  /// - Throws: `TokenError` for what is no whole number from 0 to 2³¹ − 1.
  /// - Precondition: not `usesVocabulary`.
  package func tokenNumbers(_ value: TextValue) throws(TokenError) -> [Int32] {
    precondition(!usesVocabulary, "\(self) have no numbers of their own")
    let texts: [String]
    switch value {
    case .missing: return []
    case .text(let text): texts = self == .bytes ? [text] : Self.splitAtBlanks(text)
    case .list(let list): texts = self == .bytes ? [list.joined(separator: " ")] : list
    }
    if self == .bytes { return texts.flatMap { $0.utf8.map { Int32($0) + 2 } } }
    var numbers: [Int32] = []
    numbers.reserveCapacity(texts.count)
    for text in texts {
      guard text.utf8.first.map({ (0x30...0x39).contains($0) }) ?? false, let number = Int32(text) else {
        throw TokenError(token: text)
      }
      numbers.append(number)
    }
    return numbers
  }

  /// A text's parts between blanks, tabs and line ends; none is empty.
  static func splitAtBlanks(_ text: String) -> [String] {
    text.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Words and single signs of a text, in small letters; blanks are none.
  ///
  /// A word is a run of letters, digits and `_`, with the marks on them; `'` and `’` between letters belong to it, and
  /// `.` and `,` between digits, `.` also between letters ("e.g", "3.14", "it's"). Ideographs and Hiragana are words one
  /// by one. All else is a sign: a scalar with what modifies it, so that an emoji of several stays one.
  ///
  /// Source: Unicode Standard Annex 29, "Word Boundaries".
  /// Differs: a colon is always a sign; scripts without blanks other than the two, such as Thai, are one word a run.
  package static func words(_ text: String) -> [String] {
    var text = text
    let plain = text.withUTF8 { bytes in bytes.allSatisfy { $0 < 0x80 } ? plainWords(bytes) : nil }
    return plain ?? splitWords(text)
  }

  /// The words of any text.
  static func splitWords(_ text: String) -> [String] {
    var splitter = WordSplitter()
    for scalar in text.lowercased().unicodeScalars { splitter.add(scalar) }
    return splitter.finished()
  }
}

/// The words of a text of ASCII alone, by the same rules, many times as fast.
private func plainWords(_ text: UnsafeBufferPointer<UInt8>) -> [String] {
  func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
  func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
  /// Whether the byte at a place belongs to a word that it does not begin.
  func continues(_ place: Int) -> Bool {
    let byte = text[place]
    if isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") { return true }
    guard place + 1 < text.count else { return false }
    let (before, after) = (text[place - 1], text[place + 1])
    switch byte {
    case UInt8(ascii: "'"): return isLetter(before) && isLetter(after)
    case UInt8(ascii: ","): return isDigit(before) && isDigit(after)
    case UInt8(ascii: "."): return isLetter(before) && isLetter(after) || isDigit(before) && isDigit(after)
    default: return false
    }
  }
  var words: [String] = []
  var place = 0
  while place < text.count {
    let (start, first) = (place, text[place])
    place += 1
    if isBlank(first) { continue }
    if isLetter(first) || isDigit(first) || first == UInt8(ascii: "_") {
      while place < text.count, continues(place) { place += 1 }
    }
    words.append(
      String(unsafeUninitializedCapacity: place - start) { word in
        for offset in 0..<(place - start) {
          let byte = text[start + offset]
          word[offset] = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        }
        return place - start
      })
  }
  return words
}

/// A text that is no number of a token.
package struct TokenError: Error, Equatable, CustomStringConvertible {
  /// The text.
  package let token: String

  /// The error of a text.
  package init(token: String) { self.token = token }

  package var description: String {
    "'\(printable(token))' is no number of a token (allowed: whole numbers from 0 to \(Int32.max))"
  }
}

/// Splits scalars into words and signs.
private struct WordSplitter {
  /// What a scalar is to a word.
  private enum Kind {
    case blank, letter, digit, joiner, single, sign, modifier
  }

  private var tokens: [String] = []
  private var current = String.UnicodeScalarView()
  /// The kind of the last scalar that counts; nil where no token is open.
  private var last: Kind?
  /// A sign that belongs to the word if what follows does.
  private var pending: Unicode.Scalar?
  private var isAfterJoiner = false
  private var hasOpenFlag = false

  mutating func finished() -> [String] {
    close()
    return tokens
  }

  mutating func add(_ scalar: Unicode.Scalar) {
    let kind = Self.kind(scalar)
    if let middle = pending {
      pending = nil
      if let last, Self.joins(last, middle, kind) {
        current.append(middle)
        current.append(scalar)
        self.last = kind
        return
      }
      close()
      open(middle, .sign)
    }
    switch kind {
    case .blank: close()
    case .modifier:
      if last == nil { open(scalar, .sign) } else { current.append(scalar) }
      isAfterJoiner = scalar.value == 0x200D
      return
    case .letter, .digit, .joiner:
      if last == .letter || last == .digit || last == .joiner {
        current.append(scalar)
        last = kind
      } else {
        open(scalar, kind)
      }
    case .single: open(scalar, .single)
    case .sign:
      if (last == .letter || last == .digit), Self.isMiddle(scalar) {
        pending = scalar
      } else if last == .sign, isAfterJoiner || (hasOpenFlag && Self.isFlag(scalar)) {
        current.append(scalar)
        hasOpenFlag = false
      } else {
        open(scalar, .sign)
        hasOpenFlag = Self.isFlag(scalar)
      }
    }
    isAfterJoiner = false
  }

  private mutating func open(_ scalar: Unicode.Scalar, _ kind: Kind) {
    close()
    current.append(scalar)
    last = kind
  }

  private mutating func close() {
    if !current.isEmpty { tokens.append(String(current)) }
    current = String.UnicodeScalarView()
    last = nil
    hasOpenFlag = false
    if let sign = pending {
      pending = nil
      tokens.append(String(sign))
    }
  }

  /// Whether a sign joins what stands on both sides of it.
  private static func joins(_ before: Kind, _ middle: Unicode.Scalar, _ after: Kind) -> Bool {
    switch middle {
    case "'", "\u{2019}", "\u{FF07}": before == .letter && after == .letter
    case ",": before == .digit && after == .digit
    default: before == after && (before == .letter || before == .digit)
    }
  }

  private static func isMiddle(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "'", "\u{2019}", "\u{FF07}", ".", ",": true
    default: false
    }
  }

  /// A letter of a flag; two make one.
  private static func isFlag(_ scalar: Unicode.Scalar) -> Bool { (0x1F1E6...0x1F1FF).contains(scalar.value) }

  private static func kind(_ scalar: Unicode.Scalar) -> Kind {
    switch scalar.value {
    case 0x61...0x7A, 0x41...0x5A: return .letter
    case 0x30...0x39: return .digit
    case 0x5F: return .joiner
    case 0x20, 0x09...0x0D: return .blank
    case 0..<0x80: return .sign
    case 0x1F3FB...0x1F3FF: return .modifier
    case 0x3041...0x309F: return .single
    default: break
    }
    let properties = scalar.properties
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
      return properties.isIdeographic ? .single : .letter
    case .decimalNumber: return .digit
    case .nonspacingMark, .spacingMark, .enclosingMark, .format: return .modifier
    case .connectorPunctuation: return .joiner
    default: return properties.isWhitespace ? .blank : .sign
    }
  }
}
