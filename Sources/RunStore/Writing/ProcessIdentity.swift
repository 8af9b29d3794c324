internal import Foundation

/// A process that computes runs: one of this machine, told apart from a later one with the same number by when it started;
/// or, of whatever machine, whoever has locked the run (see `RunLocks`).
struct ProcessIdentity: Equatable {
  /// The process's number.
  let number: Int32
  /// The time at which the process started, in clock ticks since boot; "" where the system does not say.
  let startTime: String
  /// Whether the process locks the runs that it computes, so that its lock says whether it is there, and not its number.
  var hasLock = false

  /// This process.
  static let current: ProcessIdentity = {
    let number = ProcessInfo.processInfo.processIdentifier
    return ProcessIdentity(number: number, startTime: startTime(of: number) ?? "")
  }()

  /// Names a process.
  init(number: Int32, startTime: String) {
    self.number = number
    self.startTime = startTime
  }

  /// The process that `text` names as "number:start time" or "number:start time:lock", or nil when it names none.
  init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3 && parts[2] == "lock", let number = Int32(parts[0]), number > 0 else {
      return nil
    }
    self.init(number: number, startTime: String(parts[1]))
    hasLock = parts.count == 3
  }

  /// The process as "number:start time", with ":lock" behind it where it locks its runs.
  var text: String { "\(number):\(startTime)" + (hasLock ? ":lock" : "") }

  /// The process as it may stand in a run that it computes, as a list in SQL.
  static let currentTexts: String = {
    var locking = current
    locking.hasLock = true
    return "('\(current.text)', '\(locking.text)')"
  }()

  /// Whether the process is computing a run now.
  ///
  /// - Parameter database: The path of the run's database.
  func isComputing(run: Int64, of database: String) -> Bool {
    hasLock ? RunLocks.isLocked(run, of: database) ?? isAlive : isAlive
  }

  /// Whether the process runs now, as far as this one can see.
  var isAlive: Bool {
    #if os(Linux)
      Self.startTime(of: number) == startTime
    #else
      kill(number, 0) == 0 || errno == EPERM
    #endif
  }

  /// Field 22 of `/proc/<number>/stat`; nil where there is no such process, it has ended without being waited for, or
  /// the system has no `/proc`.
  private static func startTime(of number: Int32) -> String? {
    guard let line = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
      // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
      let nameEnd = line.lastIndex(of: ")")
    else { return nil }
    let fields = line[line.index(after: nameEnd)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return String(fields[19])
  }
}
