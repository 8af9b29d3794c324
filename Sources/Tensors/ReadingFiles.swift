internal import Foundation

/// Reads `range` of an open file, in as many calls as the system takes.
///
/// - Returns: The bytes, fewer where the file ends or the system reports an error, whose number is 0 without one.
package func readBytes(_ descriptor: Int32, _ range: Range<Int>) -> (bytes: [UInt8], errorNumber: Int32) {
  var code: Int32 = 0
  let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
    while filled < range.count {
      // Linux reads at most 2 GiB at once.
      let wanted = min(range.count - filled, 1 << 30)
      let received = pread(
        descriptor, buffer.baseAddress.map { $0 + filled }, wanted, off_t(range.lowerBound + filled))
      if received < 0, errno == EINTR { continue }
      if received < 0 { code = errno }
      if received <= 0 { return }
      filled += received
    }
  }
  return (bytes, code)
}
