internal import Catalogs
internal import Formats
internal import Tensors

extension Option {
  static let tokens = Option.optional(
    "tokens", .choice(Tokenizer.allCases.map(\.rawValue)),
    "how texts become tokens: words, characters, bytes, tokens that are given, or their numbers")
  static let vocabulary = Option.optional(
    "vocabulary",
    .either([
      .text,
      .group([Option("size", .integer(3...10_000_000), default: .integer(5000), "tokens, with <pad> and <unk>")]),
    ]),
    "a file with a token a line, or the size of one made of the training examples; all of their tokens unless set")
  static let length = Option.optional(
    "length", .integer(1...1_000_000), "tokens an example; the longest training example's unless set")
}

/// Examples whose inputs are texts, before these are tokens.
struct TextPart {
  var split: DataSplit
  var texts: [TextValue]
  /// The targets; nil where the next token is the target.
  var targets: StoredTargets?
  var clients: [String?] = []
  var domains: [String] = []
  var groups: [String?] = []
  var targetPlace: String
}

/// How texts become inputs of one length.
struct TokenWords: Sendable {
  /// What is predicted of a sequence from itself.
  static let nextTargets = ["next-character", "next-token"]

  let tokenizer: Tokenizer
  let vocabularyFile: String?
  let vocabularySize: Int?
  let length: Int?
  /// Whether the next token is the target.
  let predictsNext: Bool

  /// - Parameter tokenizer: The one that is meant where none is said.
  init(_ options: Options, unlessSaid tokenizer: Tokenizer) throws {
    let target = options.texts("target")?.first
    predictsNext = target.map(Self.nextTargets.contains) ?? false
    let implied = target == "next-character" ? Tokenizer.characters : tokenizer
    self.tokenizer = options.optionalText("tokens").flatMap(Tokenizer.init) ?? implied
    vocabularyFile = options.optionalText("vocabulary")
    if case .group? = options.value("vocabulary") {
      vocabularySize = try options.group("vocabulary").integer("size")
    } else {
      vocabularySize = nil
    }
    length = options.optionalInteger("length")
    if !self.tokenizer.usesVocabulary, options.value("vocabulary") != nil {
      throw OptionProblem(
        "vocabulary", "has no meaning with 'tokens: \(self.tokenizer.rawValue)', which are numbers already")
    }
  }

  /// Puts parts of texts into a builder, as numbers of tokens.
  ///
  /// - Throws: `DataFileError` for a vocabulary that can't be read, numbers of tokens that are none, and no training text.
  func add(_ parts: [TextPart], to builder: inout HeldBuilder, files: inout SourceFiles) throws {
    var numbers: [[[Int32]]]
    var unknown: Int32?
    var pad: Int32 = 0
    var size = 258
    if tokenizer.usesVocabulary {
      let tokens = parts.map { $0.texts.map(tokenizer.tokens) }
      let vocabulary: Vocabulary
      if let vocabularyFile {
        let path = files.path(vocabularyFile)
        vocabulary = try Vocabulary(TextFile.read(path: path, limit: MemoryLimit.standard))
        try files.note(path, shownName: vocabularyFile)
      } else {
        let training = zip(parts, tokens).filter { $0.0.split == .train }.flatMap(\.1)
        vocabulary = Vocabulary(training: training, size: vocabularySize)
        builder.fitted.append("the vocabulary")
      }
      numbers = tokens.map { $0.map(vocabulary.tokenNumbers) }
      (pad, unknown, size) = (vocabulary.pad, vocabulary.unknown, vocabulary.tokens.count)
      builder.vocabulary = vocabulary.tokens
    } else {
      numbers = []
      for part in parts {
        numbers.append(
          try part.texts.enumerated().map { place, text in
            do { return try tokenizer.tokenNumbers(text) } catch {
              throw DataFileError.malformed(path: part.targetPlace, reason: "example \(place): \(error)")
            }
          })
      }
      if tokenizer == .numbers { size = Int((numbers.joined().joined().max() ?? 0)) + 1 }
    }
    let training = zip(parts, numbers).filter { $0.0.split == .train }.flatMap { $0.1.map(\.count) }
    let length = max(1, self.length ?? training.max() ?? numbers.joined().map(\.count).max() ?? 1)
    let all = numbers.reduce(0) { $0 + $1.count }
    let (needed, overflows) = all.multipliedReportingOverflow(by: 4 * length * (predictsNext ? 2 : 1))
    guard !overflows, needed <= MemoryLimit.standard else {
      throw DataFileError.malformed(
        path: parts.first?.targetPlace ?? "",
        reason:
          "\(all) texts of \(length) tokens take more memory than there may be taken (allowed: \(MemoryLimit.standard) bytes; 'data.length' cuts texts)"
      )
    }
    builder.shape = [length]
    builder.vocabularySize = size
    var (cut, cutTokens, unknowns, empty) = (0, 0, 0, 0)
    for (part, own) in zip(parts, numbers) {
      let encoded = EncodedTexts(own, length: length, pad: pad, unknown: unknown)
      cut += encoded.cutTextCount
      cutTokens += encoded.cutTokenCount
      unknowns += encoded.unknownTokenCount
      empty += own.count(where: \.isEmpty)
      var targets = part.targets ?? .tokens([])
      if predictsNext {
        var next = [Int32](repeating: pad, count: encoded.numbers.count)
        for text in own.indices {
          let start = text * length
          for step in 0..<length - 1 { next[start + step] = encoded.numbers[start + step + 1] }
          next[start + length - 1] = encoded.following[text]
        }
        targets = .tokens(next)
      }
      builder.parts.append(
        HeldPart(
          split: part.split, inputs: .tokens(encoded.numbers), targets: targets, count: own.count,
          clients: part.clients, domains: part.domains, groups: part.groups, targetPlace: part.targetPlace))
    }
    if cut > 0 {
      builder.remarks.append(
        "\(cut) of \(all) texts are longer than \(length) tokens and are cut; \(cutTokens) tokens are left out")
    }
    if unknowns > 0 { builder.remarks.append("\(unknowns) tokens are not in the vocabulary of \(size) and are <unk>") }
    if empty > 0 { builder.remarks.append("\(empty) of \(all) texts have no token") }
  }
}
