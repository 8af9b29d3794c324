internal import Foundation
internal import Tables

/// Where progress and complaints go.
enum StandardError {
  /// Whether a person looks at it.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Columns that fit.
  static var width: Int { Terminal.width(STDERR_FILENO) }

  /// Writes a sentence, broken at spaces where a terminal is narrower, or COLUMNS says less.
  ///
  /// - Parameter indent: How many spaces begin each line but the first.
  static func writeParagraph(_ text: String, indent: Int = 2) {
    writeRaw(
      Paragraph.wrapped(TerminalText.safe(text), width: isTerminal ? width : Terminal.statedWidth, indent: indent))
  }

  /// Writes a line, without what a terminal would take for anything else than text.
  static func write(_ line: String) { writeRaw(TerminalText.safe(line) + "\n") }

  /// Writes a line in place of the one that the cursor is in.
  ///
  /// - Parameter end: A newline, or nothing where the line will be replaced, too.
  static func rewrite(_ line: String, end: String = "") { writeRaw("\r\u{1B}[K" + TerminalText.safe(line) + end) }

  /// Writes text as it is. That nobody hears it, as when the terminal was closed, stops nothing.
  static func writeRaw(_ text: String) { _ = Terminal.write(text, to: STDERR_FILENO) }
}
