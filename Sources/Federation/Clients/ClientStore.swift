internal import Foundation
internal import Tensors

/// What clients keep between rounds, of those that took part: an entry of a few words each, and the bytes of what they
/// keep, in memory up to a limit and in a temporary file beyond it.
///
/// Reading is safe from several threads at once while nobody writes.
struct ClientStore: Sendable {
  private struct Entry {
    var lastRound: Int32
    var content: Content
  }

  /// Where the bytes of what a client keeps are.
  private enum Content {
    /// It keeps nothing but the round.
    case nothing
    case memory([UInt8])
    case file(Range<Int>)
  }

  /// Bytes that stay in memory, of each run.
  static let defaultMemoryLimit = 256 << 20
  /// The memory of a client that keeps nothing.
  private static let nothing = ClientMemory().bytes

  private let memoryLimit: Int
  private var entries: [Int: Entry] = [:]
  /// Bytes that lie in memory.
  private(set) var memoryBytes = 0
  private var fileEnd = 0
  private var file: SpillFile?

  /// Makes an empty store.
  init(memoryLimit: Int = ClientStore.defaultMemoryLimit) { self.memoryLimit = memoryLimit }

  /// How many clients took part.
  var count: Int { entries.count }
  /// Their numbers, in ascending order.
  var clients: [Int] { entries.keys.sorted() }
  /// Bytes that lie in the file.
  var spilledBytes: Int { fileEnd }
  /// How often the file was copied because another store wrote to it, too.
  private(set) var fileCopies = 0
  /// Bytes that a checkpoint takes for all of it, at most.
  var checkpointBytes: Int { memoryBytes + fileEnd + entries.count * (16 + Self.nothing.count) }

  /// The round that a client last trained in; nil when it never took part.
  func lastRound(of client: Int) -> Int? { entries[client].map { Int($0.lastRound) } }

  /// What a client keeps; nil when it never took part.
  ///
  /// - Throws: `ClientStoreProblem` when the file can't be read.
  subscript(client: Int) -> ClientMemory? {
    get throws {
      guard let entry = entries[client] else { return nil }
      guard let bytes = try bytes(of: entry) else {
        var memory = ClientMemory()
        memory.lastRound = Int(entry.lastRound)
        return memory
      }
      var reader = ByteReader(bytes: bytes, at: 0)
      do {
        return try ClientMemory(from: &reader, lastRound: Int(entry.lastRound))
      } catch {
        throw ClientStoreProblem(message: "what client \(client) keeps was changed on the disk")
      }
    }
  }

  /// Adds the bytes of what a client keeps, without its last round.
  func appendBytes(of client: Int, to writer: inout ByteWriter) throws {
    guard let entry = entries[client] else { return }
    writer.bytes += try bytes(of: entry) ?? Self.nothing
  }

  /// Keeps what a client has after a round, in place of what it had.
  ///
  /// - Throws: `ClientStoreProblem` when the file can't be made or written.
  mutating func set(_ memory: ClientMemory, for client: Int) throws {
    let bytes = memory.bytes
    var place: Range<Int>?
    switch entries[client]?.content {
    case .memory(let before)?: memoryBytes -= before.count
    // What a client keeps has the same length each time, so that it goes where it was.
    case .file(let range)?: place = range.count == bytes.count ? range : nil
    case .nothing?, nil: break
    }
    let content: Content
    if bytes == Self.nothing {
      content = .nothing
    } else if place == nil, memoryBytes + bytes.count <= memoryLimit {
      memoryBytes += bytes.count
      content = .memory(bytes)
    } else {
      let range = place ?? fileEnd..<(fileEnd + bytes.count)
      try spill(bytes, at: range.lowerBound)
      fileEnd = max(fileEnd, range.upperBound)
      content = .file(range)
    }
    entries[client] = Entry(lastRound: Int32(clamping: memory.lastRound), content: content)
  }

  private mutating func spill(_ bytes: [UInt8], at start: Int) throws {
    // Copies of a store that both write would write over one another.
    // The reference is counted before another one is taken.
    let isShared = file != nil && !isKnownUniquelyReferenced(&file)
    if let shared = file, isShared {
      file = try SpillFile(copying: shared, count: fileEnd)
      fileCopies += 1
    }
    if file == nil { file = try SpillFile() }
    try file?.write(bytes, at: start)
  }

  private func bytes(of entry: Entry) throws -> [UInt8]? {
    switch entry.content {
    case .nothing: return nil
    case .memory(let bytes): return bytes
    case .file(let range):
      guard let file else { throw ClientStoreProblem(message: "the file of what clients keep is gone") }
      return try file.read(range.lowerBound, count: range.count)
    }
  }
}

/// Why what clients keep could not be stored or found again.
struct ClientStoreProblem: Error, Equatable, CustomStringConvertible {
  let message: String
  var description: String { message }
}

/// A temporary file without a name: the system takes it away with the process.
private final class SpillFile: Sendable {
  private let descriptor: Int32

  init() throws {
    let path = (NSTemporaryDirectory() as NSString).appendingPathComponent("covey-clients-XXXXXX")
    var template = Array(path.utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw Self.problem("can't make a file in \(NSTemporaryDirectory())") }
    unlink(template)
  }

  convenience init(copying other: SpillFile, count: Int) throws {
    try self.init()
    for start in stride(from: 0, to: count, by: 1 << 20) {
      try write(try other.read(start, count: min(1 << 20, count - start)), at: start)
    }
  }

  deinit { close(descriptor) }

  func write(_ bytes: [UInt8], at start: Int) throws {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { buffer in
        pwrite(descriptor, buffer.baseAddress.map { $0 + done }, bytes.count - done, off_t(start + done))
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw Self.problem("can't write what clients keep to \(NSTemporaryDirectory())") }
      done += written
    }
  }

  func read(_ start: Int, count: Int) throws -> [UInt8] {
    let (bytes, code) = readBytes(descriptor, start..<(start + count))
    guard bytes.count == count else {
      errno = code
      throw Self.problem("can't read what clients keep back from \(NSTemporaryDirectory())")
    }
    return bytes
  }

  private static func problem(_ message: String) -> ClientStoreProblem {
    ClientStoreProblem(message: errno == 0 ? message : "\(message): \(String(cString: strerror(errno)))")
  }
}
