internal import ArgumentParser

/// A word of the record, given as an argument.
struct RecordWord<Word: RawRepresentable<String> & CaseIterable & Sendable>: ExpressibleByArgument, Sendable {
  let word: Word

  init?(argument: String) {
    guard let word = Word(rawValue: argument) else { return nil }
    self.word = word
  }

  static var allValueStrings: [String] { Word.allCases.map(\.rawValue) }
  static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}
