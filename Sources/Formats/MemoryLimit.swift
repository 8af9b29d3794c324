internal import Foundation
internal import Tensors

/// What reading may take of the machine's memory.
package enum MemoryLimit {
  /// Half of the machine's memory, in bytes.
  package static let standard = Int(clamping: ProcessInfo.processInfo.physicalMemory / 2)

  /// Asks for memory before it is taken.
  ///
  /// - Parameters:
  ///   - bytes: How many, or nil where their number is beyond what can be counted.
  ///   - limit: The most that may be taken.
  ///   - what: What they are for, for the message: "array 'x'".
  /// - Throws: `DataFileError.malformed` when there are more than `limit`, `.unreadable` when the system would not give
  ///   them.
  static func ask(_ bytes: Int?, limit: Int, for what: String, path: String) throws(DataFileError) {
    guard let bytes, bytes <= limit else {
      let count = bytes.map { "\($0) bytes" } ?? "more bytes than can be counted"
      throw .malformed(path: path, reason: "\(what) takes \(count) of memory (allowed: \(limit))")
    }
    do { try requireMemory(bytes: bytes) } catch { throw .unreadable(path: path, reason: "\(error)") }
  }
}

/// The product of extents, 0 where one of them is 0; nil where it is beyond what can be counted.
func checkedProduct(_ extents: [Int]) -> Int? {
  if extents.contains(0) { return 0 }
  var product = 1
  for extent in extents {
    let (next, overflows) = product.multipliedReportingOverflow(by: extent)
    if overflows { return nil }
    product = next
  }
  return product
}
