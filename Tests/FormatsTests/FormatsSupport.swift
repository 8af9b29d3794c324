import Formats
import Foundation
import Randomness

/// The message that `body` ends with, without the folder it is in; "no error" where it ends well.
func refusal(_ folder: String = "", _ body: () throws(DataFileError) -> Void) -> String {
  do throws(DataFileError) {
    try body()
    return "no error"
  } catch { return "\(error)".replacingOccurrences(of: folder.isEmpty ? "\u{0}" : folder + "/", with: "") }
}

/// A folder that is removed with this object.
final class TemporaryFolder {
  /// Its path, without symbolic links.
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appendingPathComponent("formats-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and the folders it is in; its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8] = []) throws -> String {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: target)
  }
}

/// Damaged copies of a file: cut, with flipped bits, grown, with bytes exchanged and overwritten by extreme ones.
///
/// - Parameter count: How many of each kind but cuts, of which there are at most as many.
func damagedCopies(of bytes: [UInt8], count: Int, seed: UInt64) -> [[UInt8]] {
  var stream = RandomStream(seed: seed, .partition)
  func place() -> Int { Int(stream.next() % UInt64(max(1, bytes.count))) }
  var copies: [[UInt8]] = []
  for cut in stride(from: 0, to: bytes.count, by: max(1, bytes.count / count)) { copies.append(Array(bytes[..<cut])) }
  for _ in 0..<count {
    var flipped = bytes
    for _ in 0...(stream.next() % 4) { flipped[place()] ^= 1 << (stream.next() % 8) }
    copies.append(flipped)
    let start = place()
    copies.append(Array(bytes[..<start]) + bytes[max(0, start - 40)...])
    var exchanged = bytes
    exchanged.swapAt(place() % min(64, bytes.count), place())
    copies.append(exchanged)
    var extreme = bytes
    // Where headers are.
    let low = place() % (stream.next() % 2 == 0 ? min(64, bytes.count) : bytes.count)
    for offset in low..<min(bytes.count, low + 4) { extreme[offset] = stream.next() % 2 == 0 ? 0xFF : 0x7F }
    copies.append(extreme)
  }
  return copies
}
