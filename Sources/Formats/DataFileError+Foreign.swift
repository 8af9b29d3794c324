internal import Tensors

extension DataFileError {
  /// The error of a file that is something else, which its first bytes tell; nil where they say nothing, or say what
  /// was wanted.
  ///
  /// Of what the converter reads, the message names its command.
  ///
  /// - Parameters:
  ///   - start: The file's first bytes, `ForeignFormat.byteCount` of them or the whole file.
  ///   - wanted: What the file should be: "an IDX file".
  ///   - allowed: What is read, in more words.
  ///   - kinds: Names that `ForeignFormat` gives and that are no error here.
  static func foreign(
    path: String, start: [UInt8], wanted: String, allowed: String, except kinds: [String] = []
  ) -> DataFileError? {
    guard let kind = ForeignFormat.name(of: Array(start.prefix(ForeignFormat.byteCount))), !kinds.contains(kind) else {
      return nil
    }
    let hint = ForeignFormat.converterCommand(of: kind).map { "; the converter covey-data \($0) turns it into arrays" }
    return .malformed(path: path, reason: "is not \(wanted): it is \(kind) (allowed: \(allowed)\(hint ?? ""))")
  }
}
