internal import Foundation
internal import Reports

/// Where results go.
enum StandardOutput {
  /// Whether a person looks at it.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Colours for people only, and not where NO_COLOR is set.
  static var style: TextStyle {
    isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"].map(\.isEmpty) ?? true ? .ansi : .plain
  }

  /// Columns that fit: the terminal's, or as many as COLUMNS says; nil where nothing limits them, as in a file.
  static var limit: Int? { isTerminal ? terminalWidth(STDOUT_FILENO) : statedWidth }

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
    let error = writeAll(text, to: STDOUT_FILENO)
    if error == 0 { return }
    if error != EPIPE {
      StandardError.write("error: cannot write to standard output: \(String(cString: strerror(error)).lowercased())")
    }
    exit(ExitStatus.inputOutput.rawValue)
  }
}

/// Where progress and complaints go.
enum StandardError {
  /// Whether a person looks at it.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Columns that fit.
  static var width: Int { terminalWidth(STDERR_FILENO) }

  /// Writes a sentence, broken at spaces where a terminal is narrower, or COLUMNS says less.
  ///
  /// - Parameter indent: How many spaces begin each line but the first.
  static func writeParagraph(_ text: String, indent: Int = 2) {
    writeRaw(Paragraph.wrapped(TerminalText.safe(text), width: isTerminal ? width : statedWidth, indent: indent))
  }

  /// Writes a line, without what a terminal would take for anything else than text.
  static func write(_ line: String) { writeRaw(TerminalText.safe(line) + "\n") }

  /// Writes a line in place of the one that the cursor is in.
  ///
  /// - Parameter end: A newline, or nothing where the line will be replaced, too.
  static func rewrite(_ line: String, end: String = "") { writeRaw("\r\u{1B}[K" + TerminalText.safe(line) + end) }

  /// Writes text as it is. That nobody hears it, as when the terminal was closed, stops nothing.
  static func writeRaw(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }
}

/// Text as it goes to people: the one place where what is no text is taken out of it.
enum TerminalText {
  /// Whether a name can be shown as it is.
  static func isSafe(_ name: String) -> Bool { !name.unicodeScalars.contains(where: HiddenCharacters.contains) }

  /// Returns `text` with a space for each hidden character but for newlines, tabs and the sequences of a style.
  static func safe(_ text: String, style: TextStyle = .plain) -> String {
    let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x09 }
    if isPlain { return text }
    var result = String.UnicodeScalarView()
    var rest = Substring(text).unicodeScalars
    while let scalar = rest.first {
      if scalar == "\u{1B}", style == .ansi, let sequence = TextStyle.sequence(at: rest) {
        result.append(contentsOf: sequence)
        rest = rest.dropFirst(sequence.count)
        continue
      }
      let isSafe = scalar == "\n" || scalar == "\t" || !HiddenCharacters.contains(scalar)
      result.append(isSafe ? scalar : " ")
      rest = rest.dropFirst()
    }
    return String(result)
  }
}

/// Writes all of `text`; returns 0, or why it can't be written as `errno` says it.
private func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
  var text = text
  return text.withUTF8 { bytes in
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = write(descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0, errno != EINTR { return errno }
      rest = rest.dropFirst(max(0, count))
    }
    return 0
  }
}

private func terminalWidth(_ descriptor: Int32) -> Int {
  var size = winsize()
  if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
  return statedWidth ?? 80
}

/// The columns that COLUMNS says; nil where it says no number.
private var statedWidth: Int? {
  ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
}

/// Where answers come from.
enum StandardInput {
  /// Whether a person can answer.
  static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// Asks a question on standard error; whether the answer is yes.
  static func confirms(_ question: String) -> Bool {
    StandardError.writeRaw(question + " [y/N] ")
    let answer = readLine()?.trimmingCharacters(in: .whitespaces).lowercased()
    return answer == "y" || answer == "yes"
  }
}

/// "1 run", "2 runs".
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// "0 bytes", "12.3 kB", "1.23 MB", "4.50 GB", in powers of 1000.
func byteText(_ count: Int) -> String {
  if count < 1000 { return counted(count, "byte") }
  let units = ["kB", "MB", "GB"]
  var value = Double(count) / 1000
  var unit = 0
  while value >= 999.5, unit < units.count - 1 {
    value /= 1000
    unit += 1
  }
  let digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
  return String(format: "%.\(digits)f", value) + " " + units[unit]
}
