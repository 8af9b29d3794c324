internal import Foundation

/// How much memory this program may use, and who says so.
public struct MemoryLimit: Sendable, Equatable {
  /// Who says so.
  public enum Source: Sendable, Equatable {
    /// The machine has no more.
    case machine
    /// The control group, as that of a container, gets no more.
    case controlGroup
    /// `ulimit -v` leaves no more addresses.
    case addressSpace
  }

  /// The bytes; of addresses, those that are left.
  public let bytes: Double
  /// Who says so.
  public let source: Source

  /// Makes a limit.
  public init(bytes: Double, source: Source) {
    self.bytes = bytes
    self.source = source
  }

  /// The lowest of all limits as they are now.
  public static var current: MemoryLimit {
    let machine = MemoryLimit(bytes: Double(ProcessInfo.processInfo.physicalMemory), source: .machine)
    return ([machine] + [controlGroup(), addressSpace()].compactMap { $0 }).min { $0.bytes < $1.bytes } ?? machine
  }

  /// The limit in words that follow a number of bytes.
  public var words: String {
    switch source {
    case .machine: "that this machine has"
    case .controlGroup: "that this program's control group (its container) may use"
    case .addressSpace: "that 'ulimit -v' leaves"
    }
  }

  private static func addressSpace() -> MemoryLimit? {
    var limit = rlimit()
    #if os(Linux)
      let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
    #else
      let resource = RLIMIT_AS
    #endif
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t(Int.max) else { return nil }
    // Addresses in use, in pages; nothing is known of them on other systems than Linux.
    let used =
      text("/proc/self/statm")?.split(separator: " ").first.flatMap { Double($0) }.map { $0 * Double(getpagesize()) }
      ?? 0
    return MemoryLimit(bytes: max(0, Double(limit.rlim_cur) - used), source: .addressSpace)
  }

  /// The lowest limit of the program's control group and of those that it is in, of either version.
  private static func controlGroup() -> MemoryLimit? {
    guard let groups = text("/proc/self/cgroup") else { return nil }
    return controlGroup(groups, root: "/sys/fs/cgroup")
  }

  /// The same for the groups that `/proc/self/cgroup` lists, under a folder.
  static func controlGroup(_ groups: String, root: String) -> MemoryLimit? {
    var limits: [Double] = []
    for line in groups.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let folder: String
      let file: String
      if fields[0] == "0", fields[1].isEmpty {
        (folder, file) = (root, "memory.max")
      } else if fields[1].split(separator: ",").contains("memory") {
        (folder, file) = (root + "/memory", "memory.limit_in_bytes")
      } else {
        continue
      }
      var parts = fields[2].split(separator: "/")
      while true {
        let path = ([folder] + parts.map(String.init) + [file]).joined(separator: "/")
        // "max" is no number, and no limit.
        if let limit = text(path).flatMap({ Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }) {
          limits.append(limit)
        }
        if parts.isEmpty { break }
        parts.removeLast()
      }
    }
    return limits.min().map { MemoryLimit(bytes: $0, source: .controlGroup) }
  }

  private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
