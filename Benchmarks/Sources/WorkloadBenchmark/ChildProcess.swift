import Foundation

/// What a finished child process cost.
struct FinishedChild {
  /// Seconds from its start to its end.
  let wallSeconds: Double
  /// Its largest resident memory. The kernel counts from what its parent had when it was started, so the parent must
  /// be small.
  let peakBytes: Int
  /// Its standard output.
  let output: Data
}

/// Why a child process is of no use.
struct ChildFailure: Error, CustomStringConvertible {
  let description: String
}

/// Runs a program to its end.
///
/// - Throws: `ChildFailure` when it can't be started or does not end with 0; its last words on standard error are in
///   it.
func runChild(_ path: String, _ arguments: [String], in folder: URL) throws -> FinishedChild {
  // Files, not pipes: a full pipe would stop the program.
  let output = folder.appendingPathComponent("out")
  let errors = folder.appendingPathComponent("err")
  #if canImport(Darwin)
    var actions: posix_spawn_file_actions_t?
  #else
    var actions = posix_spawn_file_actions_t()
  #endif
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for (descriptor, file) in [(1, output), (2, errors)] {
    posix_spawn_file_actions_addopen(&actions, Int32(descriptor), file.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  }
  let words = ([path] + arguments).map { strdup($0) } + [nil]
  let environment = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
  defer { for word in words + environment { free(word) } }
  var process: pid_t = 0
  let start = ContinuousClock.now
  let problem = posix_spawn(&process, path, &actions, nil, words, environment)
  guard problem == 0 else {
    throw ChildFailure(description: "can't start \(path): \(String(cString: strerror(problem)))")
  }
  var status: Int32 = 0
  var usage = rusage()
  while wait4(process, &status, 0, &usage) < 0 {
    guard errno == EINTR else { throw ChildFailure(description: "can't wait for \(path)") }
  }
  let elapsed = seconds(since: start)
  guard status == 0 else {
    let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
    let last = text.split(separator: "\n").suffix(5).joined(separator: "\n")
    let command = ([path] + arguments).joined(separator: " ")
    throw ChildFailure(description: "\(command) ended with \(exitText(status))\n\(last)")
  }
  #if canImport(Darwin)
    let unit = 1
  #else
    let unit = 1024
  #endif
  return FinishedChild(
    wallSeconds: elapsed, peakBytes: usage.ru_maxrss * unit, output: try Data(contentsOf: output))
}

private func exitText(_ status: Int32) -> String {
  status & 0x7F == 0 ? "status \(status >> 8 & 0xFF)" : "signal \(status & 0x7F)"
}

/// Seconds from `start` to now.
func seconds(since start: ContinuousClock.Instant) -> Double {
  let elapsed = start.duration(to: .now).components
  return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
}
