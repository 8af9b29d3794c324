internal import Foundation

/// What standard output and standard error have in common: writing to a descriptor, and how wide its terminal is.
enum Terminal {
  /// Writes all of `text`; returns 0, or why it can't be written as `errno` says it.
  static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Foundation.write(descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno != EINTR { return errno }
        rest = rest.dropFirst(max(0, count))
      }
      return 0
    }
  }

  /// Returns the columns of a descriptor's terminal; where it is none, as many as COLUMNS says, or 80.
  static func width(_ descriptor: Int32) -> Int {
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return statedWidth ?? 80
  }

  /// The columns that COLUMNS says; nil where it says no number.
  static var statedWidth: Int? {
    ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
  }
}
