import Formats
import Randomness
import Testing

private func file(_ text: String) throws(DataFileError) -> TextFile {
  try TextFile(bytes: Array(text.utf8), path: "f")
}

@Suite("Tokens")
struct TokenizerTests {
  @Test("words are letters and digits with what joins them, signs are single")
  func words() {
    let expected: [String: [String]] = [
      "The staff is friendly, and clean.": ["the", "staff", "is", "friendly", ",", "and", "clean", "."],
      "couldn't it’s 'quoted' dogs' 3.14 1,000 1, e.g. U.S.A. a_b": [
        "couldn't", "it’s", "'", "quoted", "'", "dogs", "'", "3.14", "1,000", "1", ",", "e.g", ".", "u.s.a", ".", "a_b",
      ],
      "a:b x--y ...": ["a", ":", "b", "x", "-", "-", "y", ".", ".", "."],
      "ÄPFEL naïve e\u{301}t\u{E9}": ["äpfel", "naïve", "e\u{301}t\u{E9}"],
      "日本語 ひら カタカナ": ["日", "本", "語", "ひ", "ら", "カタカナ"],
      "👍🏽 👨‍👩‍👧 🇩🇪🇫🇷!": ["👍🏽", "👨‍👩‍👧", "🇩🇪", "🇫🇷", "!"],
      "": [], " \t\n\u{A0}\u{2028}": [], "a\u{200B}b": ["a\u{200B}b"], "\u{301}x": ["\u{301}", "x"], "x'": ["x", "'"],
      "1'2": ["1", "'", "2"], "a.1": ["a", ".", "1"],
    ]
    for (text, words) in expected { #expect(Tokenizer.words(text) == words, "\(text)") }
  }

  @Test("a text of ASCII alone has the same words as with other characters behind it")
  func plainWords() {
    let signs = Array("aZ09_'.,:- \t\n\r\u{0}\u{1C}\u{7F}".unicodeScalars)
    var stream = RandomStream(seed: 1, .partition)
    for _ in 0..<5000 {
      var text = ""
      for _ in 0..<(stream.next() % 12) { text.unicodeScalars.append(signs[Int(stream.next() % UInt64(signs.count))]) }
      #expect(Tokenizer.words(text) + ["日"] == Tokenizer.words(text + " 日"), "\(text.debugDescription)")
    }
  }

  @Test("characters, bytes, given tokens and numbers")
  func others() throws {
    #expect(Tokenizer.characters.tokens(.text("Ae\u{301}\n")) == ["A", "e", "\u{301}", "\n"])
    #expect(Tokenizer.given.tokens(.text("  a b\tc\r\n")) == ["a", "b", "c"])
    #expect(Tokenizer.given.tokens(.list(["a b", ""])) == ["a b", ""])
    #expect(Tokenizer.words.tokens(.list(["A b", "c"])) == ["a", "b", "c"])
    #expect(Tokenizer.words.tokens(.missing) == [])
    #expect(try Tokenizer.bytes.tokenNumbers(.text("aé")) == [99, 197, 171])
    #expect(try Tokenizer.numbers.tokenNumbers(.text(" 3 313\t0 ")) == [3, 313, 0])
    #expect(try Tokenizer.numbers.tokenNumbers(.list(["2147483647"])) == [Int32.max])
    #expect(try Tokenizer.numbers.tokenNumbers(.missing) == [])
    for wrong in ["-1", "+1", "1.0", "2147483648", "x", ""] {
      #expect(throws: TokenError(token: wrong)) { try Tokenizer.numbers.tokenNumbers(.list([wrong])) }
    }
    #expect(
      "\(TokenError(token: "-1"))" == "'-1' is no number of a token (allowed: whole numbers from 0 to 2147483647)")
  }

  @Test("a vocabulary of a file keeps its order; what is lacking comes in front")
  func vocabularyFile() throws {
    let whole = try Vocabulary(file("a\n<unk>\n \n<pad>\n"))
    #expect(whole.tokens == ["a", "<unk>", " ", "<pad>"])
    #expect((whole.pad, whole.unknown) == (3, 1))
    #expect(whole.tokenNumbers(["a", " ", "b", "<pad>"]) == [0, 2, 1, 3])
    #expect(try Vocabulary(file("a\nb\n")).tokens == ["<pad>", "<unk>", "a", "b"])
    #expect(try Vocabulary(file("a\n<pad>")).tokens == ["<unk>", "a", "<pad>"])
    #expect(try Vocabulary(file("e\u{301}\n\u{E9}\n")).tokenNumbers(["\u{E9}", "e\u{301}"]) == [3, 2])
    func message(_ text: String) -> String {
      refusal { () throws(DataFileError) in _ = try Vocabulary(file(text)) }
    }
    #expect(message("a\n\nb\n") == "f: line 2: is empty (allowed: a token a line)")
    #expect(message("a\nb\na\n") == "f: line 3: 'a' has a number already, of line 1")
    #expect(message("") == "f: has 0 tokens (allowed: 1 to 2147483644)")
  }

  @Test("a vocabulary of texts is sorted by falling count, then by code points")
  func vocabularyTexts() {
    let texts = [["b", "a", "Z", "c"], ["c", "<unk>", "ä", "<pad>", "<pad>"]]
    let vocabulary = Vocabulary(training: texts)
    #expect(vocabulary.tokens == ["<pad>", "<unk>", "c", "Z", "a", "b", "ä"])
    #expect((vocabulary.pad, vocabulary.unknown) == (0, 1))
    #expect(Vocabulary(training: texts, size: 4).tokens == ["<pad>", "<unk>", "c", "Z"])
    #expect(Vocabulary(training: texts, size: 2).tokens == ["<pad>", "<unk>"])
    #expect(Vocabulary(training: texts, size: 4).tokenNumbers(["a", "c"]) == [1, 2])
  }

  @Test("texts are cut and filled at the end, and it is counted")
  func encoded() {
    let encoded = EncodedTexts([[2, 3, 4, 1], [], [5], [6, 7]], length: 2, pad: 0, unknown: 1)
    #expect(encoded.numbers == [2, 3, 0, 0, 5, 0, 6, 7])
    #expect(encoded.following == [4, 0, 0, 0])
    #expect((encoded.cutTextCount, encoded.cutTokenCount, encoded.filledTextCount) == (1, 2, 2))
    #expect(encoded.unknownTokenCount == 1)
  }
}
