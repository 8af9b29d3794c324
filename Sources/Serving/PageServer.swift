internal import FlyingSocks
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#endif

/// Serves the pages of one database to browsers on this machine, until it is cancelled.
///
/// The sockets and their event loop are FlyingFox's. The requests are read here: it is all about limits, which a
/// general server leaves open, and `GET` without a body is little to read.
package final class PageServer: Sendable {
  /// Why a server does not start.
  package enum Problem: Error, Equatable, CustomStringConvertible {
    /// Another program listens on the port.
    case portInUse(UInt16)
    /// The system does not let this user listen on the port.
    case portNotAllowed(UInt16)
    /// Anything else that the system says.
    case failed(String)

    /// The words for the user.
    package var description: String {
      switch self {
      case .portInUse(let port):
        "port \(port) is in use; give another one with --port, or --port 0 for one that is free"
      case .portNotAllowed(let port):
        "port \(port) is not allowed to this user; give another one with --port, or --port 0 for one that is free"
      case .failed(let reason): "cannot listen: \(reason)"
      }
    }
  }

  /// The address that a browser opens.
  package var address: String { "http://127.0.0.1:\(port)/" }
  /// The port that it listens on.
  package let port: UInt16

  private let socket: Socket
  private let router: Router
  private let limits: ConnectionLimits

  /// Listens on 127.0.0.1, and nowhere else.
  ///
  /// - Parameters:
  ///   - path: The database; it may come, go and be replaced while it is served.
  ///   - port: 0 is any that is free.
  /// - Throws: `Problem`.
  package convenience init(database path: String, port: UInt16) throws(Problem) {
    try self.init(database: path, port: port, limits: ConnectionLimits())
  }

  init(database path: String, port: UInt16, limits: ConnectionLimits) throws(Problem) {
    do {
      socket = try Socket(domain: AF_INET, type: .stream)
      do {
        try socket.setValue(true, for: .localAddressReuse)
        try socket.bind(to: sockaddr_in.inet(ip4: "127.0.0.1", port: port))
        try socket.listen(maxPendingConnection: 128)
        guard case .ip4(_, let port) = try socket.sockname() else { throw SocketError.unsupportedAddress }
        self.port = port
      } catch {
        try? socket.close()
        throw error
      }
    } catch SocketError.failed(_, let number, let message) {
      switch number {
      case EADDRINUSE: throw .portInUse(port)
      case EACCES: throw .portNotAllowed(port)
      default: throw .failed(message)
      }
    } catch {
      throw .failed("\(error)")
    }
    self.limits = limits
    router = Router(database: ServedDatabase(path: path), port: self.port)
  }

  /// Serves until the task is cancelled, then closes all connections and frees the port.
  package func run() async {
    let pool = SocketPool.make(maxEvents: 64)
    defer { try? socket.close() }
    guard (try? await pool.prepare()) != nil, let listening = try? AsyncSocket(socket: socket, pool: pool) else {
      return
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await pool.run() }
      group.addTask { await self.router.followChanges() }
      group.addTask { await self.acceptConnections(on: listening) }
      // The first to end is whoever was cancelled first; nothing goes on without the others.
      await group.next()
      group.cancelAll()
    }
  }

  private func acceptConnections(on listening: AsyncSocket) async {
    let open = OpenConnections(limit: limits.connections)
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        do {
          let socket = try await listening.accept()
          guard open.enter() else {
            // One more than there may be is told so without a word being read.
            let response = Response.text("too many connections", status: .unavailable)
            _ = try? socket.socket.write(response.head(length: response.body.count, keepsAlive: false) + response.body)
            try? socket.close()
            continue
          }
          group.addTask {
            await Connection(socket: socket, router: self.router, limits: self.limits).serve()
            open.leave()
          }
        } catch is CancellationError {
          break
        } catch {
          // A connection that was given up before it was accepted, or no file descriptor left: others may go on.
          try? await Task.sleep(for: .milliseconds(50))
        }
      }
      group.cancelAll()
    }
  }
}
