package import Foundation

/// `strace`, to end a program at one of its system calls.
package enum Strace {
  /// Whether it is there and may trace.
  package static let works: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/strace")
    process.arguments = ["-o", "/dev/null", "/bin/true"]
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  /// The words before a program that is to be killed when one of its threads makes the `place`-th call of a name.
  package static func killing(at place: Int, of call: String) -> [String] {
    [
      "/usr/bin/strace", "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
      "inject=\(call):signal=KILL:when=\(place)",
    ]
  }

  /// How often a program makes each of some calls, in the thread that makes most of them: `when` counts by thread.
  package static func count(_ calls: [String], of arguments: [String], in folder: URL) throws -> [String: Int] {
    let log = folder.appendingPathComponent("strace-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: log) }
    try CoveyProcess.run(
      arguments, in: folder,
      under: ["/usr/bin/strace", "-f", "-o", log.path, "-e", "trace=\(calls.joined(separator: ","))"])
    var counts: [String: [Substring: Int]] = [:]
    for line in try String(contentsOf: log, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 2)
      guard words.count > 1, let call = calls.first(where: { words[1].hasPrefix("\($0)(") }) else { continue }
      counts[call, default: [:]][words[0], default: 0] += 1
    }
    return counts.mapValues { $0.values.max() ?? 0 }
  }
}

/// A file system in memory that is soon full; it goes with the value.
package final class SmallDisk {
  /// Where it is mounted.
  package let url: URL

  /// Whether this process may mount one.
  package static let works: Bool = geteuid() == 0 && (try? SmallDisk(kilobytes: 64)) != nil

  /// Mounts a file system of this size.
  package init(kilobytes: Int) throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("covey-disk-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    do {
      try Self.call("/bin/mount", ["-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", url.path])
    } catch {
      try? FileManager.default.removeItem(at: url)
      throw error
    }
  }

  /// Makes it larger or smaller.
  package func resize(kilobytes: Int) throws {
    try Self.call("/bin/mount", ["-o", "remount,size=\(kilobytes)k", url.path])
  }

  /// Lets nobody write to it, root included.
  package func remountReadOnly() throws { try Self.call("/bin/mount", ["-o", "remount,ro", url.path]) }

  deinit {
    try? Self.call("/bin/umount", ["-l", url.path])
    try? FileManager.default.removeItem(at: url)
  }

  private struct CallFailed: Error {}

  private static func call(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw CallFailed() }
  }
}

/// Random numbers that are the same in each run of a test (SplitMix64).
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// Makes a generator.
  package init(seed: UInt64) { state = seed }

  /// The next number.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
