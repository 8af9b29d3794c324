internal import Crypto
internal import Foundation
internal import Zlib

/// A checkpoint's state as the database holds it: 8 bytes with its length, least significant first, then a zlib stream.
struct StoredCheckpoint: Equatable {
  /// No state is larger: a length beyond it is damage.
  static let largestState = 16 << 30

  /// The length and the stream.
  let blob: Data
  /// SHA-256 of the state, not compressed, in hexadecimal.
  let sha256: String

  /// Packs a state.
  init(state: [UInt8]) {
    var blob = Data(capacity: state.count / 2 + 64)
    withUnsafeBytes(of: UInt64(state.count).littleEndian) { blob.append(contentsOf: $0) }
    blob.append(contentsOf: deflated(state))
    self.blob = blob
    sha256 = Self.digest(of: state)
  }

  /// Takes a packed state as it was found.
  init(blob: Data, sha256: String) {
    self.blob = blob
    self.sha256 = sha256
  }

  /// The state, or nil when it is not the one that was packed.
  var state: [UInt8]? {
    guard blob.count > 8 else { return nil }
    let length = blob.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(Self.largestState),
      let state = try? inflated([UInt8](blob.dropFirst(8)), expecting: Int(length)),
      Self.digest(of: state) == sha256
    else { return nil }
    return state
  }

  private static func digest(of state: [UInt8]) -> String { hexadecimal(SHA256.hash(data: state)) }
}

/// A digest in lower-case hexadecimal.
func hexadecimal(_ digest: SHA256.Digest) -> String {
  let digits = Array("0123456789abcdef")
  return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

extension RunStore {
  /// SHA-256 of a text's UTF-8 bytes in hexadecimal, as `ExperimentRecord.scenarioHash` holds it.
  package static func sha256(of text: String) -> String { hexadecimal(SHA256.hash(data: Array(text.utf8))) }
}
