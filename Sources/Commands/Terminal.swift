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

  /// Columns that fit; 100 where nobody looks.
  static var width: Int { isTerminal ? terminalWidth(STDOUT_FILENO) : 100 }

  /// Writes text, with a newline at its end if it has none.
  static func write(_ text: String) { writeRaw(text.utf8.last == UInt8(ascii: "\n") ? text : text + "\n") }

  /// Writes text as it is.
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

  /// Writes a line.
  static func write(_ line: String) { writeRaw(line + "\n") }

  /// Writes text as it is. That nobody hears it, as when the terminal was closed, stops nothing.
  static func writeRaw(_ text: String) { _ = writeAll(text, to: STDERR_FILENO) }
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
  return ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 80
}
