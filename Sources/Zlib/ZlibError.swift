/// Why bytes could not be decompressed.
package enum ZlibError: Error, Equatable {
  /// The bytes are no zlib stream, are damaged, or go on behind the stream's end.
  case malformed
  /// The bytes end before the stream does.
  case truncated
  /// The stream does not hold the announced number of bytes.
  case wrongLength(expected: Int)
}
