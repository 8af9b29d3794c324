internal import Foundation
internal import Tables

/// Where results go.
enum StandardOutput {
  /// Whether a person looks at it.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Colours for people only, and not where NO_COLOR is set.
  static var style: TextStyle {
    isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"].map(\.isEmpty) ?? true ? .ansi : .plain
  }

  /// Columns that fit: the terminal's, or as many as COLUMNS says; nil where nothing limits them, as in a file.
  static var limit: Int? { isTerminal ? Terminal.width(STDOUT_FILENO) : Terminal.statedWidth }

  /// Columns to lay text out for; 100 where nothing limits them.
  static var width: Int { limit ?? 100 }

  /// Writes text, with a newline at its end if it has none, and without what a terminal would take for anything else
  /// than text, whatever a record holds.
  static func write(_ text: String) {
    let safe = TerminalText.safe(text, style: style)
    writeRaw(safe.utf8.last == UInt8(ascii: "\n") ? safe : safe + "\n")
  }

  /// Writes a sentence, broken at spaces where a terminal is narrower.
  ///
  /// - Parameter indent: How many spaces begin each line but the first.
  static func writeParagraph(_ text: String, indent: Int = 2) {
    writeRaw(Paragraph.wrapped(TerminalText.safe(text), width: limit, indent: indent))
  }

  /// Writes text as it is: what programs read, as CSV.
  ///
  /// Ends the program when nothing can be written there: quietly when the reader went away, as `head` does, and
  /// otherwise with a word on standard error.
  static func writeRaw(_ text: String) {
    let error = Terminal.write(text, to: STDOUT_FILENO)
    if error == 0 { return }
    if error != EPIPE {
      StandardError.write("error: cannot write to standard output: \(String(cString: strerror(error)).lowercased())")
    }
    exit(ExitStatus.inputOutput.rawValue)
  }
}
