internal import Foundation

/// A TCP connection to this machine, spoken to byte by byte, for requests that no well-meaning client would send.
///
/// It blocks, within bounds: use it in `blocking`, off the threads that tasks need.
package final class Wire: Sendable {
  private let file: Int32

  /// Connects.
  ///
  /// - Parameter seconds: How long one wait may take: long, since other tests may keep all threads busy.
  package init(port: UInt16, seconds: Int = 300) throws {
    #if canImport(Glibc)
      file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      file = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var wait = timeval()
    wait.tv_sec = seconds
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result != 0 {
      let error = errno
      close(file)
      throw POSIXError(POSIXErrorCode(rawValue: error) ?? .EIO)
    }
  }

  deinit { close(file) }

  /// Sends bytes, as far as the other side takes them.
  package func send(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    #if canImport(Glibc)
      let flags = Int32(MSG_NOSIGNAL)
    #else
      let flags: Int32 = 0
    #endif
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { Foundation.send(file, $0.baseAddress, $0.count, flags) }
      if count <= 0 { return }
      sent += count
    }
  }

  /// Sends text, as far as the other side takes it.
  package func send(_ text: String) { send(text.utf8) }

  /// The bytes that come until `isEnough`, the end, or a wait that is too long.
  package func receiveBytes(until isEnough: ([UInt8]) -> Bool = { _ in false }) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while !isEnough(bytes) {
      let count = recv(file, &buffer, buffer.count, 0)
      if count <= 0 { break }
      bytes += buffer[..<count]
    }
    return bytes
  }

  /// The text that comes until `isEnough`, the end, or a wait that is too long.
  package func receive(until isEnough: (String) -> Bool = { _ in false }) -> String {
    String(decoding: receiveBytes { isEnough(String(decoding: $0, as: UTF8.self)) }, as: UTF8.self)
  }

  /// Runs `body` on a thread of its own, which may block.
  package static func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
  }
}
