internal import CLZMA
internal import Foundation
internal import Tensors

/// The content of a file packed with LZMA: an `.xz` file, or one of the older `.lzma` (LZMA-alone) as TensorFlow
/// Federated has them.
package enum LZMAFile {
  /// The most memory that liblzma may take for its dictionary: 256 MiB; its strongest setting takes 65 MiB.
  private static let dictionaryLimit: UInt64 = 1 << 28

  /// Whether a file that begins with these bytes is packed with LZMA.
  ///
  /// - Parameter start: The first 13 bytes or more.
  package static func isPacked(_ start: some Collection<UInt8>) -> Bool {
    if start.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) { return true }
    // LZMA-alone has no magic number: a byte of settings, four of the dictionary's size, eight of the content's.
    let header = Array(start.prefix(13))
    guard header.count == 13, header[0] == 0x5D, header[1] == 0, header[2] == 0 else { return false }
    let size = aloneSize(header)
    return size == nil || (size ?? 0) < 1 << 48
  }

  /// The size in the header of LZMA-alone; nil where it is unknown.
  private static func aloneSize(_ header: [UInt8]) -> UInt64? {
    let size = header[5..<13].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    return size == .max ? nil : size
  }

  /// The content of a packed file.
  ///
  /// - Parameters:
  ///   - packed: The whole file.
  ///   - path: What messages call it.
  ///   - limit: The most bytes that the content may have. Memory grows with what was unpacked so far, never with what the
  ///     file claims.
  /// - Throws: `DataFileError.malformed` when the file is damaged, cut short, followed by other bytes, needs more than
  ///   256 MiB of dictionary, or unpacks to more than `limit` bytes.
  package static func unpacked(_ packed: [UInt8], path: String, limit: Int) throws(DataFileError) -> [UInt8] {
    let memory = try memory(packed, path: path, limit: limit)
    return Array(memory.bytes)
  }

  /// As `unpacked`, in memory that is not copied.
  static func memory(_ packed: [UInt8], path: String, limit: Int) throws(DataFileError) -> UnpackedMemory {
    if packed.first == 0x5D, packed.count >= 13, let size = aloneSize(packed), size > UInt64(max(0, limit)) {
      throw .malformed(path: path, reason: "unpacks to \(size) bytes (allowed: \(limit))")
    }
    var stream = lzma_stream()
    // LZMA_CONCATENATED, a macro that Swift doesn't see: what follows the end must be another stream.
    guard lzma_auto_decoder(&stream, dictionaryLimit, 0x08) == LZMA_OK else {
      throw .unreadable(path: path, reason: "liblzma is out of memory")
    }
    defer { lzma_end(&stream) }
    let memory = UnpackedMemory()
    let status = packed.withUnsafeBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = input.count
      while true {
        // One byte more than allowed tells that there is more.
        guard memory.count <= limit, memory.makeRoom(upTo: limit < .max ? limit + 1 : limit) else {
          return memory.count > limit ? LZMA_BUF_ERROR : LZMA_MEM_ERROR
        }
        stream.next_out = memory.end
        stream.avail_out = memory.room
        let roomBefore = memory.room
        let status = lzma_code(&stream, LZMA_FINISH)
        memory.count += roomBefore - stream.avail_out
        if status != LZMA_OK { return status }
      }
    }
    guard memory.count <= limit else {
      throw .malformed(path: path, reason: "unpacks to more than the \(limit) bytes allowed")
    }
    switch status {
    case LZMA_STREAM_END: return memory
    case LZMA_BUF_ERROR: throw .malformed(path: path, reason: "is truncated: the LZMA data end too soon")
    case LZMA_FORMAT_ERROR: throw .malformed(path: path, reason: "is no file packed with LZMA")
    case LZMA_MEMLIMIT_ERROR:
      throw .malformed(
        path: path, reason: "needs more than \(dictionaryLimit >> 20) MiB of memory for its dictionary to be unpacked")
    case LZMA_OPTIONS_ERROR: throw .malformed(path: path, reason: "is packed with a filter that liblzma does not know")
    case LZMA_MEM_ERROR: throw .unreadable(path: path, reason: "there is not enough memory to unpack it")
    default: throw .malformed(path: path, reason: "is corrupt: the LZMA data are damaged, or other bytes follow them")
    }
  }
}

/// Memory that grows without being copied where the system can move its pages.
///
/// Not safe to use from two threads while it grows.
final class UnpackedMemory {
  private var start: UnsafeMutableRawPointer?
  private var capacity = 0
  /// How many bytes are in use.
  fileprivate(set) var count = 0

  deinit { free(start) }

  /// The bytes in use; valid as long as this object.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
  /// The first byte in use; nil of none. SQLite takes it as writable, but does not write where it opens for reading.
  var base: UnsafeMutablePointer<UInt8>? { start?.assumingMemoryBound(to: UInt8.self) }
  /// Where more bytes go.
  fileprivate var end: UnsafeMutablePointer<UInt8>? { base.map { $0 + count } }
  /// How many bytes have room.
  fileprivate var room: Int { capacity - count }

  /// Makes room for at least a byte, and for as much again as there is, up to `limit` bytes in all.
  ///
  /// - Returns: Whether there is room.
  fileprivate func makeRoom(upTo limit: Int) -> Bool {
    if room > 0 { return true }
    let wanted = min(limit, max(1 << 16, capacity + capacity / 2))
    guard wanted > capacity, let moved = realloc(start, wanted) else { return false }
    (start, capacity) = (moved, wanted)
    return true
  }
}
