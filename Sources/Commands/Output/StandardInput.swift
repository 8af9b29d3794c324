internal import Foundation

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
